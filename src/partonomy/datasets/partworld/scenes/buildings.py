"""What towns are made of."""

from __future__ import annotations

from functools import partial

import numpy as np

from partonomy.datasets.partworld.chance import either_side, some, within
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.furniture import SQUARE, row, running
from partonomy.datasets.partworld.scenes.palette import LAMPLIGHT, Colours, between
from partonomy.datasets.partworld.scenes.plants import leafage, leaves, tree, whirled
from partonomy.datasets.partworld.scenes.stage import Stage

_HOUSES, _STOREYS, _COLUMNS, _TOWERS = 7, 5, 4, 16


def fronts(stage: Stage, vanish: Points, foot: Points) -> None:
    """Houses along one side of a street, with rows of windows, the far ones first.

    ``foot`` is where the side begins, from the point ``vanish`` that it runs to.
    """
    random, light = stage.random, stage.light
    away = 0.35 + np.cumsum(random.uniform(0.25, 1.0, size=_HOUSES + 1))
    away, deep = away[-2::-1, None], np.diff(away)[::-1, None]
    high = random.uniform(0.5, 1.4, size=(_HOUSES, 1))
    haze = (0.12 * away - 0.1).clip(0, 0.75)
    kinds = np.array([palette.BRICK, palette.PLASTER])[random.integers(2, size=_HOUSES)]
    walls = light.shaded(within(random, kinds[:, 0], kinds[:, 1]))
    walls = between(walls, light.haze, haze)

    def place(along: Points, up: Points) -> Points:
        """Where corners (houses, n) of what is on the fronts are seen."""
        height = (foot[1] - up * high) / (away + along * deep)
        return vanish + at(foot[0] / (away + along * deep), height)

    along, up = SQUARE.T
    stage.fill_each(place(along, up), walls[:, 2 if foot[0] * light.sun[0] < 0 else 1])
    stage.fill_each(place(along, 0.96 + 0.06 * up), walls[:, 3])
    stage.fill_each(place(along, 0.18 + 0.02 * up), walls[:, 0])
    storey, column = np.indices((_STOREYS, _COLUMNS)).reshape(2, -1, 1)
    left = (column + 0.25 + 0.5 * along) / _COLUMNS
    low = (storey + 0.35 + 0.6 * up) / (_STOREYS + 0.2)
    panes = place(left.ravel(), low.ravel()).reshape(-1, 4, 2)
    glass = light.tone(random, palette.METAL) * random.uniform(0.7, 1.1, size=(len(panes), 1))
    glass[random.random(len(panes)) < (0.5 if light.dark else 0.05)] = LAMPLIGHT
    veiled = np.repeat(haze[:, 0].clip(0.15), _STOREYS * _COLUMNS)
    stage.fill_each(panes, between(glass, light.haze, veiled))


def posts(stage: Stage, vanish: Points, foot: Points) -> None:
    """Street lamps, smaller and smaller."""
    near = stage.random.uniform(1.0, 2.0) / np.arange(5, 0, -1)[:, None]
    metal = 0.5 * stage.light.tone(stage.random, palette.METAL)
    tones = between(metal, stage.light.haze, (0.6 - 0.5 * near[:, 0]).clip(0))
    base = vanish + near * foot
    head = base - near * at(0, 0.75)
    arm = head - near * at(0.1 * np.sign(foot[0]), 0.03)
    for start, end, thick in ((base, head, at(0.009, 0)), (head, arm, at(0, 0.009))):
        wide = near * thick
        stage.fill_each(
            np.stack([start - wide, start + wide, end + wide, end - wide], axis=1), tones
        )
    bulbs = np.tile(LAMPLIGHT, (5, 1)) if stage.light.dark else 1.2 * tones
    stage.discs(arm, 0.022 * near[:, 0], bulbs)


def avenue(stage: Stage, vanish: Points, foot: Points) -> None:
    """Trees on both sides of a street."""
    kind = leafage(stage.random)
    for near in stage.random.uniform(0.9, 1.4) / np.arange(3, 0, -1):
        for side in (-1, 1):
            place = vanish + near * foot * (side, 1)
            stage.stand(place, partial(tree, stage, place, kind, 0.6 * near))


def bricks(stage: Stage, level: float, shades: Colours) -> None:
    """Courses of bricks, each of its own tone, down to a level."""
    random, high = stage.random, stage.random.uniform(0.035, 0.075)
    extent = np.array([2.4, 1.0]) * high
    courses, count = int(np.ceil(level / high)), int(np.ceil(0.42 / high)) + 2
    course, number = np.divmod(np.arange(courses * count), count)
    corner = at(number - 1 + 0.5 * (course % 2), course) * extent
    joints = np.concatenate([row(y) for y in high * np.arange(courses + 1)])
    stage.lines(joints, 0.12 * high, shades[0])
    corner = corner[random.random(len(corner)) < 0.7]
    own = shades[random.integers(1, 4, size=len(corner))]
    tones = between(stage.seen(corner + extent / 2), own, 0.45)
    stage.fill_each(corner[:, None] + (0.08 + 0.92 * SQUARE) * extent, tones)


