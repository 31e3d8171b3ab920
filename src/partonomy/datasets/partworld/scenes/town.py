"""Streets, walls and a skyline."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.chance import often, one_of
from partonomy.datasets.partworld.fields import cloud, clouds, mixed
from partonomy.datasets.partworld.outlines import at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import down, ground, lay, sky, veil
from partonomy.datasets.partworld.scenes.buildings import (
    avenue,
    bricks,
    fronts,
    ivy,
    lamps,
    posts,
    slabs,
    stars,
    towers,
    window,
)
from partonomy.datasets.partworld.scenes.furniture import row
from partonomy.datasets.partworld.scenes.light import outdoors
from partonomy.datasets.partworld.scenes.palette import LAMPLIGHT, between, gradient
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def street(random: Generator, size: int) -> Stage:
    """A street between two rows of buildings, which meet far away."""
    light, horizon = outdoors(random), random.uniform(0.35, 0.7)
    view = sky(random, size, light, horizon)
    paving = light.shades(random, one_of(random, (palette.ASPHALT, palette.STONE)))
    lay(view, horizon, ground(random, size, horizon, 7), paving)
    veil(view, light, horizon, 0.5)
    stage = Stage(random, view, light, horizon + 0.04, 0.04, ("yard", "festive"))
    vanish = at(random.uniform(0.2, 0.8), horizon)
    half, low = random.uniform(0.4, 0.75), 0.24 * (1 - horizon) + 0.1
    kerb = 0.72 * half
    for side in (-1, 1):
        edges = at([kerb, half, 0.05 * half, 0.05 * kerb], [1, 1, 0.05, 0.05])
        pavement = vanish + 3 * edges * (side, low)
        stage.fill(pavement, between(paving[2], light.haze, 0.2))
        stage.lines(pavement[[0, 3]][None], 0.008, paving[3])
        fronts(stage, vanish, at(side * half, low))
        posts(stage, vanish, at(side * 0.95 * kerb, low))
    if often(random, 0.5):
        avenue(stage, vanish, at(kerb, 1.2 * low))
    return stage


@scene
def wall(random: Generator, size: int) -> Stage:
    """A wall of bricks or plaster above a pavement, with windows or ivy."""
    light, level, bare = outdoors(random), random.uniform(0.55, 0.95), often(random, 0.6)
    shades = light.shades(random, palette.BRICK if bare else palette.PLASTER)
    stains = 0.8 * clouds(random, size, 4, 4) + 0.3 * cloud(random, size, 90)
    view = gradient(0.5 + 0.4 * stains + 0.1 * (0.5 - down(size)), shades)
    flags = light.shades(random, one_of(random, (palette.ASPHALT, palette.STONE)))
    lay(view, level, ground(random, size, level - 0.5, 7, top=level), flags)
    stage = Stage(random, view, light, level, 0.35, ("yard", "hung"))
    if bare:
        bricks(stage, level, shades)
    slabs(stage, level, flags)
    for left in np.arange(random.uniform(-0.3, 0.1), 1, random.uniform(0.35, 0.7)):
        if often(random, 0.6):
            window(stage, at(left, random.uniform(0.0, 0.12)), at(0.22, 0.34))
    stage.lines(row(level), 0.025, 0.8 * shades[0])
    if often(random, 0.4):
        ivy(stage, 110)
    return stage


@scene
def skyline(random: Generator, size: int) -> Stage:
    """A town at dusk or at night across the water, with its lights."""
    light = outdoors(random, ("dusk", "night", "night", "evening"))
    horizon = random.uniform(0.4, 0.85)
    view = sky(random, size, light, horizon, clear=0.6)
    band = 0.6 / (1 + ((down(size) - horizon) / 0.12) ** 2)
    view = mixed(view, tuple(LAMPLIGHT * (0.4 + 0.5 * light.cast)), band)
    water = np.concatenate([0.7 * light.shades(random, palette.WATER), light.haze[None]])
    lay(view, horizon, clouds(random, size, 32, 2, 5) - 0.6, water)
    stage = Stage(random, view, light, horizon, 0.04, ("afloat", "festive"))
    if light.dark:
        stars(stage, 60)
    for distance in (0.6, 0.25):
        tone = between(0.5 * light.zenith, light.haze, distance)
        towers(stage, tone, 0.22 + 0.2 * distance)
    lamps(stage)
    return stage
