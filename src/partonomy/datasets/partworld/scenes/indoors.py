"""Rooms, shelves, tables and a photographer's studio."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.fields import Field, blurred, cloud, clouds, mixed, profile, ramp
from partonomy.datasets.partworld.outlines import Points, at, ellipse
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.backdrop import across, down, glow, ground, lay, smooth
from partonomy.datasets.partworld.scenes.palette import Colours, Light, Range, between, gradient, indoors, rgb
from partonomy.datasets.partworld.scenes.registry import scene
from partonomy.datasets.partworld.scenes.stage import Stage

_SQUARE = at([0, 1, 1, 0], [0, 0, 1, 1])


@scene
def room(random: Generator, size: int) -> Stage:
    """A papered or painted wall above floor boards, with pictures and shelves on it."""
    light, level = indoors(random), random.uniform(0.5, 0.92)
    shades = light.shades(random, palette.PAPER, 0.5)
    view = papered(random, size, shades)
    daylight(random, view, light)
    boards = light.shades(random, palette.WOOD, 0.7)
    grain = cloud(random, size, 50, 6) + clouds(random, size, 5, 2, 2)
    lay(view, np.full(size, level), grain, boards)
    stage = Stage(random, view, light, level - 0.4, random.uniform(0.8, 1.3), ("indoors", "hung"))
    floor_boards(stage, level, boards)
    if random.random() < 0.4:
        rug(stage, level)
    skirting(stage, level, light.shades(random, palette.PAINTS[random.choice([7, 9])], 0.4))
    for left in np.arange(random.uniform(-0.2, 0.2), 1, random.uniform(0.25, 0.5)):
        corner = at(left, random.uniform(0.0, 0.3))
        kind = random.random()
        if kind < 0.45:
            picture(stage, corner, random.uniform(0.12, 0.3, size=2))
        elif kind < 0.75:
            shelf(stage, corner + at(0, 0.2), random.uniform(0.2, 0.45), 0.16)
    return stage


@scene
def shelves(random: Generator, size: int) -> Stage:
    """A wall of shelves, full of books, boxes and vases."""
    light = indoors(random)
    back = light.shades(random, palette.WOOD if random.random() < 0.6 else palette.PLASTER, 0.8)
    view = gradient(0.15 + 0.2 * clouds(random, size, 5, 3), back)
    stage = Stage(random, view, light, -2.0, 1.0, ("hung", "indoors"))
    high = random.uniform(0.2, 0.38)
    for level in np.arange(random.uniform(0, high), 1 + high, high):
        shelf(stage, at(-0.05, level), 1.1, 0.82 * high, back)
    for left in np.arange(random.uniform(0, 0.4), 1, random.uniform(0.4, 0.8)):
        stage.lines(at([[left, left]], [[-0.1, 1.1]]), 0.022, back[2])
    return stage


@scene
def tiles(random: Generator, size: int) -> Stage:
    """A tiled wall above a counter."""
    light, level = indoors(random), random.uniform(0.6, 1.0)
    kind = palette.PAINTS[random.integers(len(palette.PAINTS))]
    shades = light.shades(random, kind, 0.35)
    view = gradient(0.5 + 0.3 * clouds(random, size, 3, 4), shades)
    daylight(random, view, light)
    top = light.shades(random, palette.WOOD if random.random() < 0.5 else palette.STONE, 0.8)
    lay(view, np.full(size, level), ground(random, size, level - 0.5, 6), top)
    stage = Stage(random, view, light, level - 0.5, random.uniform(0.9, 1.4), ("indoors", "hung"))
    tiled(stage, level, light.tones(random, kind, 6), between(shades[3], light.cast, 0.5))
    stage.lines(at([[-0.1, 1.1]], [[level, level]]), 0.012, top[0])
    if random.random() < 0.5:
        shelf(stage, at(random.uniform(-0.2, 0.6), random.uniform(0.2, 0.45)), 0.5, 0.16)
    return stage


@scene
def table(random: Generator, size: int) -> Stage:
    """A table's top before a room out of focus."""
    light, level = indoors(random), random.uniform(0.3, 0.75)
    wall = light.shades(random, palette.PAPER)
    view = gradient(0.5 + 0.35 * clouds(random, size, 4, 3), wall)
    behind = Stage(random, view, light, -1.0, 1.5, ())
    for left in np.arange(random.uniform(-0.3, 0), 1, 0.3):
        corner = at(left, random.uniform(-0.1, 0.4))
        if random.random() < 0.5:
            picture(behind, corner, random.uniform(0.15, 0.4, size=2))
        else:
            shelf(behind, corner + at(0, 0.2), 0.35, 0.2)
    view = blurred(behind.picture(), random.uniform(0.015, 0.03) * size)
    wood = light.shades(random, palette.WOOD)
    grain = cloud(random, size, 60, 8) + clouds(random, size, 6, 2, 4)
    grain += 0.5 - 1.0 * np.abs(ramp(size, random.uniform(0, 180)))
    lay(view, np.full(size, level), grain, wood)
    stage = Stage(random, view, light, level - 0.25, random.uniform(1.0, 1.5), ("indoors",))
    feet = np.arange(-1.5, 2.6, random.uniform(0.2, 0.4))
    joints = np.stack([at(0.5 + 0.4 * (feet - 0.5), 0 * feet + level), at(feet, 0 * feet + 1)], axis=1)
    stage.lines(joints, 0.006, wood[0])
    if random.random() < 0.4:
        cloth(stage, level)
    return stage


