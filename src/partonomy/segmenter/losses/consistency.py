"""Within-part consistency: what a part's pixels look like, or mean, should vary little.

Notation
    phi    features of a picture's pixels, or their colours
    w_k    = M_k F: soft mask of a part, times foreground
    z_k    = sum of w_k phi / (sum of w_k + epsilon)
    L      = sum over k and pixels of w_k ||phi - z_k||^2 / (sum of F + epsilon)

Source: arXiv 2111.06349: L_f of features and L_v of colours in CIE Lab. The published code makes a
tensor of pictures x parts x channels x pixels; here L comes from sums,

    L (sum of F + epsilon) = sum of w ||x||^2 + sum over k of (||z_k||^2 sum of w_k - 2 z_k . s_k),

with x = phi - c, s_k = sum of w_k x, and z_k less c. What is subtracted, c, changes nothing but how
much is cancelled: it is the object's mean feature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from partonomy.segmenter.losses.channels import squared_lengths
from partonomy.segmenter.losses.descriptors import check_features, scaled
from partonomy.segmenter.losses.foreground import EPSILON, pixel_weights
from partonomy.segmenter.losses.precision import full_precision
from partonomy.segmenter.losses.upsampling import pulled_down, squared_norms

Reduction = Literal["mean", "paper-code"]
"""Of the pictures' losses: their mean, or, as the published code has it for features, their sum."""


@full_precision
def within_part_consistency(
    features: Tensor,
    masks: Tensor,
    foreground: Tensor | None = None,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """Squared distances of pixels to the mean of their part, over the foreground's area.

    Gradients flow to masks and features, through the means too.

    Args:
        features: (N, C, H, W).
        masks: (N, K, H, W) in 0..1.
        foreground: (N, 1, H, W) in 0..1; None: all of the picture.
        reduction: over pictures.

    Returns:
        A scalar; a picture without foreground adds 0.

    Raises:
        ValueError: shapes do not fit.
    """
    weights = pixel_weights(masks, foreground)
    check_features(features, masks)
    centre = _centre(weights, features)
    features = features - centre[..., None, None]
    sums = torch.einsum("nkhw,nchw->nkc", weights, features)
    norms = squared_lengths(features)
    return _reduced(_distances(weights, norms, sums, centre), masks, foreground, reduction)


@full_precision
def within_part_consistency_of_layers(
    layers: Sequence[Tensor],
    masks: Tensor,
    foreground: Tensor | None = None,
    *,
    scales: Sequence[float] | None = None,
    reduction: Reduction = "mean",
    align_corners: bool = False,
) -> Tensor:
    """What ``within_part_consistency`` gives of layers scaled, upsampled and put side by side.

    Args:
        layers: each (N, C_l, h_l, w_l); none is upsampled, see ``upsampling``.
        masks: (N, K, H, W) in 0..1.
        foreground: (N, 1, H, W) in 0..1; None: all of the picture.
        scales: what each layer is multiplied by; None: 1.
        reduction: over pictures.
        align_corners: of the bilinear upsampling to (H, W).

    Returns:
        A scalar.

    Raises:
        ValueError: shapes do not fit.
    """
    weights = pixel_weights(masks, foreground)
    distances = torch.zeros((), dtype=masks.dtype, device=masks.device)
    for scale, layer in scaled(layers, scales, masks):
        pulled = pulled_down(weights, layer, align_corners)
        centre = _centre(pulled, layer)
        layer = layer - centre[..., None, None]
        sums = torch.einsum("nkhw,nchw->nkc", pulled, layer)
        norms = squared_norms(layer, masks, align_corners)
        distances = distances + scale**2 * _distances(weights, norms, sums, centre)
    return _reduced(distances, masks, foreground, reduction)


def _centre(weights: Tensor, features: Tensor) -> Tensor:
    """(N, C) mean feature of all parts together; a constant, as far as gradients go."""
    weights = weights.detach().sum(1)
    sums = torch.einsum("nhw,nchw->nc", weights, features.detach())
    return sums / (weights.sum((1, 2)) + EPSILON)[:, None]


def _distances(weights: Tensor, norms: Tensor, sums: Tensor, centre: Tensor) -> Tensor:
    """(N,) weighted squared distances of pixels to the mean of their part, summed.

    Args:
        weights: (N, K, H, W).
        norms: (N, H, W) of x, squared.
        sums: (N, K, C) s_k.
        centre: (N, C) c.
    """
    areas = weights.sum((2, 3))  # (N, K)
    # epsilon pulls the mean towards features of 0, which are -c here
    means = (sums - EPSILON * centre[:, None]) / (areas + EPSILON)[..., None]
    of_pixels = (weights.sum(1) * norms).sum((1, 2))
    of_means = means.square().sum(2) * areas - 2 * (means * sums).sum(2)
    return of_pixels + of_means.sum(1)


def _reduced(
    distances: Tensor, masks: Tensor, foreground: Tensor | None, reduction: Reduction
) -> Tensor:
    """Over the area, then over the pictures."""
    pixels = masks.shape[2] * masks.shape[3]
    area = pixels if foreground is None else foreground.sum((1, 2, 3))
    losses = distances / (area + EPSILON)
    return losses.mean() if reduction == "mean" else losses.sum()
