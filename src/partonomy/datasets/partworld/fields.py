"""Smooth fields over a picture and polygons on a finer canvas, the same on any machine.

Filters of single precision differ in their last bits from processor to processor, and now and then
a rounded pixel with them. So fields are of double precision, where that is out of sight, and
polygons are filled in whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld.outlines import Points

Field = NDArray[np.float64]
"""(rows, columns) or, of colours, (rows, columns, 3): sRGB from 0 to 1."""
Canvas = NDArray[np.uint8]
"""(FINER * rows, FINER * columns, channels)."""

Number = TypeVar("Number", np.uint8, np.float64)
Box = tuple[slice, slice]
"""Rows and columns of a picture."""

FINER = 3
"""Polygons are filled this many times larger. Odd: the middle of a pixel is the middle of one."""
ALL = slice(None)
WHOLE = (ALL, ALL)
_SHIFT = 4  # fractional bits of a corner

# Once a block as large as this has been freed, glibc keeps the memory of smaller ones. Before that
# it hands each field back to the kernel, and a picture takes half as long again.
np.empty(2**21)


def blank(rows: int, columns: int, channels: int) -> Canvas:
    """An empty canvas for so many of a picture's pixels."""
    return np.zeros((FINER * rows, FINER * columns, channels), np.uint8)


