"""Where things are: the one place that turns lattice cells into picture coordinates and back.

Frames
    original   pixels of the picture as a person sees it (upright, full size)
    input      pixels of the tensor that the network is given
    lattice    cells of a feature map: row i, column j

Pixel centres are at +0.5 and boxes are half-open ``[x0, x1)`` in both pixel frames. Pairs are
``(y, x)`` or ``(height, width)``, boxes ``(x0, y0, x1, y1)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pair = tuple[float, float]
Size = tuple[int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Placement:
    """How a region of the original picture was laid into the network's input.

    ``input = (original - origin) * scale + padding``, along each axis.

    Attributes:
        picture_size: (height, width) of the original picture.
        input_size: (height, width) of the network's input.
        scale: input pixels per original pixel, (y, x).
        origin: the crop's corner in original pixels, (y, x).
        padding: where that corner lies in the input, (y, x).
    """

    picture_size: Size
    input_size: Size
    scale: Pair
    origin: Pair = (0.0, 0.0)
    padding: Pair = (0.0, 0.0)

    def to_original(self, axis: int, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Input positions along ``axis`` (0 is y) as original positions; any shape."""
        return (position - self.padding[axis]) / self.scale[axis] + self.origin[axis]

    def to_input(self, axis: int, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Original positions along ``axis`` (0 is y) as input positions; any shape."""
        return (position - self.origin[axis]) * self.scale[axis] + self.padding[axis]


@dataclass(frozen=True)
class LayerGeometry:
    """Where a layer's lattice lies in the network's input.

    Attributes:
        stride: input pixels between neighbouring cells, (y, x).
        offset: centre of cell (0, 0) in input pixels, (y, x).
        receptive_field: (height, width) in input pixels; ``inf`` where a cell sees everything.
    """

    stride: Pair
    offset: Pair
    receptive_field: Pair


@dataclass(frozen=True)
class Grid:
    """Where the cells of one feature map sit in the original picture.

    Attributes:
        placement: how the picture was laid into the network's input.
        geometry: how the layer's lattice lies in that input.
        shape: (rows, columns) of the lattice.
    """

    placement: Placement
    geometry: LayerGeometry
    shape: Size

    @property
    def picture_size(self) -> Size:
        """(height, width) of the original picture."""
        return self.placement.picture_size

    @property
    def tiles_picture(self) -> bool:
        """Whether the cells divide the picture evenly, from edge to edge."""
        return all(
            np.allclose(self.centres(axis), self.steps(axis, self.shape[axis]), rtol=0, atol=1e-6)
            for axis in (0, 1)
        )

    def steps(self, axis: int, length: int) -> NDArray[np.float64]:
        """Middles of ``length`` equal steps of the picture along an axis, in original pixels."""
        return (np.arange(length, dtype=np.float64) + 0.5) * (self.picture_size[axis] / length)

    def centres(self, axis: int) -> NDArray[np.float64]:
        """Centres of the rows (axis 0) or columns (axis 1) in original pixels, (shape[axis],)."""
        cells = np.arange(self.shape[axis], dtype=np.float64)
        input_centres = cells * self.geometry.stride[axis] + self.geometry.offset[axis]
        return self.placement.to_original(axis, input_centres)

    def cells_at(self, axis: int, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fractional lattice coordinates of original positions along ``axis``; any shape.

        A cell's centre has its whole index.
        """
        in_input = self.placement.to_input(axis, position)
        return (in_input - self.geometry.offset[axis]) / self.geometry.stride[axis]

    def box(self, row: int, column: int, extent: float | None = None) -> Box:
        """The box of a cell in original pixels, not clipped to the picture.

        Args:
            row, column: the cell.
            extent: side of the box in input pixels; the receptive field if not given.

        Raises:
            ValueError: the receptive field is infinite and no extent is given.
        """
        sides = self.geometry.receptive_field if extent is None else (extent, extent)
        if not np.isfinite(sides).all():
            raise ValueError("this layer's receptive field is the whole picture: give an extent")
        half = [sides[axis] / self.placement.scale[axis] / 2 for axis in (0, 1)]
        y, x = self.centres(0)[row], self.centres(1)[column]
        return (x - half[1], y - half[0], x + half[1], y + half[0])

    def interpolation(self, axis: int, length: int) -> NDArray[np.float32]:
        """Bilinear weights along one axis, from cells to ``length`` equal steps of the picture.

        Beyond the outermost cell centres the outermost cell is held.

        Returns:
            (length, shape[axis]) float32; rows sum to 1.
        """
        return self._weights(axis, self.steps(axis, length))

    def resampling(self, axis: int, other: Grid) -> NDArray[np.float32]:
        """Bilinear weights along one axis, from cells to those of another grid of the picture.

        Returns:
            (other.shape[axis], shape[axis]) float32; rows sum to 1.
        """
        return self._weights(axis, other.centres(axis))

    def _weights(self, axis: int, positions: NDArray[np.float64]) -> NDArray[np.float32]:
        cells = self.shape[axis]
        where = self.cells_at(axis, positions).clip(0, cells - 1)
        before = np.floor(where).astype(np.int64).clip(0, max(cells - 2, 0))
        after = np.minimum(before + 1, cells - 1)
        fraction = (where - before).astype(np.float32)
        weights = np.zeros((len(before), cells), np.float32)
        steps = np.arange(len(before))
        weights[steps, before] += 1 - fraction
        weights[steps, after] += fraction
        return weights

    def refined(self, shape: Size) -> Grid:
        """The grid that lays (rows, columns) of equal cells over the network's whole input."""
        stride = tuple(
            side / cells for side, cells in zip(self.placement.input_size, shape, strict=True)
        )
        offset = tuple(step / 2 for step in stride)
        return Grid(self.placement, LayerGeometry(stride, offset, stride), shape)  # type: ignore[arg-type]

    def coverage(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How much of each cell's stride box is inside a mask.

        Args:
            mask: (height, width) bool, in original pixels.

        Returns:
            (rows, columns) float in 0..1; the part of a box outside the picture counts as not
            inside.

        Raises:
            ValueError: the mask does not have the picture's size.
        """
        if mask.shape != self.picture_size:
            raise ValueError(f"the mask is {mask.shape}, the picture {self.picture_size}")
        rows = np.zeros((self.shape[0], mask.shape[1]))
        columns = np.flatnonzero(mask.any(axis=0))
        if len(columns):
            some = slice(columns[0], columns[-1] + 1)
            rows[:, some] = _box_means(self, 0, mask[:, some])
        return np.ascontiguousarray(_box_means(self, 1, rows.T).T)


def _box_means(grid: Grid, axis: int, values: NDArray[np.generic]) -> NDArray[np.float64]:
    """(cells, k) mean over each cell's stride interval of values (pixels, k), 0 beyond them.

    Differences of running sums: intervals are many pixels long, and their ends lie within pixels.
    """
    half = grid.geometry.stride[axis] / grid.placement.scale[axis] / 2
    centres = grid.centres(axis)
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=sums[1:])

    def up_to(ends: NDArray[np.float64]) -> NDArray[np.float64]:
        ends = ends.clip(0, len(values))
        pixel = np.minimum(ends.astype(np.int64), len(values) - 1)
        return sums[pixel] + (ends - pixel)[:, None] * values[pixel].astype(np.float64)

    means: NDArray[np.float64] = (up_to(centres + half) - up_to(centres - half)) / (2 * half)
    return means
