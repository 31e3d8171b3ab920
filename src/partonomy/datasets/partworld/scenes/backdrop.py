"""What lies behind: skies, hills, ground and water as fields of colour."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from partonomy.datasets.partworld.fields import Field, cloud, clouds, mixed, profile
from partonomy.datasets.partworld.scenes.palette import Colours, Light, between, gradient


def down(size: int) -> Field:
    """(size, 1) how far down each row is, from 0 to 1."""
    return ((np.arange(size) + 0.5) / size)[:, None]


def across(size: int) -> Field:
    """(1, size) how far to the right each column is, from 0 to 1."""
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


def relief(height: Field, light: Light, reach: float = 0.02) -> Field:
    """How a surface of that height catches the light from the side: dark below 0, bright above."""
    size = len(height)
    step = -np.sign(light.sun) * max(1, round(reach * size))
    x, y = ((np.arange(size)[None] + step[:, None].astype(np.int64)).clip(0, size - 1))
    behind = height.take(x, axis=1).take(y, axis=0)
    slope: Field = height - behind
    return slope


def sky(random: Generator, size: int, light: Light, horizon: float, clear: float = 0.25) -> Field:
    """From the zenith to the haze over the horizon, with a sun's glow and mostly with clouds."""
    fall = (down(size) / max(horizon, 0.3)).clip(0, 1) ** random.uniform(0.7, 1.6)
    rows = between(light.zenith, light.haze, fall)
    air = np.broadcast_to(rows, (size, size, 3))
    place = (0.5 + 0.6 * light.sun[0], horizon * random.uniform(0.1, 1.0))
    sun = between(light.haze, (1.0, 0.96, 0.86), 0.5)
    bright = mixed(air, tuple(sun), glow(size, place, random.uniform(0.08, 0.3)) * 0.7)
    if random.random() < clear:
        return bright
    return clouded(random, bright, light)


def clouded(random: Generator, air: Field, light: Light) -> Field:
    """A sky with heaps or veils of cloud, lit from the sun's side."""
    size = len(air)
    height = clouds(random, size, random.uniform(3, 6), 4, stretch=random.uniform(1.3, 3.0))
    cover, edge = random.uniform((-0.35, 0.35), (0.45, 0.9))
    share = smooth((height - cover) / edge)
    lit = 0.5 + 1.3 * relief(height, light, 0.03) - 0.25 * (height - cover)
    bright = between(light.haze, np.ones(3) * light.cast, 0.65)
    dull = between(between(light.zenith, light.haze, 0.5), light.cast * 0.7, 0.5)
    return mixed(air, gradient(lit, np.stack([dull, bright])), share * random.uniform(0.6, 0.95))


def ground(random: Generator, size: int, horizon: float, cells: float = 5) -> Field:
    """Noise, about -1 to 1, that lies flat: finer and wider towards the horizon."""
    near = ((down(size) - horizon) / (1 - horizon)).clip(0, 1)
    lying = clouds(random, size, cells, 2, stretch=1.8)
    lying *= near
    for cells_there, stretch, weight in (
        (5 * cells, 4, 1 - 0.7 * near),
        (11 * cells, 5, 0.8 * (1 - near)),
        (90, 1.5, 0.1 + 0.5 * near),
    ):
        finer = cloud(random, size, cells_there, stretch)
        finer *= weight
        lying += finer
    return lying


def lay(view: Field, top: Field, noise: Field, shades: Colours, until: float = 1.0) -> None:
    """Paint over the lower part of a view, in place, and no farther down than ``until``.

    ``top`` (size,) says how far down it begins; its colours are the shades that noise picks.
    """
    size = len(view)
    rows = slice(max(0, int(top.min() * size) - 1), int(np.ceil(until * size)))
    share = ((down(size)[rows] - top) * size + 0.5).clip(0, 1)
    view[rows] = mixed(view[rows], gradient(0.5 + 0.4 * noise[rows], shades), share)


def veil(view: Field, light: Light, horizon: float, strength: float = 0.6) -> None:
    """Let what is near the horizon fade into the haze, in place."""
    away = np.abs(down(len(view)) - horizon) / 0.35
    rows = away[:, 0] < 1
    view[rows] = mixed(view[rows], tuple(light.haze), strength * (1 - away[rows]) ** 4)


def beams(random: Generator, view: Field, light: Light, strength: float) -> None:
    """Shafts of light that fall from the sun's side, in place."""
    size = len(view)
    slant = across(size) + down(size) * light.sun[0] * random.uniform(0.3, 0.9)
    bands = smooth(profile(random, 512, int(random.integers(7, 14)), 2))
    index = ((slant + 1) * (511 / 3)).clip(0, 511).astype(np.int64)
    share = np.take(bands, index) * (strength * (1 - 0.8 * down(size)))
    view[:] = mixed(view, tuple(between(light.haze, np.ones(3), 0.4)), share)


def ridges(random: Generator, size: int, level: float, height: float, cells: int) -> Field:
    """(size,) the skyline of hills: how far down it is."""
    return level + height * 0.8 * profile(random, size, cells, 3)


def peaks(random: Generator, size: int, level: float, height: float, cells: int) -> Field:
    """(size,) the skyline of mountains, which is sharp."""
    place = across(size)[0]
    line = np.zeros(size)
    for octave in range(5):
        count = cells * 2**octave + 1
        knots = np.linspace(0, 1, count)
        knots[1:-1] += random.uniform(-0.3, 0.3, size=count - 2) / count
        line += 0.5**octave * np.interp(place, knots, random.uniform(-1, 1, size=count))
    return level + 0.7 * height * line
