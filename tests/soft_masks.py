"""Small batches of features, part masks and foregrounds to try losses on."""

from __future__ import annotations

import torch
from torch import Tensor


def batch(
    pictures: int = 3,
    parts: int = 4,
    channels: int = 5,
    size: tuple[int, int] = (6, 7),
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
) -> tuple[Tensor, Tensor, Tensor]:
    """Features (N, C, H, W), logits (N, K, H, W) of masks, and a foreground (N, 1, H, W) of 0, 1.

    Parts have features of their own, and logits lean towards the part that a pixel is of.
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=dtype)

    of_parts = normal(pictures, parts, channels)
    labels = torch.randint(parts, (pictures, *size), generator=generator)
    belongs = torch.nn.functional.one_hot(labels, parts).to(dtype)  # (N, H, W, K)
    features = torch.einsum("nhwk,nkc->nchw", belongs, of_parts)
    features = features + 0.3 * normal(*features.shape) + 2
    logits = 2 * belongs.permute(0, 3, 1, 2) + normal(pictures, parts, *size)
    foreground = (torch.rand((pictures, 1, *size), generator=generator) > 0.3).to(dtype)
    return features, logits, foreground
