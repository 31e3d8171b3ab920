"""An audit's folder as far as studies need it, made without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from partonomy.emergence.running import AuditRun
from partonomy.emergence.tables import write_tables
from partonomy.features.objects import AnnotatedPicture

CLASS = "car</title>/../<b>"
"""A name that is to lead nowhere and to mark up nothing."""
PARTS = ("wheel", 'door "<i>"')


def stimuli_row(class_name: str, index: int, shown: int = 10, **others: Any) -> dict[str, Any]:
    """A filter that fires on the pictures 0, 1, …, a little elsewhere on each."""
    boxes = [[10.0 + index, 8.0, 30.0 + index, 28.0 + place] for place in range(shown)]
    return {
        "class": class_name,
        "filter": index,
        "kind": "part",
        "part": "wheel",
        "pictures": [f"{place:02d}" for place in range(shown)],
        "boxes": boxes,
        **others,
    }


def audited(
    folder: Path, layers: Sequence[str] = ("5",), rows: Sequence[dict[str, Any]] | None = None
) -> AuditRun:
    """Seven filters on two classes in each layer, one of which never fires."""
    run = AuditRun(folder, list(layers), 0)
    if rows is None:
        rows = [stimuli_row(name, index) for name in (CLASS, "fish") for index in range(6)]
        rows = [*rows, stimuli_row("fish", 6, shown=0, kind="nothing", part=None)]
    parts = [{"class": name, "part": part} for name in (CLASS, "fish") for part in PARTS]
    for layer in layers:
        run.layer(layer).mkdir(parents=True)
        write_tables(run.layer(layer), {"stimuli": list(rows), "parts": parts})
        facts = {"network": "<net>", "weights": "0" * 32, "layer": layer}
        (run.layer(layer) / "key.json").write_text(json.dumps(facts))
    return run


def pictures(count: int = 10) -> list[AnnotatedPicture]:
    """Of one grey each, told apart by it; those after the fifth are wide."""

    def load(index: int) -> Any:
        width = 60 if index < 5 else 120
        return np.full((60, width, 3), 20 * index, np.uint8), ()

    return [
        AnnotatedPicture(f"{index:02d}", lambda index=index: load(index)) for index in range(count)
    ]
