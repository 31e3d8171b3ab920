"""How far parts cover the true parts that they stand for.

Intersection over union of each pair of labels, and its mean over the true labels once found labels
are paired with them, one with one, so that it is largest. Source of the pairing: Kuhn, *The
Hungarian method for the assignment problem*, Naval Research Logistics Quarterly 2, 1955.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partonomy.metrics.agreement import Table


def intersection_over_union(table: Table) -> NDArray[np.float64]:
    """IoU of each true label with each found one.

    Args:
        table: (R, C) contingency table, of all things that are labelled.

    Returns:
        (R, C) in 0..1; 0 where neither label occurs.
    """
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    return table / np.maximum(union, 1)


def matched_labels(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairing of true and found labels, one with one, that makes the sum of IoU largest.

    Args:
        table: (R, C) contingency table.

    Returns:
        True labels and the found label of each, min(R, C) long; true labels in order.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(intersection_over_union(table), maximize=True)
    return rows.astype(np.int64), columns.astype(np.int64)


def mean_intersection_over_union(table: Table) -> float:
    """Mean IoU over the true labels that occur, after pairing; what is left unpaired counts 0.

    Args:
        table: (R, C) contingency table, with the background of both as label 0 if it is to be
            paired like a part.

    Returns:
        In 0..1; nan where no true label occurs.
    """
    rows, columns = matched_labels(table)
    paired = np.zeros(len(table))
    paired[rows] = intersection_over_union(table)[rows, columns]
    present = table.sum(axis=1) > 0
    return float(paired[present].mean()) if present.any() else float("nan")
