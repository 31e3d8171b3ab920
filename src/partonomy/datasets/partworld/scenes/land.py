"""Open land."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.chance import either_side, often, one_of, some
from partonomy.datasets.partworld.fields import Field, clouds
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import (
    down,
    ground,
    lay,
    peaks,
    relief,
    ridges,
    sky,
    veil,
)
from partonomy.datasets.partworld.scenes.light import Light, outdoors
from partonomy.datasets.partworld.scenes.palette import Range, between
from partonomy.datasets.partworld.scenes.plants import conifers, flowers, grass, leafage, trees
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def meadow(random: Generator, size: int) -> Stage:
    """Grass and flowers before hills with trees."""
    light, horizon = outdoors(random), random.uniform(0.15, 0.75)
    green = one_of(random, palette.MEADOWS)
    shades = light.shades(random, green)
    view = sky(random, size, light, horizon)
    hills(random, view, light, horizon, green)
    lay(view, ridges(random, size, horizon, 0.02, 3), ground(random, size, horizon), shades)
    veil(view, light, horizon)
    stage = Stage(random, view, light, horizon, 0.06, ("field", "meadow", "leafy", "sky"))
    trees(stage, leafage(random), some(random, 3, 6))
    grass(stage, shades, 45)
    if often(random, 0.6):
        flowers(stage, 60)
    return stage


@scene
def mountains(random: Generator, size: int) -> Stage:
    """Snow on rocks, and firs on the slopes before them."""
    light, horizon = outdoors(random), random.uniform(0.35, 0.85)
    view = sky(random, size, light, horizon)
    rough = 1 - np.abs(clouds(random, size, 5, 4))
    lit = (2.0 * relief(rough, light, 0.025 * size)).clip(-0.5, 0.5)
    for distance in (0.75, 0.35):
        rocks(random, view, light, (rough, lit), horizon, distance)
    kind = one_of(random, palette.MEADOWS) if often(random, 0.7) else palette.SNOW
    noise, shades = ground(random, size, horizon), light.shades(random, kind)
    lay(view, ridges(random, size, horizon, 0.05, 2), noise, shades)
    veil(view, light, horizon, 0.4)
    stage = Stage(random, view, light, horizon, 0.08, ("field", "leafy", "sky"))
    conifers(stage, some(random, 7, 14))
    return stage


@scene
def desert(random: Generator, size: int) -> Stage:
    """Dunes, one before the other, with ripples."""
    light = outdoors(random, ("noon", "evening", "morning", "dusk"))
    horizon = random.uniform(0.15, 0.7)
    view = sky(random, size, light, horizon, clear=0.6)
    ripples = 0.6 * ground(random, size, horizon, cells=4)
    for near in np.arange(5) / 4:
        level = horizon + (1 - horizon) * 0.8 * near**1.6
        top = peaks(random, size, level, 0.05 + 0.16 * near, 1)
        shades = between(light.shades(random, palette.SAND), light.haze, 0.6 * (1 - near))
        slope = 5 * either_side(random) * (down(size) - top)
        lay(view, top, ripples + slope, shades)
    return Stage(random, view, light, horizon, 0.04, ("field", "sky"))


@scene
def winter(random: Generator, size: int) -> Stage:
    """Snow before dark woods."""
    light = outdoors(random, ("overcast", "morning", "evening", "noon", "dusk"))
    horizon = random.uniform(0.2, 0.7)
    view = sky(random, size, light, horizon)
    hills(random, view, light, horizon, palette.CONIFERS)
    noise, shades = 0.6 * ground(random, size, horizon), light.shades(random, palette.SNOW)
    lay(view, ridges(random, size, horizon, 0.03, 2), noise, shades)
    stage = Stage(random, view, light, horizon, 0.06, ("field", "leafy", "sky"))
    conifers(stage, some(random, 6, 13))
    return stage


def hills(random: Generator, view: Field, light: Light, horizon: float, green: Range) -> None:
    """Two rows of wooded hills, the nearer one less hazy, in place."""
    size = len(view)
    woods = clouds(random, size, 18, 2, stretch=1.6)
    for distance in (0.8, 0.5):
        shades = between(light.shades(random, green), light.haze, distance)
        top = ridges(random, size, horizon - 0.16 * distance, 0.1 * distance, 3)
        lay(view, top, woods, shades, until=horizon + 0.06)


def rocks(
    random: Generator,
    view: Field,
    light: Light,
    surface: tuple[Field, Field],
    horizon: float,
    distance: float,
) -> None:
    """Mountains whose upper halves are white, in place.

    ``surface`` is how rough it is and how it catches the light.
    """
    size, (rough, lit) = len(view), surface
    top = peaks(random, size, horizon - 0.1 - 0.28 * distance, 0.22, 3)
    white = (25 * (top + 0.07 + 0.12 * rough - down(size))).clip(0, 1)
    rock, snow = light.shades(random, palette.ROCK), light.shades(random, palette.SNOW)
    shades = between(np.concatenate([rock, snow]), light.haze, 0.7 * distance)
    # The lower half of the shades is of rock, the upper of snow.
    lay(view, top, 1.25 * (white - 0.5) + lit, shades, until=horizon + 0.08)
