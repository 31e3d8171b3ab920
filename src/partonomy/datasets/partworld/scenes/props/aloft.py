"""Things that hang or fly, and small ones seen from above."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.chance import often, some
from partonomy.datasets.partworld.outlines import Points, at, circle, turn
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import between
from partonomy.datasets.partworld.scenes.props.registry import prop
from partonomy.datasets.partworld.scenes.props.solids import cast, globe, rectangle, rings, slab
from partonomy.datasets.partworld.scenes.stage import Stage


@prop(0.1, 0.3, "hung", stands=False)
def plate(stage: Stage, foot: Points, tall: float) -> None:
    """A round thing on a wall: rings, and a pattern of rays."""
    shades, other, half = stage.paint(foot), stage.paint(foot), 0.5 * tall
    cast(stage, foot + half * circle(24), 0.1 * tall)
    colours = np.stack([shades[1], shades[3], other[2], shades[2]])
    rings(stage, foot, at(half, half), np.array([1.0, 0.92, 0.7, 0.62]), colours)
    spokes = circle(some(stage.random, 5, 12)) * half
    stage.lines(foot + np.stack([0.15 * spokes, 0.5 * spokes], axis=1), 0.06 * half, other[0])


@prop(0.15, 0.4, "hung", stands=False)
def poster(stage: Stage, foot: Points, tall: float) -> None:
    """A sheet with blocks of colour."""
    random = stage.random
    half = tall * random.uniform(0.3, 0.7)
    sheet = turn(rectangle(foot, half, tall), random.uniform(-6, 6), foot)
    cast(stage, sheet, 0.03 * tall)
    slab(stage, sheet, stage.paint(foot))
    wide = random.uniform(0.3, 0.7, size=3) * half
    low = foot - tall * at(0, [0.2, 0.45, 0.7])
    blocks = low[:, None] + rectangle(np.zeros(2), 1, 0.13 * tall) * at(wide, 1)[:, None]
    stage.fill_each(blocks, stage.paints[random.integers(len(stage.paints), size=3), 2])


@prop(0.05, 0.12, "hung", "festive", stands=False)
def pennants(stage: Stage, foot: Points, tall: float) -> None:
    """Little flags on a string that sags."""
    x = np.arange(12) / 8 - 0.7
    string = foot + at(x, stage.random.uniform(-0.25, 0.05) * x**2)
    stage.lines(string[None], 0.004, stage.shades(palette.METAL, foot)[0])
    flags = string[:, None] + tall * at([-0.35, 0.35, 0], [0, 0, 1])
    stage.fill_each(flags, stage.paints[np.arange(12) % 3, 2])


@prop(0.12, 0.3, "hung", "festive", stands=False)
def lantern(stage: Stage, foot: Points, tall: float) -> None:
    """A paper lamp on a string."""
    shades = between(stage.paint(foot), np.array([1.0, 0.8, 0.5]), 0.35)
    stage.lines(np.stack([foot, foot - at(0, 2)])[None], 0.004, shades[0] * 0.4)
    globe(stage, foot, at(0.4, 0.45) * tall, shades)
    x = np.arange(-3, 4) / 3
    ribs = [foot + tall * at(0.36 * x, level + 0.05 * (1 - x**2)) for level in (-0.2, 0, 0.2)]
    stage.lines(np.stack(ribs), 0.015 * tall, shades[0])


@prop(0.1, 0.35, "sky", "festive", stands=False)
def balloon(stage: Stage, foot: Points, tall: float) -> None:
    shades, sway = stage.paint(foot), np.arange(8) / 5
    string = foot + tall * at(0.06 * np.sin(4 * sway), 0.5 + sway)
    stage.lines(string[None], 0.004, shades[0])
    stage.fill(foot + tall * at([-0.06, 0.06, 0], [0.56, 0.56, 0.45]), shades[0])
    globe(stage, foot, at(0.4, 0.5) * tall, shades)


@prop(0.12, 0.35, "sky", stands=False)
def kite(stage: Stage, foot: Points, tall: float) -> None:
    tilt, tail = stage.random.uniform(-50, 50), np.arange(10) / 9
    frame = at([0, 0.35, 0, -0.35, 0], [-0.5, -0.12, 0.6, -0.12, -0.5])
    corners = foot + tall * turn(frame, tilt, np.zeros(2))
    one, other = stage.paint(foot), stage.paint(foot)
    stage.lines((corners[2] + tall * at(0.15 * np.sin(9 * tail), 0.9 * tail))[None], 0.005, one[0])
    middle = np.broadcast_to(foot - at(0, 0.1 * tall), (4, 2))
    panels = np.stack([corners[:-1], corners[1:], middle], axis=1)
    stage.fill_each(panels, np.stack([one[2], other[2], one[1], other[1]]))


@prop(0.05, 0.2, "sky", stands=False)
def bubble(stage: Stage, foot: Points, tall: float) -> None:
    """Soap: what is behind it, a little lighter, in a bright ring."""
    behind, half = stage.seen(foot), 0.5 * tall
    tones = between(behind, np.ones(3), np.array([0.45, 0.12, 0.6]))
    rings(stage, foot, at(half, half), np.array([1.0, 0.92]), tones[:2])
    stage.dots((foot + 0.5 * half * stage.light.sun)[None], 0.2 * half, tones[2])


@prop(0.05, 0.2, "fallen", stands=False)
def lid(stage: Stage, foot: Points, tall: float) -> None:
    """A lid or a coin: rings, seen from above."""
    half = 0.5 * tall
    shades = stage.paint(foot) if often(stage.random, 0.5) else stage.shades(palette.METAL, foot)
    cast(stage, foot + half * circle(24), 0.1 * tall)
    rings(
        stage, foot, at(half, half), np.array([1.0, 0.9, 0.78, 0.4, 0.34]), shades[[1, 3, 2, 0, 2]]
    )


@prop(0.2, 0.5, "fallen", stands=False)
def stick(stage: Stage, foot: Points, tall: float) -> None:
    """A straight twig with bark."""
    reach = turn(at([-0.5, 0.5], 0), stage.random.uniform(0, 180), np.zeros(2)) * tall
    shades = stage.shades(palette.BARK, foot)
    for shift, wide, tone in (
        (0.02, 0.05, 0.6 * shades[0]),
        (0, 0.05, shades[1]),
        (-0.012, 0.02, shades[3]),
    ):
        stage.lines((foot + reach + shift * tall)[None], wide * tall, tone)
