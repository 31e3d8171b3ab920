"""What stands in rooms and hangs on their walls."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.outlines import Points, at, circle
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import Colours, Range, between
from partonomy.datasets.partworld.scenes.stage import Stage

SQUARE = at([0, 1, 1, 0], [0, 0, 1, 1])
VASE = at([0.55, 0.9, 1.0, 0.7, 0.35, 0.5], [0, -0.15, -0.4, -0.65, -0.85, -1.0])
"""Its right side, from the foot up: half as wide as 1, as high as 1."""


def row(level: float, left: float = -0.1, right: float = 1.1) -> Points:
    """(1, 2, 2) a level line."""
    return at([[left, right]], level)


def running(feet: Points, level: float, narrow: float) -> Points:
    """(n, 2, 2) lines on the floor from the lower border to a level, so much closer there."""
    heads = 0.5 + narrow * (feet - 0.5)
    return np.stack([at(heads, level), at(feet, 1.01)], axis=1)


def stripes(lines: Points, later: Points) -> Points:
    """(n, 4, 2) what lies between lines and others beside them."""
    return np.concatenate([lines, later[:, ::-1]], axis=1)


def floor_boards(stage: Stage, level: float, shades: Colours) -> None:
    """Boards that run away from the viewer, each of its own tone."""
    random = stage.random
    joints = running(np.arange(-1.2, 2.2, random.uniform(0.12, 0.25)), level, 0.6)
    board = stripes(joints[:-1], joints[1:])[random.random(len(joints) - 1) < 0.5]
    own = shades[random.integers(0, 4, size=len(board))]
    stage.fill_each(board, between(stage.seen(board.mean(axis=1)), own, np.full(len(board), 0.4)))
    aside, along = random.uniform((-1.0, 0), (1.0, 1), size=(60, 2)).T
    place = at(0.5 + (0.6 + 0.4 * along) * aside, level + (1 - level) * along)
    streaks = np.stack([place, place + at(0.04 * aside, 0.1 * (1 - level))], axis=1)
    stage.lines(streaks[::2], 0.003, shades[0])
    stage.lines(streaks[1::2], 0.003, shades[3])
    stage.lines(joints, 0.005, shades[0] * 0.7)


def skirting(stage: Stage, level: float, shades: Colours) -> None:
    """The strip where a wall meets the floor."""
    stage.lines(row(level - 0.02), 0.04, shades[2])
    stage.lines(row(level - 0.042), 0.008, shades[3])
    stage.lines(row(level), 0.006, shades[0])


def tiled(stage: Stage, level: float, tones: Colours, grout: Colours) -> None:
    """Glazed squares or bricks in rows, plain or checked."""
    random = stage.random
    high = random.uniform(0.07, 0.17)
    wide = high * random.choice([1.0, 1.0, 2.0])
    columns = int(np.ceil(1 / wide)) + 1
    up, aside = np.divmod(np.arange(int(np.ceil(level / high)) * columns), columns)
    offset = 0.5 * (up % 2) * (wide > high)
    corner = at((aside - offset) * wide, level - (up + 1) * high)
    glaze = between(
        stage.seen(corner + (wide / 2, high / 2)), tones[up * 7 % 5], np.full(len(up), 0.3)
    )
    checked = (up + aside) % 2 == 0 if random.random() < 0.4 else random.random(len(up)) < 0.08
    glaze[checked] += 0.8 * (tones[5] - glaze[checked])
    stage.fill(SQUARE * (1, level), grout)
    stage.fill_each(corner[:, None] + (0.06 + 0.88 * SQUARE) * (wide, high), glaze)
    gleam = at([0.1, 0.5, 0.1], [0.1, 0.1, 0.4]) * (wide, high)
    stage.fill_each(corner[:, None] + gleam, between(glaze, np.ones(3), np.full(len(up), 0.18)))


def rug(stage: Stage, level: float) -> None:
    """A carpet on the floor, its border in several colours."""
    random = stage.random
    left, right = random.uniform((-0.2, 0.6), (0.4, 1.2))
    top, low = level + (1 - level) * random.uniform((0.15, 0.7), (0.4, 1.2))
    for inset in (0, 0.08, 0.14, 0.3):
        corners = at(left, top) + at(right - left, low - top) * (inset + (1 - 2 * inset) * SQUARE)
        corners[:2, 0] = 0.5 + 0.75 * (corners[:2, 0] - 0.5)
        stage.fill(corners, stage.paint(at(0, 1))[2])


def cloth(stage: Stage, level: float) -> None:
    """A checked cloth over a table."""
    tone, white = stage.paint(at(0, 1))[2], stage.light.tone(stage.random, palette.PAINTS[7])
    stage.fill(at([-0.1, 1.1, 1.1, -0.1], [level, level, 1.1, 1.1]), white)

    def place(aside: Points, away: Points) -> Points:
        x = 0.5 + (0.4 + 0.6 * away) * (aside - 0.5)
        return at(x, level + (1 - level) * away).reshape(-1, 4, 2)

    left = np.arange(-1.5, 2.5, 0.2)[:, None]
    aside, away = left + 0.09 * SQUARE[:, 0], np.array([0.02, 0.22, 0.5, 0.88])[:, None]
    away = away + (0.09 + 0.12 * away) * SQUARE[:, 1]
    bands = [place(aside, 1.1 * SQUARE[:, 1]), place(4 * SQUARE[:, 0] - 1.5, away)]
    bands.append(place(aside[:, None], away))
    for outlines, share in zip(bands, (0.5, 0.5, 0.0), strict=True):
        stage.fill_each(outlines, np.tile(between(tone, white, share), (len(outlines), 1)))


def picture(stage: Stage, corner: Points, extent: Points) -> None:
    """A landscape in a frame."""
    random = stage.random
    frame = stage.shades(palette.WOOD if random.random() < 0.6 else palette.METAL, at(0, 1))
    tones = stage.paints[random.permutation(len(stage.paints))[:4], 2]
    wall = 0.6 * stage.seen(corner + extent / 2)
    squares = np.array([[0.05, 1], [0, 1], [0.04, 0.92], [0.12, 0.76]])[:, None]
    colours = np.stack([wall, frame[2], frame[1], between(tones[0], stage.light.cast, 0.4)])
    stage.fill_each(corner + extent * (squares[..., :1] + squares[..., 1:] * SQUARE), colours)
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
    groups = np.arange(len(thick)) // random.integers(3, 8)
    full = random.random(groups[-1] + 1) < 0.75
    fits = ends < width
    books(
        stage, corner + at(ends - thick, 0)[fits & full[groups]], thick[fits & full[groups]], high
    )
    for group in np.flatnonzero(~full):
        gap = ends[groups == group]
        wide = gap[-1] - gap[0]
        if gap[-1] < width and wide > 0.2 * high:
            put = vase if random.random() < 0.5 else case
            put(stage, corner + at(gap.mean(), 0), at(0.4 * wide, random.uniform(0.4, 0.85) * high))
    shades = stage.shades(wood, at(0, 1))
    board = row(corner[1], corner[0], corner[0] + width)
    stage.lines(board + at(0, 0.018), 0.02, shades[0])
    stage.lines(board + at(0, 0.008), 0.014, shades[2])


def books(stage: Stage, feet: Points, thick: Points, high: float) -> None:
    """Spines (n, 2) with labels, one side in the shade."""
    random, count = stage.random, len(feet)
    extent = at(thick, random.uniform(0.65, 0.97, size=count) * high)[:, None]
    tones = stage.paints[
        random.integers(len(stage.paints), size=count), random.integers(0, 4, size=count)
    ]
    shape = np.stack(
        [
            SQUARE * (1, -1),
            at([0.7, 1, 1, 0.7], [0, 0, -1, -1]),
            at([0, 1, 1, 0], [-0.7, -0.7, -0.82, -0.82]),
        ]
    )
    label = between(tones, stage.light.cast, random.uniform(0, 0.8, size=count))
    outlines = feet[:, None, None] + shape * extent[:, None]
    colours = np.stack([tones, 0.7 * tones, label], axis=1)
    stage.fill_each(outlines.reshape(-1, 4, 2), colours.reshape(-1, 3))


def vase(stage: Stage, foot: Points, extent: Points) -> None:
    """A vase with light on one side; ``extent`` is half its width and its height."""
    shades = stage.paint(foot)
    right = VASE * stage.random.uniform((0.8, 1), (1.2, 1), size=VASE.shape)
    side = float(np.sign(stage.light.sun[0]))
    for step, low, high in ((1, -1, 1), (2, 0.2, 0.75), (3, 0.42, 0.6)):
        edges = [right * (side * low, 1), (right * (side * high, 1))[::-1]]
        stage.fill(foot + extent * np.concatenate(edges), shades[step])


def case(stage: Stage, foot: Points, extent: Points) -> None:
    """A box on a shelf, with a label."""
    shades = stage.paint(foot)
    front = (SQUARE - (0.5, 1)) * (2, 1)
    shapes = np.stack([front, front * (0.3, 1) + at(0.7, 0), front * (0.35, 0.2) - at(0.25, 0.4)])
    stage.fill_each(foot + extent * shapes, shades[[2, 1, 3]])
