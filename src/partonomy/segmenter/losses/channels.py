"""Many channels of a picture's size, a few at a time: what is made of them stays in the cache."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_CHUNK_VALUES = 1 << 21


def summed_over_chunks(function: Callable[[Tensor], Tensor], features: Tensor) -> Tensor:
    """What a function gives of some of the channels of (N, C, H, W) features, summed over all.

    Added up as they come: many small results between large ones that are dropped would keep the
    memory of both.
    """
    step = max(1, _CHUNK_VALUES * features.shape[1] // max(1, features.numel()))
    first, *others = torch.split(features, step, dim=1)
    total = function(first)
    for chunk in others:
        total = total + function(chunk)
    return total


def squared_lengths(features: Tensor) -> Tensor:
    """(N, H, W) squared length of each pixel's feature, of (N, C, H, W)."""
    return summed_over_chunks(lambda chunk: chunk.square().sum(1), features)
