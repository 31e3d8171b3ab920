"""What stands before an object: leaves, boards, stones and balls, until so much of it is hidden."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld.fields import blank, fill, middles
from partonomy.datasets.partworld.outlines import Points, Shape, at, curve, ellipse, tube, turn

LEVELS = ((0.0, 0.0), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8))
"""Least and greatest share of the object's pixels that is hidden, level by level."""
MATERIALS = 6
"""How many materials occluders are made of."""


def occluders(random: Generator, mask: NDArray[np.bool_], level: int) -> list[Shape]:
    """Shapes in the picture's pixels that together hide as much of an object as a level says.

    Their part is the number of their material. Each is put on a pixel of the object that can be
    seen still; after one that would hide too much come smaller ones.

    Args:
        random: random numbers.
        mask: (size, size) the object.
        level: index into ``LEVELS``.
    """
    least, most = LEVELS[level]
    size, whole = len(mask), mask.sum()
    rows, columns = np.nonzero(mask)
    hidden = np.zeros_like(mask)
    shapes: list[Shape] = []
    reach = largest = 0.25 * np.sqrt(whole)
    while hidden[mask].sum() < least * whole:
        seen = np.flatnonzero(~hidden[rows, columns])
        place = seen[random.integers(len(seen))]
        middle = at(columns[place] + 0.5, rows[place] + 0.5)
        kind = _KINDS[random.integers(len(_KINDS))]
        drawn = kind(random, middle, max(1.0, reach * random.uniform(0.6, 1.4)))
        after = hidden | _covered(drawn, size)
        if after[mask].sum() <= most * whole:
            shapes, hidden, reach = shapes + drawn, after, min(1.1 * reach, largest)
        else:
            reach *= 0.9
    return shapes


def _covered(shapes: list[Shape], size: int) -> NDArray[np.bool_]:
    canvas = blank(size, size, 1)
    for shape in shapes:
        fill(canvas, shape.outline, (255.0,))
    return middles(canvas)[..., 0] > 0


def _foliage(random: Generator, middle: Points, reach: float) -> list[Shape]:
    """A twig with leaves on both sides."""
    material, lean = random.integers(MATERIALS), random.uniform(0, 360)
    bow = random.uniform(-0.4, 0.4)
    path = [at(-1.4, 0), at(0, bow), at(1.4, 0)]
    pieces = [(tube(path, [0.12, 0.1, 0.06]), -0.5)]
    for along in np.linspace(-1.1, 1.3, 6):
        for side in (-1, 1):
            root = at(along, bow * (1 - (along / 1.4) ** 2))
            leaf = at([0, 0.3, 0.75, 0.3], [0, -0.22, 0, 0.22]) * random.uniform(0.8, 1.3)
            leaf = root + turn(leaf, side * random.uniform(35, 80), at(0, 0))
            pieces.append((curve(leaf, steps=4), random.uniform(-0.3, 0.3)))
    return [
        Shape(str(material), middle + reach * turn(outline, lean, at(0, 0)), tone=tone)
        for outline, tone in pieces
    ]


def _boards(random: Generator, middle: Points, reach: float) -> list[Shape]:
    """One to three boards side by side, upright or lying."""
    material, lean = random.integers(MATERIALS), random.choice([0, 90]) + random.uniform(-15, 15)
    wide, count = random.uniform(0.3, 0.6), random.integers(1, 4)
    shapes = []
    for index in range(count):
        x = (index - (count - 1) / 2) * 2.5 * wide
        board = at([x - wide, x + wide, x + wide, x - wide], [-2.5, -2.5, 2.5, 2.5])
        outline = middle + reach * turn(board, lean, at(0, 0))
        shapes.append(Shape(str(material), outline, tone=random.uniform(-0.2, 0.2)))
    return shapes


def _stone(random: Generator, middle: Points, reach: float) -> list[Shape]:
    angles = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    knots = np.stack([1.2 * np.cos(angles), np.sin(angles)], axis=1)
    outline = curve(knots * random.uniform(0.7, 1.15, size=(9, 1)))
    return [Shape(str(random.integers(MATERIALS)), middle + reach * outline)]


def _ball(random: Generator, middle: Points, reach: float) -> list[Shape]:
    outline = ellipse(middle, reach, reach * random.uniform(0.75, 1))
    return [Shape(str(random.integers(MATERIALS)), outline)]


def _box(random: Generator, middle: Points, reach: float) -> list[Shape]:
    """A box that shows two of its sides."""
    material, edge = str(random.integers(MATERIALS)), random.uniform(0.2, 0.7)
    front = at([-1, edge, edge, -1], [-1, -0.8, 1, 0.9])
    side = at([edge, 1, 1, edge], [-0.8, -1, 0.8, 1])
    lean = random.uniform(-20, 20)
    return [
        Shape(material, middle + reach * turn(outline, lean, at(0, 0)), tone=tone)
        for outline, tone in ((front, 0.1), (side, -0.3))
    ]


_KINDS = (_foliage, _boards, _stone, _ball, _box)
