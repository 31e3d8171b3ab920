"""A picture while it is painted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld import fields
from partonomy.datasets.partworld.fields import Canvas, Field
from partonomy.datasets.partworld.outlines import Points, ellipse
from partonomy.datasets.partworld.scenes.palette import Colours, Light, Range, between


@dataclass
class Stage:
    """Polygons, lines and dots over a view; places and lengths are in sides of the picture.

    Attributes:
        random: the numbers that everything is drawn from.
        view: (size, size, 3) what is behind all.
        light: what falls on it.
        horizon: how far down things begin to stand, as small as can be; nearer ones stand lower.
        near: the size of things that stand at the picture's lower border.
        props: which kinds of things lie about.
    """

    random: Generator
    view: Field
    light: Light
    horizon: float
    near: float
    props: tuple[str, ...]
    canvas: Canvas = field(init=False)

    def __post_init__(self) -> None:
        self.canvas = fields.enlarged(self.view)

    @property
    def size(self) -> int:
        return len(self.view)

    def fill(self, outline: Points, colour: Colours) -> None:
        """A polygon (corners, 2)."""
        fields.fill(self.canvas, outline * self.size, _bytes(colour))

    def fill_each(self, outlines: Points, colours: Colours) -> None:
        """Convex polygons (n, corners, 2) in (n, 3) colours."""
        values = (colours * 255).clip(0, 255)
        fields.fill_each(self.canvas, outlines * self.size, values)

    def lines(self, paths: Points, width: float, colour: Colours) -> None:
        """Lines (n, points, 2)."""
        fields.brush(self.canvas, paths * self.size, width * self.size, _bytes(colour))

    def dots(self, centres: Points, width: float, colour: Colours) -> None:
        """Discs around (n, 2)."""
        self.lines(np.repeat(centres[:, None], 2, axis=1), width, colour)

    def discs(self, centres: Points, radii: Points, colours: Colours) -> None:
        """Discs (n, 2) with radii (n,), each in its own colour (n, 3)."""
        round_one = ellipse(np.zeros(2), 1, 1, 20)
        self.fill_each(centres[:, None] + radii[:, None, None] * round_one, colours)

    def seen(self, places: Points) -> Colours:
        """What is painted at (..., 2): (..., 3)."""
        last = len(self.canvas) - 1
        x, y = np.moveaxis((places * len(self.canvas)).astype(np.int64).clip(0, last), -1, 0)
        return self.canvas[y, x] / 255.0

    def picture(self) -> Field:
        """(size, size, 3) what has been painted so far."""
        return fields.shrunk(self.canvas)

    def shades(self, material: Range, foot: Points) -> Colours:
        """(4, 3) the light's shades of a material, hazy if it stands far away."""
        far = 0.55 * (1 - min(1.0, float(self.scale(foot[1])))) ** 3
        return between(self.light.shades(self.random, material), self.light.haze, np.full(4, far))

    def scale(self, y: float | Points) -> Points:
        """How large things are that stand there, next to those at the lower border."""
        return np.asarray((y - self.horizon) / (1 - self.horizon)).clip(0.02)


def _bytes(colour: Colours) -> tuple[float, ...]:
    return tuple((np.asarray(colour) * 255).clip(0, 255).tolist())
