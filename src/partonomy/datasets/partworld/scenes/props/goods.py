"""Things made by people, that stand on the ground or float."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.outlines import Points, at, circle, turn
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.chance import either_side, often, one_of, some, within
from partonomy.datasets.partworld.scenes.furniture import SQUARE, case, vase
from partonomy.datasets.partworld.scenes.palette import between
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


@prop(0.12, 0.32, "indoors", "yard", "shore")
def bottle(stage: Stage, foot: Points, tall: float) -> None:
    half = tall * stage.random.uniform(0.12, 0.18)
    shades = stage.paint(foot)
    shadow(stage, foot, half)
    pillar(stage, foot - at(0, 0.6 * tall), half, 0.18 * tall, shades, top=0.35)
    pillar(stage, foot, half, 0.61 * tall, shades)
    pillar(stage, foot - at(0, 0.77 * tall), 0.35 * half, 0.23 * tall, shades)
    pillar(stage, foot - at(0, 0.18 * tall), half, 0.28 * tall, stage.paint(foot))


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


@prop(0.25, 0.5, "yard", "indoors")
def plant(stage: Stage, foot: Points, tall: float) -> None:
    """Leaves that spread from a pot."""
    random = stage.random
    pot = stage.shades(palette.BRICK if often(random, 0.6) else palette.PLASTER, foot)
    shadow(stage, foot, 0.2 * tall)
    angle = np.arange(-6, 7) * 0.21 + random.uniform(-0.15, 0.15, size=13)
    out, up = np.sin(angle), np.cos(angle)
    reach = random.uniform(0.4, 0.7, size=(13, 1, 1)) * tall
    stems = np.stack([at(0, 0 * out), at(0.48 * out, -0.6 * up - 0.06), at(out, 0.25 - up)], axis=1)
    for step, colour in enumerate(stage.shades(palette.LEAVES, foot)):
        stage.lines(foot - at(0, 0.3 * tall) + (reach * stems)[step::4], 0.055 * tall, colour)
    pillar(stage, foot, 0.14 * tall, 0.3 * tall, pot, top=1.35)
    pillar(stage, foot - at(0, 0.28 * tall), 0.2 * tall, 0.07 * tall, pot)


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


@prop(0.2, 0.5, "indoors")
def lamp(stage: Stage, foot: Points, tall: float) -> None:
    """A shade on a stem, mostly alight."""
    shades, metal = stage.paint(foot), stage.shades(palette.METAL, foot)
    shadow(stage, foot, 0.2 * tall)
    rings(stage, foot - at(0, 0.02 * tall), at(0.18, 0.05) * tall, np.array([1.0, 0.8]), metal[1:3])
    pillar(stage, foot, 0.025 * tall, 0.7 * tall, metal)
    if often(stage.random, 0.6):
        shades = between(shades, np.array([1.0, 0.88, 0.6]), np.array([0.4, 0.55, 0.7, 0.85]))
    pillar(stage, foot - at(0, 0.6 * tall), 0.27 * tall, 0.4 * tall, shades, top=0.6)


@prop(0.4, 0.8, "yard", "indoors")
def ladder(stage: Stage, foot: Points, tall: float) -> None:
    """Two rails and rungs, leaning."""
    shades, half = stage.shades(palette.WOOD, foot), 0.09 * tall
    top = at(stage.random.uniform(-0.3, 0.3), -1) * tall
    shadow(stage, foot, 1.3 * half)
    width = at([-half, half], 0)
    stage.lines(
        foot + np.arange(0.1, 1, 0.12)[:, None, None] * top + width, 0.025 * tall, shades[1]
    )
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


@prop(0.2, 0.5, "yard", "indoors")
def sash(stage: Stage, foot: Points, tall: float) -> None:
    """A window frame that leans somewhere: four panes."""
    shades, half = stage.paint(foot), tall * stage.random.uniform(0.3, 0.45)
    shadow(stage, foot, half)
    lean = tall * stage.random.uniform(-0.15, 0.15)
    frame = rectangle(foot, half, tall) + at([0, 0, lean, lean], 0)
    slab(stage, frame, shades)
    origin, right, up = frame[0], frame[1] - frame[0], frame[3] - frame[0]
    panes = (0.1 + 0.44 * np.indices((2, 2)).reshape(2, 4).T)[:, None] + 0.36 * SQUARE
    glass = between(stage.light.zenith, stage.light.haze, np.array([0.2, 0.5, 0.35, 0.7]))
    stage.fill_each(origin + panes[..., :1] * right + panes[..., 1:] * up, 0.8 * glass)


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


@prop(0.08, 0.2, "indoors")
def bowl(stage: Stage, foot: Points, tall: float) -> None:
    """Fruit in a dish."""
    shadow(stage, foot, 0.7 * tall)
    for x in stage.random.permutation([-0.5, -0.1, 0.35]):
        fruit = stage.shades(one_of(stage.random, palette.PAINTS[:4]), foot)
        globe(stage, foot + tall * at(x, -0.75), at(0.3, 0.3) * tall, fruit)
    halves = np.array([1.0, 0.8, 0.5])[:, None, None] * circle(24)[:13] * (0.9, 0.66)
    halves[..., 0] += 0.2 * stage.light.side * np.array([[0], [0.3], [0.6]])
    stage.fill_each(foot + tall * (halves - at(0, 0.66)), stage.paint(foot)[:3])


@prop(0.1, 0.3, "indoors")
def pile(stage: Stage, foot: Points, tall: float) -> None:
    """Books that lie on one another."""
    random = stage.random
    half = tall * random.uniform(0.5, 0.9) * 0.92 ** np.arange(5)
    shadow(stage, foot, half[0])
    places = foot + tall * at(random.uniform(-0.12, 0.12, size=5), -0.2 * np.arange(5))
    cover = places[:, None] + rectangle(np.zeros(2), 1, 0.19 * tall) * at(half, 1)[:, None]
    pages = (
        places[:, None]
        + rectangle(np.array([-0.1, -0.04 * tall]), 0.9, 0.11 * tall) * at(half, 1)[:, None]
    )
    shades = np.stack([stage.paint(foot) for _ in range(5)])
    stage.fill_each(
        np.stack([cover, pages], axis=1).reshape(10, 4, 2), shades[:, [1, 3]].reshape(10, 3)
    )


@prop(0.12, 0.35, "indoors")
def jar(stage: Stage, foot: Points, tall: float) -> None:
    """A vase."""
    shadow(stage, foot, 0.25 * tall)
    vase(stage, foot, at(stage.random.uniform(0.2, 0.45), 1) * tall)


@prop(0.1, 0.3, "indoors", "yard")
def carton(stage: Stage, foot: Points, tall: float) -> None:
    """A box with a label."""
    wide = tall * stage.random.uniform(0.3, 0.7)
    shadow(stage, foot, wide)
    case(stage, foot, at(wide, tall))