@scene
def studio(random: Generator, size: int) -> Stage:
    """A backdrop that runs out into the floor, under soft lamps."""
    light = indoors(random)
    kind: Range = ((0, 0.03, 0.35), (360, 0.35, 0.85))
    shades = light.shades(random, kind, random.uniform(0.5, 1.1))
    mottle = clouds(random, size, random.uniform(2, 6), 4) * random.uniform(0.2, 0.9)
    lamp = glow(size, random.uniform((0.2, 0.1), (0.8, 0.7)), random.uniform(0.3, 0.6))
    bend = random.uniform(0.55, 0.85)
    floor = smooth((down(size) - bend) / 0.15) * random.uniform(-0.6, 0.6)
    folds = random.choice([0.0, 0.5]) * profile(random, size, 9, 2) * (1 - smooth((down(size) - bend) / 0.1))
    view = gradient(0.2 + 0.3 * mottle + 0.6 * lamp + floor + 0.4 * folds, shades)
    return Stage(random, view, light, bend - 0.35, random.uniform(0.9, 1.4), ("indoors", "fallen"))


def papered(random: Generator, size: int, shades: Colours) -> Field:
    """A painted wall, or paper with stripes or waves."""
    stains = 0.5 * clouds(random, size, 3, 4) + 0.15 * cloud(random, size, 80)
    kind, count = random.random(), random.uniform(6, 20)
    if kind < 0.3:
        stains += 0.5 * (np.sin(across(size) * count * 2 * np.pi) > random.uniform(-0.5, 0.5))
    elif kind < 0.55:
        waves = np.sin(across(size) * count * 2 * np.pi + 2 * np.sin(down(size) * count * np.pi))
        stains += 0.45 * waves * np.sin(down(size) * count * 2 * np.pi)
    return gradient(0.45 + 0.35 * stains, shades)


def daylight(random: Generator, view: Field, light: Light) -> None:
    """What falls in through a window: a bright slanted patch with the bars' shadow, in place."""
    if random.random() < 0.5:
        return
    size = len(view)
    left, top = random.uniform((0.0, 0.0), (0.7, 0.4))
    wide, tall = random.uniform((0.2, 0.3), (0.4, 0.6))
    u = (across(size) - left + (down(size) - top) * light.sun[0] * 0.6) / wide
    v = (down(size) - top) / tall + 0 * u
    inside = np.minimum(np.minimum(u, 1 - u) * wide, np.minimum(v, 1 - v) * tall)
    bars = np.minimum(np.abs(u - 0.5) * wide, np.abs(v - 0.4) * tall) - 0.012
    share = smooth(np.minimum(inside, bars) / 0.03)
    view[:] = mixed(view, (1.0, 0.94, 0.8), 0.45 * share)


def floor_boards(stage: Stage, level: float, shades: Colours) -> None:
    """Boards that run away from the viewer, each of its own tone."""
    random = stage.random
    width = random.uniform(0.12, 0.25)
    feet = np.arange(-1.2, 2.2, width)
    heads = 0.5 + 0.6 * (feet - 0.5)
    ends = [at(heads, 0 * feet + level), at(feet, 0 * feet + 1.01)]
    some = random.random(len(feet)) < 0.5
    board = np.stack([ends[0][:-1], ends[0][1:], ends[1][1:], ends[1][:-1]], axis=1)[some[1:]]
    middle = board.mean(axis=1)
    tones = between(stage.seen(middle), shades[random.integers(0, 4, size=len(board))], np.full(len(board), 0.4))
    stage.fill_each(board, tones)
    grain = random.uniform((0, 0), (1, 1), size=(60, 2))
    x = 0.5 + (0.6 + 0.4 * grain[:, 1]) * (3 * grain[:, 0] - 1.5)
    y = level + (1 - level) * grain[:, 1]
    streaks = np.stack([at(x, y), at(x + 0.04 * (x - 0.5), y + 0.1 * (1 - level))], axis=1)
    stage.lines(streaks[::2], 0.003, shades[0])
    stage.lines(streaks[1::2], 0.003, shades[3])
    stage.lines(np.stack(ends, axis=1), 0.005, shades[0] * 0.7)


