"""Among plants: forests, leaves close by, gardens."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.chance import often, one_of, some, within
from partonomy.datasets.partworld.fields import clouds, mixed
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import beams, glow, ground, lay, ridges, sky, veil
from partonomy.datasets.partworld.scenes.light import outdoors
from partonomy.datasets.partworld.scenes.palette import Colours, between, gradient
from partonomy.datasets.partworld.scenes.plants import (
    ferns,
    flowers,
    grass,
    leafage,
    leaves,
    trees,
    whirled,
)
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def forest(random: Generator, size: int) -> Stage:
    """Trunks before blurred foliage with discs of light."""
    light = outdoors(random, ("noon", "morning", "evening", "overcast", "storm"))
    kind, horizon = leafage(random), random.uniform(0.45, 0.85)
    noise = clouds(random, size, random.uniform(3, 7), 3)
    view = gradient(0.45 + 0.4 * noise, light.shades(random, kind))
    x, y, wide = within(random, (0.1, 0.0, 0.15), (0.9, 0.6, 0.4))
    view = mixed(view, tuple(light.haze), 0.85 * glow(size, (x, y), wide))
    soil = light.shades(random, one_of(random, (palette.EARTH, palette.MOSS)))
    lay(view, ridges(random, size, horizon, 0.04, 3), ground(random, size, horizon), soil)
    veil(view, light, horizon, 0.5)
    if often(random, 0.5):
        beams(random, view, light, random.uniform(0.2, 0.45))
    stage = Stage(random, view, light, horizon, 0.06, ("field", "meadow", "leafy"))
    if often(random, 0.7):
        bokeh(stage, some(random, 15, 40), 0.4)
    trunks(stage, some(random, 5, 11))
    ferns(stage, kind, some(random, 3, 8))
    return stage


@scene
def foliage(random: Generator, size: int) -> Stage:
    """Leaves on their stems close by, before others out of focus."""
    light, small = outdoors(random), some(random, 24, 44)
    shades = light.shades(random, leafage(random))
    glade = random.uniform(0, 0.8) * glow(small, random.uniform(0, 1, size=2), 0.25)
    backdrop = gradient(0.5 + 0.4 * clouds(random, small, 4, 2), shades)
    far = Stage(random, mixed(backdrop, tuple(light.haze), glade), light, -0.1, 2.0)
    strewn(far, 40, 0.2, shades)
    bokeh(far, some(random, 10, 30), 0.5)
    view = far.defocused(size)
    stage = Stage(random, view, light, -0.1, 2.0, ("leafy", "orchard", "festive"))
    for _ in range(some(random, 4, 8)):
        spray(stage, shades * random.uniform(0.7, 1.3))
    return stage


@scene
def litter(random: Generator, size: int) -> Stage:
    """The forest's floor from above: fallen leaves, needles and twigs."""
    light = outdoors(random)
    soil = palette.EARTH if often(random, 0.7) else palette.MOSS
    view = gradient(0.5 + 0.4 * clouds(random, size, 9, 4), light.shades(random, soil))
    stage = Stage(random, view, light, -0.1, 2.0, ("fallen",))
    shades = light.shades(random, leafage(random, 0.7))
    for bright in (0.85, 1.15):
        twigs(stage, 25)
        strewn(stage, 45, 0.13 * stage.near, bright * shades)
    return stage


@scene
def garden(random: Generator, size: int) -> Stage:
    """A lawn and flower beds before a hedge, with or without a fence."""
    light, horizon = outdoors(random), random.uniform(0.25, 0.75)
    view = sky(random, size, light, horizon)
    hedge = ridges(random, size, horizon - random.uniform(0.05, 0.35), 0.02, 4)
    green = light.shades(random, palette.LEAVES)
    lay(view, hedge, clouds(random, size, 20, 3), green, until=horizon + 0.05)
    turf = light.shades(random, one_of(random, (palette.LAWN, palette.MOSS)), 0.8)
    lay(view, ridges(random, size, horizon, 0.005, 3), ground(random, size, horizon), turf)
    stage = Stage(random, view, light, horizon, 0.1, ("field", "yard", "sky"))
    if often(random, 0.5):
        trees(stage, palette.LEAVES, 2)
    if often(random, 0.6):
        fence(stage, at(0, horizon + 0.02), random.uniform(0.12, 0.3))
    bed(stage, horizon + 0.04)
    grass(stage, turf, 40)
    if often(random, 0.5):
        flowers(stage, 40)
    return stage


def bokeh(stage: Stage, count: int, share: float) -> None:
    """Discs of light, as a lens out of focus draws bright points."""
    random = stage.random
    places = within(random, (0, 0), (1, 0.8), size=(count, 2))
    radii = random.uniform(0.015, 0.06) * random.uniform(0.7, 1.2, size=count)
    bright = between(stage.light.haze, np.ones(3), random.uniform(0, 0.6, size=count))
    tones = between(stage.seen(places), bright, random.uniform(0, share, size=count))
    stage.discs(places, radii, tones)


