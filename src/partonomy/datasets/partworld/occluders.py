"""What stands before an object: leaves, boards, stones and balls, until so much of it is hidden."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld.chance import one_of, within
from partonomy.datasets.partworld.fields import blank, fill_all, middles
from partonomy.datasets.partworld.outlines import (
    Points,
    Shape,
    at,
    circle,
    curve,
    ellipse,
    moved,
    tube,
    turn,
)

LEVELS = ((0.0, 0.0), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8))
"""Least and greatest share of the object's pixels that is hidden, level by level."""
MATERIALS = 6
"""How many materials occluders are made of."""
_LEAF = at([0, 0.3, 0.75, 0.3], [0, -0.22, 0, 0.22])


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
    size, whole = len(mask), np.count_nonzero(mask)
    seen, shapes = mask, list[Shape]()
    reach = largest = 0.25 * np.sqrt(whole)
    while whole - np.count_nonzero(seen) < least * whole:
        places = np.flatnonzero(seen)
        row, column = divmod(int(places[random.integers(len(places))]), size)
        middle = at(column + 0.5, row + 0.5)
        kind = _KINDS[random.integers(len(_KINDS))]
        drawn = kind(random, middle, max(1.0, reach * random.uniform(0.6, 1.4)))
        after = seen & ~_covered(drawn, size)
        if whole - np.count_nonzero(after) <= most * whole:
            shapes, seen, reach = shapes + drawn, after, min(1.1 * reach, largest)
        else:
            reach *= 0.9
    return shapes


def _covered(shapes: list[Shape], size: int) -> NDArray[np.bool_]:
    canvas, outlines = blank(size, size, 1), [shape.outline for shape in shapes]
    fill_all(canvas, outlines, [(255.0,)] * len(shapes))
    return middles(canvas)[..., 0] > 0


def _foliage(random: Generator, middle: Points, reach: float) -> list[Shape]:
    """A twig with leaves on both sides."""
    material, lean = random.integers(MATERIALS), random.uniform(0, 360)
    bow = random.uniform(-0.4, 0.4)
    twig = tube(at([-1.4, 0, 1.4], [0, bow, 0]), [0.12, 0.1, 0.06])
    grown, spread, tones = within(random, (0.8, 35, -0.3), (1.3, 80, 0.3), size=(12, 3)).T
    x, angle = np.repeat(np.linspace(-1.1, 1.3, 6), 2), np.radians(spread) * np.tile([-1, 1], 6)
    roots = at(x, bow * (1 - (x / 1.4) ** 2))
    onward = at(np.cos(angle), np.sin(angle)) * grown[:, None]
    aside = onward[:, ::-1] * (-1, 1)
    leaves = roots[:, None] + _LEAF[:, :1] * onward[:, None] + _LEAF[:, 1:] * aside[:, None]
    pieces = [(twig, -0.5), *zip(curve(leaves, steps=4), tones.tolist(), strict=True)]
    shapes = [Shape(str(material), outline, tone=tone) for outline, tone in pieces]
    return moved(shapes, lambda points: middle + reach * turn(points, lean, at(0, 0)))


def _boards(random: Generator, middle: Points, reach: float) -> list[Shape]:
    """One to three boards side by side, upright or lying."""
    material, lean = random.integers(MATERIALS), one_of(random, (0, 90)) + random.uniform(-15, 15)
    wide, count = random.uniform(0.3, 0.6), random.integers(1, 4)
    shapes = []
    for index in range(count):
        x = (index - (count - 1) / 2) * 2.5 * wide
        board = at([x - wide, x + wide, x + wide, x - wide], [-2.5, -2.5, 2.5, 2.5])
        outline = middle + reach * turn(board, lean, at(0, 0))
        shapes.append(Shape(str(material), outline, tone=random.uniform(-0.2, 0.2)))
    return shapes


def _stone(random: Generator, middle: Points, reach: float) -> list[Shape]:
    outline = curve(circle(9) * (1.2, 1) * random.uniform(0.7, 1.15, size=(9, 1)))
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
