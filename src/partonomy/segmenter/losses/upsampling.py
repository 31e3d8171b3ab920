"""What is wanted of features upsampled to a picture's size, without upsampling them.

Notation
    A, B    bilinear interpolation of rows (H, h) and of columns (W, w); rows sum to 1
    x       features of the cells of an h x w lattice; upsampled they are  y = A x B^T
    v       weights of the pixels of the H x W picture

Upsampling is linear, so sums over pixels are sums over cells:  sum of v y = sum of (A^T v B) x.
Each pixel mixes two rows and two columns of cells, so its squared length needs the inner products
of neighbouring cells only: with A' the products of neighbouring columns of A, of A with itself,
and likewise B',

    ||y||^2 = [A^2, A'] [[ <x, x>,            2 <x, right> ],
                         [ 2 <x, below>,      2 <x, below right> + 2 <right, below> ]] [B^2, B']^T
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from partonomy.segmenter.losses.channels import summed_over_chunks


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept is to serve training too
def interpolation(
    cells: int, pixels: int, align_corners: bool, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """(pixels, cells) the weight that each cell of an axis has in each pixel of it.

    Args:
        cells: on the axis.
        pixels: on the axis.
        align_corners: as of ``torch.nn.functional.interpolate``, whose weights these are.
        dtype: of the matrix.
        device: of the matrix.
    """
    identity = torch.eye(cells, dtype=dtype, device=device)
    weights = F.interpolate(identity[None], pixels, mode="linear", align_corners=align_corners)
    return weights[0].T.contiguous()


def pulled_down(weights: Tensor, layer: Tensor, align_corners: bool) -> Tensor:
    """Weights of pixels as weights of the cells that are upsampled to them: A^T v B.

    Args:
        weights: (N, K, H, W).
        layer: (N, C, h, w), whose cells are meant.
        align_corners: of the upsampling.

    Returns:
        (N, K, h, w); their sum is that of the weights.
    """
    rows, columns = _axes(layer, weights, align_corners)
    return rows.T @ (weights @ columns)


def squared_norms(layer: Tensor, like: Tensor, align_corners: bool) -> Tensor:
    """Squared lengths of upsampled features.

    Args:
        layer: (N, C, h, w).
        like: (..., H, W), what the features would be upsampled to.
        align_corners: of the upsampling.

    Returns:
        (N, H, W).
    """
    rows, columns = (_with_neighbours(axis) for axis in _axes(layer, like, align_corners))
    return rows @ summed_over_chunks(_products, layer) @ columns.T


def _axes(layer: Tensor, like: Tensor, align_corners: bool) -> tuple[Tensor, Tensor]:
    rows, columns = (
        interpolation(few, many, align_corners, like.dtype, like.device)
        for few, many in zip(layer.shape[-2:], like.shape[-2:], strict=True)
    )
    return rows, columns


def _with_neighbours(axis: Tensor) -> Tensor:
    """(pixels, 2 cells - 1) products of an axis' weights with themselves and with the next."""
    return torch.cat([axis.square(), axis[:, :-1] * axis[:, 1:]], dim=1)


def _products(layer: Tensor) -> Tensor:
    """(N, 2 h - 1, 2 w - 1) inner products of cells with themselves and their neighbours."""

    above, below = layer[..., :-1, :], layer[..., 1:, :]
    across = (layer[..., :-1] * layer[..., 1:]).sum(1)
    down = (above * below).sum(1)
    diagonal = (above[..., :-1] * below[..., 1:] + above[..., 1:] * below[..., :-1]).sum(1)
    upper = torch.cat([layer.square().sum(1), 2 * across], dim=2)
    lower = torch.cat([2 * down, 2 * diagonal], dim=2)
    return torch.cat([upper, lower], dim=1)