def enlarged(picture: Field) -> Canvas:
    """A canvas (FINER * size, FINER * size, 3) with a picture (size, size, 3) to be painted over.

    ``shrunk`` gives the picture back, rounded to whole 255ths.
    """
    size = len(picture)
    small = (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    wide = cv2.resize(small, (FINER * size, size), interpolation=cv2.INTER_NEAREST)
    rows = np.empty((size, FINER, FINER * size, 3), np.uint8)
    rows[:] = wide[:, None]
    return rows.reshape(FINER * size, FINER * size, 3)


def fill(canvas: Canvas, outline: Points, value: tuple[float, ...]) -> None:
    """Fill a polygon whose corners are in the picture's pixels (centres at +0.5)."""
    cv2.fillPoly(canvas, [_corners(outline)], value, shift=_SHIFT)


def fill_all(
    canvas: Canvas,
    outlines: Sequence[Points],
    values: Sequence[tuple[float, ...]],
    box: Box = WHOLE,
) -> None:
    """Fill polygons, one after the other, with a value each, on a canvas for a box of a picture."""
    rows, columns = box
    first = columns.start or 0, rows.start or 0
    corners, start = _corners(np.concatenate(outlines) - first), 0
    for outline, value in zip(outlines, values, strict=True):
        end = start + len(outline)
        cv2.fillPoly(canvas, [corners[start:end]], value, shift=_SHIFT)
        start = end


def fill_each(canvas: Canvas, outlines: Points, values: NDArray[np.float64]) -> None:
    """Fill (n, corners, 2) convex polygons, one after the other, with (n, channels) values."""
    for corners, value in zip(_corners(outlines), values.tolist(), strict=True):
        cv2.fillConvexPoly(canvas, corners, value, shift=_SHIFT)


def brush(canvas: Canvas, paths: Points, width: float, value: tuple[float, ...]) -> None:
    """Draw (n, points, 2) lines with round ends, as wide as so many of the picture's pixels."""
    wide = max(1, round(width * FINER))
    cv2.polylines(canvas, list(_corners(paths)), False, value, wide, shift=_SHIFT)


def shrunk(canvas: Canvas) -> Field:
    """The means over each pixel, from 0 to 1: (rows, columns, channels)."""
    # The mean about the middle of each pixel: faster than the resizing that takes means itself.
    return middles(cv2.blur(canvas, (FINER, FINER))) / 255.0


def middles(canvas: Canvas) -> NDArray[np.uint8]:
    """What lies on the centre of each pixel: (rows, columns, channels)."""
    height, width = canvas.shape[:2]
    shape = (width // FINER, height // FINER)
    small = cv2.resize(canvas, shape, interpolation=cv2.INTER_NEAREST_EXACT)
    return small.reshape(*small.shape[:2], -1)


def cloud(
    random: Generator, size: int, cells: float, stretch: float = 1.0, box: Box = WHOLE
) -> Field:
    """Smooth noise with about ``cells`` blobs a side, about -1 to 1.

    ``stretch`` makes them so many times wider than high; of the picture, ``box`` is given back.
    """
    return clouds(random, size, cells, 1, stretch, box)


def clouds(
    random: Generator,
    size: int,
    cells: float,
    octaves: int,
    stretch: float = 1.0,
    box: Box = WHOLE,
) -> Field:
    """Noise of several sizes, each half as large and half as strong as the one before."""
    down, across = (max(2, round(each)) for each in (cells, cells / stretch))
    knots = random.uniform(-1, 1, size=(down, across))
    for octave in range(1, octaves):
        shape = (down * 2**octave, across * 2**octave)
        # The few knots of the next size are summed first: the picture is filled but once.
        knots = surface(knots, shape)
        knots += 0.5**octave * random.uniform(-1, 1, size=shape)
    return surface(knots, (size, size), box)


def surface(knots: Field, shape: tuple[int, int], box: Box = WHOLE) -> Field:
    """(n, m) knots to a box of ``shape``, smoothly."""
    rows, columns = box
    return _spread(_spread(knots.T, shape[1], columns).T, shape[0], rows)


def profile(random: Generator, size: int, cells: int, octaves: int) -> Field:
    """The same along a line: (size,)."""
    layers = (
        0.5**octave * _spread(random.uniform(-1, 1, size=(cells * 2**octave, 1)), size)[:, 0]
        for octave in range(octaves)
    )
    line: Field = np.sum(list(layers), axis=0)
    return line


def ramp(size: int, degrees: float, box: Box = WHOLE) -> Field:
    """From -1 to 1 across the picture, of which a box; 0 degrees is to the right, 90 down."""
    (rows, columns), along = box, span(size)
    angle = np.radians(degrees)
    field: Field = along[columns] * np.cos(angle) + along[rows, None] * np.sin(angle)
    return field


def wave(size: int, degrees: float, height: float, box: Box = WHOLE) -> Field:
    """The sine of so many times a ramp, from few: those along the sides of the picture."""
    (rows, columns), along, angle = box, height * span(size), np.radians(degrees)
    x, y = along[columns] * np.cos(angle), along[rows, None] * np.sin(angle)
    field: Field = np.sin(x) * np.cos(y) + np.cos(x) * np.sin(y)
    return field


@lru_cache
def span(size: int) -> Field:
    """(size,) the pixels along a side of the picture, from -1 to 1; to be read only."""
    return (np.arange(size) + 0.5) * 2 / size - 1


def whole(part: NDArray[Number], box: Box, size: int) -> NDArray[Number]:
    """What is known of a box of a picture, and 0 elsewhere: (size, size)."""
    field = np.zeros((size, size), part.dtype)
    field[box] = part
    return field


def blurred(field: Field, deviation: float) -> Field:
    """A field under a Gaussian of so many pixels; its edge goes on beyond the picture."""
    return cv2.GaussianBlur(field, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE)


def tinted(field: Field, tint: Sequence[float] | None = None) -> Field:
    """A field (rows, columns) as light of one colour, or white: (rows, columns, 3)."""
    # to multiply by this is faster than by a field with a last axis of 1
    return cv2.merge([field] * 3 if tint is None else [field * strength for strength in tint])


def mixed(below: Field, above: Field | tuple[float, float, float], share: Field) -> Field:
    """Colours (rows, columns, 3) with others laid over them, altogether where ``share`` is 1.

    ``share`` is (rows, columns), or (rows, 1).
    """
    rows, columns, _ = below.shape
    # Rows of colours as long rows of numbers: the machine would go slowly three at a time.
    over = np.tile(above, columns) if isinstance(above, tuple) else above.reshape(rows, -1)
    under = below.reshape(rows, -1)
    change: Field = over - under
    change *= share if share.shape[1] == 1 else tinted(share).reshape(rows, -1)
    change += under
    return change.reshape(below.shape)


def _corners(points: Points) -> NDArray[np.int32]:
    # The middle of a pixel of the canvas is a whole number there, and half a one in the picture.
    return np.rint(points * (FINER * 2**_SHIFT) - 2**_SHIFT / 2).astype(np.int32, order="C")


def _spread(knots: Field, size: int, places: slice = ALL) -> Field:
    """(n, m) knots to places of (size, m), along quadratic B-splines, knots amid their cells."""
    (first, share), *others = _taps(size, len(knots))
    total: Field = knots.take(first[places], axis=0)
    total *= share[places]
    layer = np.empty_like(total)
    for cell, weight in others:
        knots.take(cell[places], axis=0, out=layer, mode="clip")  # so it needs no buffer
        layer *= weight[places]
        total += layer
    return total


@lru_cache(maxsize=256)
def _taps(size: int, cells: int) -> list[tuple[NDArray[np.int64], Field]]:
    """For three neighbouring cells, which they are at each of ``size`` places and their weight."""
    place = (np.arange(size) + 0.5) * cells / size
    cell = np.floor(place).astype(np.int64)
    off = place - cell - 0.5
    weights = (0.5 * (0.5 - off) ** 2, 0.75 - off**2, 0.5 * (0.5 + off) ** 2)
    return [
        ((cell + step).clip(0, cells - 1), weight[:, None])
        for step, weight in zip((-1, 0, 1), weights, strict=True)
    ]
