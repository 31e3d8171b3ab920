"""Among plants: forests, leaves close by, gardens."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.fields import clouds, mixed
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import beams, glow, ground, lay, ridges, sky, veil
from partonomy.datasets.partworld.scenes.palette import (
    Colours,
    Range,
    between,
    gradient,
    outdoors,
)
from partonomy.datasets.partworld.scenes.plants import ferns, flowers, grass, leaves, trees
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def forest(random: Generator, size: int) -> Stage:
    """Trunks before blurred foliage with discs of light."""
    light = outdoors(random, ("noon", "morning", "evening", "overcast", "storm"))
    green = palette.AUTUMN if random.random() < 0.25 else palette.LEAVES
    horizon = random.uniform(0.45, 0.85)
    noise = clouds(random, size, random.uniform(3, 7), 3)
    view = gradient(0.45 + 0.4 * noise, light.shades(random, green))
    clearing = random.uniform((0.1, 0.0), (0.9, 0.6))
    view = mixed(view, tuple(light.haze), 0.85 * glow(size, clearing, random.uniform(0.15, 0.4)))
    soil = light.shades(random, palette.EARTH if random.random() < 0.5 else palette.MEADOWS[2])
    lay(view, ridges(random, size, horizon, 0.04, 3), ground(random, size, horizon), soil)
    veil(view, light, horizon, 0.5)
    if random.random() < 0.5:
        beams(random, view, light, random.uniform(0.2, 0.45))
    near = random.uniform(0.7, 1.3)
    stage = Stage(random, view, light, horizon - 0.05, near, ("field", "fallen"))
    if random.random() < 0.7:
        bokeh(stage, int(random.integers(15, 40)), 0.4)
    for depth in np.sort(random.uniform(0, 1, size=int(random.integers(5, 13)))):
        trunk(stage, depth)
    ferns(stage, green, int(random.integers(4, 12)))
    return stage


@scene
def foliage(random: Generator, size: int) -> Stage:
    """A thicket of leaves close by."""
    light = outdoors(random)
    green = palette.AUTUMN if random.random() < 0.25 else palette.LEAVES
    view = gradient(0.4 + 0.4 * clouds(random, size, 4, 3), light.shades(random, green))
    glade = random.uniform(0, 1, size=2)
    view = mixed(view, tuple(light.haze), random.uniform(0, 0.7) * glow(size, glade, 0.25))
    stage = Stage(random, view, light, -1.5, 1.0, ("fallen", "air"))
    bokeh(stage, int(random.integers(10, 30)), 0.3)
    shades = light.shades(random, green)
    for depth in (0.3, 0.6, 1.0):
        places = random.uniform(-0.1, 1.1, size=(int(random.integers(15, 45)), 2))
        lengths = random.uniform(0.08, 0.2, size=len(places)) * (0.4 + 0.6 * depth)
        leaves(stage, places, lengths, between(shades[0], shades, np.full(4, depth)))
    return stage


@scene
def litter(random: Generator, size: int) -> Stage:
    """The forest's floor from above: fallen leaves, needles and twigs."""
    light = outdoors(random)
    view = gradient(0.5 + 0.4 * clouds(random, size, 9, 4), light.shades(random, palette.EARTH))
    stage = Stage(random, view, light, -2.0, random.uniform(0.6, 1.2), ("fallen",))
    kind: Range = palette.AUTUMN if random.random() < 0.7 else palette.LEAVES
    for _ in range(2):
        twigs(stage, 25)
        places = random.uniform(-0.1, 1.1, size=(50, 2))
        lengths = stage.near * random.uniform(0.06, 0.2, size=len(places))
        leaves(stage, places, lengths, light.shades(random, kind))
    return stage


@scene
def garden(random: Generator, size: int) -> Stage:
    """A lawn and flower beds before a hedge, with or without a fence."""
    light, horizon = outdoors(random), random.uniform(0.25, 0.75)
    view = sky(random, size, light, horizon)
    turf = light.shades(random, palette.MEADOWS[random.choice([0, 2])], 0.8)
    hedge = horizon - random.uniform(0.05, 0.35)
    clipped = ridges(random, size, hedge, 0.02, 4)
    noise = clouds(random, size, 20, 3)
    lay(view, clipped, noise, light.shades(random, palette.LEAVES), until=min(1, horizon + 0.05))
    lawn = ground(random, size, horizon)
    lay(view, ridges(random, size, horizon, 0.005, 3), lawn, turf)
    stage = Stage(random, view, light, horizon - 0.1, random.uniform(0.7, 1.2), ("field", "yard"))
    if random.random() < 0.5:
        trees(stage, palette.LEAVES, 2)
    if random.random() < 0.6:
        fence(stage, at(0, horizon + 0.02), random.uniform(0.12, 0.3))
    bed = horizon + 0.03
    leaves_there = random.uniform((-0.05, bed), (1.05, bed + 0.07), size=(50, 2))
    leaves(stage, leaves_there, np.full(50, 0.05), light.shades(random, palette.LEAVES))
    for _ in range(3):
        beds = random.uniform((-0.05, bed - 0.05), (1.05, bed + 0.05), size=(25, 2))
        colour = light.tone(random, palette.BLOSSOM)
        stage.discs(beds, random.uniform(0.006, 0.016, size=25), np.tile(colour, (25, 1)))
    grass(stage, turf, 40)
    if random.random() < 0.5:
        flowers(stage, 40)
    return stage


