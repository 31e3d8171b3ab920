"""Which filters decide a class: how far its score falls without each of them.

Notation
    s_c   score of class c, before softmax
    a_j   feature map of filter j
    d_j   s_c - s_c with a_j set to 0, mean over pictures of the class

A filter is discriminative for a class where d_j is more than two standard deviations above the mean
over all filters. Beside the exact drop stands its estimate to first order, the sum over cells of
a_j ds_c / da_j. Source: arXiv 1607.03738, section 5.1; the estimate is that of Molchanov et al.,
arXiv 1611.06440.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor

from partonomy.backbones.tail import NetworkTail

DEVIATIONS = 2.0
"""Above the mean, from which a filter is discriminative."""
COPIES = 64
"""That the rest of the network runs on at once."""


@dataclass(frozen=True)
class ScoreDrops:
    """What the score of a class loses without each filter.

    Attributes:
        exact: (n, F) of every picture.
        estimate: (n, F) to first order.
        score: (n,) of the pictures as they are.
    """

    exact: NDArray[np.float32]
    estimate: NDArray[np.float32]
    score: NDArray[np.float32]

    @property
    def mean(self) -> NDArray[np.float64]:
        """(F,) exact drop, mean over pictures."""
        return self.exact.mean(axis=0, dtype=np.float64)

    @property
    def agreement(self) -> float:
        """Rank correlation of the mean estimate with the mean exact drop; nan where one is flat."""
        return float(spearmanr(self.mean, self.estimate.mean(axis=0)).statistic)

    def discriminative(self) -> NDArray[np.int64]:
        """Filters without which the score falls unusually far, the first most."""
        drop = self.mean
        found = np.flatnonzero(drop > drop.mean() + DEVIATIONS * drop.std())
        return found[np.argsort(-drop[found], kind="stable")]

    def cumulative(self) -> NDArray[np.float64]:
        """(F,) share of all that is lost to single filters that the strongest 1, 2, ... make up."""
        drop = np.sort(self.mean.clip(min=0))[::-1]
        return np.cumsum(drop) / max(drop.sum(), np.finfo(float).tiny)


def score_drops(
    tail: NetworkTail, pictures: Iterable[Tensor], target: int, channel_axis: int = 1
) -> ScoreDrops:
    """Set every filter of a layer to 0, one at a time, on every picture.

    Args:
        tail: of the layer.
        pictures: (1, 3, H, W) each, normalised.
        target: index of the class's score.
        channel_axis: of the layer's output; -1 for tokens and channels-last maps.
    """
    exact, estimate, score = [], [], []
    for picture in pictures:
        scores, output, gradient = tail.scores_and_gradient(picture, target)
        axis = channel_axis % output.ndim
        others = [each for each in range(output.ndim) if each != axis]
        first_order = (output * gradient).sum(dim=others)  # (F,)
        left = torch.cat(
            [
                tail.scores(picture, partial(_without, filters=some, axis=axis), len(some))[
                    :, target
                ]
                for some in _in_copies(output.shape[axis])
            ]
        )
        exact.append((scores[target] - left).float().cpu().numpy())
        estimate.append(first_order.float().cpu().numpy())
        score.append(float(scores[target]))
    return ScoreDrops(np.stack(exact), np.stack(estimate), np.array(score, np.float32))


def _in_copies(filters: int) -> Iterator[Tensor]:
    for start in range(0, filters, COPIES):
        yield torch.arange(start, min(start + COPIES, filters))


def _without(output: Tensor, filters: Tensor, axis: int) -> Tensor:
    """Set filter k of the k-th copy to 0."""
    output.movedim(axis, 1)[torch.arange(len(filters)), filters] = 0
    return output
