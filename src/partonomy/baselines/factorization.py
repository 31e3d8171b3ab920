"""Deep Feature Factorization (Collins, Achanta and Süsstrunk, ECCV 2018).

Notation
    V  (n, C) activations, not negative
    W  (n, K) weights, H (K, C) factors, both not negative: V is about W H

By multiplicative updates (Lee and Seung, 2001). A factor's heat map is its column of W.
"""

from __future__ import annotations

import torch
from torch import Tensor

MOST_VECTORS = 10_000
ITERATIONS = 100
UNFOLDING_ITERATIONS = 30
_EPSILON = 1e-9


def factorized(activations: Tensor, rank: int, seed: int) -> Tensor:
    """(K, C) factors of unit length, so that weights of different factors can be compared.

    Args:
        activations: (n, C), not negative.
        rank: K.
        seed: of the start.
    """
    generator = torch.Generator().manual_seed(seed)
    scale = (activations.mean() / rank).sqrt()
    weights = scale * torch.rand(len(activations), rank, generator=generator)
    factors = scale * torch.rand(rank, activations.shape[1], generator=generator)
    for _ in range(ITERATIONS):
        weights *= (activations @ factors.T) / (weights @ (factors @ factors.T) + _EPSILON)
        factors *= (weights.T @ activations) / ((weights.T @ weights) @ factors + _EPSILON)
    return torch.nn.functional.normalize(factors, dim=1)


def unfolded(activations: Tensor, factors: Tensor, gram: Tensor | None = None) -> Tensor:
    """(n, K) weights of new activations, for factors that are known.

    Args:
        activations: (n, C), not negative.
        factors: (K, C).
        gram: (K, K) products of the factors; of blocks, those of several factorizations at once.
    """
    correlations = activations @ factors.T
    gram = factors @ factors.T if gram is None else gram
    weights = correlations
    for _ in range(UNFOLDING_ITERATIONS):
        weights = weights * correlations / (weights @ gram + _EPSILON)
    return weights
