"""Rooms, shelves, tables and a photographer's studio."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.chance import often, one_of, some, within
from partonomy.datasets.partworld.fields import Field, clouds, mixed, profile, ramp
from partonomy.datasets.partworld.outlines import at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import across, down, glow, ground, lay, smooth
from partonomy.datasets.partworld.scenes.furniture import (
    cloth,
    floor_boards,
    picture,
    row,
    rug,
    running,
    shelf,
    skirting,
    tiled,
)
from partonomy.datasets.partworld.scenes.light import Light, indoors
from partonomy.datasets.partworld.scenes.palette import Colours, between, gradient
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def room(random: Generator, size: int) -> Stage:
    """A papered or painted wall above floor boards, with pictures and shelves on it."""
    light, level = indoors(random), random.uniform(0.5, 0.92)
    view = papered(random, size, light.shades(random, one_of(random, palette.PAPERS), 0.5))
    daylight(random, view, light)
    wood = light.shades(random, palette.WOOD, 0.7)
    lay(view, level, clouds(random, size, 14, 3, 4), wood)
    stage = Stage(random, view, light, level, 0.4, ("indoors", "hung"))
    floor_boards(stage, level, wood)
    if often(random, 0.4):
        rug(stage, level)
    trim = one_of(random, (palette.WHITE, palette.BROWN))
    skirting(stage, level, light.shades(random, trim, 0.4))
    furnish(stage, random.uniform(0.25, 0.5), 0.75)
    return stage


@scene
def shelves(random: Generator, size: int) -> Stage:
    """A wall of shelves, full of books, boxes and vases."""
    light, high = indoors(random), random.uniform(0.2, 0.38)
    wood = palette.WOOD if often(random, 0.6) else palette.PLASTER
    back = light.shades(random, wood, 0.8)
    view = gradient(0.15 + 0.2 * clouds(random, size, 5, 3), back)
    stage = Stage(random, view, light, 0.8, 0.5, ("indoors", "hung"))
    for level in np.arange(random.uniform(0, high), 1 + high, high):
        shelf(stage, at(-0.05, level), 1.1, 0.82 * high, wood)
    for left in np.arange(random.uniform(0, 0.4), 1, random.uniform(0.4, 0.8)):
        stage.lines(at(left, [[-0.1, 1.1]]), 0.022, back[2])
    return stage


@scene
def tiles(random: Generator, size: int) -> Stage:
    """A tiled wall above a counter."""
    light, level = indoors(random), random.uniform(0.6, 1.0)
    kind = one_of(random, palette.PAPERS if often(random, 0.7) else palette.PAINTS)
    shades = light.shades(random, kind, 0.35)
    view = gradient(0.5 + 0.3 * clouds(random, size, 3, 4), shades)
    daylight(random, view, light)
    slab = light.shades(random, one_of(random, (palette.WOOD, palette.STONE)), 0.8)
    lay(view, level, ground(random, size, level - 0.5, 6, top=level), slab)
    stage = Stage(random, view, light, level, 0.5, ("indoors", "hung"))
    tiled(stage, level, light.tones(random, kind, 6), between(shades[3], light.cast, 0.5))
    stage.lines(row(level), 0.012, slab[0])
    furnish(stage, random.uniform(0.4, 0.8), 0.5)
    return stage


@scene
def table(random: Generator, size: int) -> Stage:
    """A table's top before a room out of focus."""
    light, level = indoors(random), random.uniform(0.3, 0.75)
    view, wood = far_room(random, size, light), light.shades(random, palette.WOOD)
    grain = clouds(random, size, 14, 3, 8) + 0.5 - np.abs(ramp(size, random.uniform(0, 180)))
    lay(view, level, grain, wood)
    stage = Stage(random, view, light, level, 0.3, ("indoors",))
    joints = running(np.arange(-1.5, 2.6, random.uniform(0.2, 0.4)), level, 0.4)
    stage.lines(joints, 0.006, wood[0])
    if often(random, 0.4):
        cloth(stage, level)
    return stage


@scene
def studio(random: Generator, size: int) -> Stage:
    """A backdrop that runs out into the floor, under soft lamps."""
    light, bend = indoors(random), random.uniform(0.55, 0.85)
    shades = light.shades(random, palette.FABRIC, random.uniform(0.5, 1.1))
    mottle = random.uniform(0.15, 0.4) * clouds(random, size, random.uniform(2, 6), 4)
    lamp = 0.6 * glow(size, random.uniform(0.1, 0.9, size=2), random.uniform(0.3, 0.6))
    floor = smooth((down(size) - bend) / 0.15)
    folds = one_of(random, (0.0, 0.25)) * profile(random, size, 9, 2)
    tone = 0.2 + mottle + lamp + random.uniform(-0.6, 0.6) * floor + folds * (1 - floor)
    return Stage(random, gradient(tone, shades), light, bend, 0.35, ("indoors",))


def papered(random: Generator, size: int, shades: Colours) -> Field:
    """A painted wall, or paper with stripes or waves."""
    stains = 0.5 * clouds(random, size, 3, 5)
    pattern, turns = random.random(), random.uniform(6, 20) * 2 * np.pi
    if pattern < 0.3:
        stains += 0.5 * smooth(8 * np.sin(across(size) * turns) + random.uniform(-4, 4))
    elif pattern < 0.55:
        waves = np.sin(across(size) * turns + 2 * np.sin(down(size) * turns / 2))
        stains += 0.45 * waves * np.sin(down(size) * turns)
    return gradient(0.45 + 0.35 * stains, shades)


def daylight(random: Generator, view: Field, light: Light) -> None:
    """What at times falls in through a window: a slanted patch with bars, in place."""
    if often(random, 0.5):
        return
    size = len(view)
    left, top, wide, tall = within(random, (0.0, 0.0, 0.2, 0.3), (0.7, 0.4, 0.4, 0.6))
    v = (down(size) - top) / tall
    u = (across(size) - left + 0.6 * light.sun[0] * (down(size) - top)) / wide
    inside = np.minimum(np.minimum(u, 1 - u) * wide, np.minimum(v, 1 - v) * tall)
    bars = np.minimum(np.abs(u - 0.5) * wide, np.abs(v - 0.4) * tall) - 0.012
    view[:] = mixed(view, (1.0, 0.94, 0.8), 0.45 * smooth(np.minimum(inside, bars) / 0.03))


def furnish(stage: Stage, apart: float, share: float) -> None:
    """Pictures and shelves along a wall, in that share of the places."""
    random = stage.random
    for left in np.arange(random.uniform(-0.3, 0.2), 1, apart):
        corner, lot = at(left, random.uniform(-0.05, 0.3)), random.random()
        if lot < 0.5 * share:
            picture(stage, corner, random.uniform(0.14, 0.32, size=2))
        elif lot < share:
            shelf(stage, corner + at(0, 0.2), random.uniform(0.2, 0.45), 0.18)


def far_room(random: Generator, size: int, light: Light) -> Field:
    """A wall that the lens is not focused on."""
    small, shades = some(random, 18, 40), light.shades(random, one_of(random, palette.PAPERS))
    wall = gradient(0.5 + 0.35 * clouds(random, small, 4, 2), shades)
    stage = Stage(random, wall, light, 0.8, 0.5)
    furnish(stage, 0.3, 1.0)
    return stage.defocused(size)
