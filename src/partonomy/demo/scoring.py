"""How far parts that were found are the true ones: scores with intervals, and which is which.

Scores are of the foreground of all pictures of a class, in one table, and means over classes.
Intervals draw pictures anew, the same numbers of all classes at once: classes do not know of one
another, so their pictures may as well be drawn together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from partonomy.metrics import (
    Interval,
    adjusted_rand_index,
    bootstrap_interval,
    contingency,
    foreground,
    intersection_over_union,
    matched_labels,
    normalised_mutual_information,
)

Labels = NDArray[np.uint8]
Tables = NDArray[np.int64]
Measure = Callable[[Tables], float]

MEASURES: dict[str, Measure] = {
    "FG-NMI": normalised_mutual_information,
    "FG-ARI": adjusted_rand_index,
}
"""By name, of one contingency table."""


def picture_tables(truth: Iterable[Labels], found: Iterable[Labels], n_parts: int) -> Tables:
    """How often true and found parts meet in the foreground of each picture.

    Args:
        truth: each picture's labels (height, width): 0 is background, parts from 1.
        found: likewise, of the same pictures.
        n_parts: K, true parts, and found ones at most.

    Returns:
        (n, K, K + 1): true parts, and found ones with what was left without a part first.
    """
    shape = (n_parts + 1, n_parts + 1)
    pairs = zip(truth, found, strict=True)
    return np.stack([foreground(contingency(true, mine, shape)) for true, mine in pairs])


def side_by_side(of_classes: Sequence[Tables]) -> Tables:
    """Tables of classes with as many pictures as one: (n, classes, R, C), filled up with zeros."""
    rows, columns = (max(each.shape[axis] for each in of_classes) for axis in (1, 2))
    filled = [
        np.pad(each, ((0, 0), (0, rows - each.shape[1]), (0, columns - each.shape[2])))
        for each in of_classes
    ]
    return np.stack(filled, axis=1)


def class_mean(measure: Measure, tables: Tables) -> float:
    """A measure's mean over classes, of tables (classes, R, C)."""
    return float(np.mean([measure(table) for table in tables]))


def agreement(tables: Tables) -> dict[str, Interval]:
    """Each measure's mean over classes, of tables (n, classes, R, C)."""
    return {
        name: bootstrap_interval(tables, partial(class_mean, measure), kind="basic")
        for name, measure in MEASURES.items()
    }


def advantage(ours: Tables, rival: Tables) -> dict[str, Interval]:
    """How much higher each measure's mean over classes is than a rival's, on the same pictures.

    Args:
        ours: (n, classes, R, C).
        rival: likewise.
    """
    both = np.stack([ours, rival], axis=1)
    return {
        name: bootstrap_interval(both, partial(_gain, measure), kind="basic")
        for name, measure in MEASURES.items()
    }


@dataclass(frozen=True)
class Pairing:
    """Which true part each found one stands for.

    Attributes:
        true_label: (K + 1,) the true label of each found one; 0 of 0.
        overlap: (K,) intersection over union of each true part with the found one.
    """

    true_label: Labels
    overlap: NDArray[np.float64]


def paired(tables: Tables) -> Pairing:
    """The pairing, one with one, that makes the sum of overlaps largest.

    Args:
        tables: (n, K, K + 1) of one class, see :func:`picture_tables`.
    """
    table = tables.sum(axis=0)[:, 1:]
    true, found = matched_labels(table)
    true_label = np.zeros(len(table) + 1, np.uint8)
    true_label[found + 1] = true + 1
    return Pairing(true_label, intersection_over_union(table)[true, found])


def _gain(measure: Measure, both: Tables) -> float:
    """How much higher the first of two (classes, R, C) scores."""
    return class_mean(measure, both[0]) - class_mean(measure, both[1])
