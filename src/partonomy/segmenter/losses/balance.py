"""Balance: every part is somewhere, and every pixel is of one part.

Notation
    M    soft masks of N pictures' parts
    F    foreground

    presence  = 1 - mean over k of the largest 3 x 3 mean of M_k F in any picture of the batch
    entropy   = mean over the foreground's pixels of  - sum over k of M_k log M_k

Sources: presence of PDiscoNet (ICCV 2023), which leaves out a border of 2 cells; entropy of
PDiscoFormer (ECCV 2024).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from partonomy.segmenter.losses.foreground import foreground_mean, pixel_weights
from partonomy.segmenter.losses.precision import full_precision

POOL = 3
"""Side of the squares of cells that a part has to be in as a whole."""


@full_precision
def presence(masks: Tensor, foreground: Tensor | None = None, *, border: int = 2) -> Tensor:
    """How far parts are from being surely somewhere in the batch.

    Args:
        masks: (N, K, H, W) in 0..1.
        foreground: (N, 1, H, W) in 0..1; None: all of the picture.
        border: cells at each edge that do not count.

    Returns:
        A scalar in 0..1: 0 where each part fills a square of 3 x 3 cells of one picture.

    Raises:
        ValueError: shapes do not fit, or nothing is left within the border.
    """
    weights = pixel_weights(masks, foreground)
    height, width = masks.shape[2:]
    if min(height, width) < POOL + 2 * border:
        raise ValueError(f"maps of {height} x {width} cells are too small for a border of {border}")
    inner = weights[..., border : height - border, border : width - border]
    return 1 - F.avg_pool2d(inner, POOL, stride=1).amax((0, 2, 3)).mean()


@full_precision
def entropy(masks: Tensor, foreground: Tensor | None = None) -> Tensor:
    """How undecided pixels are between parts.

    Args:
        masks: (N, K, H, W) in 0..1, over K of sum 1.
        foreground: (N, 1, H, W) in 0..1; None: all of the picture.

    Returns:
        A scalar in nats, log K at most: mean over each picture's foreground, and over pictures.

    Raises:
        ValueError: shapes do not fit.
    """
    # a softmax can be 0 in float32, where the logarithm has no gradient
    logarithms = masks.clamp(min=torch.finfo(masks.dtype).tiny).log()
    return foreground_mean(-(masks * logarithms).sum(1, keepdim=True), foreground)