def skirting(stage: Stage, level: float, shades: Colours) -> None:
    """The strip where a wall meets the floor."""
    for height, step in ((-0.02, 2), (-0.042, 3), (0.0, 0)):
        stage.lines(at([[-0.1, 1.1]], [[level + height] * 2]), (0.04, 0.008, 0.006)[step % 3], shades[step])


def tiled(stage: Stage, level: float, tones: Colours, grout: Colours) -> None:
    """Glazed squares or bricks in rows, plain or with a pattern of two colours."""
    random = stage.random
    high = random.uniform(0.06, 0.16)
    wide = high * random.choice([1.0, 1.0, 2.0])
    rows, columns = int(np.ceil(level / high)), int(np.ceil(1 / wide)) + 1
    row, column = np.divmod(np.arange(rows * columns), columns)
    shift = 0.5 * (row % 2) * (wide > high)
    corner = at((column - shift) * wide, level - (row + 1) * high)
    checked = (row + column) % 2 == 0 if random.random() < 0.4 else random.random(len(row)) < 0.08
    base = between(stage.seen(corner + (wide / 2, high / 2)), tones[row * 7 % 5], np.full(len(row), 0.3))
    base[checked] = between(base[checked], tones[5], np.full(checked.sum(), 0.8))
    stage.fill(_SQUARE * (1, level), grout)
    stage.fill_each(corner[:, None] + (0.06 + 0.88 * _SQUARE) * (wide, high), base)
    gleam = at([0.1, 0.5, 0.1], [0.1, 0.1, 0.4]) * (wide, high)
    stage.fill_each(corner[:, None] + gleam, between(base, np.ones(3), np.full(len(row), 0.18)))


def rug(stage: Stage, level: float) -> None:
    """A carpet on the floor, with a border and stripes."""
    random = stage.random
    left, right = random.uniform((-0.2, 0.6), (0.4, 1.2))
    top, low = level + (1 - level) * random.uniform((0.15, 0.7), (0.4, 1.2))
    for inset, kind in zip((0, 0.08, 0.14, 0.3), random.integers(len(palette.PAINTS), size=4), strict=True):
        x = np.array([left + inset * (right - left), right - inset * (right - left)])
        y = np.array([top + inset * (low - top), low - inset * (low - top)])
        corners = at([x[0], x[1], x[1], x[0]], y[[0, 0, 1, 1]])
        corners[:2, 0] = 0.5 + 0.75 * (corners[:2, 0] - 0.5)
        stage.fill(corners, stage.light.tone(random, palette.PAINTS[kind]))


def cloth(stage: Stage, level: float) -> None:
    """Checks on a table."""
    random = stage.random
    tone = stage.light.tone(random, palette.PAINTS[random.integers(len(palette.PAINTS))])
    feet = np.arange(-2, 3, 0.2)
    for part in (0, 1):
        heads = 0.5 + 0.4 * (feet - 0.5)
        stripe = np.stack([at(heads, 0 * feet + level), at(heads + 0.032, 0 * feet + level), at(feet + 0.08, 0 * feet + 1), at(feet, 0 * feet + 1)], axis=1)
        rows = level + (1 - level) * np.array([0.05, 0.3, 0.7])
        band = np.stack([at(0 * rows, rows), at(0 * rows + 1, rows), at(0 * rows + 1, rows + 0.18 * (rows - level + 0.1)), at(0 * rows, rows + 0.18 * (rows - level + 0.1))], axis=1)
        shapes = stripe if part == 0 else band
        here = stage.seen(shapes.mean(axis=1).clip(0, 0.99))
        stage.fill_each(shapes, between(here, tone, np.full(len(shapes), 0.7)))


