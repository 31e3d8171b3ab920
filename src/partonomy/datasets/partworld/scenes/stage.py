"""A picture while it is painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld import fields
from partonomy.datasets.partworld.chance import within
from partonomy.datasets.partworld.fields import Canvas, Field
from partonomy.datasets.partworld.outlines import Points, at, circle
from partonomy.datasets.partworld.scenes.light import Light
from partonomy.datasets.partworld.scenes.palette import PAINTS, Colours, Range

_PAINTS = np.array(PAINTS)
_IN_USE = 6  # paints


@dataclass
class Stage:
    """Polygons, lines and dots over a view; places and lengths are in sides of the picture.

    Attributes:
        random: the numbers that everything is drawn from.
        view: (size, size, 3) what is behind all.
        light: what falls on it.
        floor: how far down things begin to stand; nearer ones stand lower.
        rise: how far above that the eye's level is; the less, the smaller far things are.
        props: which kinds of things lie about.
        near: the size of things that stand at the picture's lower border.
        paints: (6, 4, 3) the shades of the paints and dyes that are in use.
        canvas: what has been painted.
    """

    random: Generator
    view: Field
    light: Light
    floor: float
    rise: float
    props: tuple[str, ...] = ()
    near: float = field(init=False)
    paints: Colours = field(init=False)
    canvas: Canvas = field(init=False)
    _shades: dict[Range, Colours] = field(init=False, default_factory=dict)
    _standing: list[tuple[float, Callable[[], None]]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.canvas = fields.enlarged(self.view)
        self.near = self.random.uniform(0.65, 1.25)
        kinds = _PAINTS[self.random.permutation(len(_PAINTS))[:_IN_USE]]
        self.paints = self.light.shaded(within(self.random, kinds[:, 0], kinds[:, 1]))

    def fill(self, outline: Points, colour: Colours) -> None:
        """A polygon (corners, 2)."""
        fields.fill(self.canvas, outline * len(self.view), _bytes(colour))

    def fill_each(self, outlines: Points, colours: Colours) -> None:
        """Convex polygons (..., corners, 2) in as many colours (..., 3), one after the other."""
        corners = outlines.reshape(-1, *outlines.shape[-2:]) * len(self.view)
        fields.fill_each(self.canvas, corners, colours.reshape(-1, 3) * 255)

    def lines(self, paths: Points, width: float, colour: Colours) -> None:
        """Lines (n, points, 2)."""
        fields.brush(self.canvas, paths * len(self.view), width * len(self.view), _bytes(colour))

    def dots(self, centres: Points, width: float, colour: Colours) -> None:
        """Discs around (n, 2)."""
        self.lines(np.repeat(centres[:, None], 2, axis=1), width, colour)

    def discs(self, centres: Points, radii: Points, colours: Colours) -> None:
        """Discs around (n, 2) with radii (n,), each in its own colour (n, 3)."""
        self.fill_each(centres[:, None] + radii[:, None, None] * circle(20), colours)

    def seen(self, places: Points) -> Colours:
        """What is painted at (..., 2): (..., 3)."""
        last = len(self.canvas) - 1
        if places.ndim == 1:  # the same in less time
            x, y = (min(max(int(each * (last + 1)), 0), last) for each in places.tolist())
            return self.canvas[y, x] / 255.0
        where = (places * (last + 1)).astype(np.int64).clip(0, last)
        return self.canvas[where[..., 1], where[..., 0]] / 255.0

    def picture(self) -> Field:
        """(size, size, 3) what has been painted so far."""
        return fields.shrunk(self.canvas)

    def defocused(self, size: int) -> Field:
        """(size, size, 3) the same from the few pixels there are, as if far out of focus."""
        channels = np.moveaxis(self.picture(), -1, 0)
        return np.stack([fields.surface(each, (size, size)) for each in channels], axis=-1)

    def feet(self, depths: NDArray[np.float64]) -> Points:
        """Where things (n,) stand that are so near: 0 as far as can be, 1 at the lower border."""
        x = self.random.uniform(-0.1, 1.1, size=len(depths))
        return at(x, self.floor + depths * (1 - self.floor))

    def stand(self, foot: Points, paint: Callable[[], None]) -> None:
        """Have something painted in its turn: what stands lower is nearer and hides the others."""
        self._standing.append((float(foot[1]), paint))

    def perform(self) -> None:
        """Paint what stands there, the farthest first."""
        for _, paint in sorted(self._standing, key=itemgetter(0)):
            paint()
        self._standing.clear()

    def scale(self, foot: Points) -> float:
        """How large things are that stand there, next to those at the lower border."""
        above = float(foot[1]) - self.floor + self.rise
        return max(0.02, above / (1 - self.floor + self.rise))

    def shades(self, material: Range, foot: Points) -> Colours:
        """(4, 3) the shades of a material, hazy if it is far away; the same all over a picture."""
        if material not in self._shades:
            self._shades[material] = self.light.shades(self.random, material)
        return self._hazy(self._shades[material], foot)

    def paint(self, foot: Points) -> Colours:
        """(4, 3) the shades of one of the paints, hazy if it is far away."""
        return self._hazy(self.paints[self.random.integers(_IN_USE)], foot)

    def _hazy(self, shades: Colours, foot: Points) -> Colours:
        far = 0.6 * (1 - min(1.0, self.scale(foot))) ** 3
        return shades + far * (self.light.haze - shades)


def _bytes(colour: Colours) -> tuple[float, ...]:
    values: tuple[float, ...] = tuple((colour * 255).tolist())
    return values
