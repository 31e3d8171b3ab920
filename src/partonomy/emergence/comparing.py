"""Two audits of the same objects beside one another: parts gained and lost, filters that went on.

Precision of the same objects is compared by differences of the same resamples, in which what they
have in common cancels out. Filters of two layers are paired so that their strongest responses to
the objects are as much alike as can be (assignment by H. W. Kuhn, *The Hungarian method*, 1955);
what is left to full correlation is drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from partonomy.metrics import Interval, combination

LEVEL = 0.95


@dataclass(frozen=True)
class PartChange:
    """How the precision of a part differs between two audits.

    Attributes:
        class_name, part: which.
        before, after: AP of the best filter, or nan.
        change: after less before, with its interval; None where one of them says nothing of it.
    """

    class_name: str
    part: str
    before: float
    after: float
    change: Interval | None

    @property
    def gained(self) -> bool:
        """Whether it is known better, beyond what other objects might have shown."""
        return self.change is not None and self.change.low > 0

    @property
    def lost(self) -> bool:
        """Whether it is known worse, beyond what other objects might have shown."""
        return self.change is not None and self.change.high < 0


def part_changes(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[PartChange]:
    """Each part of two audits, the greatest loss first, what cannot be compared last.

    Args:
        before, after: rows of ``parts.parquet``, of audits of the same objects with the same seed.
    """
    rows = [{(row["class"], row["part"]): row for row in each} for each in (before, after)]
    changes = []
    for key in dict.fromkeys([*rows[0], *rows[1]]):
        old, new = (_interval(each.get(key)) for each in rows)
        change = None if old is None or new is None else combination([(1, new), (-1, old)])
        was, now = (float("nan") if each is None else each.value for each in (old, new))
        changes.append(PartChange(*key, was, now, change))
    return sorted(changes, key=lambda each: np.inf if each.change is None else each.change.value)


def _interval(row: Mapping[str, Any] | None) -> Interval | None:
    if row is None or row.get("AP") is None:
        return None
    return Interval(row["AP"], row["low"], row["high"], LEVEL, np.array(row["draws"]))


@dataclass(frozen=True)
class FilterPairs:
    """Filters of two layers, paired by what they respond to.

    Attributes:
        before, after: (k,) indices, the most alike first; k is the smaller number of filters.
        correlation: (k,) of their strongest responses over the objects.
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    correlation: NDArray[np.float64]

    @property
    def drift(self) -> float:
        """How far paired filters are from responding alike: 0 if they all do, 1 as if unrelated."""
        return float(1 - self.correlation.mean())


def paired_filters(before: NDArray[np.floating], after: NDArray[np.floating]) -> FilterPairs:
    """The pairing of filters with the highest sum of correlations.

    Args:
        before: (N, F) strongest response of each filter to each object.
        after: (N, F') of the other layer to the same objects.
    """
    correlation = _unit_columns(before).T @ _unit_columns(after)  # (F, F')
    first, second = linear_sum_assignment(correlation, maximize=True)
    alike = correlation[first, second]
    order = np.argsort(-alike, kind="stable")
    return FilterPairs(first[order], second[order], alike[order])


def _unit_columns(responses: NDArray[np.floating]) -> NDArray[np.float64]:
    """Centred and of length 1; 0 where a filter responds alike to all."""
    centred = responses.astype(np.float64) - responses.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(centred, axis=0)
    return centred / np.where(length > 1e-9, length, np.inf)
