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

from benchmarks.bench import Cut, Segmenter, cuts, label_maps
from benchmarks.datasets import LabelledPicture
from benchmarks.metrics import Labels
from partonomy.baselines.factorization import ITERATIONS, MOST_VECTORS, factorized, unfolded
from partonomy.features import PictureFeatures

__all__ = ["ITERATIONS", "MOST_VECTORS", "fit"]


def fit(vectors: NDArray[np.float32]) -> Segmenter:
    """Factorise (n, C) activations; new pictures are unfolded into the factors that were found."""
    activations = torch.from_numpy(vectors).relu()
    factors = {cut: factorized(activations, *cut) for cut in cuts()}
    stacked = torch.cat(list(factors.values()))
    gram = torch.block_diag(*(each @ each.T for each in factors.values()))
    sizes = {cut: len(each) for cut, each in factors.items()}

    def segment(_: LabelledPicture, features: PictureFeatures) -> Iterator[tuple[Cut, Labels]]:
        maps = features.fused.float().relu()
        weights = unfolded(maps.flatten(1).T, stacked, gram)  # (cells, factors)
        return label_maps(weights.T.reshape(-1, *maps.shape[1:]), sizes, features)

    return segment
