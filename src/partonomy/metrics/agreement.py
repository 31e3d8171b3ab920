"""How far two labellings of the same things agree.

Notation
    n_ij  things that have label i in one labelling and j in the other: the contingency table

Tables of parts of a collection add up to the table of the whole, so that nothing is averaged.
Source: Hubert and Arabie, *Comparing partitions*, Journal of Classification 2, 1985.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]
Table = NDArray[np.int64]


def contingency(first: Labels, second: Labels, shape: tuple[int, int]) -> Table:
    """How often each pair of labels occurs.

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
    pairs = np.ravel_multi_index((first.ravel(), second.ravel()), shape)
    return np.bincount(pairs, minlength=shape[0] * shape[1]).reshape(shape)


def adjusted_rand_index(table: Table) -> float:
    """Agreement on which pairs of things go together, 0 where it is chance's, at most 1.

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
