"""Trees, bushes, grass and flowers."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import Colours, Range
from partonomy.datasets.partworld.scenes.stage import Stage

_LEVELS = np.repeat(np.linspace(1.0, 0.1, 10), 2)
# To the end of a branch and back under it, from the top down: x to the side, y down.
_TIERS = at(0.3 * (1.02 - _LEVELS) * np.tile([1.1, 0.6], 10), -_LEVELS - np.tile([0, 0.015], 10))
_LEAF = np.array([(0, 0), (0.2, 0.7), (0.45, 1), (0.75, 0.6), (1, 0)])


def trees(stage: Stage, leaves: Range, count: int) -> None:
    """Some broad trees, in groups, far and near."""
    for depth in np.sort(stage.random.uniform(0, 0.75, size=count) ** 2.5):
        foot = at(
            stage.random.uniform(-0.1, 1.1), stage.horizon + 0.06 + depth * (1 - stage.horizon)
        )
        tree(
            stage, foot, leaves, stage.near * (0.12 + 0.9 * depth) * stage.random.uniform(0.7, 1.3)
        )


def tree(stage: Stage, foot: Points, leaves: Range, height: float) -> None:
    """A trunk, and a crown of dark, then lit clumps."""
    shades = stage.shades(leaves, foot) * stage.random.uniform(0.8, 1.2)
    bark = stage.shades(palette.BARK, foot)[1]
    stage.fill(foot + height * at([-0.05, 0.05, 0.03, -0.03], [0, 0, -0.6, -0.6]), bark)
    crown(stage, foot - at(0, 0.62 * height), at(0.3, 0.36) * height, shades)


def crown(stage: Stage, centre: Points, reach: Points, shades: Colours) -> None:
    """Leaves in clumps within an ellipse with half-axes ``reach``, lit from the sun's side."""
    width = float(reach.min())
    low, high = (0, 0, -0.7, -1), (2 * np.pi, 1, 0.7, 1)
    angle, away, bright, lean = stage.random.uniform(low, high, size=(int(50 + 480 * width), 4)).T
    places = at(np.cos(angle), np.sin(angle)) * np.sqrt(away)[:, None]
    lit = places @ stage.light.sun + bright
    tips = at(lean + places[:, 0], 0.7)
    for step, (wide, least) in enumerate(((0.34, -2), (0.22, -0.7), (0.13, 0.1), (0.08, 0.6))):
        shown = np.flatnonzero(lit[step::4] > least) * 4 + step
        roots = centre + places[shown] * reach
        strokes = np.stack([roots, roots + wide * width * tips[shown]], axis=1)
        stage.lines(strokes, wide * width, shades[step])


def conifers(stage: Stage, needles: Range, count: int) -> None:
    """Firs, far and near."""
    random = stage.random
    for depth in np.sort(random.uniform(0, 0.8, size=count) ** 3):
        foot = at(random.uniform(-0.1, 1.1), stage.horizon + 0.06 + depth * (1 - stage.horizon))
        height = stage.near * (0.14 + 0.9 * depth) * random.uniform(0.7, 1.3)
        fir(stage, foot, height, stage.shades(needles, foot) * random.uniform(0.8, 1.2))


def fir(stage: Stage, foot: Points, height: float, shades: Colours) -> None:
    """Tiers of branches with ragged ends, lit on the sun's side."""
    jitter = stage.random.uniform(0.8, 1.2, size=(3, len(_TIERS), 1))
    left, right, inner = _TIERS * jitter * (height, height)
    side = float(np.sign(stage.light.sun[0]))
    stage.fill(foot + height * at([-0.025, 0.025, 0.02, -0.02], [0, 0, -0.2, -0.2]), shades[0])
    stage.fill(foot + np.concatenate([left * (-1, 1), right[::-1]]), shades[1])
    stage.fill(foot + (side, 1) * np.concatenate([inner * (0.25, 1), left[::-1]]), shades[2])