def picture(stage: Stage, corner: Points, extent: Points) -> None:
    """A framed landscape or abstract."""
    random, light = stage.random, stage.light
    frame = light.shades(random, palette.WOOD if random.random() < 0.6 else palette.METAL)
    stage.fill(corner + at(0.01, 0.015) + extent * _SQUARE, stage.seen(corner + extent / 2) * 0.6)
    stage.fill(corner + extent * _SQUARE, frame[2])
    stage.fill(corner + extent * (0.04 + 0.92 * _SQUARE), frame[1])
    inside = corner + 0.12 * extent
    extent = 0.76 * extent
    hues = random.integers(len(palette.PAINTS), size=4)
    tones = [light.tone(random, palette.PAINTS[hue]) for hue in hues]
    stage.fill(inside + extent * _SQUARE, between(tones[0], light.cast, 0.4))
    stage.fill(inside + extent * ellipse(at(0.65, 0.3), 0.14, 0.14, 16), tones[1])
    for level, tone in ((0.45, tones[2]), (0.7, tones[3])):
        wave = random.uniform(-0.15, 0.15, size=5) + level
        hill = np.concatenate([at(np.linspace(0, 1, 5), wave), at([1, 0], [1, 1])])
        stage.fill(inside + extent * hill, tone)


def shelf(stage: Stage, corner: Points, width: float, high: float, board: Colours | None = None) -> None:
    """A board at a height, with books, boxes and vases on it no higher than ``high``."""
    random, light = stage.random, stage.light
    shades = light.shades(random, palette.WOOD) if board is None else board
    x = 0.0
    while x < width:
        kind, wide = random.random(), random.uniform(0.35, 0.9) * high
        foot = corner + at(x, 0)
        if kind < 0.62:
            x += books(stage, foot, min(high, 0.3) * 0.95, width - x)
        elif kind < 0.78:
            box = foot + at(wide, -random.uniform(0.4, 0.8) * high) * at([0, 1, 1, 0], [0, 0, 1, 1])
            tone = light.tone(random, palette.PAINTS[random.integers(len(palette.PAINTS))])
            stage.fill(box, tone)
            stage.fill(box * (1, 1) + at([0.75 * wide, 0, 0, 0.75 * wide], [0, 0, 0, 0]), tone * 0.75)
        elif kind < 0.9:
            vase(stage, foot + at(wide / 2, 0), at(0.3 * wide, 0.75 * high))
        x += wide if kind >= 0.62 else 0.02
    ends = corner + at([[0, width]], [[0.008, 0.008]])
    stage.lines(ends + at(0, 0.01), 0.02, shades[0])
    stage.lines(ends, 0.014, shades[2])


def books(stage: Stage, foot: Points, high: float, room_there: float) -> float:
    """A row of spines with bands; returns how wide it is."""
    random, light = stage.random, stage.light
    count = int(random.integers(4, 12))
    wide = random.uniform(0.08, 0.22, size=count) * high
    wide = wide[np.cumsum(wide) < max(room_there, wide[0] * 1.01)]
    count = len(wide)
    lefts, tall = np.cumsum(wide) - wide, random.uniform(0.65, 1.0, size=count) * high
    hues = random.integers(len(palette.PAINTS), size=count)
    tones = np.stack([rgb(random.uniform(*palette.PAINTS[hue])) for hue in hues]) * light.cast
    spine = _SQUARE * (1, -1)
    place = foot + at(lefts, 0 * lefts)
    stage.fill_each(place[:, None] + spine * at(wide, tall)[:, None], tones)
    edge = at([0.7, 1, 1, 0.7], [0, 0, -1, -1])
    stage.fill_each(place[:, None] + edge * at(wide, tall)[:, None], tones * 0.7)
    label = at([0, 1, 1, 0], [-0.7, -0.7, -0.82, -0.82])
    stage.fill_each(place[:, None] + label * at(wide, tall)[:, None], between(tones, light.cast, np.full(count, 0.45)))
    return float(wide.sum())


def vase(stage: Stage, foot: Points, extent: Points) -> None:
    """A vase with light on one side; ``extent`` is half its width and its height."""
    random, light = stage.random, stage.light
    shades = light.shades(random, palette.PAINTS[random.integers(len(palette.PAINTS))])
    radii = np.array([0.55, 0.9, 1.0, 0.7, 0.35, 0.5]) * random.uniform(0.8, 1.2, size=6)
    levels = -np.array([0, 0.15, 0.4, 0.65, 0.85, 1.0])
    right = at(radii, levels)
    stage.fill(foot + extent * np.concatenate([right, right[::-1] * (-1, 1)]), shades[1])
    side = float(np.sign(light.sun[0]))
    gleam = np.concatenate([right * (0.75 * side, 1), right[::-1] * (0.25 * side, 1)])
    stage.fill(foot + extent * gleam, shades[2])
    stage.fill(foot + extent * np.concatenate([right * (0.6 * side, 1), right[::-1] * (0.45 * side, 1)])[1:-1], shades[3])
