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
    between,
    gradient,
    outdoors,
)
from partonomy.datasets.partworld.scenes.plants import ferns, flowers, grass, leaves, trees, whirled
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
    stage = Stage(random, view, light, horizon - 0.05, near, ("field", "meadow", "leafy"))
    if random.random() < 0.7:
        bokeh(stage, int(random.integers(15, 40)), 0.4)
    trunks(stage, int(random.integers(5, 12)))
    ferns(stage, green, int(random.integers(3, 9)))
    return stage


@scene
def foliage(random: Generator, size: int) -> Stage:
    """Leaves on their stems close by, before others out of focus."""
    light = outdoors(random)
    green = palette.AUTUMN if random.random() < 0.25 else palette.LEAVES
    shades = light.shades(random, green)
    small = int(random.integers(24, 44))
    backdrop = gradient(0.4 + 0.4 * clouds(random, small, 4, 2), shades)
    glade = random.uniform(0, 0.8) * glow(small, random.uniform(0, 1, size=2), 0.25)
    far = Stage(random, mixed(backdrop, tuple(light.haze), glade), light, -1.5, 1.0, ())
    places = random.uniform(-0.1, 1.1, size=(40, 2))
    leaves(far, places, whirled(random, random.uniform(0.1, 0.3, size=40)), shades)
    bokeh(far, int(random.integers(10, 30)), 0.5)
    stage = Stage(random, far.defocused(size), light, -1.5, 1.0, ("leafy", "orchard", "festive"))
    for _ in range(int(random.integers(4, 9))):
        spray(stage, shades * random.uniform(0.6, 1.1))
    return stage


@scene
def litter(random: Generator, size: int) -> Stage:
    """The forest's floor from above: fallen leaves, needles and twigs."""
    light = outdoors(random)
    soil = palette.EARTH if random.random() < 0.7 else palette.MEADOWS[2]
    view = gradient(0.5 + 0.4 * clouds(random, size, 9, 4), light.shades(random, soil))
    stage = Stage(random, view, light, -2.0, random.uniform(0.6, 1.2), ("fallen",))
    kind = palette.AUTUMN if random.random() < 0.7 else palette.LEAVES
    shades = light.shades(random, kind)
    for step in (0.7, 1.0):
        twigs(stage, 25)
        places = random.uniform(-0.1, 1.1, size=(45, 2))
        lengths = stage.near * random.uniform(0.06, 0.2, size=45)
        leaves(stage, places, whirled(random, lengths), step * shades)
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
    stage = Stage(
        random, view, light, horizon - 0.1, random.uniform(0.7, 1.2), ("field", "yard", "sky")
    )
    if random.random() < 0.5:
        trees(stage, palette.LEAVES, 2)
    if random.random() < 0.6:
        fence(stage, at(0, horizon + 0.02), random.uniform(0.12, 0.3))
    bed = horizon + 0.03
    leaves_there = random.uniform((-0.05, bed), (1.05, bed + 0.07), size=(40, 2))
    around = whirled(random, np.full(40, 0.05))
    leaves(stage, leaves_there, around, light.shades(random, palette.LEAVES))
    for wide in (0.012, 0.02, 0.03):
        middle = at(random.uniform(0, 1), bed + 0.01)
        beds = middle + random.uniform((-0.3, -0.05), (0.3, 0.05), size=(25, 2))
        blossom = light.shades(random, palette.BLOSSOM)
        stage.dots(beds, wide, blossom[1])
        stage.dots(beds - 0.15 * wide, 0.5 * wide, blossom[3])
    grass(stage, turf, 40)
    if random.random() < 0.5:
        flowers(stage, 40)
    return stage


