"""Smooth fields over a picture and polygons on a finer canvas, the same on any machine.

Filters of single precision differ in their last bits from processor to processor, and now and then
a rounded pixel with them. So fields are of double precision, where that is out of sight, and
polygons are filled in whole numbers.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld.outlines import Points

Field = NDArray[np.float64]
"""(size, size) or, of colours, (size, size, 3): sRGB from 0 to 1."""
Canvas = NDArray[np.uint8]
"""(FINER * size, FINER * size, channels)."""

FINER = 3
"""Polygons are filled this many times larger. Odd: the middle of a pixel is the middle of one."""
_SHIFT = 4  # fractional bits of a corner


def blank(size: int, channels: int) -> Canvas:
    """An empty canvas for a picture of ``size`` by ``size`` pixels."""
    return np.zeros((FINER * size, FINER * size, channels), np.uint8)


def fill(canvas: Canvas, outline: Points, value: tuple[float, ...]) -> None:
    """Fill a polygon whose corners are in the picture's pixels (centres at +0.5)."""
    corners = np.rint((outline * FINER - 0.5) * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(canvas, [corners], value, shift=_SHIFT)


def shrunk(canvas: Canvas) -> Field:
    """The means over each pixel, from 0 to 1: (size, size, channels)."""
    size = len(canvas) // FINER
    small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    return small.reshape(size, size, -1) / 255.0


def middles(canvas: Canvas) -> NDArray[np.uint8]:
    """What lies on the centre of each pixel: (size, size, channels)."""
    first = FINER // 2
    return np.ascontiguousarray(canvas[first::FINER, first::FINER])


def cloud(random: Generator, size: int, cells: float, stretch: float = 1.0) -> Field:
    """Smooth noise with about ``cells`` blobs a side, about -1 to 1.

    ``stretch`` makes them so many times wider than high.
    """
    down, across = (max(2, round(each)) for each in (cells, cells / stretch))
    coarse = random.uniform(-1, 1, size=(down, across))
    rows = _spread(coarse, size)
    noise: Field = _spread(rows.T, size).T
    return noise


def clouds(random: Generator, size: int, cells: float, octaves: int, stretch: float = 1.0) -> Field:
    """Noise of several sizes, each half as large and half as strong as the one before."""
    layers = (
        0.5**octave * cloud(random, size, cells * 2**octave, stretch) for octave in range(octaves)
    )
    noise: Field = np.sum(list(layers), axis=0)
    return noise


def ramp(size: int, degrees: float) -> Field:
    """From -1 to 1 across the picture; 0 degrees is to the right, 90 down."""
    along = (np.arange(size) + 0.5) * 2 / size - 1
    angle = np.radians(degrees)
    field: Field = along[None, :] * np.cos(angle) + along[:, None] * np.sin(angle)
    return field


def blurred(field: Field, deviation: float) -> Field:
    """A field under a Gaussian of so many pixels; its edge goes on beyond the picture."""
    return cv2.GaussianBlur(field, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE)


def mixed(below: Field, above: Field | tuple[float, float, float], share: Field) -> Field:
    """Colours with others laid over them, where ``share`` (size, size) is 1 altogether."""
    weight = share[..., None]
    return below + weight * (np.asarray(above) - below)


def _spread(knots: Field, size: int) -> Field:
    """(n, m) knots to (size, m), along quadratic B-splines with a knot in the middle of a cell."""
    before, here, after = (
        weight[:, None] * knots[cell] for cell, weight in _taps(size, len(knots))
    )
    return before + here + after


@lru_cache(maxsize=256)
def _taps(size: int, cells: int) -> list[tuple[NDArray[np.int64], Field]]:
    """For three neighbouring cells, which they are at each of ``size`` places and their weight."""
    place = (np.arange(size) + 0.5) * cells / size
    cell = np.floor(place).astype(np.int64)
    off = place - cell - 0.5
    weights = (0.5 * (0.5 - off) ** 2, 0.75 - off**2, 0.5 * (0.5 + off) ** 2)
    return [
        ((cell + step).clip(0, cells - 1), weight)
        for step, weight in zip((-1, 0, 1), weights, strict=True)
    ]
