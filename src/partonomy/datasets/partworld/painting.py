"""A placed figure painted: colours, relief and shadows, and which piece lies on each pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld.chance import within
from partonomy.datasets.partworld.fields import (
    Box,
    Field,
    blank,
    blurred,
    fill_all,
    middles,
    shrunk,
    tinted,
    whole,
)
from partonomy.datasets.partworld.materials import Materials
from partonomy.datasets.partworld.outlines import Shape, bounds
from partonomy.images.moving import tight_box

_ROOM = 2
"""Pixels beyond the corners: a pixel that they lie in, and one more to measure slopes over."""


@dataclass(frozen=True)
class Painted:
    """A figure over nothing.

    Attributes:
        box: of the picture, outside which there is nothing of it.
        colour: (rows, columns, 3) of the box, black where it is not.
        cover: (rows, columns) of the box, how much of a pixel it covers.
        pieces: (size, size) which shape lies on a pixel's centre, from 1; 0 where none.
    """

    box: Box
    colour: Field
    cover: Field
    pieces: NDArray[np.uint8]


@dataclass(frozen=True)
class Lamp:
    """Where the light comes from, (3,) right, down and towards the eye; and its colour (3,)."""

    direction: Field
    tint: Field

    @classmethod
    def random(cls, random: Generator) -> Lamp:
        """From above, and a little warm or cool."""
        angle, low, warm = within(random, (-2.7, 0.45, -0.1), (-0.45, 0.8, 0.13))
        direction = (low * np.cos(angle), low * np.sin(angle), np.sqrt(1 - low**2))
        return cls(np.array(direction), np.array([1 + warm, 1.0, 1 - warm]))


def surroundings(shapes: Sequence[Shape], size: int) -> Box:
    """The box of the picture that all that is painted of shapes lies in, and its relief."""
    corners = np.concatenate([outline for shape in shapes for outline in shape.outlines])
    (left, top), (right, bottom) = (each.tolist() for each in bounds(corners))
    rows = slice(max(0, floor(top) - _ROOM), min(size, ceil(bottom) + _ROOM))
    return rows, slice(max(0, floor(left) - _ROOM), min(size, ceil(right) + _ROOM))


def paint(
    shapes: Sequence[Shape],
    wearing: Sequence[int],
    materials: Materials,
    lamp: Lamp,
    size: int,
    rounding: float = 0.09,
) -> Painted:
    """Paint shapes, the rearmost first.

    Args:
        shapes: in the picture's pixels.
        wearing: which material each is of.
        materials: colours and patterns, in a box that has :func:`surroundings` within.
        lamp: the light.
        size: height and width of the picture.
        rounding: how far from its border a piece is rounded, relative to the picture's side.
    """
    # the fourth channel numbers the shapes, so that one call paints colour and number alike
    rows, columns = materials.patterns[0].shape
    canvas = blank(rows, columns, 4)
    outlines, wanted = [], []
    for number, (shape, material) in enumerate(zip(shapes, wearing, strict=True), start=1):
        outlines += shape.outlines
        wanted += [(material, number, shape.tone)]
        wanted += [(material, number, shape.tone + detail.tone) for detail in shape.details]
    paints = _paints(materials.colours, np.array(wanted))
    fill_all(canvas, outlines, paints, materials.box)
    numbers = cv2.extractChannel(canvas, 3)
    pieces = middles(numbers)[..., 0]
    cover = shrunk(cv2.compare(numbers, 0, cv2.CMP_GT))[..., 0]
    colour = shrunk(canvas)[..., :3]
    diffuse, highlight = _relief(pieces, lamp, rounding, size)
    worn = np.array([0, *wearing])[pieces]
    pattern = 1 + sum(
        strengths.take(worn) * pattern
        for strengths, pattern in zip(materials.strengths, materials.patterns, strict=True)
    )
    lit = colour * tinted(pattern * diffuse, lamp.tint.tolist())
    lit += tinted(materials.gloss * highlight * cover)
    return Painted(materials.box, lit.clip(0, 1), cover, whole(pieces, materials.box, size))


def shadow(painted: Painted, lamp: Lamp, grounded: bool) -> Field:
    """How much the figure darkens what is behind it, and under it where it stands on the ground.

    Returns:
        (size, size) from 0 to 1.
    """
    size = len(painted.pieces)
    cover = whole(painted.cover, painted.box, size)
    aside, below = -0.06 * size * lamp.direction[:2]
    near = 0.4 * np.roll(blurred(cover, 0.035 * size), (round(below), round(aside)), axis=(0, 1))
    if not grounded:
        return near
    left, _, right, bottom = tight_box(cover > 0) or (0, 0, size, size)
    half, centres = (right - left) / 2, np.arange(size) + 0.5
    across = (centres - left - half - aside) / (0.95 * half)
    down = (centres - bottom) / (0.16 * half)
    return np.maximum(near, 0.6 * np.exp(-((down[:, None] ** 2 + across**2) ** 2)))


def _paints(colours: Field, wanted: Field) -> list[tuple[float, ...]]:
    """Bytes of colours mixed with black (tone down to -1) or white (up to 1), and the numbers.

    Args:
        colours: of the materials.
        wanted: (n, 3) a material, a number, and a tone.
    """
    material, number, tone = wanted.T
    base = colours[material.astype(np.int64)]
    strength, target = np.minimum(np.abs(tone), 1)[:, None], (tone > 0)[:, None]
    mixed = np.rint(255 * (base + strength * (target - base)))
    return list(map(tuple, np.column_stack([mixed, number]).tolist()))


def _relief(
    pieces: NDArray[np.uint8], lamp: Lamp, rounding: float, size: int
) -> tuple[Field, Field]:
    """Brightness and highlights (rows, columns) of pieces, rounded so near their borders."""
    reach = rounding * size
    inside = np.zeros_like(pieces)
    same = (pieces[:-1, :-1] == pieces[1:, :-1]) & (pieces[:-1, :-1] == pieces[:-1, 1:])
    inside[:-1, :-1] = same & (pieces[:-1, :-1] > 0)
    exact = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # squares of distances are whole numbers; roots of these are the same on any machine
    distance = np.sqrt(np.rint(exact.astype(np.float64) ** 2))
    height = reach * np.sqrt(1 - (1 - np.minimum(distance / reach, 1)) ** 2)
    height = blurred(height, 0.01 * size)
    down, across = np.gradient(height)
    right, below, towards = lamp.direction
    facing = (towards - 0.7 * (right * across + below * down)) / np.sqrt(
        1 + 0.5 * (down**2 + across**2)
    )
    contour = 0.7 + 0.3 * np.minimum(distance / (0.012 * size), 1)
    brightness = (0.45 + 0.6 * facing.clip(0, 1.3) / towards) * contour
    eighth = ((facing.clip(0, 1) ** 2) ** 2) ** 2  # squares take far less time than powers
    return brightness, eighth * eighth * eighth
