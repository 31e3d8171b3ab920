"""Where the cells of one layer sit in many pictures, as arrays: :class:`Grid` for whole tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.images.grid import Grid

CELLS_SEEN = 4.0
"""Sides, in strides, of the box of a cell that sees the whole picture, as a transformer's does."""


@dataclass(frozen=True)
class Grids:
    """The lattices of one layer on N pictures or crops; pairs are ``(y, x)``.

    Attributes:
        origin: (N, 2) original pixels of the centre of each first cell.
        step: (N, 2) original pixels from cell to cell.
        extent: (N, 2) original pixels, height and width of a cell's receptive field; of
            ``CELLS_SEEN`` strides where that is everything.
        picture_size: (N, 2) height and width of the pictures.
    """

    origin: NDArray[np.float64]
    step: NDArray[np.float64]
    extent: NDArray[np.float64]
    picture_size: NDArray[np.float64]

    @staticmethod
    def row(grid: Grid) -> NDArray[np.float64]:
        """(8,) one grid, as :meth:`of_rows` takes many."""
        stride, scale = np.array(grid.geometry.stride), np.array(grid.placement.scale)
        field = np.array(grid.geometry.receptive_field)
        origin = [grid.centres(axis)[0] for axis in (0, 1)]
        extent = np.where(np.isfinite(field), field, CELLS_SEEN * stride) / scale
        return np.concatenate([origin, stride / scale, extent, grid.picture_size])

    @classmethod
    def of_rows(cls, rows: NDArray[np.float64]) -> Grids:
        """From (N, 8) rows."""
        return cls(*np.split(rows, 4, axis=1))

    def __len__(self) -> int:
        return len(self.origin)

    def select(self, chosen: NDArray[np.generic]) -> Grids:
        """Some of them; ``chosen`` is a mask (N,) or indices."""
        return Grids(
            self.origin[chosen], self.step[chosen], self.extent[chosen], self.picture_size[chosen]
        )

    def scaled(self, factor: NDArray[np.float64]) -> Grids:
        """As they lie in the pictures when these are resized, each by its factor (N, 2)."""
        return Grids(
            self.origin * factor,
            self.step * factor,
            self.extent * factor,
            self.picture_size * factor,
        )

    def centres(self, cell: NDArray[np.integer]) -> NDArray[np.float32]:
        """(N, ..., 2) ``(y, x)`` middles of cells (N, ..., 2), in original pixels."""
        place = _along(self.origin, cell) + cell * _along(self.step, cell)
        return place.astype(np.float32)

    def boxes(self, cell: NDArray[np.integer]) -> NDArray[np.float32]:
        """(N, ..., 4) receptive fields of cells (N, ..., 2), in original pixels, not cut off."""
        middle = self.centres(cell)
        half = _along(self.extent / 2, cell).astype(np.float32)
        low, high = middle - half, middle + half
        return np.concatenate([low[..., ::-1], high[..., ::-1]], axis=-1)

    def clipped(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, ..., 4) boxes cut off at their pictures' borders."""
        most = _along(self.picture_size[:, [1, 0, 1, 0]], boxes).astype(np.float32)
        return np.clip(boxes, 0, most)


def _along(per_picture: NDArray[np.float64], table: NDArray[np.generic]) -> NDArray[np.float64]:
    """(N, k) as (N, 1 ..., k), to go with a table (N, ..., k)."""
    return per_picture.reshape(len(per_picture), *[1] * (table.ndim - 2), per_picture.shape[1])
