"""Solids in the light, which the things are put together from."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.outlines import Points, at, circle
from partonomy.datasets.partworld.scenes.palette import Colours
from partonomy.datasets.partworld.scenes.stage import Stage

_STAVES = at(
    np.array([(-1, 1), (-0.55, 0.95), (0.05, 0.75), (0.3, 0.55)])[:, [0, 1, 1, 0]], [0, 0, -1, -1]
)
_GROWN = np.array([1.0, 0.86, 0.62, 0.24])[:, None, None]
_MOVED = np.array([0, 0.12, 0.26, 0.45])[:, None, None]


def shadow(stage: Stage, foot: Points, half: float) -> None:
    """What a thing on the ground leaves dark beside it."""
    place = foot - at(0.5 * half * stage.light.sun[0], 0)
    stage.fill(place + circle(16) * (1.25 * half, 0.22 * half), 0.62 * stage.seen(foot))


def cast(stage: Stage, outline: Points, by: float) -> None:
    """The shadow of something flat on what lies close behind it."""
    stage.fill(outline + by * at(0.6, 0.8), 0.62 * stage.seen(outline[0]))


def globe(stage: Stage, centre: Points, half: Points, shades: Colours) -> None:
    """An ellipsoid, lighter and lighter towards the sun."""
    stage.fill_each(centre + half * (_GROWN * circle(20) + _MOVED * stage.light.sun), shades)


def pillar(
    stage: Stage, foot: Points, half: float, tall: float, shades: Colours, top: float = 1.0
) -> None:
    """A cylinder, or a cone's lower part whose top is so many times as wide."""
    staves = _STAVES * (half * stage.light.side, tall)
    staves[:, 2:, 0] *= top
    stage.fill_each(foot + staves, shades)


def rings(stage: Stage, centre: Points, half: Points, parts: Points, colours: Colours) -> None:
    """Ellipses (n,) within one another, the largest first."""
    stage.fill_each(centre + parts[:, None, None] * half * circle(24), colours)


def slab(stage: Stage, corners: Points, shades: Colours) -> None:
    """A flat convex piece with a rim."""
    middle = corners.mean(axis=0)
    stage.fill_each(np.stack([corners, middle + 0.88 * (corners - middle)]), shades[1:3])


def rectangle(foot: Points, half: float, tall: float) -> Points:
    """One that stands on its foot: its lower left corner, the lower right one and the upper two."""
    return foot + at([-half, half, half, -half], [0, 0, -tall, -tall])
