"""Numbers of many pictures' records, with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.errors import PartonomyError
from partonomy.metrics import (
    Interval,
    KeypointErrors,
    adjusted_rand_index,
    bootstrap_interval,
    normalised_mutual_information,
)

SEED = 0
"""Of the pictures that are drawn anew for intervals."""
ERROR = "keypoint error"
"""What names of errors begin with."""
Score = Callable[[NDArray[Any]], float]
_NMI: Score = normalised_mutual_information
_ARI: Score = adjusted_rand_index


def stacked(records: Sequence[Mapping[str, NDArray[Any]]], name: str) -> NDArray[Any]:
    """(n, ...) an entry of all records."""
    return np.stack([record[name] for record in records])


def agreement(
    tables: NDArray[Any], prefix: str = "", *, background: bool = False
) -> dict[str, Interval]:
    """NMI and ARI of one table of all pictures.

    Args:
        tables: (n, T, K) contingency tables of the pictures.
        prefix: of the names.
        background: whether one of the true labels is the background.

    Raises:
        PartonomyError: nothing is in them but background.
    """
    n_true = (tables.sum(axis=(0, 2)) > 0).sum()
    if n_true < 1 + background:  # two labellings of nothing would agree
        raise PartonomyError(
            "nothing to compare: no picture has a visible keypoint, or a part's mask, that this "
            "protocol is about"
        )
    return {f"{prefix}NMI": _interval(tables, _NMI), f"{prefix}ARI": ari(tables)}


def ari(tables: NDArray[Any]) -> Interval:
    """ARI of the sum of tables (n, T, K)."""
    return _interval(tables, _ARI)


def _interval(tables: NDArray[Any], score: Score) -> Interval:
    return bootstrap_interval(tables, score, kind="basic", seed=SEED)


def share(parts: NDArray[Any], wholes: NDArray[Any]) -> Interval:
    """Sum of parts (n,) over sum of wholes (n,); 1 if there is no whole."""

    def ratio(sums: NDArray[Any]) -> float:
        return float(sums[0] / sums[1]) if sums[1] else 1.0

    return bootstrap_interval(np.stack([parts, wholes], axis=1), ratio, seed=SEED)


def is_error(measure: str) -> bool:
    """Whether less of a measure is better."""
    return measure.startswith(ERROR)


def mean_error(errors: KeypointErrors, name: str = ERROR) -> dict[str, Interval]:
    """The mean over visible keypoints, by its name; nothing where none is visible."""
    counts = errors.visible.sum(axis=1)
    seen = counts > 0
    if not seen.any():
        return {}
    return {name: share(errors.total.sum(axis=1)[seen], counts[seen])}
