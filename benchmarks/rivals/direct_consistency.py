"""Within-part consistency with all differences written out.

Picture by picture, as the published code of arXiv 2111.06349 is described: a tensor of parts x
channels x height x width is kept of each, for the gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-5


def within_part_consistency(features: Tensor, masks: Tensor, foreground: Tensor) -> Tensor:
    """Mean over pictures of squared distances of pixels to their part's mean, over the object.

    Args:
        features: (N, C, H, W).
        masks: (N, K, H, W).
        foreground: (N, 1, H, W).
    """
    losses = []
    for phi, mask, object_ in zip(features, masks, foreground, strict=True):
        weights = mask * object_  # (K, H, W)
        areas = weights.sum((1, 2)) + EPSILON
        means = torch.einsum("khw,chw->kc", weights, phi) / areas[:, None]
        differences = phi - means[:, :, None, None]  # (K, C, H, W)
        squares = differences.square() * weights[:, None]
        losses.append(squares.sum() / (object_.sum() + EPSILON))
    return torch.stack(losses).mean()
