"""Which pixels count: those of the foreground, where there is one."""

from __future__ import annotations

from torch import Tensor

EPSILON = 1e-5
"""Added to areas in pixels."""


def pixel_weights(masks: Tensor, foreground: Tensor | None) -> Tensor:
    """(N, K, H, W) what each pixel counts for in each part: mask times foreground.

    Args:
        masks: (N, K, H, W).
        foreground: (N, 1, H, W); None: all of the picture.

    Raises:
        ValueError: shapes do not fit.
    """
    return masks if foreground is None else masks * _fitting(foreground, masks)


def foreground_mean(values: Tensor, foreground: Tensor | None) -> Tensor:
    """Mean over each picture's foreground, and over pictures.

    Args:
        values: (N, 1, H, W).
        foreground: (N, 1, H, W); None: all of the picture. A picture without any has a mean of 0.

    Raises:
        ValueError: shapes do not fit.
    """
    if foreground is None:
        return values.mean()
    total = (values * _fitting(foreground, values)).sum((1, 2, 3))
    return (total / (foreground.sum((1, 2, 3)) + EPSILON)).mean()


def _fitting(foreground: Tensor, maps: Tensor) -> Tensor:
    wanted = (maps.shape[0], 1, *maps.shape[2:])
    if foreground.shape != wanted:
        raise ValueError(f"foreground of shape {tuple(foreground.shape)}, want {wanted}")
    return foreground