def slabs(stage: Stage, level: float, shades: Colours) -> None:
    """The joints of a pavement, which run together far away."""
    feet = np.arange(-1.5, 2.6, 0.28) + stage.random.uniform(0, 0.28)
    rows = [row(level + (1 - level) * depth) for depth in (0.12, 0.32, 0.62)]
    stage.lines(np.concatenate([*rows, running(feet, level, 0.6)]), 0.006, shades[0])


def window(stage: Stage, corner: Points, extent: Points) -> None:
    """A frame, the sky in its glass, bars and a sill."""
    random, light = stage.random, stage.light
    frame, metal = stage.paint(at(0, 1)), light.tone(random, palette.METAL)
    glass = between(light.zenith, 0.5 * metal, random.uniform(0.3, 1))
    sheen = at([0.08, 0.5, 0.25, 0.08], [0.08, 0.08, 0.92, 0.92])
    shapes = np.stack([SQUARE, 0.08 + 0.84 * SQUARE, sheen])
    tones = np.stack([frame[2], glass, between(glass, light.haze, 0.3)])
    stage.fill_each(corner + extent * shapes, tones)
    bars = at([[0.5, 0.5], [0.05, 0.95]], [[0.05, 0.95], [0.4, 0.4]])
    stage.lines(corner + extent * bars, 0.015, frame[2])
    stage.lines(corner + extent * row(1.02, -0.08, 1.08), 0.03, frame[3])


def ivy(stage: Stage, count: int) -> None:
    """Leaves that climb a wall from one side."""
    random = stage.random
    x = random.random(count) ** 2 * random.uniform(0.2, 0.6)
    places = at(0.5 + either_side(random) * (0.5 - x), random.uniform(-0.05, 0.9, size=count))
    along = whirled(random, random.uniform(0.03, 0.07, size=count))
    leaves(stage, places, along, stage.shades(palette.LEAVES, at(0, 1)))


def stars(stage: Stage, count: int) -> None:
    """Some of them large and bright."""
    places = within(stage.random, (0, 0), (1, stage.floor), size=(count, 2))
    for part, width in enumerate((0.002, 0.004, 0.006)):
        here = places[: count >> part]
        stage.dots(here, width, between(stage.seen(here[0]), np.ones(3), 0.5 + 0.2 * part))


def towers(stage: Stage, tone: Colours, high: float) -> None:
    """A row of tall blocks against the sky, with lit windows."""
    random = stage.random
    low, top = (0.04, 0.05, 0.15, 0.8), (0.13, 0.12, 1.0, 1.2)
    step, wide, tall, bright = within(random, low, top, size=(_TOWERS, 4)).T
    foot, extent = at(np.cumsum(step) - 0.15, stage.floor), at(wide, -high * tall)
    stage.fill_each(foot[:, None] + SQUARE * extent[:, None], tone * bright[:, None])
    which = random.integers(_TOWERS, size=150)
    inside = at(random.integers(1, 5, size=150) / 5, random.uniform(0.05, 0.95, size=150))
    windows = foot[which] + inside * extent[which]
    for part, pale in enumerate((0.0, 0.5, 0.9)):
        lit = between(LAMPLIGHT, np.ones(3), pale)
        stage.dots(windows[part::3], 0.006, between(tone, lit, random.uniform(0.5, 0.9)))


def lamps(stage: Stage) -> None:
    """Blurred lights along a shore, and their streaks on the water."""
    random, count = stage.random, some(stage.random, 6, 15)
    warm = between((1.0, 0.65, 0.3), (0.95, 0.95, 0.9), random.random(count))
    places = at(random.uniform(0, 1, size=count), stage.floor - random.uniform(0, 0.05, size=count))
    down = np.arange(14) / 13
    for place, tone in zip(places, warm, strict=True):
        y = stage.floor + 0.015 + random.uniform(0.1, 0.5) * (1 - stage.floor) * down
        left = at(place[0] + random.uniform(-0.02, 0.02, size=14) * (0.3 + 1.2 * down), y)
        glints = np.stack([left, left + at(0.02, 0)], axis=1)
        stage.lines(glints, 0.004, between(stage.seen(left[7]), tone, 0.6))
    stage.discs(places, np.full(count, 0.016), between(stage.seen(places), warm, 0.5))
    stage.discs(places, np.full(count, 0.007), warm)
