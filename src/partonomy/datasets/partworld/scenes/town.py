"""Streets, walls and a skyline."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from partonomy.datasets.partworld.fields import cloud, clouds, mixed
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import down, ground, lay, sky, veil
from partonomy.datasets.partworld.scenes.palette import Colours, between, gradient, outdoors
from partonomy.datasets.partworld.scenes.plants import leaves, tree, whirled
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage


@scene
def street(random: Generator, size: int) -> Stage:
    """A street between two rows of buildings, which meet far away."""
    light, horizon = outdoors(random), random.uniform(0.35, 0.7)
    view = sky(random, size, light, horizon)
    paving = light.shades(random, palette.ASPHALT if random.random() < 0.6 else palette.STONE)
    lay(view, np.full(size, horizon), ground(random, size, horizon, 7), paving)
    veil(view, light, horizon, 0.5)
    stage = Stage(random, view, light, horizon, random.uniform(0.8, 1.3), ("yard", "festive"))
    vanish = at(random.uniform(0.2, 0.8), horizon)
    half = random.uniform(0.4, 0.75)
    kerb, low = 0.72 * half, 0.3 * (1 - horizon) + 0.12
    for side in (-1, 1):
        spread = at([kerb, half, 0.05 * half, 0.05 * kerb], [1, 1, 0.05, 0.05])
        flags = vanish + 3 * spread * (side, 0.8 * low)
        stage.fill(flags, between(paving[2], light.haze, 0.2))
        stage.lines(flags[[0, 3]][None], 0.008, paving[3])
        buildings(stage, vanish, at(side * half, 0.8 * low))
        posts(stage, vanish, at(side * 0.95 * kerb, 0.8 * low))
    if random.random() < 0.5:
        avenue(stage, vanish, (kerb, low))
    return stage


@scene
def wall(random: Generator, size: int) -> Stage:
    """A wall of bricks or plaster above a pavement, with windows, posters or ivy."""
    light, level = outdoors(random), random.uniform(0.55, 0.95)
    bricks_there = random.random() < 0.6
    shades = light.shades(random, palette.BRICK if bricks_there else palette.PLASTER)
    stains = clouds(random, size, 4, 4) * 0.8 + 0.3 * cloud(random, size, 90)
    view = gradient(0.5 + 0.4 * stains + 0.1 * (0.5 - down(size)), shades)
    flags = light.shades(random, palette.ASPHALT if random.random() < 0.5 else palette.STONE)
    lay(view, np.full(size, level), ground(random, size, level - 0.5, 7, top=level), flags)
    stage = Stage(random, view, light, level - 0.35, random.uniform(0.8, 1.2), ("yard", "hung"))
    if bricks_there:
        bricks(stage, level, shades)
    slabs(stage, level, flags)
    for left in np.arange(random.uniform(-0.3, 0.1), 1, random.uniform(0.35, 0.7)):
        if random.random() < 0.6:
            pane(stage, at(left, random.uniform(0.0, 0.12)), at(0.22, 0.34), shades)
    stage.lines(at([[-0.1, 1.1]], [[level, level]]), 0.025, shades[0] * 0.8)
    if random.random() < 0.4:
        ivy(stage)
    return stage


@scene
def skyline(random: Generator, size: int) -> Stage:
    """A town at dusk or at night across the water, with its lights."""
    light = outdoors(random, ("dusk", "night", "night", "evening"))
    horizon = random.uniform(0.4, 0.85)
    view = sky(random, size, light, horizon, clear=0.6)
    glowing = (*(np.array([1.0, 0.75, 0.45]) * (0.4 + light.cast * 0.5)),)
    band = np.exp(-(((down(size) - horizon) / 0.16) ** 2))
    view = mixed(view, glowing, np.broadcast_to(0.55 * band, (size, size)))
    water = light.shades(random, palette.WATER) * 0.7
    waves = cloud(random, size, 30, 5) + 0.7 * cloud(random, size, 70, 6)
    lay(view, np.full(size, horizon), waves - 0.6, np.concatenate([water, light.haze[None]]))
    stage = Stage(random, view, light, horizon, random.uniform(0.6, 1.1), ("afloat", "festive"))
    if light.cast[0] < 0.9:
        stars(stage, 60)
    for distance in (0.6, 0.25):
        tone = between(light.zenith * 0.5, light.haze, distance)
        blocks(stage, horizon, tone, 0.22 + 0.2 * distance)
    lamps(stage, horizon)
    return stage


def buildings(stage: Stage, vanish: Points, foot: Points) -> None:
    """Fronts along one side of a street, with rows of windows."""
    random, light, count = stage.random, stage.light, 7
    away = 0.35 + np.cumsum(random.uniform(0.25, 1.0, size=count + 1))
    haze = (0.12 * away[:-1] - 0.1).clip(0, 0.75)[:, None]
    high, deep = random.uniform((0.5, 0.0), (1.4, 0.3), size=(count, 2)).T
    sides = np.diff(away)

    def place(house: ArrayLike, along: ArrayLike, up: ArrayLike) -> Points:
        """Where the corners (n, 4) of squares on the fronts of houses (n, 1) are seen."""
        distance = (away[house] + along * sides[house])[..., None]
        return vanish + (foot - at(0 * house * up, up * high[house])) / distance

    lot = np.arange(count)[::-1, None]
    along, up = np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])
    kinds = np.array([palette.BRICK, palette.PLASTER])[random.integers(2, size=count)]
    walls = light.shaded(random.uniform(kinds[:, 0], kinds[:, 1]))
    walls += haze[..., None] * (light.haze - walls)
    stage.fill_each(place(lot, along, up), walls[::-1, 2 if foot[0] * light.sun[0] < 0 else 1])
    stage.fill_each(place(lot, along, 0.96 + 0.06 * up), walls[::-1, 3])
    stage.fill_each(place(lot, along, 0.18 + 0.02 * up), walls[::-1, 0])
    storey, column, house = np.indices((5, 4, count)).reshape(3, -1, 1)
    panes = place(house, (column + 0.25 + 0.5 * along) / 4, 0.03 + (storey + 0.2 + 0.6 * up) / 5.2)
    glass = light.tone(random, palette.METAL) * random.uniform(0.7, 1.1, size=(len(panes), 1))
    lit = random.random(len(panes)) < (0.5 if light.cast[0] < 0.7 else 0.05)
    glass[lit] = (1.0, 0.8, 0.45)
    glass += haze[house[:, 0]].clip(0.15) * (light.haze - glass)
    stage.fill_each(panes, glass)


def posts(stage: Stage, vanish: Points, foot: Points) -> None:
    """Street lamps, smaller and smaller."""
    nearness = stage.random.uniform(1.0, 2.0) / np.arange(5, 0, -1)[:, None]
    metal = stage.light.tone(stage.random, palette.METAL) * 0.5
    tones = between(metal, stage.light.haze, (0.6 - 0.5 * nearness[:, 0]).clip(0))
    base = vanish + nearness * foot
    head = base - nearness * at(0, 0.75)
    arm = head - nearness * at(0.1 * np.sign(foot[0]), 0.03)
    wide = 0.009 * nearness * at(1, 0)
    stage.fill_each(np.stack([base - wide, base + wide, head + wide, head - wide], axis=1), tones)
    thick = wide[:, ::-1]
    stage.fill_each(np.stack([head - thick, head + thick, arm + thick, arm - thick], axis=1), tones)
    alight = stage.light.cast[0] < 0.75
    bulbs = np.tile([1.0, 0.9, 0.65], (5, 1)) if alight else 1.2 * tones
    stage.discs(arm, 0.022 * nearness[:, 0], bulbs)


def avenue(stage: Stage, vanish: Points, foot: tuple[float, float]) -> None:
    """Trees on both sides of a street."""
    kind = palette.AUTUMN if stage.random.random() < 0.25 else palette.LEAVES
    for nearness in stage.random.uniform(0.9, 1.4) / np.arange(4, 0, -1):
        for side in (-1, 1):
            tree(stage, vanish + nearness * at(side * foot[0], foot[1]), kind, 0.6 * nearness)


def bricks(stage: Stage, level: float, shades: Colours) -> None:
    """Courses of bricks, each of its own tone, down to the pavement."""
    random = stage.random
    high = random.uniform(0.035, 0.075)
    wide = 2.4 * high
    rows, columns = np.arange(0, level, high), np.arange(-1, 1 / wide + 1) * wide
    corner = at(columns + 0 * rows[:, None], rows[:, None] + 0 * columns)
    corner[1::2, :, 0] += wide / 2
    corner = corner.reshape(-1, 2)
    brick = at([0.08, 1, 1, 0.08], [0.15, 0.15, 1, 1]) * (wide, high)
    own = shades[random.integers(1, 4, size=len(corner))]
    shown = random.random(len(corner)) < 0.7
    tones = between(stage.seen(corner + (wide / 2, high / 2)), own, np.full(len(corner), 0.45))
    for course in np.concatenate([rows, rows[-1:] + high])[None].T:
        stage.lines(at([[0, 1]], [[course[0], course[0]]]), 0.12 * high, shades[0])
    stage.fill_each(corner[shown, None] + brick, tones[shown])


def slabs(stage: Stage, level: float, shades: Colours) -> None:
    """The joints of a pavement, which run together far away."""
    rows = level + (1 - level) * np.array([0.12, 0.32, 0.62, 1.0])
    across_it = np.stack([at(np.zeros(4) - 0.1, rows), at(np.zeros(4) + 1.1, rows)], axis=1)
    feet = np.arange(-1.5, 2.6, 0.28) + stage.random.uniform(0, 0.28)
    heads = 0.5 + (feet - 0.5) * 0.6
    along = np.stack([at(heads, 0 * heads + level), at(feet, 0 * feet + 1.02)], axis=1)
    stage.lines(np.concatenate([across_it, along]), 0.006, shades[0])


def pane(stage: Stage, corner: Points, extent: Points, shades: Colours) -> None:
    """A window in a wall: a frame, the sky in its glass, bars and a sill."""
    random, light = stage.random, stage.light
    square = at([0, 1, 1, 0], [0, 0, 1, 1])
    frame = light.tone(random, palette.PAINTS[random.integers(len(palette.PAINTS))])
    stage.fill(corner + extent * square, frame)
    glass = between(light.zenith, light.tone(random, palette.METAL) * 0.5, random.uniform(0.3, 1))
    stage.fill(corner + extent * (0.08 + 0.84 * square), glass)
    sheen = corner + extent * at([0.08, 0.5, 0.25, 0.08], [0.08, 0.08, 0.92, 0.92])
    stage.fill(sheen, between(glass, light.haze, 0.3))
    bars = np.array([[[0.5, 0.05], [0.5, 0.95]], [[0.05, 0.4], [0.95, 0.4]]])
    stage.lines(corner + extent * bars, 0.015, frame)
    sill = corner + extent * np.array([[[-0.08, 1.02], [1.08, 1.02]]])
    stage.lines(sill, 0.03, shades[3])


def ivy(stage: Stage) -> None:
    """Leaves that climb a wall from one side."""
    random = stage.random
    count = 110
    away = random.random(count) ** 2 * random.uniform(0.2, 0.6)
    side = random.random() < 0.5
    places = at(1 - away if side else away, random.uniform(-0.05, 0.9, size=count))
    lengths = random.uniform(0.03, 0.07, size=count)
    leaves(stage, places, whirled(random, lengths), stage.light.shades(random, palette.LEAVES))


def stars(stage: Stage, count: int) -> None:
    places = stage.random.uniform((0, 0), (1, stage.horizon), size=(count, 2))
    for part, width in enumerate((0.002, 0.004, 0.006)):
        some = places[: count >> part]
        stage.dots(some, width, between(stage.seen(some[0]), np.ones(3), 0.5 + 0.2 * part))


def blocks(stage: Stage, level: float, tone: Colours, high: float) -> None:
    """A row of towers against the sky with lit windows."""
    random = stage.random
    lefts = np.cumsum(random.uniform(0.04, 0.13, size=16)) - 0.15
    wide = random.uniform(0.05, 0.12, size=16)
    tall = high * random.uniform(0.15, 1.0, size=16)
    square = at([0, 1, 1, 0], [0, 0, -1, -1])
    towers = at(lefts, 0 * lefts + level)[:, None] + square * at(wide, tall)[:, None]
    stage.fill_each(towers, np.tile(tone, (16, 1)) * random.uniform(0.8, 1.2, size=(16, 1)))
    which = random.integers(16, size=150)
    u, v = random.integers(1, 5, size=150) / 5, random.uniform(0.05, 0.95, size=150)
    windows = at(lefts[which] + u * wide[which], level - v * tall[which])
    for part, colour in enumerate(([1.0, 0.8, 0.45], [0.95, 0.9, 0.75], [0.7, 0.8, 0.9])):
        lit = between(tone, np.array(colour), random.uniform(0.5, 0.9))
        stage.dots(windows[part::3], 0.006, lit)


def lamps(stage: Stage, level: float) -> None:
    """Blurred lights along the shore, and their streaks on the water."""
    random = stage.random
    count = int(random.integers(6, 16))
    x = random.uniform(0, 1, size=count)
    warm = between(np.array([1.0, 0.65, 0.3]), np.array([0.95, 0.95, 0.9]), random.random(count))
    places = at(x, level - random.uniform(0, 0.05, size=count))
    for place, colour, tall in zip(places, warm, random.uniform(0.1, 0.5, size=count), strict=True):
        y = np.linspace(level + 0.01, level + tall * (1 - level) + 0.02, 14)
        lefts = place[0] + random.uniform(-0.02, 0.02, size=14) * np.linspace(0.3, 1.5, 14)
        paths = np.stack([at(lefts, y), at(lefts + 0.02, y)], axis=1)
        stage.lines(paths, 0.004, between(stage.seen(paths[7, 0]), colour, 0.6))
    here = stage.seen(places)
    stage.discs(places, np.full(count, 0.016), between(here, warm, np.full(count, 0.5)))
    stage.discs(places, np.full(count, 0.007), warm)