def spray(stage: Stage, shades: Colours) -> None:
    """A stem that comes in from anywhere, with leaves on both sides."""
    random = stage.random
    start, middle = random.uniform(-0.2, 1.2, size=(2, 2))
    end = middle + 0.8 * (middle - start) + random.uniform(-0.2, 0.2, size=2)
    along = np.arange(14)[:, None] / 13
    stem = start + along * (2 * (middle - start) + along * (start - 2 * middle + end))
    stage.lines(stem[None], 0.01, shades[0] * 0.8)
    onward = np.gradient(stem, axis=0)
    onward *= random.uniform(0.09, 0.16, size=(14, 1)) / (np.hypot(*onward.T)[:, None] + 1e-9)
    outward = onward[:, ::-1] * (-1, 1) * np.where(np.arange(14) % 2, 1, -1)[:, None]
    leaves(stage, stem, 0.7 * onward + 0.7 * outward, shades)


def bokeh(stage: Stage, count: int, share: float) -> None:
    """Discs of light, as a lens out of focus draws bright points."""
    places = stage.random.uniform((0, 0), (1, 0.8), size=(count, 2))
    radii = np.full(count, stage.random.uniform(0.015, 0.06))
    radii *= stage.random.uniform(0.7, 1.2, size=count)
    bright = between(stage.light.haze, np.ones(3), stage.random.random(count) * 0.6)
    colours = between(stage.seen(places), bright, stage.random.random(count) * share)
    stage.discs(places, radii, colours)


def trunks(stage: Stage, count: int) -> None:
    """Trunks that leave the picture above, darker the nearer they are, with furrows in the bark."""
    random, light = stage.random, stage.light
    depth = np.sort(random.uniform(0, 1, size=count))
    y = stage.horizon + 0.05 + depth**2 * (1.1 - stage.horizon)
    x, lean, thick, bright = random.uniform(
        (-0.1, -0.15, 0.7, 0.8), (1.1, 0.15, 1.3, 1.2), size=(count, 4)
    ).T
    wide = stage.near * (0.02 + 0.1 * depth**2) * thick
    side = float(np.sign(light.sun[0]))
    grooves = random.uniform((0, -0.42), (0.9, 0.42), size=(count, 16, 2))
    low, aside = np.moveaxis(grooves, -1, 0)
    bands = np.array([[-0.5, 0.5], [-0.25, 0.4], [0.15, 0.38]]) * side
    left = np.concatenate([np.tile(bands[:, 0], (count, 1)), aside - 0.03], axis=1)
    right = np.concatenate([np.tile(bands[:, 1], (count, 1)), aside + 0.03], axis=1)
    start = np.concatenate([np.zeros((count, 3)), low], axis=1)
    end = np.concatenate([np.ones((count, 3)), low + 0.07], axis=1)
    across_it, along = (
        np.stack([left, right, right, left], axis=-1),
        np.stack([start, start, end, end], axis=-1),
    )
    foot, top, reach = (
        at(x, y),
        at(lean, -1) * (y + 0.1)[:, None],
        (wide[:, None, None] * (1.25 - 0.45 * along)),
    )
    outlines = foot[:, None, None] + along[..., None] * top[:, None, None]
    outlines[..., 0] += reach * across_it
    shades = light.shades(random, palette.BARK) * bright[:, None, None]
    shades += (0.6 * (1 - depth))[:, None, None] * (light.haze - shades)
    steps = np.concatenate([np.arange(3), np.arange(16) % 4])
    tones = shades[:, steps]
    tones[:, 3::4] *= 0.75
    stage.fill_each(outlines.reshape(-1, 4, 2), tones.reshape(-1, 3))


def twigs(stage: Stage, count: int) -> None:
    """Thin straight things in all directions."""
    starts = stage.random.uniform(0, 1, size=(count, 2))
    ends = starts + stage.near * stage.random.uniform(-0.12, 0.12, size=(count, 2))
    paths = np.stack([starts, ends], axis=1)
    for part in range(3):
        stage.lines(
            paths[part::3], 0.006 * stage.near, stage.light.tone(stage.random, palette.BARK)
        )


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
