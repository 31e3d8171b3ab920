"""What people are asked to judge: filters of a layer, drawn at random.

A study is a folder that can be handed to judges, one a layer::

    study/LAYER/study.json   what is judged, and what the automatic rule says of it
    study/LAYER/index.html   the form
    study/LAYER/strips/      a picture a filter, of its strongest stimuli

Its digest is that of what is to be seen: the network, the layer, the filters and their stimuli.
Answers hold it, and so belong to one study wherever they are kept and however it was drawn.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from partonomy.emergence.judgements import STUDY_FILE, Judgement
from partonomy.emergence.running import AuditRun
from partonomy.emergence.steps import KEY
from partonomy.errors import PartonomyError
from partonomy.images import digest, write_atomically
from partonomy.images.grid import Box

Row = Mapping[str, Any]


class Pair(BaseModel):
    """A filter on the objects of a class.

    Attributes:
        name: ``CLASS/FILTER``.
        class_name: of the objects.
        filter: its number.
        pictures: names of those with its strongest stimuli, at most ten.
        boxes: of the stimuli, in original pixels.
        automatic: what the six-of-ten rule says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    class_name: str
    filter: int
    pictures: list[str]
    boxes: list[Box]
    automatic: Judgement


class Study(BaseModel):
    """What is judged of a layer; the file ``study.json``.

    Attributes:
        format: of the file.
        digest: of what is to be seen.
        network: its name.
        weights: their digest.
        layer: its name.
        parts: names of the annotated parts of each class.
        pairs: classes and filters, sorted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    digest: str
    network: str
    weights: str
    layer: str
    parts: dict[str, list[str]]
    pairs: list[Pair]


def study_folder(run: AuditRun, layer: str) -> Path:
    """Where the study of a layer is."""
    return run.folder / "study" / run.layer(layer).name


def draw_study(run: AuditRun, layer: str, count: int, seed: int) -> Study:
    """Choose filters of an audited layer among those that fire on objects of a class at all.

    Args:
        run: that is done.
        layer: of it.
        count: how many pairs of a class and a filter; all where there are fewer.
        seed: of the draw.
    """
    rows = [row for row in _table(run, layer, "stimuli") if row["pictures"]]
    drawn = np.random.default_rng(seed).choice(len(rows), min(count, len(rows)), replace=False)
    return _study(run, layer, [rows[index] for index in sorted(drawn)])


def save_study(folder: Path, study: Study) -> None:
    """Write a study's file into its folder, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    text = study.model_dump_json(indent=2) + "\n"
    write_atomically(folder / STUDY_FILE, lambda part: Path(part).write_text(text, "utf-8"))


def read_study(path: Path) -> Study | None:
    """The study of a file; None where there is none.

    Raises:
        PartonomyError: it cannot be read, or is no study.
    """
    try:
        return Study.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise PartonomyError(f"{path}: no study can be read; draw it anew with --study") from error


def current_study(run: AuditRun, layer: str) -> Study | None:
    """A layer's study; None where there is none, or one of what the layer was before.

    Raises:
        PartonomyError: its file cannot be read, or is no study.
    """
    study = read_study(study_folder(run, layer) / STUDY_FILE)
    if study is None:
        return None
    names = {pair.name for pair in study.pairs}
    now = _study(run, layer, [row for row in _table(run, layer, "stimuli") if _name(row) in names])
    return now if now.digest == study.digest else None


def _study(run: AuditRun, layer: str, rows: Sequence[Row]) -> Study:
    """Of rows of the table of stimuli."""
    facts = json.loads((run.layer(layer) / KEY).read_text(encoding="utf-8"))
    pairs = [
        Pair(
            name=_name(row),
            class_name=row["class"],
            filter=row["filter"],
            pictures=row["pictures"],
            boxes=row["boxes"],
            automatic=Judgement(kind=row["kind"], part=row["part"]),
        )
        for row in rows
    ]
    parts: dict[str, list[str]] = defaultdict(list)
    for row in _table(run, layer, "parts"):
        parts[row["class"]].append(row["part"])
    return Study(
        digest=_digest(facts["network"], facts["weights"], layer, pairs),
        network=facts["network"],
        weights=facts["weights"],
        layer=layer,
        parts={pair.class_name: sorted(parts[pair.class_name]) for pair in pairs},
        pairs=pairs,
    )


def _digest(network: str, weights: str, layer: str, pairs: Iterable[Pair]) -> str:
    # boxes to a tenth of a pixel: nobody sees less, and arithmetic may differ by so much
    seen = [
        (pair.name, pair.pictures, [[round(side, 1) for side in box] for box in pair.boxes])
        for pair in pairs
    ]
    return digest(json.dumps([network, weights, layer, seen]).encode())


def _name(row: Row) -> str:
    return f"{row['class']}/{row['filter']}"


def _table(run: AuditRun, layer: str, name: str) -> list[Row]:
    import pyarrow.parquet as pq

    rows: list[Row] = pq.read_table(run.layer(layer) / f"{name}.parquet").to_pylist()
    return rows
