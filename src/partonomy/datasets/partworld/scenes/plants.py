"""Trees, grass, flowers and leaves."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.chance import often, within
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import Colours, Range
from partonomy.datasets.partworld.scenes.stage import Stage

_LEVELS = np.repeat(np.arange(10, 0, -1) / 10, 2)
# To the end of a branch and back under it, from the top down: x to the side, y down.
_TIERS = at(0.3 * (1.02 - _LEVELS) * np.tile([1.1, 0.6], 10), -_LEVELS - np.tile([0, 0.015], 10))
_HALF_LEAF = np.array([(0, 0), (0.2, 0.7), (0.45, 1), (0.75, 0.6), (1, 0)])
_LEAF = np.concatenate([_HALF_LEAF, _HALF_LEAF[-2:0:-1] * (1, -1)])
_FOLDED = [0, 1, 2, 3, 4, 4, 4, 4]  # as many corners of a leaf's half
_CLUMPS = ((0.34, -2.0), (0.22, -0.7), (0.13, 0.1), (0.08, 0.6))
"""The width of strokes from dark to light, and how well lit the place has to be."""


def leafage(random: Generator, autumn: float = 0.2) -> Range:
    """Green, or in that share of cases red and yellow."""
    return palette.AUTUMN if often(random, autumn) else palette.LEAVES


def trees(stage: Stage, kind: Range, count: int) -> None:
    """Some broad trees, mostly far ones."""
    for foot in stage.feet(stage.random.uniform(0, 0.8, size=count) ** 2.5):
        tall = stage.near * stage.scale(foot) * stage.random.uniform(0.6, 1.1)
        stage.stand(foot, partial(tree, stage, foot, kind, tall))


def tree(stage: Stage, foot: Points, kind: Range, tall: float) -> None:
    """A trunk and a crown."""
    shades = stage.shades(kind, foot) * stage.random.uniform(0.8, 1.2)
    bark = stage.shades(palette.BARK, foot)[1]
    stage.fill(foot + tall * at([-0.05, 0.05, 0.03, -0.03], [0, 0, -0.6, -0.6]), bark)
    crown(stage, foot - at(0, 0.62 * tall), at(0.3, 0.36) * tall, shades)


def crown(stage: Stage, centre: Points, reach: Points, shades: Colours) -> None:
    """Leaves in clumps within an ellipse with half-axes ``reach``, lit from the sun's side."""
    sun, width = stage.light.sun, float(reach.min())
    low, high = (0, 0, -0.7, -1), (2 * np.pi, 1, 0.7, 1)
    angle, away, bright, lean = within(stage.random, low, high, size=(int(50 + 480 * width), 4)).T
    x, y = np.sqrt(away) * np.cos(angle), np.sqrt(away) * np.sin(angle)
    lit = x * sun[0] + y * sun[1] + bright
    roots, tips = centre + at(x, y) * reach, at(lean + x, 0.7)
    for step, (wide, least) in enumerate(_CLUMPS):
        shown = np.flatnonzero(lit[step::4] > least) * 4 + step
        ends = roots[shown] + wide * width * tips[shown]
        stage.lines(np.stack([roots[shown], ends], axis=1), wide * width, shades[step])


def conifers(stage: Stage, count: int) -> None:
    """Firs, mostly far ones."""
    for foot in stage.feet(stage.random.uniform(0, 0.8, size=count) ** 3):
        bright, tall = within(stage.random, (0.8, 0.65), (1.2, 1.25))
        shades = stage.shades(palette.CONIFERS, foot) * bright
        tall *= stage.near * stage.scale(foot)
        stage.stand(foot, partial(fir, stage, foot, tall, shades))


def fir(stage: Stage, foot: Points, tall: float, shades: Colours) -> None:
    """Tiers of branches with ragged ends, lit on the sun's side."""
    ragged = stage.random.uniform(0.8, 1.2, size=(3, len(_TIERS), 1))
    left, right, inner = tall * ragged * _TIERS
    stage.fill(foot + tall * at([-0.025, 0.025, 0.02, -0.02], [0, 0, -0.2, -0.2]), shades[0])
    stage.fill(foot + np.concatenate([left * (-1, 1), right[::-1]]), shades[1])
    lit = np.concatenate([inner * (0.25, 1), left[::-1]])
    stage.fill(foot + lit * (stage.light.side, 1), shades[2])