def bokeh(stage: Stage, count: int, share: float) -> None:
    """Discs of light, as a lens out of focus draws bright points."""
    places = stage.random.uniform((0, 0), (1, 0.8), size=(count, 2))
    radii = np.full(count, stage.random.uniform(0.015, 0.06))
    radii *= stage.random.uniform(0.7, 1.2, size=count)
    bright = between(stage.light.haze, np.ones(3), stage.random.random(count) * 0.6)
    colours = between(stage.seen(places), bright, stage.random.random(count) * share)
    stage.discs(places, radii, colours)


def trunk(stage: Stage, depth: float) -> None:
    """A trunk that leaves the picture above, darker the nearer it is."""
    random, light = stage.random, stage.light
    foot = at(random.uniform(-0.1, 1.1), stage.horizon + 0.05 + depth**2 * (1.1 - stage.horizon))
    wide = stage.near * (0.02 + 0.1 * depth**2) * random.uniform(0.7, 1.3)
    lean = random.uniform(-0.15, 0.15)
    shades = between(light.shades(random, palette.BARK), light.haze, np.full(4, 0.6 * (1 - depth)))
    top = foot + at(lean * (foot[1] + 0.1), -foot[1] - 0.1)

    def band(left: float, right: float) -> Points:
        spread = at([1.5 * left, 1.5 * right, 1.05 * right, 0.8 * right, 0.8 * left, 1.05 * left], 6 * [0.0])
        along = np.array([0, 0, 0.15, 1, 1, 0.15])[:, None]
        return foot + along * (top - foot) + wide * spread

    side = float(np.sign(light.sun[0]))
    stage.fill(band(-0.5, 0.5), shades[0])
    stage.fill(band(-0.15 * side - 0.3, -0.15 * side + 0.3) + at(0.08 * side * wide, 0), shades[1])
    stage.fill(band(0.22 * side - 0.12, 0.22 * side + 0.12), shades[2])
    bark(stage, foot, top, wide, shades)


def bark(stage: Stage, foot: Points, top: Points, wide: float, shades: Colours) -> None:
    """Furrows along a trunk."""
    random = stage.random
    along, aside = random.uniform((0, -0.45), (1, 0.45), size=(30, 2)).T
    starts = foot + along[:, None] * (top - foot) + at(aside * wide, 0 * aside)
    ends = starts + 0.06 * (top - foot)
    paths = np.stack([starts, ends], axis=1)
    stage.lines(paths[:20], 0.06 * wide, shades[0] * 0.7)
    stage.lines(paths[20:], 0.05 * wide, shades[3])


def twigs(stage: Stage, count: int) -> None:
    """Thin straight things in all directions."""
    starts = stage.random.uniform(0, 1, size=(count, 2))
    ends = starts + stage.near * stage.random.uniform(-0.12, 0.12, size=(count, 2))
    paths = np.stack([starts, ends], axis=1)
    for part in range(3):
        stage.lines(paths[part::3], 0.006 * stage.near, stage.light.tone(stage.random, palette.BARK))


def fence(stage: Stage, foot: Points, height: float) -> None:
    """Pickets on two rails."""
    random = stage.random
    painted = palette.PAINTS[7] if random.random() < 0.5 else palette.WOOD
    shades = stage.light.shades(random, painted, 0.5)
    wide = height * random.uniform(0.12, 0.22)
    lefts = np.arange(-random.random(), 1 / wide / 1.6)[:, None] * 1.6 * wide
    picket = at([0, 1, 1, 0.5, 0], [0, 0, -0.88, -1, -0.88]) * (wide, height)
    rails = np.array([[[-0.1, level], [1.1, level]] for level in (-0.25, -0.72)]) * (1, height)
    stage.lines(foot + rails, 0.1 * height, shades[1])
    outlines = foot + picket + at(lefts, 0 * lefts)
    stage.fill_each(outlines + at(0.25 * wide, 0), np.tile(shades[0], (len(lefts), 1)))
    stage.fill_each(outlines, shades[random.integers(2, 4, size=len(lefts))])
