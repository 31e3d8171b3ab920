"""How far two labellings of the same things agree.

Notation
    n_ij  things that have label i in one labelling and j in the other: the contingency table
    N     all things
    H, I  entropy and mutual information, natural logarithm

Tables of parts of a collection add up to the table of the whole, over pictures, shards and workers
alike, so that nothing is averaged: scores are of one table of all things. (Averages over pictures
of scores of one picture each, which some papers call by the same names, are another measure.)
Sources: Hubert and Arabie, *Comparing partitions*, Journal of Classification 2, 1985; Vinh, Epps,
Bailey, *Information theoretic measures for clusterings comparison*, JMLR 11, 2010.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]
Table = NDArray[np.int64]

_CHUNK = 1 << 20
"""Things that are counted at a time: a 32-bit float, which the fast way counts in, is exact up to
2^24."""


def contingency(first: Labels, second: Labels, shape: tuple[int, int]) -> Table:
    """How often each pair of labels occurs; in little more memory than the labels themselves.

    Args:
        first: labels 0 .. shape[0] - 1, any shape.
        second: labels 0 .. shape[1] - 1, of the same shape.
        shape: of the table.

    Returns:
        ``shape`` int64.

    Raises:
        ValueError: the labellings differ in shape, or have labels outside the table.
    """
    if first.shape != second.shape:
        raise ValueError(f"labellings of {first.shape} and {second.shape} cannot be compared")
    small = first.dtype == second.dtype == np.uint8
    count = _count_bytes if small else _count_any
    table = np.zeros(shape, np.int64)
    for rows, columns in zip(_chunks(first), _chunks(second), strict=True):
        table += count(rows, columns, shape)
    return table


def foreground(table: Table) -> Table:
    """The table of what is no background in the first labelling, which has it as label 0.

    What the second labelling calls background there stays a label of its own; the FG scores of the
    field leave a method no background to give.
    """
    return table[1:]


def normalised_mutual_information(table: Table) -> float:
    """NMI: mutual information over the arithmetic mean of the entropies, 2 I / (H + H).

    Args:
        table: the contingency table.

    Returns:
        0 where the labellings know nothing of each other, 1 where they are the same but for names;
        1 where both have one label.
    """
    total = table.sum()
    if total == 0:
        return 1.0
    shares = table / total
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    entropies = _entropy(rows) + _entropy(columns)
    if entropies == 0:
        return 1.0
    # of shares as they are, I = H + H - H(both) would lose digits where there is little of it
    present = shares > 0
    ratios = shares[present] / np.outer(rows, columns)[present]
    information = float((shares[present] * np.log(ratios)).sum())
    return min(1.0, max(0.0, 2 * information / entropies))


def adjusted_rand_index(table: Table) -> float:
    """ARI: agreement on which pairs of things go together, 0 where it is chance's, at most 1.

    Args:
        table: the contingency table.

    Returns:
        The index; 1 where both labellings put everything together, or everything apart.
    """
    # pairs of pixels do not fit 64-bit integers; shares of all pairs fit floats
    total = table.sum()
    if total < 2:
        return 1.0
    together = _pairs(table, total)
    rows, columns = _pairs(table.sum(axis=1), total), _pairs(table.sum(axis=0), total)
    expected, most = rows * columns, (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _pairs(counts: Table, total: np.int64) -> float:
    """Share of all pairs of things that are within one count."""
    wide = counts.astype(np.float64)
    return float((wide * (wide - 1)).sum() / (float(total) * float(total - 1)))


def _entropy(shares: NDArray[np.float64]) -> float:
    present = shares[shares > 0]
    return float(-(present * np.log(present)).sum())


def _chunks(labels: Labels) -> Iterator[Labels]:
    flat = labels.reshape(-1)
    for start in range(0, max(1, len(flat)), _CHUNK):
        yield flat[start : start + _CHUNK]


def _count_bytes(rows: Labels, columns: Labels, shape: tuple[int, int]) -> Table:
    """Several times faster than for labels of other types."""
    most = [min(size, 256) for size in shape]
    if len(rows) and (rows.max() >= shape[0] or columns.max() >= shape[1]):
        raise ValueError(f"a label is outside the table of {shape[0]} x {shape[1]}")
    found = np.zeros(shape, np.int64)
    if len(rows):
        ranges = [0, most[0], 0, most[1]]
        counted = cv2.calcHist([rows, columns], [0, 1], None, most, ranges)
        found[: most[0], : most[1]] = counted.reshape(most)
    return found


def _count_any(rows: Labels, columns: Labels, shape: tuple[int, int]) -> Table:
    pairs = np.ravel_multi_index((rows, columns), shape)
    return np.bincount(pairs, minlength=shape[0] * shape[1]).reshape(shape)
