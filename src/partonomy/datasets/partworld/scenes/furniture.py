"""What rooms are made of."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.chance import often, within
from partonomy.datasets.partworld.outlines import Points, at, circle
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import Colours, Range, between
from partonomy.datasets.partworld.scenes.stage import Stage

SQUARE = at([0, 1, 1, 0], [0, 0, 1, 1])
_HERE = at(0, 1)  # a foot without haze
_SPINE = np.stack([SQUARE, SQUARE * (0.3, 1) + at(0.7, 0), SQUARE * (1, 0.12) + at(0, 0.7)])
_VASE = at([0.55, 0.9, 1.0, 0.7, 0.35, 0.5], [0, -0.15, -0.4, -0.65, -0.85, -1.0])
_CASE = (SQUARE - (0.5, 1)) * (2, 1)


def row(level: float, left: float = -0.1, right: float = 1.1) -> Points:
    """(1, 2, 2) a level line."""
    return at([[left, right]], level)


def running(feet: Points, level: float, narrow: float) -> Points:
    """(n, 2, 2) lines on the floor from a level, where they are closer, down to feet (n,)."""
    return np.stack([at(0.5 + narrow * (feet - 0.5), level), at(feet, 1.01)], axis=1)


def floor_boards(stage: Stage, level: float, shades: Colours) -> None:
    """Boards that run away from the viewer, each of its own tone."""
    random = stage.random
    joints = running(np.arange(-1.2, 2.2, random.uniform(0.12, 0.25)), level, 0.6)
    boards = np.concatenate([joints[:-1], joints[1:, ::-1]], axis=1)
    boards = boards[random.random(len(boards)) < 0.5]
    own = shades[random.integers(0, 4, size=len(boards))]
    stage.fill_each(boards, between(stage.seen(boards.mean(axis=1)), own, 0.4))
    aside, along = within(random, (-1.0, 0), (1.0, 1), size=(60, 2)).T
    grain = at(0.5 + (0.6 + 0.4 * along) * aside, level + (1 - level) * along)
    streaks = np.stack([grain, grain + at(0.04 * aside, 0.1 * (1 - level))], axis=1)
    stage.lines(streaks[::2], 0.003, shades[0])
    stage.lines(streaks[1::2], 0.003, shades[3])
    stage.lines(joints, 0.005, 0.7 * shades[0])


def skirting(stage: Stage, level: float, shades: Colours) -> None:
    """The strip where a wall meets the floor."""
    stage.lines(row(level - 0.02), 0.04, shades[2])
    stage.lines(row(level - 0.042), 0.008, shades[3])
    stage.lines(row(level), 0.006, shades[0])


def tiled(stage: Stage, level: float, tones: Colours, grout: Colours) -> None:
    """Glazed squares or bricks in rows down to a level, plain or checked."""
    random, high = stage.random, stage.random.uniform(0.07, 0.17)
    extent = np.array([1 + often(random, 0.33), 1.0]) * high
    columns = int(np.ceil(1 / extent[0])) + 1
    up, aside = np.divmod(np.arange(int(np.ceil(level / high)) * columns), columns)
    brick = extent[0] > high
    corner = at(0, level) + at(aside - 0.5 * (up % 2) * brick, -up - 1) * extent
    glaze = between(stage.seen(corner + extent / 2), tones[up * 7 % 5], 0.3)
    checked = (up + aside) % 2 == 0 if often(random, 0.4) else random.random(len(up)) < 0.08
    glaze[checked] += 0.8 * (tones[5] - glaze[checked])
    stage.fill(SQUARE * (1, level), grout)
    stage.fill_each(corner[:, None] + (0.06 + 0.88 * SQUARE) * extent, glaze)
    gleam = at([0.1, 0.5, 0.1], [0.1, 0.1, 0.4]) * extent
    stage.fill_each(corner[:, None] + gleam, between(glaze, np.ones(3), 0.18))


def rug(stage: Stage, level: float) -> None:
    """A carpet on the floor, its border in several colours."""
    random = stage.random
    left, right = within(random, (-0.2, 0.6), (0.4, 1.2))
    top, low = level + (1 - level) * within(random, (0.15, 0.7), (0.4, 1.2))
    for inset in (0, 0.08, 0.14, 0.3):
        corners = at(left, top) + at(right - left, low - top) * (inset + (1 - 2 * inset) * SQUARE)
        corners[:2, 0] = 0.5 + 0.75 * (corners[:2, 0] - 0.5)
        stage.fill(corners, stage.paint(_HERE)[2])


def cloth(stage: Stage, level: float) -> None:
    """A checked cloth over a table."""
    tone, white = stage.paint(_HERE)[2], stage.light.tone(stage.random, palette.WHITE)
    stage.fill(at([-0.1, 1.1, 1.1, -0.1], [level, level, 1.1, 1.1]), white)

    def place(aside: Points, away: Points) -> Points:
        x = 0.5 + (0.4 + 0.6 * away) * (aside - 0.5)
        return at(x, level + (1 - level) * away).reshape(-1, 4, 2)

    aside = np.arange(-1.5, 2.5, 0.2)[:, None] + 0.09 * SQUARE[:, 0]
    away = np.array([0.02, 0.22, 0.5, 0.88])[:, None]
    away = away + (0.09 + 0.12 * away) * SQUARE[:, 1]
    columns, rows = place(aside, 1.1 * SQUARE[:, 1]), place(4 * SQUARE[:, 0] - 1.5, away)
    for bands, share in ((columns, 0.5), (rows, 0.5), (place(aside[:, None], away), 0.0)):
        stage.fill_each(bands, np.tile(between(tone, white, share), (len(bands), 1)))


def picture(stage: Stage, corner: Points, extent: Points) -> None:
    """A landscape in a frame."""
    random = stage.random
    frame = stage.shades(palette.WOOD if often(random, 0.6) else palette.METAL, _HERE)
    tones = stage.paints[random.permutation(len(stage.paints))[:4], 2]
    behind, paper = 0.6 * stage.seen(corner + extent / 2), between(tones[0], stage.light.cast, 0.4)
    insets = np.array([(0.05, 1), (0, 1), (0.04, 0.92), (0.12, 0.76)])[:, None]
    squares = insets[..., :1] + insets[..., 1:] * SQUARE
    stage.fill_each(corner + extent * squares, np.stack([behind, frame[2], frame[1], paper]))
    inside, extent = corner + 0.12 * extent, 0.76 * extent
    stage.fill(inside + extent * (at(0.65, 0.3) + 0.14 * circle(16)), tones[1])
    for level, tone in ((0.45, tones[2]), (0.7, tones[3])):
        skyline = at(np.arange(5) / 4, level + random.uniform(-0.15, 0.15, size=5))
        stage.fill(inside + extent * np.concatenate([skyline, SQUARE[2:]]), tone)


def shelf(
    stage: Stage, corner: Points, width: float, high: float, wood: Range = palette.WOOD
) -> None:
    """A board with books, boxes and vases on it, none higher than ``high``."""
    random = stage.random
    thick = random.uniform(0.07, 0.2, size=int(8 * width / high) + 2) * high
    ends = np.cumsum(thick)
    thick, ends = thick[ends < width], ends[ends < width]
    groups = np.arange(len(ends)) // random.integers(3, 8)
    full = random.random(len(ends) + 1) < 0.75
    shown = full[groups]
    books(stage, corner + at(ends - thick, 0)[shown], thick[shown], high)
    for group in np.unique(groups[~shown]):
        gap = ends[groups == group]
        extent = at(0.4 * (gap[-1] - gap[0]), random.uniform(0.4, 0.85) * high)
        put = vase if often(random, 0.5) else case
        if extent[0] > 0.08 * high:
            put(stage, corner + at(gap.mean(), 0), extent)
    shades = stage.shades(wood, _HERE)
    board = row(corner[1], corner[0], corner[0] + width)
    stage.lines(board + at(0, 0.018), 0.02, shades[0])
    stage.lines(board + at(0, 0.008), 0.014, shades[2])


def books(stage: Stage, feet: Points, thick: Points, high: float) -> None:
    """Spines (n,) with labels, one side in the shade."""
    random, count = stage.random, len(feet)
    extent = at(thick, -high * random.uniform(0.65, 0.97, size=count))[:, None, None]
    kind, step = random.integers((len(stage.paints), 4), size=(count, 2)).T
    tones = stage.paints[kind, step]
    label = between(tones, stage.light.cast, random.uniform(0, 0.8, size=count))
    colours = np.stack([tones, 0.7 * tones, label], axis=1)
    stage.fill_each(feet[:, None, None] + _SPINE * extent, colours)


def vase(stage: Stage, foot: Points, extent: Points) -> None:
    """A vase with light on one side; ``extent`` is half its width and its height."""
    shades = stage.paint(foot)
    right = _VASE * within(stage.random, (0.8, 1), (1.2, 1), size=_VASE.shape) * extent
    for step, low, high in ((1, -1, 1), (2, 0.2, 0.75), (3, 0.42, 0.6)):
        edges = right * (low * stage.light.side, 1), right[::-1] * (high * stage.light.side, 1)
        stage.fill(foot + np.concatenate(edges), shades[step])


def case(stage: Stage, foot: Points, extent: Points) -> None:
    """A box with a label; ``extent`` is half its width and its height."""
    shapes = np.stack([_CASE, _CASE * (0.3, 1) + at(0.7, 0), _CASE * (0.35, 0.2) - at(0.25, 0.4)])
    stage.fill_each(foot + extent * shapes, stage.paint(foot)[[2, 1, 3]])