def grass(stage: Stage, shades: Colours, count: int) -> None:
    """Tufts of blades on the ground, the near ones tall."""
    depths = np.sort(stage.random.uniform(0.05, 1.1, size=count))
    feet, tall = stage.feet(depths)[:, None], 0.06 * stage.near * depths[:, None, None]
    lean, rise = within(stage.random, (-0.5, -1), (0.5, -0.4), size=(8, count, 2)).T
    blades = np.stack([feet + tall * at(0.7 * lean, 0), feet + tall * at(2 * lean, rise)], axis=2)
    for part in np.array_split(np.arange(count), 2):
        width = 0.004 * stage.near * (0.3 + depths[part[0]])
        for step, tone in enumerate((0, 2, 1, 3)):
            tufts = blades[part, 2 * step : 2 * step + 2]
            stage.lines(tufts.reshape(-1, 2, 2), width, shades[tone])


def flowers(stage: Stage, count: int) -> None:
    """Blossoms of two colours, in patches."""
    for _ in range(2):
        kind = palette.BLOSSOM if often(stage.random, 0.6) else palette.WHITE
        tone = stage.light.tone(stage.random, kind)
        depths = np.sort(stage.random.uniform(0.05, 1, size=count // 2))
        feet = stage.feet(depths)
        feet[:, 0] = stage.random.uniform(0, 1) + 0.5 * (feet[:, 0] - 0.5)
        for part, near in enumerate(np.array_split(feet, 3)):
            stage.dots(near, 0.008 * stage.near * (part + 0.8), tone)


def ferns(stage: Stage, kind: Range, count: int) -> None:
    """Bunches of long bent leaves on the ground."""
    for foot in stage.feet(stage.random.uniform(0, 1.1, size=count)):
        bright, tall = within(stage.random, (0.7, 0.15), (1.1, 0.28))
        shades = stage.shades(kind, foot) * bright
        tall *= stage.near * stage.scale(foot)
        stage.stand(foot, partial(fern, stage, foot, tall, shades))


def fern(stage: Stage, foot: Points, tall: float, shades: Colours) -> None:
    """Long leaves that spread and bend."""
    lean = stage.random.uniform(-1, 1, size=12)
    bend = at(0.45 * lean, -0.7 + 0.2 * np.abs(lean))
    tips = at(lean, -0.75 + 0.55 * np.abs(lean))
    blades = foot + tall * np.stack([0 * tips, bend, tips], axis=1)
    for step in range(3):
        stage.lines(blades[step::3], 0.05 * tall, shades[step + 1])


def whirled(random: Generator, lengths: Points) -> Points:
    """(n, 2) arrows of given lengths (n,) in all directions."""
    angle = random.uniform(0, 2 * np.pi, size=len(lengths))
    return at(np.cos(angle), np.sin(angle)) * lengths[:, None]


def leaves(stage: Stage, places: Points, along: Points, shades: Colours) -> None:
    """Single leaves from places (n, 2) as far and where to as arrows (n, 2) say.

    One half of each is lighter, and each throws a shadow on those before it.
    """
    count = len(places)
    wide = stage.random.uniform(0.22, 0.36, size=(count, 1))
    aside = along[:, ::-1] * (-1, 1) * wide
    whole = places[:, None] + _LEAF[:, :1] * along[:, None] + _LEAF[:, 1:] * aside[:, None]
    step = np.sort(stage.random.integers(0, 3, size=count))
    outlines = [whole + stage.near * at(0.006, 0.008), whole, whole[:, _FOLDED]]
    shadow = np.broadcast_to(0.55 * shades[0], (count, 3))
    tones = [shadow, shades[step], shades[step + 1]]
    stage.fill_each(np.stack(outlines, axis=1), np.stack(tones, axis=1))
