"""Deep Feature Factorization (Collins, Achanta and Süsstrunk, 2018).

The activations V (n, C) of all foreground cells, not normalised, are factorised into W H with both
non-negative, by multiplicative updates (Lee and Seung, 2001); a factor's heat map is its column of
W. Where a layer has negative activations (its last operation is no ReLU) they are set to 0. Of two
layers side by side each is at unit length, as all methods here have them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.bench import Cut, Segmenter, cuts, label_maps
from benchmarks.datasets import LabelledPicture
from benchmarks.metrics import Labels
from partonomy.features import PictureFeatures

MOST_VECTORS = 10_000
ITERATIONS = 100
UNFOLDING_ITERATIONS = 30
EPSILON = 1e-9


def fit(vectors: NDArray[np.float32]) -> Segmenter:
    """Factorise (n, C) activations; new pictures are unfolded into the factors that were found."""
    activations = torch.from_numpy(vectors).relu()
    factors = {cut: _factorise(activations, *cut) for cut in cuts()}
    stacked = torch.cat(list(factors.values()))
    gram = torch.block_diag(*(each @ each.T for each in factors.values()))
    sizes = {cut: len(each) for cut, each in factors.items()}

    def segment(_: LabelledPicture, features: PictureFeatures) -> Iterator[tuple[Cut, Labels]]:
        maps = features.fused.float().relu()
        correlations = maps.flatten(1).T @ stacked.T  # (cells, factors)
        weights = correlations
        for _iteration in range(UNFOLDING_ITERATIONS):
            weights = weights * correlations / (weights @ gram + EPSILON)
        return label_maps(weights.T.reshape(-1, *maps.shape[1:]), sizes, features)

    return segment


def _factorise(activations: Tensor, rank: int, seed: int) -> Tensor:
    """(rank, C) factors of unit length, so that weights of different factors can be compared."""
    generator = torch.Generator().manual_seed(seed)
    scale = (activations.mean() / rank).sqrt()
    weights = scale * torch.rand(len(activations), rank, generator=generator)
    factors = scale * torch.rand(rank, activations.shape[1], generator=generator)
    for _ in range(ITERATIONS):
        weights *= (activations @ factors.T) / (weights @ (factors @ factors.T) + EPSILON)
        factors *= (weights.T @ activations) / ((weights.T @ weights) @ factors + EPSILON)
    return torch.nn.functional.normalize(factors, dim=1)
