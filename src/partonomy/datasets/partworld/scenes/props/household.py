"""Things from rooms and kitchens."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.chance import often, one_of
from partonomy.datasets.partworld.outlines import Points, at, circle
from partonomy.datasets.partworld.scenes import palette
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


@prop(0.12, 0.32, "indoors", "yard", "shore")
def bottle(stage: Stage, foot: Points, tall: float) -> None:
    half = tall * stage.random.uniform(0.12, 0.18)
    shades = stage.paint(foot)
    shadow(stage, foot, half)
    pillar(stage, foot - at(0, 0.6 * tall), half, 0.18 * tall, shades, top=0.35)
    pillar(stage, foot, half, 0.61 * tall, shades)
    pillar(stage, foot - at(0, 0.77 * tall), 0.35 * half, 0.23 * tall, shades)
    pillar(stage, foot - at(0, 0.18 * tall), half, 0.28 * tall, stage.paint(foot))


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
    cover = rectangle(np.zeros(2), 1, 0.19 * tall)
    pages = rectangle(at(-0.1, -0.04 * tall), 0.9, 0.11 * tall)
    outlines = np.stack([cover, pages]) * at(half, 1)[:, None, None]
    shades = np.stack([stage.paint(foot) for _ in range(5)])
    stage.fill_each(places[:, None, None] + outlines, shades[:, [1, 3]])


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
