"""Trees, bushes, grass and flowers."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import Colours, Range, between
from partonomy.datasets.partworld.scenes.stage import Stage


def trees(stage: Stage, leaves: Range, count: int) -> None:
    """Some broad trees, in groups, far and near."""
    for depth in np.sort(stage.random.uniform(0, 0.75, size=count) ** 2.5):
        foot = at(stage.random.uniform(-0.1, 1.1), stage.horizon + 0.06 + depth * (1 - stage.horizon))
        tree(stage, foot, leaves, stage.near * (0.12 + 0.9 * depth) * stage.random.uniform(0.7, 1.3))


def tree(stage: Stage, foot: Points, leaves: Range, height: float) -> None:
    """A trunk, and a crown of dark, then lit clumps."""
    far = 0.55 * (1 - stage.scale(foot[1])) ** 3
    shades = between(stage.light.shades(stage.random, leaves), stage.light.haze, np.full(4, far))
    bark = between(stage.light.tone(stage.random, palette.BARK), stage.light.haze, far)
    stage.fill(foot + height * at([-0.05, 0.05, 0.03, -0.03], [0, 0, -0.6, -0.6]), bark)
    crown(stage, foot - at(0, 0.62 * height), at(0.3, 0.36) * height, shades)


def crown(stage: Stage, centre: Points, reach: Points, shades: Colours) -> None:
    """Leaves in clumps within an ellipse with half-axes ``reach``, lit from the sun's side."""
    width = float(reach.min())
    low, high = (0, 0, -0.7, -1), (2 * np.pi, 1, 0.7, 1)
    angle, away, bright, lean = stage.random.uniform(low, high, size=(int(70 + 700 * width), 4)).T
    places = at(np.cos(angle), np.sin(angle)) * np.sqrt(away)[:, None]
    lit = places @ stage.light.sun + bright
    tips = at(lean + places[:, 0], np.full(len(lean), 0.7))
    sizes = width * np.array([0.32, 0.21, 0.12, 0.07])
    step = np.arange(len(places)) % 4
    for number, (wide, colour) in enumerate(zip(sizes, shades, strict=True)):
        shown = (step == number) & (lit > (-2, -0.7, 0.1, 0.6)[number])
        roots = centre + places[shown] * reach
        stage.lines(np.stack([roots, roots + wide * tips[shown]], axis=1), wide, colour)


def conifers(stage: Stage, needles: Range, count: int) -> None:
    """Firs, far and near."""
    random = stage.random
    for depth in np.sort(random.uniform(0, 0.8, size=count) ** 3):
        foot = at(random.uniform(-0.1, 1.1), stage.horizon + 0.06 + depth * (1 - stage.horizon))
        height = stage.near * (0.14 + 0.9 * depth) * random.uniform(0.7, 1.3)
        far = np.full(4, 0.5 * (1 - stage.scale(foot[1])) ** 3)
        fir(stage, foot, height, between(stage.light.shades(random, needles), stage.light.haze, far))


def fir(stage: Stage, foot: Points, height: float, shades: Colours) -> None:
    """Tiers of branches, those on the sun's side lighter."""
    tiers = np.linspace(0, 1, 8)[:-1, None]
    wide = (1 - tiers) * stage.random.uniform(0.2, 0.28, size=(7, 1))
    side = float(np.sign(stage.light.sun[0]))
    low = -0.1 - 0.85 * tiers + stage.random.uniform(-0.03, 0.03, size=(7, 1))
    peak = np.stack([0 * low, low - 0.26], axis=-1)

    def tier(left: Points, right: Points) -> Points:
        ends = [np.stack([end, low + 0.03], axis=-1) for end in (left, right)]
        return np.concatenate([ends[0], np.stack([0 * low, low - 0.02], axis=-1), ends[1], peak], axis=1)

    trunk = at([-0.025, 0.025, 0.02, -0.02], [0, 0, -0.2, -0.2])
    stage.fill(foot + height * trunk, shades[0])
    stage.fill_each(foot + height * tier(-wide, wide), np.repeat(shades[1:2], 7, axis=0))
    stage.fill_each(foot + height * tier(side * wide, 0.1 * side * wide), np.repeat(shades[2:3], 7, axis=0))


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
        colour = stage.light.tone(random, palette.BLOSSOM if random.random() < 0.6 else palette.PAINTS[7])
        depth = random.uniform(0.15, 1, size=count // 2)
        feet = at(random.normal(random.uniform(0, 1), 0.3, size=count // 2), stage.horizon + (1 - stage.horizon) * depth)
        for part in range(3):
            near = (depth * 3).astype(np.int64).clip(0, 2) == part
            stage.dots(feet[near], 0.008 * stage.near * (part + 0.8), colour)


def leaves(stage: Stage, places: Points, lengths: Points, shades: Colours) -> None:
    """Single leaves (n, 2) in all directions, one half of each lighter, over their shadows."""
    random, count = stage.random, len(places)
    angle, wide = random.uniform((0, 0.22), (2 * np.pi, 0.36), size=(count, 2)).T
    along = at(np.cos(angle), np.sin(angle)) * lengths[:, None]
    aside = along[:, ::-1] * (-1, 1) * wide[:, None]
    stations = np.array([(0, 0), (0.2, 0.7), (0.45, 1), (0.75, 0.6), (1, 0)])
    edge = along[:, None] * stations[:, :1]
    half = edge + aside[:, None] * stations[:, 1:]
    other = edge - aside[:, None] * stations[:, 1:]
    whole = places[:, None] + np.concatenate([half, other[:, -2:0:-1]], axis=1)
    step = random.integers(0, 3, size=count)
    order = np.argsort(step, kind="stable")
    shadow = np.tile(shades[0] * 0.55, (count, 1))
    # One after the other: a leaf's shadow falls on those below it.
    outlines = np.stack([whole + stage.near * at(0.006, 0.008), whole], axis=1)
    outlines = np.concatenate([outlines[order].reshape(2 * count, -1, 2)])
    colours = np.stack([shadow, shades[step]], axis=1)[order].reshape(-1, 3)
    stage.fill_each(outlines, colours)
    stage.fill_each((places[:, None] + half)[order], shades[step + 1][order])


def ferns(stage: Stage, green: Range, count: int) -> None:
    """Bunches of long bent leaves on the ground."""
    random = stage.random
    for depth in np.sort(random.uniform(0.1, 1.1, size=count)):
        shades = stage.light.shades(random, green)
        foot = at(random.uniform(0, 1), stage.horizon + depth * (1 - stage.horizon))
        reach = 0.22 * stage.near * (0.2 + depth) * random.uniform(0.6, 1.2)
        lean = random.uniform(-1, 1, size=12)
        middle = foot + reach * at(0.45 * lean, -0.7 + 0.2 * np.abs(lean))
        tips = foot + reach * at(lean, -0.75 + 0.55 * np.abs(lean))
        blades = np.stack([np.broadcast_to(foot, tips.shape), middle, tips], axis=1)
        for step, colour in enumerate(shades):
            stage.lines(blades[step::4], 0.05 * reach, colour)
