"""Open land."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

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
from partonomy.datasets.partworld.scenes.palette import Light, Range, between, outdoors
from partonomy.datasets.partworld.scenes.plants import conifers, flowers, grass, trees
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def meadow(random: Generator, size: int) -> Stage:
    """Grass and flowers before hills with trees."""
    light, horizon = outdoors(random), random.uniform(0.15, 0.75)
    green = palette.MEADOWS[random.integers(len(palette.MEADOWS))]
    shades = light.shades(random, green)
    view = sky(random, size, light, horizon)
    hills(random, view, light, horizon, green)
    noise = ground(random, size, horizon)
    lay(view, ridges(random, size, horizon, 0.02, 3), noise, shades)
    veil(view, light, horizon)
    stage = Stage(
        random,
        view,
        light,
        horizon - 0.06,
        random.uniform(0.6, 1.2),
        ("field", "meadow", "leafy", "sky"),
    )
    leaves = palette.AUTUMN if random.random() < 0.2 else palette.LEAVES
    trees(stage, leaves, int(random.integers(3, 7)))
    grass(stage, shades, 45)
    if random.random() < 0.6:
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
        rocks(random, view, light, rough, lit, horizon, distance)
    green = palette.MEADOWS[random.integers(len(palette.MEADOWS))]
    shades = light.shades(random, green if random.random() < 0.7 else palette.SNOW)
    noise = ground(random, size, horizon)
    lay(view, ridges(random, size, horizon, 0.05, 2), noise, shades)
    veil(view, light, horizon, 0.4)
    stage = Stage(
        random, view, light, horizon - 0.08, random.uniform(0.5, 1.0), ("field", "leafy", "sky")
    )
    conifers(stage, palette.CONIFERS, int(random.integers(7, 15)))
    return stage


@scene
def desert(random: Generator, size: int) -> Stage:
    """Dunes, one before the other, with ripples."""
    light = outdoors(random, ("noon", "evening", "morning", "dusk"))
    horizon = random.uniform(0.15, 0.7)
    view = sky(random, size, light, horizon, clear=0.6)
    ripples = ground(random, size, horizon, cells=4)
    for distance in np.linspace(1, 0, 5):
        level = horizon + (1 - horizon) * 0.8 * (1 - distance) ** 1.6
        top = peaks(random, size, level, 0.05 + 0.16 * (1 - distance), 1)
        sand = light.shades(random, palette.SAND)
        slope = (down(size) - top) * random.choice([-5, 5])
        lay(view, top, 0.6 * ripples + slope, between(sand, light.haze, np.full(4, 0.6 * distance)))
    return Stage(random, view, light, horizon, random.uniform(0.6, 1.2), ("field", "sky"))


@scene
def winter(random: Generator, size: int) -> Stage:
    """Snow before bare or dark woods."""
    light = outdoors(random, ("overcast", "morning", "evening", "noon", "dusk"))
    horizon = random.uniform(0.2, 0.7)
    view = sky(random, size, light, horizon)
    hills(random, view, light, horizon, palette.CONIFERS)
    noise = 0.6 * ground(random, size, horizon)
    top = ridges(random, size, horizon, 0.03, 2)
    lay(view, top, noise, light.shades(random, palette.SNOW))
    stage = Stage(
        random, view, light, horizon - 0.06, random.uniform(0.6, 1.2), ("field", "leafy", "sky")
    )
    conifers(stage, palette.CONIFERS, int(random.integers(6, 14)))
    return stage


def hills(random: Generator, view: Field, light: Light, horizon: float, green: Range) -> None:
    """Two rows of wooded hills, each nearer and less hazy."""
    size = len(view)
    woods = clouds(random, size, 18, 2, stretch=1.6)
    for distance in (0.8, 0.5):
        shades = between(light.shades(random, green), light.haze, np.full(4, distance))
        top = ridges(random, size, horizon - 0.16 * distance, 0.1 * distance, 3)
        lay(view, top, woods, shades, until=min(1, horizon + 0.06))


def rocks(
    random: Generator,
    view: Field,
    light: Light,
    rough: Field,
    lit: Field,
    horizon: float,
    distance: float,
) -> None:
    """Mountains whose upper halves are white, in place."""
    size = len(view)
    top = peaks(random, size, horizon - (0.1 + 0.28 * distance), 0.22, 3)
    white = 25 * (top + 0.07 + 0.12 * rough - down(size))
    # The darker half of the shades is of rock, the lighter of snow.
    noise = 1.25 * (white.clip(0, 1) - 0.5) + lit
    rock, snow = light.shades(random, palette.ROCK), light.shades(random, palette.SNOW)
    shades = between(np.concatenate([rock, snow]), light.haze, np.full(8, 0.7 * distance))
    lay(view, top, noise, shades, until=min(1, horizon + 0.08))
