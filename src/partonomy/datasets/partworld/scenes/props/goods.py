"""Things made by people that stand in the open or float."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.chance import either_side, often, one_of, some, within
from partonomy.datasets.partworld.outlines import Points, at, circle, turn
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.props.registry import prop
from partonomy.datasets.partworld.scenes.props.solids import (
    globe,
    pillar,
    rectangle,
    rings,
    shadow,
    slab,
)
from partonomy.datasets.partworld.scenes.stage import Stage


@prop(0.1, 0.35, "yard", "indoors", "shore")
def crate(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    shadow(stage, foot, 0.75 * tall)
    shades = stage.shades(palette.WOOD, foot) if often(random, 0.5) else stage.paint(foot)
    wide, lid, turned = within(random, (0.4, 0.1, -0.4), (0.75, 0.3, 0.4))
    front = rectangle(foot, wide * tall, tall)
    back = at(turned, -lid) * tall
    edge = front[[1, 2]] if turned > 0 else front[[0, 3]]
    edges = np.stack([edge, front[2:]])
    stage.fill_each(np.concatenate([edges, edges[:, ::-1] + back], axis=1), shades[[0, 3]])
    slab(stage, front, shades)
    if often(random, 0.5):
        bands = front[3:1:-1] + tall * at(0, [[0.33], [0.67]])
        stage.lines(bands, 0.04 * tall, shades[0])
    else:
        stage.lines(front[[[0, 2], [1, 3]]], 0.07 * tall, shades[0])


@prop(0.06, 0.25, "yard", "indoors", "shore", "field", "afloat")
def ball(stage: Stage, foot: Points, tall: float) -> None:
    half, shades = 0.5 * tall, stage.paint(foot)
    centre = foot - at(0, half)
    shadow(stage, foot, half)
    globe(stage, centre, at(half, half), shades)
    if often(stage.random, 0.6):
        bow = half * circle(24)[np.arange(-5, 6)]
        stripes = np.stack([bow * (-0.45, 0.9), bow * (0.45, 0.9)])
        turned = turn(stripes, stage.random.uniform(0, 180), np.zeros(2))
        stage.lines(centre + turned, 0.22 * half, stage.paint(foot)[2])


@prop(0.35, 0.9, "field", "yard")
def post(stage: Stage, foot: Points, tall: float) -> None:
    """A pole, bare or with a sign."""
    random = stage.random
    half = tall * random.uniform(0.015, 0.035)
    shadow(stage, foot, 3 * half)
    wood = palette.WOOD if often(random, 0.5) else palette.METAL
    pillar(stage, foot, half, tall, stage.shades(wood, foot))
    kind, shades = random.random(), stage.paint(foot)
    head, reach = foot - at(0, 0.88 * tall), tall * random.uniform(0.09, 0.16)
    if kind < 0.3:
        rings(stage, head, at(reach, reach), np.array([1.0, 0.82, 0.4]), shades[[0, 3, 1]])
    elif kind < 0.6:
        arrow = at([-1.2, 1, 1.5, 1, -1.2], [-0.5, -0.5, 0, 0.5, 0.5])
        slab(stage, head + reach * arrow * (either_side(random), 1), shades)
    elif kind < 0.8:
        slab(stage, head + reach * circle(4), shades)


@prop(0.1, 0.3, "yard", "indoors", "afloat")
def barrel(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    half = tall * random.uniform(0.3, 0.45)
    shades = stage.shades(palette.WOOD, foot) if often(random, 0.4) else stage.paint(foot)
    shadow(stage, foot, half)
    pillar(stage, foot, half, tall, shades)
    rings(stage, foot - at(0, tall), at(half, 0.25 * half), np.array([1.0, 0.85]), shades[[3, 0]])
    hoops = foot - at([half, -half], tall * np.array([[0.2], [0.75]]))
    stage.lines(hoops, 0.05 * tall, shades[0])


@prop(0.15, 0.35, "yard")
def cone(stage: Stage, foot: Points, tall: float) -> None:
    shades = stage.shades(one_of(stage.random, palette.PAINTS[:3]), foot)
    shadow(stage, foot, 0.4 * tall)
    stage.fill(foot + circle(16) * (0.42 * tall, 0.07 * tall), shades[0])
    pillar(stage, foot, 0.3 * tall, tall, shades, top=0.12)
    white = stage.shades(palette.WHITE, foot)
    pillar(stage, foot - at(0, 0.4 * tall), 0.2 * tall, 0.2 * tall, white, top=0.72)


@prop(0.45, 0.8, "shore", "yard")
def parasol(stage: Stage, foot: Points, tall: float) -> None:
    """Panels of two colours that spread from the top of a pole."""
    shades, other = stage.paint(foot), stage.paint(foot)
    shadow(stage, foot, 0.35 * tall)
    head = foot + tall * at(stage.random.uniform(-0.15, 0.15), -1)
    stage.lines(np.stack([foot, head])[None], 0.02 * tall, stage.shades(palette.WOOD, foot)[1])
    arch = circle(16)[np.arange(8, 17) % 16]
    rim = head + tall * (arch * (0.5, -0.06) + at(0, 0.3))
    bulge = (head + rim) / 2 + tall * arch * (0.08, 0.06)
    top = np.broadcast_to(head, (8, 2))
    notch = (rim[:-1] + rim[1:]) / 2 - at(0, 0.02 * tall)
    panels = np.stack([top, bulge[:-1], rim[:-1], notch, rim[1:], bulge[1:]], axis=1)
    lit = np.where((np.arange(8) - 3.5) * stage.light.sun[0] > 0, 2, 1)
    stage.fill_each(panels, np.stack([shades, other])[np.arange(8) % 2, lit])


@prop(0.12, 0.4, "afloat")
def buoy(stage: Stage, foot: Points, tall: float) -> None:
    shades, other = stage.paint(foot), stage.shades(palette.WHITE, foot)
    shadow(stage, foot, 0.3 * tall)
    pillar(stage, foot, 0.28 * tall, 0.6 * tall, shades, top=0.45)
    pillar(stage, foot - at(0, 0.22 * tall), 0.22 * tall, 0.17 * tall, other, top=0.75)
    pillar(stage, foot - at(0, 0.6 * tall), 0.03 * tall, 0.3 * tall, shades)
    globe(stage, foot - at(0, 0.92 * tall), at(0.09, 0.09) * tall, shades)


@prop(0.4, 0.8, "yard", "indoors")
def ladder(stage: Stage, foot: Points, tall: float) -> None:
    """Two rails and rungs, leaning."""
    shades, half = stage.shades(palette.WOOD, foot), 0.09 * tall
    top = at(stage.random.uniform(-0.3, 0.3), -1) * tall
    shadow(stage, foot, 1.3 * half)
    width, rungs = at([-half, half], 0), np.arange(0.1, 1, 0.12)[:, None, None] * top
    stage.lines(foot + rungs + width, 0.025 * tall, shades[1])
    stage.lines(foot + width[:, None] + np.stack([0 * top, top]), 0.035 * tall, shades[2])


@prop(0.25, 0.5, "yard", "shore", "field")
def planks(stage: Stage, foot: Points, tall: float) -> None:
    """Boards in a heap."""
    random = stage.random
    shades = stage.shades(palette.WOOD, foot)
    shadow(stage, foot, 0.5 * tall)
    count = some(random, 3, 6)
    starts = foot + tall * within(random, (-0.6, -0.1), (-0.3, 0), size=(count, 2))
    ends = foot + tall * within(random, (0.3, -0.25), (0.6, 0), size=(count, 2))
    board = np.stack([starts, ends, ends, starts], axis=1) - tall * at(0, [0, 0, 0.07, 0.07])
    stage.fill_each(board, shades[random.integers(0, 3, size=count)])
    stage.lines(board[:, 2:], 0.015 * tall, shades[3])


@prop(0.12, 0.3, "yard", "shore")
def coil(stage: Stage, foot: Points, tall: float) -> None:
    """A rope or a hose, rolled up."""
    shades = stage.paint(foot)
    shadow(stage, foot, 0.6 * tall)
    turns = np.arange(60) * 0.4
    lying = at(np.cos(turns), 0.4 * np.sin(turns)) * (0.25 + 0.3 * turns / 24)[:, None]
    rope = foot + tall * (lying - at(0, 0.25) + at(0, -0.1) * (turns / 24)[:, None])
    stage.lines((rope + at(0, 0.03 * tall))[None], 0.09 * tall, shades[0])
    stage.lines(rope[None], 0.06 * tall, shades[2])
