"""Part descriptors: the mean feature of each part of each picture.

Notation
    phi    features of a picture's pixels
    M      soft masks of its parts
    F      its foreground
    z_k    = sum of M_k F phi / (sum of M_k F + epsilon)

Source: arXiv 2111.06349, equation 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from partonomy.segmenter.losses.foreground import pixel_weights
from partonomy.segmenter.losses.precision import full_precision
from partonomy.segmenter.losses.upsampling import pulled_down


@full_precision
def part_descriptors(
    features: Tensor, masks: Tensor, foreground: Tensor | None = None, epsilon: float = 1e-7
) -> Tensor:
    """Mean features of parts.

    Args:
        features: (N, C, H, W).
        masks: (N, K, H, W) in 0..1.
        foreground: (N, 1, H, W) in 0..1; None: all of the picture.
        epsilon: added to a part's area in pixels; a part that is nowhere has the descriptor 0.

    Returns:
        (N, K, C).

    Raises:
        ValueError: shapes do not fit.
    """
    weights = pixel_weights(masks, foreground)
    check_features(features, masks)
    sums = torch.einsum("nkhw,nchw->nkc", weights, features)
    return sums / (weights.sum((2, 3)) + epsilon)[..., None]


@full_precision
def layer_descriptors(
    layers: Sequence[Tensor],
    masks: Tensor,
    foreground: Tensor | None = None,
    epsilon: float = 1e-7,
    *,
    scales: Sequence[float] | None = None,
    align_corners: bool = False,
) -> Tensor:
    """What ``part_descriptors`` gives of layers that are scaled, upsampled and put side by side.

    Args:
        layers: each (N, C_l, h_l, w_l); none is upsampled, see ``upsampling``.
        masks: (N, K, H, W) in 0..1.
        foreground: (N, 1, H, W) in 0..1; None: all of the picture.
        epsilon: added to a part's area in pixels.
        scales: what each layer is multiplied by; None: 1.
        align_corners: of the bilinear upsampling to (H, W).

    Returns:
        (N, K, sum of C_l).

    Raises:
        ValueError: shapes do not fit.
    """
    weights = pixel_weights(masks, foreground)
    sums = []
    for scale, layer in scaled(layers, scales, masks):
        of_cells = pulled_down(weights, layer, align_corners)
        sums.append(scale * torch.einsum("nkhw,nchw->nkc", of_cells, layer))
    return torch.cat(sums, dim=2) / (weights.sum((2, 3)) + epsilon)[..., None]


def check_features(features: Tensor, masks: Tensor) -> None:
    """Features are to have the masks' pictures and pixels.

    Raises:
        ValueError: they have not.
    """
    if (features.shape[0], *features.shape[2:]) != (masks.shape[0], *masks.shape[2:]):
        raise ValueError(
            f"features of shape {tuple(features.shape)} for masks of {tuple(masks.shape)}"
        )


def scaled(
    layers: Sequence[Tensor], scales: Sequence[float] | None, masks: Tensor
) -> list[tuple[float, Tensor]]:
    """Each layer with its scale.

    Raises:
        ValueError: there is not a scale a layer, or a layer is not of the masks' pictures.
    """
    scales = [1.0] * len(layers) if scales is None else scales
    if len(scales) != len(layers):
        raise ValueError(f"{len(scales)} scales for {len(layers)} layers")
    if any(len(layer) != len(masks) for layer in layers):
        raise ValueError(
            f"layers of {[len(each) for each in layers]} pictures, masks of {len(masks)}"
        )
    return list(zip(scales, layers, strict=True))
