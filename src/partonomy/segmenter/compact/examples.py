"""What the decoder is trained on: the cells of objects, and where views show them again.

Notation
    U   interpolation of cells to the pixels of the guide; F its foreground, I its colours (CIE Lab)
    a, b, c  = U'F, U'(F I), U'(F |I|^2)  of each cell: with them, sums over pixels of part masks
        that are interpolated between cells are sums over cells
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.features import ForegroundModel, KnownObjects
from partonomy.images import Grid, digest
from partonomy.segmenter.compact.describing import (
    Axes,
    ObjectFrame,
    chosen_cells,
    lattice,
    responses_of,
)
from partonomy.segmenter.compact.views import ViewedPicture
from partonomy.segmenter.losses import rgb_to_lab
from partonomy.segmenter.warps import Affine

LEAST_SHOWN = 0.5
"""A cell of a view counts if at least so much of it lies between cells of the object."""
LAB = 100.0
"""Colours are in hundredths of CIE Lab's units, so that lightness runs from 0 to 1."""


@dataclass(frozen=True)
class View:
    """The cells of a view.

    Attributes:
        described: (m, 2 (D + 2)) float16.
        weight: (m,) share of each that is object.
        cells: (m, 4) the picture's cells that each lies between, as indices of the example's.
        shares: (m, 4) how much it has of each; rows sum to 1.
    """

    described: Tensor
    weight: Tensor
    cells: Tensor
    shares: Tensor


@dataclass(frozen=True)
class Example:
    """The object's cells of a picture.

    Attributes:
        described: (n, 2 (D + 2)) float16.
        weight: (n,) share of each that is object.
        colours: (n, 5) a, b and c.
        views: of the picture.
    """

    described: Tensor
    weight: Tensor
    colours: Tensor
    views: tuple[View, ...]

    @property
    def key(self) -> str:
        """Content address of all that it holds."""
        own = (self.described, self.weight, self.colours)
        seen = ((each.described, each.weight, each.cells, each.shares) for each in self.views)
        return digest(*(each.numpy().tobytes() for each in chain(own, *seen)))


def example_of(
    picture: ViewedPicture, axes: Axes, foreground: ForegroundModel | None, known: KnownObjects
) -> Example | None:
    """What a picture gives to train on; None if nothing in it is object."""
    own = responses_of(picture.unit[0].float(), picture.weight, foreground, known)
    weight, frame = own.inside, ObjectFrame.of(own)
    count = picture.unit.shape[2] * picture.unit.shape[3]
    cells = chosen_cells(weight, count)
    weights = torch.ones(count) if weight is None else weight.flatten()
    if not len(cells):
        return None
    index = torch.full((count,), -1)
    index[cells] = torch.arange(len(cells))
    shown_at = Affine(picture.matrices).to_source(_cell_centres(picture.grid))
    views = []
    for number, unit in enumerate(picture.unit[1:]):
        warped = None if picture.warped_weights is None else picture.warped_weights[number]
        seen = responses_of(unit.float(), warped, foreground, known)
        at = _on_lattice(shown_at[number], picture.grid)
        described = axes.described(seen, frame.places(at))
        shown = torch.ones(count) if seen.weight is None else seen.weight.flatten()
        views.append(_view(described, shown, at, picture.grid.shape, index))
    here = frame.places(lattice(picture.grid.shape))
    return Example(
        axes.described(own, here)[cells].half(),
        weights[cells],
        colour_sums(picture.guide, picture.mask, picture.grid).flatten(1).T[cells],
        tuple(views),
    )


def _on_lattice(places: Tensor, grid: Grid) -> Tensor:
    """(n, 2) column and row, in cells, of (n, 2) places in the frame of warps."""
    height, width = grid.picture_size
    x, y = ((each + 1) / 2 for each in places.double().numpy().T)
    at = np.stack([grid.cells_at(1, x * width), grid.cells_at(0, y * height)], axis=1)
    return torch.from_numpy(at).float()


def _view(
    described: Tensor, weight: Tensor, at: Tensor, shape: tuple[int, int], index: Tensor
) -> View:
    """The cells of a view that show the object.

    Args:
        described: (h w, 2 (D + 2)).
        weight: (h w,).
        at: (h w, 2) column and row of the picture's lattice at which each lies.
        shape: of that lattice.
        index: (h w,) of the picture's cells among the example's; -1 where they are not.
    """
    rows, columns = shape
    x, y = at.unbind(1)
    cells, shares = [], []
    for down in (0, 1):
        for right in (0, 1):
            column, row = x.floor() + right, y.floor() + down
            share = (1 - (x - column).abs()) * (1 - (y - row).abs())
            within = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
            at = row.clamp(0, rows - 1) * columns + column.clamp(0, columns - 1)
            found = index[at.long()]
            cells.append(found.clamp(min=0))
            shares.append(share * (within & (found >= 0)))
    between = torch.stack(shares, dim=1)  # (h w, 4)
    covered = between.sum(dim=1)
    counts = (covered >= LEAST_SHOWN) & (weight >= LEAST_SHOWN)
    return View(
        described[counts].half(),
        weight[counts],
        torch.stack(cells, dim=1)[counts],
        (between / covered.clamp(min=1e-6)[:, None])[counts],
    )


def _cell_centres(grid: Grid) -> Tensor:
    """(1, h w, 2) places of the cells in the frame of warps."""
    y, x = (
        torch.from_numpy(grid.centres(axis) / grid.picture_size[axis] * 2 - 1).float()
        for axis in (0, 1)
    )
    down, across = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([across, down], dim=2).flatten(0, 1)[None]


def colour_sums(guide: NDArray[np.uint8], mask: NDArray[np.float32] | None, grid: Grid) -> Tensor:
    """(5, h, w) a, b and c of each cell.

    Args:
        guide: (H, W, 3) uint8.
        mask: (H, W) share of each pixel that is object; all if not given.
        grid: where the cells lie.
    """
    height, width = guide.shape[:2]
    pixels = torch.from_numpy(guide).permute(2, 0, 1)[None].float() / 255
    lab = rgb_to_lab(pixels)[0] / LAB
    inside = torch.ones(height, width) if mask is None else torch.from_numpy(mask)
    planes = torch.stack([inside, *(inside * lab), inside * lab.square().sum(0)])
    down, across = (
        torch.from_numpy(grid.interpolation(axis, length))
        for axis, length in enumerate((height, width))
    )
    return down.T @ planes @ across
