"""What goes together with how well parts are known: their size, their number, what they decide."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ConstantInputWarning, spearmanr

from partonomy.metrics import Interval, interval_of

FEWEST = 4
"""Parts, without which a correlation says nothing."""
RESAMPLES = 1000
LEVEL = 0.95


def rank_relation(
    first: NDArray[np.floating], second: NDArray[np.floating], seed: int = 0
) -> Interval | None:
    """Rank correlation (Spearman) of two figures of parts; None of fewer than four parts.

    The interval is between quantiles of resamples of the parts, of which those in which a figure
    is the same of all parts have no correlation and do not count.

    Args:
        first, second: (n,) a figure of each part; parts of which one is nan do not count.
        seed: of the resamples.
    """
    known = np.isfinite(first) & np.isfinite(second)
    pairs = np.stack([first[known], second[known]], axis=1)
    if len(pairs) < FEWEST or (pairs == pairs[0]).all(axis=0).any():
        return None
    generator = np.random.default_rng([seed, 7])
    drawn = generator.integers(0, len(pairs), (RESAMPLES, len(pairs)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        draws = np.array([spearmanr(*pairs[some].T).statistic for some in drawn])
    return interval_of(float(spearmanr(*pairs.T).statistic), draws, LEVEL)


def within_classes(
    values: NDArray[np.floating], class_names: NDArray[np.str_]
) -> NDArray[np.float64]:
    """(n,) each value as deviations from the mean of its class, whose scales may differ.

    nan where a class has but one value, or the same of all its parts.
    """
    result = np.full(len(values), np.nan)
    for name in np.unique(class_names):
        of_class = (class_names == name) & np.isfinite(values)
        some = values[of_class].astype(np.float64)
        if len(some) > 1 and some.std() > 0:
            result[of_class] = (some - some.mean()) / some.std()
    return result
