"""Streets, walls and a skyline."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from partonomy.datasets.partworld.fields import cloud, clouds, mixed
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import down, glow, ground, lay, sky, veil
from partonomy.datasets.partworld.scenes.palette import Colours, between, gradient, outdoors
from partonomy.datasets.partworld.scenes.plants import leaves, tree
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
    stage = Stage(random, view, light, horizon, random.uniform(0.8, 1.3), ("yard", "air"))
    vanish = at(random.uniform(0.2, 0.8), horizon)
    half = random.uniform(0.4, 0.75)
    kerb, low = 0.72 * half, 0.3 * (1 - horizon) + 0.12
    for side in (-1, 1):
        flags = at([kerb, half, 0.05 * half, 0.05 * kerb], np.multiply(low, [1, 1, 0.05, 0.05]) * 2.4)
        stage.fill(vanish + flags * (3 * side, 1), between(paving[2], light.haze, 0.2))
        stage.lines((vanish + flags[[0, 3]] * (3 * side, 1))[None], 0.008, paving[3])
        away = 0.4 + np.cumsum(random.uniform(0.3, 0.9, size=8))
        for far, near in zip(away[:0:-1], away[-2::-1], strict=True):
            foot = (side * half, 0.8 * low)
            building(stage, vanish, foot, (1 / far, 1 / near), random.uniform(0.5, 1.4))
        posts(stage, vanish, (side * 0.95 * kerb, 0.8 * low))
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
    lay(view, np.full(size, level), ground(random, size, level - 0.5, 7), flags)
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
    stage = Stage(random, view, light, horizon, random.uniform(0.6, 1.1), ("afloat", "air"))
    if light.cast[0] < 0.9:
        stars(stage, 60)
    for distance in (0.6, 0.25):
        tone = between(light.zenith * 0.5, light.haze, distance)
        blocks(stage, horizon, tone, 0.22 + 0.2 * distance)
    lamps(stage, horizon)
    return stage


def building(stage: Stage, vanish: Points, foot: tuple[float, float], reach: tuple[float, float], high: float) -> None:
    """A front along the street between two nearnesses, with rows of windows."""
    random, light = stage.random, stage.light
    far = float(np.clip(0.75 - 0.5 * reach[1], 0, 0.75))
    material = palette.BRICK if random.random() < 0.4 else palette.PLASTER
    shades = between(light.shades(random, material), light.haze, np.full(4, far))
    sunny = 2 if foot[0] * light.sun[0] < 0 else 1

    def place(along: ArrayLike, up: ArrayLike) -> Points:
        # Evenly along the street is evenly in 1 / nearness.
        nearness = 1 / (1 / reach[1] + np.asarray(along) * (1 / reach[0] - 1 / reach[1]))
        return vanish + nearness[..., None] * at(foot[0], foot[1]) - nearness[..., None] * at(0 * nearness, np.asarray(up) * high)

    corners = place(np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1]))
    stage.fill(corners, shades[sunny])
    rows, columns = int(random.integers(3, 7)), int(random.integers(2, 5))
    along, up = (np.repeat((np.arange(columns) + 0.22) / columns, rows), np.tile((np.arange(rows) + 0.25) / rows, columns))
    wide, tall = 0.5 / columns, 0.55 / rows
    frames = place(along[:, None] + np.array([0, 1, 1, 0]) * wide, up[:, None] + np.array([0, 0, 1, 1]) * tall)
    glass = between(light.tones(random, palette.METAL, len(along)), light.haze, np.full(len(along), max(0.15, far)))
    lit = random.random(len(along)) < (0.5 if light.cast[0] < 0.7 else 0.05)
    glass[lit] = between(np.array([1.0, 0.8, 0.45]), light.haze, far)
    stage.fill_each(frames, glass)
    for level, width in ((1.0, 0.03), (0.99 / rows, 0.012)):
        edge = place(np.array([0, 1]), np.array([level, level]))
        stage.lines(edge[None], width * reach[1] * 0.5, shades[3 if level == 1 else 0])


def posts(stage: Stage, vanish: Points, foot: tuple[float, float]) -> None:
    """Street lamps, smaller and smaller."""
    colour = stage.light.tone(stage.random, palette.METAL) * 0.5
    inward = -float(np.sign(foot[0]))
    start = stage.random.uniform(1.0, 2.0)
    for nearness in start / np.arange(5, 0, -1):
        base = vanish + nearness * at(*foot)
        head = base - nearness * at(0, 0.75)
        arm = head + nearness * at(0.1 * inward, -0.03)
        tone = between(colour, stage.light.haze, max(0.0, 0.6 - 0.5 * nearness))
        stage.lines(np.stack([base, head, arm])[None], 0.018 * nearness, tone)
        glow_there = np.array([1.0, 0.9, 0.65]) if stage.light.cast[0] < 0.75 else tone * 1.2
        stage.dots(arm[None], 0.045 * nearness, glow_there)


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
    leaves(stage, places, lengths, stage.light.shades(random, palette.LEAVES))


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
