"""What protocols on part masks keep of a view: how often true and found labels meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.evaluation.protocol import Record
from partonomy.images import Placement
from partonomy.images.moving import place_mask
from partonomy.metrics import contingency
from partonomy.parts import PartMaps

Labels = NDArray[np.uint8]


def labels_of(objects: Sequence[Annotation]) -> Labels:
    """(height, width) of all objects' parts, from 1; of two, the later one."""
    labels = objects[0].labels()
    for each in objects[1:]:
        more = each.labels()
        labels = np.where(more > 0, more, labels)
    return labels


def best_parts(maps: PartMaps, size: tuple[int, int] | None = None) -> Labels:
    """(height, width) the best of the K parts, from 1, whatever the model takes for background."""
    return replace(maps, foreground=None, objectness=None).labels(size)


def inside(placement: Placement) -> NDArray[np.bool_]:
    """(height, width) of a view: where the picture is."""
    return place_mask(np.ones(placement.picture_size, bool), placement)


def foreground_table(truth: Labels, best: Labels, n_true: int, n_parts: int) -> NDArray[np.int64]:
    """(T + 1, K + 1) how often labels meet where there is truly a part."""
    table = contingency(truth, best, (n_true + 1, n_parts + 1))
    table[0] = 0
    return table


def named_table(objects: Sequence[Annotation], found: Labels, n_parts: int) -> Record:
    """How often labels meet, of objects of whatever classes, each of which has its own parts.

    Where parts overlap, the one counts that most masks say; of several, the first.

    Args:
        objects: of a view.
        found: (height, width) labels, 0 is background.
        n_parts: K.

    Returns:
        ``names``, (T,) of the parts that occur, the first being the background's; ``table``,
        (T, K + 1).
    """
    votes: dict[str, NDArray[np.uint8]] = {}
    for each in objects:
        for part in each.parts:
            if part.mask is not None:
                votes.setdefault(f"{each.class_name} {part.name}", np.zeros(each.size, np.uint8))
                votes[f"{each.class_name} {part.name}"] += part.mask
    # a background that any mask outvotes
    planes = np.stack([np.zeros(found.shape, np.uint8), *votes.values()])
    truth = planes.argmax(axis=0).astype(np.uint8)
    return {
        "names": np.array(["background", *votes]),
        "table": contingency(truth, found, (len(planes), n_parts + 1)),
    }


def joined_tables(records: Sequence[Record]) -> NDArray[np.int64]:
    """(n, T, K + 1) tables of :func:`named_table`, by all names that occur in any."""
    names = np.unique(np.concatenate([record["names"] for record in records]))
    tables = np.zeros((len(records), len(names), records[0]["table"].shape[1]), np.int64)
    for table, record in zip(tables, records, strict=True):
        table[np.searchsorted(names, record["names"])] = record["table"]
    return tables