def strewn(stage: Stage, count: int, length: float, shades: Colours) -> None:
    """Leaves all over the picture."""
    places = stage.random.uniform(-0.1, 1.1, size=(count, 2))
    lengths = length * stage.random.uniform(0.5, 1.5, size=count)
    leaves(stage, places, whirled(stage.random, lengths), shades)


def spray(stage: Stage, shades: Colours) -> None:
    """A stem from anywhere to anywhere, with leaves on both sides."""
    random = stage.random
    start, middle = random.uniform(-0.2, 1.2, size=(2, 2))
    end = middle + 0.8 * (middle - start) + random.uniform(-0.2, 0.2, size=2)
    along = np.arange(14)[:, None] / 13
    stem = start + along * (2 * (middle - start) + along * (start - 2 * middle + end))
    stage.lines(stem[None], 0.01, 0.8 * shades[0])
    onward = np.gradient(stem, axis=0)
    onward *= random.uniform(0.06, 0.11, size=(14, 1)) / (np.hypot(*onward.T)[:, None] + 1e-9)
    outward = onward[:, ::-1] * (-1, 1)
    outward[::2] *= -1
    leaves(stage, stem, onward + outward, shades)


def trunks(stage: Stage, count: int) -> None:
    """Trunks that leave the picture above, hazier the farther, with furrows in their bark."""
    random, light, furrows = stage.random, stage.light, 16
    depth = np.sort(random.uniform(0, 1, size=count))[:, None, None]
    foot = stage.feet(1.1 * depth.ravel() ** 2)[:, None, None]
    low, high = (-0.15, 0.7, 0.8), (0.15, 1.3, 1.2)
    lean, thick, bright = within(random, low, high, size=(count, 3)).T[..., None, None]
    # Each band or furrow: its left and right in widths, its lower and upper end in heights.
    bands = np.array([(-0.5, 0.5, 0, 1), (-0.25, 0.4, 0, 1), (0.15, 0.38, 0, 1)])
    bands = np.broadcast_to(bands * (light.side, light.side, 1, 1), (count, 3, 4))
    x, y = np.moveaxis(within(random, (-0.42, 0), (0.42, 0.9), size=(count, furrows, 2)), -1, 0)
    carved = np.stack([x - 0.03, x + 0.03, y, y + 0.07], axis=-1)
    quads = np.concatenate([bands, carved], axis=1)
    aside, up = quads[..., [0, 1, 1, 0]], quads[..., [2, 2, 3, 3]]
    tall, wide = foot[..., 1] + 0.1, stage.near * (0.02 + 0.1 * depth**2) * thick
    outlines = foot + at(aside * wide * (1.25 - 0.45 * up) + up * lean * tall, -up * tall)
    shades = light.shades(random, palette.BARK) * bright
    shades = between(shades, light.haze, 0.6 * (1 - depth[..., 0]))
    tones = shades[:, [0, 1, 2, *(np.arange(furrows) % 4)]]
    tones[:, 3::4] *= 0.75
    stage.fill_each(outlines, tones)


def twigs(stage: Stage, count: int) -> None:
    """Thin straight things in all directions."""
    starts = stage.random.uniform(0, 1, size=(count, 2))
    ends = starts + stage.near * stage.random.uniform(-0.12, 0.12, size=(count, 2))
    for part in range(3):
        tone = stage.light.tone(stage.random, palette.BARK)
        stage.lines(np.stack([starts, ends], axis=1)[part::3], 0.006 * stage.near, tone)


def fence(stage: Stage, foot: Points, tall: float) -> None:
    """Pickets on two rails."""
    random = stage.random
    kind = one_of(random, (palette.WHITE, palette.WOOD))
    shades = stage.light.shades(random, kind, 0.5)
    wide = tall * random.uniform(0.12, 0.22)
    lefts = 1.6 * wide * np.arange(-random.random(), 0.7 / wide)
    picket = at([0, 1, 1, 0.5, 0], [0, 0, -0.88, -1, -0.88]) * (wide, tall)
    stage.lines(
        foot + at([[-0.1, 1.1]] * 2, tall * np.array([[-0.25], [-0.72]])), 0.1 * tall, shades[1]
    )
    outlines = foot + picket + at(lefts, 0)[:, None]
    front = shades[random.integers(2, 4, size=len(lefts))]
    stage.fill_each(outlines + at(0.25 * wide, 0), np.tile(shades[0], (len(lefts), 1)))
    stage.fill_each(outlines, front)


def bed(stage: Stage, level: float) -> None:
    """Leaves in a row, with flowers of three kinds."""
    random = stage.random
    places = within(random, (-0.05, level - 0.01), (1.05, level + 0.06), size=(40, 2))
    green = stage.light.shades(random, palette.LEAVES)
    leaves(stage, places, whirled(random, np.full(40, 0.05)), green)
    for wide in (0.012, 0.02, 0.03):
        patch = at(random.uniform(0, 1), level)
        blossoms = patch + within(random, (-0.3, -0.05), (0.3, 0.05), size=(25, 2))
        shades = stage.light.shades(random, palette.BLOSSOM)
        stage.dots(blossoms, wide, shades[1])
        stage.dots(blossoms - 0.15 * wide, 0.5 * wide, shades[3])
