"""Average precision of resampled collections: pictures weighed, nothing found or matched again."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=8)
def picture_weights(n_pictures: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """(resamples, n_pictures) how often each picture is drawn, with replacement."""
    generator = np.random.default_rng(seed)
    even = np.full(n_pictures, 1 / n_pictures)
    return generator.multinomial(n_pictures, even, size=resamples).astype(np.float64)


def weighted_average_precision(
    weight: NDArray[np.float64],
    right: NDArray[np.int64],
    n_true: NDArray[np.float64],
    dropped: int = 0,
) -> NDArray[np.float64]:
    """(B,) AP where each detection counts as often as its picture.

    Args:
        weight: (B, n) of each detection, best first.
        right: (r,) indices of those that are right, ascending.
        n_true: (B,) true parts, weighted likewise.
        dropped: first points of the curve that are left out, see ``average_precision``.

    Returns:
        nan where there are no true parts.
    """
    share = weight[:, right]
    total, hits = weight.cumsum(axis=1), share.cumsum(axis=1)
    precision = hits / np.maximum(total[:, right], 1e-12)
    early = right < dropped
    if early.any():
        last = min(dropped, weight.shape[1] - 1)
        hit = weight[:, right[right <= last]].sum(axis=1) / np.maximum(total[:, last], 1e-12)
        precision[:, early] = hit[:, None]
    envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    area = (share * envelope).sum(axis=1)
    return np.where(n_true > 0, area / np.where(n_true > 0, n_true, 1), np.nan)