def grass(stage: Stage, shades: Colours, count: int) -> None:
    """Tufts of blades on the ground, the near ones tall."""
    random = stage.random
    depth = np.sort(random.uniform(0.1, 1.1, size=count))
    feet = at(random.uniform(0, 1, size=count), stage.horizon + (1 - stage.horizon) * depth)
    lean, rise = random.uniform((-0.5, -1), (0.5, -0.4), size=(8, count, 2)).T
    tall = 0.06 * stage.near * depth[:, None]
    roots = feet[:, None] + at(0.7 * lean, 0 * lean) * tall[..., None]
    tips = feet[:, None] + at(2 * lean, rise) * tall[..., None]
    blades = np.stack([roots, tips], axis=2)
    for part in np.array_split(np.arange(count), 2):
        width = 0.004 * stage.near * (0.3 + depth[part[0]])
        for step, colour in enumerate(shades[[0, 2, 1, 3]]):
            stage.lines(blades[part, 2 * step : 2 * step + 2].reshape(-1, 2, 2), width, colour)


def flowers(stage: Stage, count: int) -> None:
    """Blossoms of one or two colours in patches."""
    random = stage.random
    for _ in range(2):
        colour = stage.light.tone(
            random, palette.BLOSSOM if random.random() < 0.6 else palette.PAINTS[7]
        )
        depth = random.uniform(0.15, 1, size=count // 2)
        feet = at(
            random.normal(random.uniform(0, 1), 0.3, size=count // 2),
            stage.horizon + (1 - stage.horizon) * depth,
        )
        for part in range(3):
            near = (depth * 3).astype(np.int64).clip(0, 2) == part
            stage.dots(feet[near], 0.008 * stage.near * (part + 0.8), colour)


def whirled(random: Generator, lengths: Points) -> Points:
    """(n, 2) arrows of given lengths (n,) in all directions."""
    angle = random.uniform(0, 2 * np.pi, size=len(lengths))
    return at(np.cos(angle), np.sin(angle)) * lengths[:, None]


def leaves(stage: Stage, places: Points, along: Points, shades: Colours) -> None:
    """Single leaves from places (n, 2) as far and where to as arrows (n, 2) say.

    One half of each is lighter, and each throws a shadow.
    """
    random, count = stage.random, len(places)
    aside = along[:, ::-1] * (-1, 1) * random.uniform(0.22, 0.36, size=(count, 1))
    halves = np.concatenate([_LEAF, _LEAF[-2:0:-1] * (1, -1)])
    whole = places[:, None] + halves[:, :1] * along[:, None] + halves[:, 1:] * aside[:, None]
    fold = whole[:, [0, 1, 2, 3, 4, 4, 4, 4]]
    dark = np.sort(random.integers(0, 3, size=count))
    # One after the other: a leaf's shadow falls on those before it.
    outlines = np.stack([whole + stage.near * at(0.006, 0.008), whole, fold], axis=1)
    shadow = np.broadcast_to(shades[0] * 0.55, (count, 3))
    colours = np.stack([shadow, shades[dark], shades[dark + 1]], axis=1)
    stage.fill_each(outlines.reshape(-1, 8, 2), colours.reshape(-1, 3))


def ferns(stage: Stage, green: Range, count: int) -> None:
    """Bunches of long bent leaves on the ground."""
    random = stage.random
    for depth in np.sort(random.uniform(0.1, 1.1, size=count)):
        foot = at(random.uniform(0, 1), stage.horizon + depth * (1 - stage.horizon))
        shades = stage.shades(green, foot) * random.uniform(0.7, 1.1)
        reach = 0.22 * stage.near * (0.2 + depth) * random.uniform(0.6, 1.2)
        lean = random.uniform(-1, 1, size=12)
        middle = foot + reach * at(0.45 * lean, -0.7 + 0.2 * np.abs(lean))
        tips = foot + reach * at(lean, -0.75 + 0.55 * np.abs(lean))
        blades = np.stack([np.broadcast_to(foot, tips.shape), middle, tips], axis=1)
        for step in range(3):
            stage.lines(blades[step::3], 0.05 * reach, shades[step + 1])
