"""A part model on a data set, by a protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from partonomy.datasets import Annotation, DataSet, Item
from partonomy.datasets.reading import SkippedPicture
from partonomy.errors import PartonomyError
from partonomy.evaluation.protocol import Protocol, Table
from partonomy.images import PictureFile, Skipped, digest, write_atomically
from partonomy.metrics import Interval, bootstrap_interval
from partonomy.parts import PartModel, segment
from partonomy.parts.model import model_digest

_Row = tuple[str, str, Table]
"""Name, digest and table of a picture."""


@dataclass(frozen=True)
class Evaluation:
    """What is kept of the pictures of a data set, or of a shard of them.

    Attributes:
        protocol: by which it was made.
        dataset: its name.
        split: of the data set; None for all of it.
        class_name: of the objects.
        model: digest of the part model.
        pictures: names, sorted, so that intervals do not depend on the order of shards.
        digests: of the pictures' bytes and of their truth.
        tables: (n, ...) of the protocol.
        skipped: pictures that were left out, and why.
    """

    protocol: Protocol
    dataset: str
    split: str | None
    class_name: str
    model: str
    pictures: tuple[str, ...]
    digests: tuple[str, ...]
    tables: Table
    skipped: tuple[Skipped, ...]

    def numbers(self) -> dict[str, Interval]:
        """Every measure of the protocol."""
        return {
            name: bootstrap_interval(self.tables, measure.score, kind=measure.interval)
            for name, measure in self.protocol.measures.items()
        }

    def write(self, path: Path) -> None:
        """Write the result file (JSON).

        Raises:
            PartonomyError: it cannot be written.
        """
        text = json.dumps(self._result(), indent=2, ensure_ascii=False) + "\n"
        try:
            write_atomically(path, lambda part: Path(part).write_text(text, encoding="utf-8"))
        except OSError as error:
            raise PartonomyError(f"-o {path}: {error.strerror or error}") from error

    def _result(self) -> dict[str, Any]:
        return {
            "protocol": self.protocol.name,
            "version": self.protocol.version,
            "rules": self.protocol.rules,
            "dataset": self.dataset,
            "split": self.split,
            "class": self.class_name,
            "data": digest("\0".join(self.digests).encode()),
            "model": self.model,
            "pictures": len(self.pictures),
            "skipped": [asdict(each) for each in self.skipped],
            "numbers": {name: asdict(each) for name, each in self.numbers().items()},
            "versions": {name: version(name) for name in ("partonomy", "numpy", "torch")},
        }


def evaluate(
    model: PartModel,
    data: DataSet,
    protocol: Protocol,
    *,
    split: str | None = None,
    class_name: str | None = None,
    shard: tuple[int, int] = (0, 1),
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Evaluation:
    """Score a part model's parts against a data set's.

    Args:
        model: any part model.
        data: the data set.
        protocol: how.
        split: of the data set; all of it if not given.
        class_name: of the objects; needed where there are several.
        shard: (i, n): every n-th picture from the i-th, from 0; see :func:`joined`.
        on_progress: called with the number of pictures done since the last call.

    Raises:
        PartonomyError: there is no such split, there are objects of several classes, or no picture
            with such objects is left.
    """
    chosen = data if split is None else data.of_split(split)
    items = chosen.items[shard[0] :: shard[1]]
    files = [_file(item) for item in items]
    rows: list[_Row] = []
    classes: dict[str, None] = {}
    skipped: list[Skipped] = []
    for item, found in zip(items, segment(model, files), strict=True):
        on_progress(1)
        if isinstance(found, Skipped):
            skipped.append(found)
            continue
        try:
            annotations = item.annotate(data.problems)
        except SkippedPicture as reason:
            skipped.append(Skipped(item.name, str(reason)))
            continue
        objects = [each for each in annotations if class_name in (None, each.class_name)]
        if not objects:
            continue
        classes |= dict.fromkeys(each.class_name for each in objects)
        if len(classes) > 1:
            raise PartonomyError(f"--class is missing: there are {', '.join(classes)}, or more")
        seen = digest(found.picture.digest.encode(), _truth(objects))
        rows.append((item.name, seen, protocol.table(objects, found.maps)))
    if not rows:
        of_class = "" if class_name is None else f" with a {class_name}"
        raise PartonomyError(f"{data.card.name}: no picture{of_class} could be scored")
    return Evaluation(
        protocol,
        data.card.name,
        split,
        next(iter(classes)),
        model_digest(model),
        *_sorted(rows),
        tuple(skipped),
    )


def joined(shards: Sequence[Evaluation]) -> Evaluation:
    """All shards of an evaluation as one.

    Raises:
        PartonomyError: they are not of one model, data set and protocol, or share a picture.
    """
    first = shards[0]
    for each in shards[1:]:
        for name in ("protocol", "dataset", "split", "class_name", "model"):
            if getattr(each, name) != getattr(first, name):
                raise PartonomyError(f"shards of different evaluations: {name} differs")
    rows = [
        row for each in shards for row in zip(each.pictures, each.digests, each.tables, strict=True)
    ]
    names, digests, tables = _sorted(rows)
    if len(set(names)) < len(names):
        raise PartonomyError("shards share a picture")
    skipped = tuple(entry for each in shards for entry in each.skipped)
    return replace(first, pictures=names, digests=digests, tables=tables, skipped=skipped)


def _sorted(rows: list[_Row]) -> tuple[tuple[str, ...], tuple[str, ...], Table]:
    """Names, digests and tables, by name."""
    names, digests, tables = zip(*sorted(rows, key=lambda row: row[0]), strict=True)
    return names, digests, np.stack(tables)


def _file(item: Item) -> PictureFile:
    return PictureFile(item.path, item.name, PurePosixPath(item.name).with_suffix("").as_posix())


def _truth(objects: Sequence[Annotation]) -> bytes:
    """What decides a protocol's truth, as bytes."""
    parts = [
        (each.name, each.box, each.keypoint, each.visible) for of in objects for each in of.parts
    ]
    return repr(parts).encode() + b"".join(of.labels().tobytes() for of in objects)
