"""What lies behind: skies, hills, ground and water as fields of colour."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from partonomy.datasets.partworld.chance import within
from partonomy.datasets.partworld.fields import ALL, Field, clouds, mixed, profile, surface
from partonomy.datasets.partworld.scenes.light import Light
from partonomy.datasets.partworld.scenes.palette import Colours, between, gradient


@lru_cache
def down(size: int) -> Field:
    """(size, 1) how far down each row is, from 0 to 1; to be read only."""
    return ((np.arange(size) + 0.5) / size)[:, None]


def across(size: int) -> Field:
    """(1, size) how far to the right each column is, from 0 to 1; to be read only."""
    return down(size).T


def smooth(field: Field) -> Field:
    """From 0 at 0 to 1 at 1, and level at both and beyond."""
    inside = field.clip(0, 1)
    rise: Field = inside * inside * (3 - 2 * inside)
    return rise


def glow(size: int, centre: ArrayLike, radius: float) -> Field:
    """1 at a place in sides of the picture, a half at the radius and on to nothing."""
    x, y = np.asarray(centre, np.float64)
    away = ((across(size) - x) ** 2 + (down(size) - y) ** 2) / radius**2
    light: Field = 1 / (1 + away)
    return light


def relief(height: Field, light: Light, reach: float) -> Field:
    """How a surface of that height catches the light: below 0 where it is dark, above where bright.

    ``reach`` is how many pixels a slope is measured over.
    """
    right, up = (-np.sign(light.sun) * max(1, round(reach))).astype(np.int64)
    rows, columns = height.shape
    y = (np.arange(rows) + up).clip(0, rows - 1)
    x = (np.arange(columns) + right).clip(0, columns - 1)
    slope: Field = height - height.take(y, axis=0).take(x, axis=1)
    return slope


def sky(random: Generator, size: int, light: Light, horizon: float, clear: float = 0.25) -> Field:
    """From the zenith to the haze over the horizon, with a sun's glow and mostly with clouds."""
    view = np.empty((size, size, 3))
    last = min(size, int((horizon + 0.1) * size) + 1)
    rows, view[last:] = slice(0, last), light.haze
    fall = (down(size)[rows] / max(horizon, 0.3)).clip(0, 1) ** random.uniform(0.7, 1.6)
    air = np.broadcast_to(between(light.zenith, light.haze, fall), (last, size, 3))
    place = (0.5 + 0.6 * light.sun[0], horizon * random.uniform(0.1, 1.0))
    shine = 0.7 * glow(size, place, random.uniform(0.08, 0.3))[rows]
    view[rows] = mixed(air, tuple(between(light.haze, (1.0, 0.96, 0.86), 0.5)), shine)
    if random.random() >= clear:
        clouded(random, view, light, rows)
    return view


def clouded(random: Generator, view: Field, light: Light, rows: slice) -> None:
    """Heaps or veils of cloud, lit from the sun's side, on some rows of a sky, in place."""
    size = len(view)
    low, high = (3, 1.3, -0.35, 0.35, 0.6), (6, 3, 0.45, 0.9, 0.95)
    cells, stretch, cover, edge, thick = within(random, low, high)
    height = clouds(random, size, cells, 4, stretch, (rows, ALL)) - cover
    lit = 0.5 + 1.3 * relief(height, light, 0.03 * size) - 0.25 * height
    dull = between(between(light.zenith, light.haze, 0.5), 0.7 * light.cast, 0.5)
    heaps = gradient(lit, np.stack([dull, between(light.haze, light.cast, 0.65)]))
    view[rows] = mixed(view[rows], heaps, thick * smooth(height / edge))


def ground(
    random: Generator, size: int, horizon: float, cells: float = 5, top: float | None = None
) -> Field:
    """Noise, about -1 to 1, that lies flat: finer and wider towards the horizon.

    It begins at ``top``, by default a little above the horizon; further up it is 0.
    """
    rows = slice(max(0, int((horizon - 0.1 if top is None else top) * size)), size)
    shape = (90, 60)
    near = ((down(shape[0]) - horizon) / (1 - horizon)).clip(0, 1)
    knots = (0.1 + 0.5 * near) * random.uniform(-1, 1, size=shape)
    for number, stretch, weight in (
        (cells, 1.8, near),
        (2 * cells, 1.8, 0.5 * near),
        (5 * cells, 4, 1 - 0.7 * near),
        (11 * cells, 5, 0.8 * (1 - near)),
    ):
        few = (round(number), max(2, round(number / stretch)))
        knots += weight * surface(random.uniform(-1, 1, size=few), shape)
    lying = np.zeros((size, size))
    lying[rows] = surface(knots, (size, size), (rows, ALL))
    return lying


def lay(view: Field, top: ArrayLike, noise: Field, shades: Colours, until: float = 1.0) -> None:
    """Paint over the lower part of a view, in place, and no farther down than ``until``.

    ``top`` (size,), or a number, says how far down it begins; its colours are the shades that the
    noise picks, -1 the first and 1 the last.
    """
    size, skyline = len(view), np.asarray(top, np.float64)
    first = int(min(max(0.0, skyline.min() * size - 1), size - 1))
    rows = slice(first, max(first + 1, int(np.ceil(min(until, 1) * size))))
    share = ((down(size)[rows] - skyline) * size + 0.5).clip(0, 1)
    view[rows] = mixed(view[rows], gradient(0.5 + 0.4 * noise[rows], shades), share)


def veil(view: Field, light: Light, horizon: float, strength: float = 0.6) -> None:
    """Let what is near the horizon fade into the haze, in place."""
    away = np.abs(down(len(view)) - horizon) / 0.35
    rows = away[:, 0] < 1
    view[rows] = mixed(view[rows], tuple(light.haze), strength * (1 - away[rows]) ** 4)


def beams(random: Generator, view: Field, light: Light, strength: float) -> None:
    """Shafts of light that fall from the sun's side, in place."""
    size, many = len(view), 512
    bands = smooth(profile(random, many, int(random.integers(7, 14)), 2))
    slant = across(size) + down(size) * light.sun[0] * random.uniform(0.3, 0.9)
    index = ((slant + 1) * (many / 3)).astype(np.int64)
    share = np.take(bands, index, mode="clip") * (strength * (1 - 0.8 * down(size)))
    view[:] = mixed(view, tuple(between(light.haze, np.ones(3), 0.4)), share)


def ridges(random: Generator, size: int, level: float, height: float, cells: int) -> Field:
    """(size,) the skyline of hills: how far down it is."""
    return level + 0.8 * height * profile(random, size, cells, 3)


def peaks(random: Generator, size: int, level: float, height: float, cells: int) -> Field:
    """(size,) the skyline of mountains, which is sharp."""
    line = np.zeros(size)
    for octave in range(5):
        count = cells * 2**octave + 1
        knots = (np.arange(count) + random.uniform(-0.3, 0.3, size=count)) / (count - 1)
        heights = random.uniform(-1, 1, size=count)
        line += 0.5**octave * np.interp(across(size)[0], knots, heights)
    return level + 0.7 * height * line
