"""Confidence intervals over pictures.

Pictures are drawn anew with replacement. What a score needs of a picture is a table that adds up
(contingency, sums of errors, counts), so that a resample is a weighting of tables and no picture is
looked at again. Sources: Efron, *Bootstrap methods: another look at the jackknife*, Annals of
Statistics 7, 1979 (percentile intervals); Davison and Hinkley, *Bootstrap methods and their
application*, 1997, section 5.2 (basic ones).

A resample repeats pictures, so that it agrees with itself more than the collection does: NMI and
ARI of resamples are too high. Basic intervals make up for that. Of k-means of 24 pictures,
intervals meant for 95 % held the score of 400 pictures in 98 % of draws if basic, in 9 % if not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_RESAMPLES_AT_A_TIME = 64


@dataclass(frozen=True)
class Interval:
    """A score and how far it can be relied on.

    Attributes:
        value: of all pictures.
        low, high: bounds of the interval.
        level: share of resamples within it.
        draws: (resamples,) what the score may as well be, whose quantiles the bounds are. Of
            scores of the same pictures by the same seed they go together, draw by draw.
    """

    value: float
    low: float
    high: float
    level: float
    draws: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0), repr=False, compare=False
    )

    def figures(self) -> dict[str, float]:
        """Value, bounds and level, by name."""
        return {name: getattr(self, name) for name in ("value", "low", "high", "level")}


def combination(terms: Sequence[tuple[float, Interval]]) -> Interval:
    """A weighted sum of scores, such as a mean over seeds, or how much higher one is than another.

    Args:
        terms: weight and score of each, of as many resamples and of one level. Where the scores
            are of the same pictures by the same seed, what they have in common cancels out. The
            sum is nan where one of them is.

    Raises:
        ValueError: they differ in resamples or level.
    """
    if len({(each.level, len(each.draws)) for _, each in terms}) != 1:
        raise ValueError("scores of different levels or resamples cannot be combined")
    draws = sum(weight * each.draws for weight, each in terms)
    value = sum(weight * each.value for weight, each in terms)
    if isnan(value):
        return Interval(value, value, value, terms[0][1].level, np.asarray(draws))
    return interval_of(value, np.asarray(draws), terms[0][1].level)


def bootstrap_interval(
    tables: NDArray[np.generic],
    score: Callable[[NDArray[np.generic]], float],
    *,
    kind: Literal["percentile", "basic"] = "percentile",
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """How far a score of a sum of tables can be relied on.

    Args:
        tables: (n, ...) a table for each picture; whole numbers stay whole, and exact below 2^53,
            whatever type they are added up from.
        score: of a table (...), such as :func:`adjusted_rand_index`.
        kind: ``percentile``, between quantiles of the resamples' scores, for means and shares;
            ``basic``, these reflected about the score, for what resamples lean to one side of, such
            as NMI and ARI.
        resamples: how many collections of n pictures are drawn.
        level: share of them within the interval.
        seed: of the draws.

    Raises:
        ValueError: there is no table or no resample, the level is not between 0 and 1, or a
            resample has no score (nan).
    """
    if not len(tables):
        raise ValueError("no pictures to resample")
    if not 0 < level < 1:
        raise ValueError(f"level {level}: choose between 0 and 1")
    if resamples < 1:
        raise ValueError(f"resamples {resamples}: choose at least 1")
    generator = np.random.default_rng(seed)
    count, shape = len(tables), tables.shape[1:]
    total = tables.sum(axis=0)  # of a type that holds sums, which that of the tables may not
    values = tables.reshape(count, -1).astype(np.float64)
    even = np.full(count, 1 / count)
    scores: list[float] = []
    while len(scores) < resamples:
        size = min(_RESAMPLES_AT_A_TIME, resamples - len(scores))
        drawn = generator.multinomial(count, even, size=size)  # (size, n) how often each
        sums = (drawn.astype(np.float64) @ values).astype(total.dtype)
        scores.extend(score(table.reshape(shape)) for table in sums)
    if missing := int(np.isnan(scores).sum()):
        raise ValueError(f"{missing} of {resamples} resamples have no score")
    value = score(total)
    draws = np.array(scores)
    return interval_of(value, 2 * value - draws if kind == "basic" else draws, level)


def interval_of(value: float, draws: NDArray[np.float64], level: float) -> Interval:
    """The interval of a score between quantiles of its draws, and holding the score itself.

    Args:
        value: the score.
        draws: (resamples,) what it may as well be; nan where a resample has no score.
        level: share of them within the interval.
    """
    tail = (1 - level) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail]).tolist()
    return Interval(value, min(low, value), max(high, value), level, draws)
