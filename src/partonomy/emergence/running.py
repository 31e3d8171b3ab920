"""An audit as a folder: layer after layer, each whole before the next; a rerun goes on.

::

    audit.json               what was audited, with what, and what was left out
    layers/LAYER/parts.parquet     each part: best filters, intervals, chance
    layers/LAYER/filters.parquet   AP and recall of every filter for every part
    layers/LAYER/sets.parquet      sets of filters
    layers/LAYER/stimuli.parquet   what the strongest stimuli of every filter are on
    layers/LAYER/models/CLASS/     the part model of the sets that are best for a class's parts

A layer's folder holds what it was made of (``key.json``); one that was made of something else, or
is not whole, is made anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from partonomy.backbones import Backbone, Layer
from partonomy.emergence.audit import AuditSettings, PartFinding, Rare, audit_layer
from partonomy.emergence.chance import corrected
from partonomy.emergence.collection import Collection, LayerStimuli, collect
from partonomy.emergence.filters import Split
from partonomy.emergence.fitting import file_name, write_part_models
from partonomy.emergence.parts import parts_of, true_boxes
from partonomy.emergence.stimuli import NEIGHBOURS, STRONGEST
from partonomy.emergence.tables import (
    Rows,
    filter_rows,
    part_row,
    rare_row,
    set_rows,
    stimuli_rows,
    write_tables,
)
from partonomy.errors import PartonomyError
from partonomy.features import Begin, unseen
from partonomy.features.objects import SHORT_SIDE, AnnotatedPicture
from partonomy.images import write_atomically

MOST_BYTES = 1 << 31
"""That the stimuli of layers which are looked at together may take, about."""
_KEY = "key.json"

Load = Callable[[Sequence[str]], Backbone]
"""The network with some of its layers."""


@dataclass(frozen=True)
class AuditData:
    """What a network is audited on.

    Attributes:
        training: pictures whose objects filters are chosen and boxes refined on.
        test: pictures whose objects they are scored on.
        facts: what tells this data from other: JSON values.
    """

    training: Sequence[AnnotatedPicture]
    test: Sequence[AnnotatedPicture]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class AuditRun:
    """An audit that is done.

    Attributes:
        folder: of the run.
        layers: audited now or before, in the network's order.
        resumed: how many of them were there already.
    """

    folder: Path
    layers: Sequence[str]
    resumed: int

    def layer(self, name: str) -> Path:
        """The folder of one layer."""
        return layer_folder(self.folder, name)


def matching(layers: Sequence[Layer], patterns: Sequence[str]) -> list[Layer]:
    """The layers whose names fit a pattern such as ``features.*``.

    Raises:
        PartonomyError: a pattern fits none.
    """
    for pattern in patterns:
        if not any(fnmatchcase(layer.name, pattern) for layer in layers):
            raise PartonomyError(
                f"--layers {pattern}: no such layer; `partonomy layers` lists them"
            )
    return [each for each in layers if any(fnmatchcase(each.name, one) for one in patterns)]


def run_audit(
    load: Load,
    layers: Sequence[Layer],
    data: AuditData,
    settings: AuditSettings,
    folder: Path,
    *,
    size: int = SHORT_SIDE,
    strongest: int = STRONGEST,
    begin: Begin = unseen,
) -> AuditRun:
    """Audit layers of a network; those that were audited before, with the same settings, are kept.

    Args:
        load: gives the network with some layers.
        layers: of it.
        data: what it is audited on.
        settings: of the audit.
        folder: of the run, made if need be.
        size: short side of an object's crop, in pixels.
        strongest: stimuli that are kept of a filter on an object.
        begin: of progress.

    Raises:
        PartonomyError: the folder cannot be written, or the network cannot take crops of this size.
    """
    network = load([layers[0].name])
    decisive = {
        "network": network.spec.name,
        "weights": network.spec.weights_digest,
        "normalisation": [network.spec.mean, network.spec.std],
        "precision": network.spec.precision,
        "data": data.facts,
        "settings": {k: v for k, v in asdict(settings).items() if k != "workers"},
        "size": size,
        "strongest": strongest,
        "partonomy": version("partonomy"),
    }
    keys = {each.name: json.dumps({**decisive, "layer": each.name}) for each in layers}
    todo = [each for each in layers if not _done(layer_folder(folder, each.name), keys[each.name])]
    objects = len(data.training) + len(data.test)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for group in _groups(todo, objects, strongest):
            backbone = load([each.name for each in group])
            advance = begin("objects", objects)
            training, test = (
                collect(backbone, pictures, size=size, strongest=strongest, on_object=advance)
                for pictures in (data.training, data.test)
            )
            for seen, tested in zip(training.layers, test.layers, strict=True):
                rows, split, known = _audited(training, test, seen, tested, settings, begin)
                models = partial(
                    write_part_models,
                    backbone=backbone,
                    layer=seen.layer,
                    training=split,
                    found=known,
                    settings=settings,
                )
                _write_layer(layer_folder(folder, seen.layer), rows, models, keys[seen.layer])
            decisive["skipped"] = [
                {"picture": each.name, "reason": each.reason}
                for each in (*training.skipped, *test.skipped)
            ]
        done = {**decisive, "layers": [asdict(each) for each in layers]}
        if todo or not (folder / "audit.json").exists():
            text = json.dumps(done, indent=2, default=str) + "\n"
            write_atomically(folder / "audit.json", lambda part: Path(part).write_text(text))
    except OSError as error:
        raise PartonomyError(f"-o {folder}: {error.strerror or error}") from error
    return AuditRun(folder, [each.name for each in layers], len(layers) - len(todo))


def layer_folder(folder: Path, layer: str) -> Path:
    """Where a layer's tables are; layers' names may hold dots, never a separator."""
    return folder / "layers" / file_name(layer)


def _audited(
    training: Collection,
    test: Collection,
    seen: LayerStimuli,
    tested: LayerStimuli,
    settings: AuditSettings,
    begin: Begin,
) -> tuple[Rows, Split, Sequence[PartFinding]]:
    """A layer's tables, and what its part models are made of."""
    parts = parts_of([*training.objects, *test.objects])
    one, other = (
        Split(layer.stimuli, true_boxes(each.objects, parts))
        for layer, each in ((seen, training), (tested, test))
    )
    _, pictures = np.unique(test.pictures, return_inverse=True)
    advance = begin(f"parts in {seen.layer}", len(parts))
    found = list(audit_layer(one, other, pictures, settings, advance))
    known = [each for each in found if isinstance(each, PartFinding)]
    corrections = corrected(np.array([each.p for each in known]))
    rows: Rows = {
        "parts": [
            *(part_row(each, float(q)) for each, q in zip(known, corrections, strict=True)),
            *(rare_row(each) for each in found if isinstance(each, Rare)),
        ],
        "filters": [row for each in known for row in filter_rows(each)],
        "sets": [row for each in known for row in set_rows(each)],
        "stimuli": list(stimuli_rows(training, seen)),
    }
    return rows, one, known


def _groups(layers: Sequence[Layer], objects: int, strongest: int) -> Iterator[list[Layer]]:
    """Layers that are looked at together: as many as there is room for the stimuli of."""
    group: list[Layer] = []
    taken = 0
    for layer in layers:
        one = objects * layer.channels * strongest * (4 + 2 * 2 + 2 * len(NEIGHBOURS) + 2)
        if group and taken + one > MOST_BYTES:
            yield group
            group, taken = [], 0
        group.append(layer)
        taken += one
    if group:
        yield group


def _done(folder: Path, key: str) -> bool:
    try:
        return (folder / _KEY).read_text(encoding="utf-8") == key
    except (OSError, UnicodeDecodeError):
        return False


def _write_layer(folder: Path, rows: Rows, models: Callable[[Path], object], key: str) -> None:
    """Tables and models first, the key last: a layer that has one is whole."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    write_tables(folder, rows)
    models(folder)
    write_atomically(folder / _KEY, lambda part: Path(part).write_text(key, encoding="utf-8"))
