"""Things from nature."""

from __future__ import annotations

import numpy as np

from partonomy.datasets.partworld.chance import either_side, often, one_of, some, within
from partonomy.datasets.partworld.outlines import Points, at, circle, turn
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import between
from partonomy.datasets.partworld.scenes.plants import crown, leafage, leaves, whirled
from partonomy.datasets.partworld.scenes.props.registry import prop
from partonomy.datasets.partworld.scenes.props.solids import (
    cast,
    globe,
    pillar,
    rings,
    shadow,
)
from partonomy.datasets.partworld.scenes.stage import Stage


@prop(0.04, 0.22, "field", "shore", "seabed", "yard")
def stone(stage: Stage, foot: Points, tall: float) -> None:
    shadow(stage, foot, 0.8 * tall)
    pebble(stage, foot - at(0, 0.42 * tall), tall)


@prop(0.03, 0.15, "fallen", stands=False)
def pebble(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    shades = stage.shades(palette.STONE if often(random, 0.7) else palette.ROCK, foot)
    rough = circle(10) * random.uniform(0.88, 1.1, size=(10, 1)) * (0.75, 0.5)
    parts = np.array([1.0, 0.84, 0.5])[:, None, None]
    stage.fill_each(
        foot + tall * (parts * rough + 0.35 * (1 - parts) * stage.light.sun), shades[:3]
    )
    cracks = foot + tall * within(random, (-0.4, -0.25), (0.3, 0.3), size=(5, 1, 2))
    cracks = cracks + tall * at([0, 0.14], [0, random.uniform(-0.08, 0.08)])
    stage.lines(cracks, 0.05 * tall, shades[0])


@prop(0.1, 0.4, "field", "yard")
def bush(stage: Stage, foot: Points, tall: float) -> None:
    shadow(stage, foot, 0.7 * tall)
    kind = leafage(stage.random)
    crown(stage, foot - at(0, 0.45 * tall), at(0.65, 0.45) * tall, stage.shades(kind, foot))


@prop(0.15, 0.4, "field", "seabed")
def tussock(stage: Stage, foot: Points, tall: float) -> None:
    """Stiff grass in a bunch."""
    shades = stage.shades(palette.LEAVES, foot)
    lean, rise = within(stage.random, (-1, -1), (1, -0.4), size=(24, 2)).T
    stems = np.stack([at(0.15 * lean, 0), at(0.6 * lean, rise)], axis=1) * tall
    for step, colour in enumerate(shades):
        stage.lines(foot + stems[step::4], 0.03 * tall, colour)


@prop(0.06, 0.2, "meadow", "fallen")
def mushroom(stage: Stage, foot: Points, tall: float) -> None:
    shades = stage.shades(one_of(stage.random, palette.PAINTS[:2]), foot)
    shadow(stage, foot, 0.35 * tall)
    pillar(stage, foot, 0.12 * tall, 0.7 * tall, stage.shades(palette.WHITE, foot))
    cap = foot - at(0, 0.6 * tall) + tall * circle(20)[10:] * (0.5, 0.42)
    stage.fill_each(np.stack([cap, cap + 0.05 * tall * stage.light.sun]), shades[1:3])
    spots = foot + tall * within(stage.random, (-0.3, -0.9), (0.3, -0.68), size=(5, 2))
    stage.dots(spots, 0.09 * tall, between(shades[3], np.ones(3), 0.6))


@prop(0.08, 0.3, "field", "yard", "shore")
def log(stage: Stage, foot: Points, tall: float) -> None:
    """A trunk that lies there, rings on its cut."""
    random, half = stage.random, 0.5 * tall
    side, long, rise = within(random, (-1, 1.5, 0), (1, 3.5, 0.5))
    away = at(np.sign(side) * long, -rise) * tall
    centre = foot - at(0, half)
    shadow(stage, foot + 0.4 * away, tall)
    near = centre + half * at(0, np.array([(1, -1), (0.4, -0.95), (-0.3, -0.85)]))
    bands = np.concatenate([near, near[:, ::-1] + away], axis=1)
    stage.fill_each(bands, stage.shades(palette.BARK, foot)[:3])
    wood = stage.shades(palette.WOOD, foot)[[0, 3, 1, 3, 1, 2]]
    rings(stage, centre, at(0.6, 1.0) * half, np.array([1.0, 0.9, 0.68, 0.58, 0.3, 0.2]), wood)


@prop(0.12, 0.35, "meadow")
def bale(stage: Stage, foot: Points, tall: float) -> None:
    """Straw, rolled up."""
    half, shades = 0.5 * tall, stage.shades(palette.SAND, foot)
    shadow(stage, foot, 1.2 * half)
    side = either_side(stage.random)
    centre = foot + at(side * np.array([0.8, 0.6, 0.4, 0.2, 0.0]) * half, -half)
    stage.fill_each(centre[:, None] + half * circle(24) * (0.8, 1), shades[[0, 0, 0, 0, 2]])
    turns = np.arange(70) * 0.32
    coil = at(0.75 * np.cos(turns), np.sin(turns)) * (half * (0.05 + turns / 25))[:, None]
    stage.lines((centre[-1] + coil)[None], 0.05 * half, shades[0])


@prop(0.08, 0.25, "shore", "seabed", "fallen")
def shell(stage: Stage, foot: Points, tall: float) -> None:
    """A scallop: rays that spread from a point."""
    shades = stage.shades(palette.PLASTER, foot)
    angle = np.linspace(-1.1, 1.1, 15)
    rim = tall * at(np.sin(angle), -np.cos(angle))
    rim[::2] *= 0.92
    outline = np.concatenate([rim, tall * at([0.18, -0.18], 0.08)])
    outline = foot + turn(outline, stage.random.uniform(-60, 60), np.zeros(2))
    cast(stage, outline, 0.1 * tall)
    stage.fill(outline, shades[2])
    rays = np.stack([np.broadcast_to(foot, (8, 2)), outline[:15:2]], axis=1)
    stage.lines(rays, 0.035 * tall, shades[0])


@prop(0.08, 0.25, "shore", "seabed")
def starfish(stage: Stage, foot: Points, tall: float) -> None:
    shades = stage.shades(one_of(stage.random, palette.PAINTS[:3]), foot)
    arms = turn(circle(5), stage.random.uniform(0, 72), np.zeros(2)) * (0.6 * tall, 0.45 * tall)
    paths = foot + np.stack([0 * arms, arms], axis=1)
    stage.lines(paths + 0.06 * tall, 0.22 * tall, 0.62 * stage.seen(foot))
    stage.lines(paths, 0.22 * tall, shades[1])
    stage.lines(paths, 0.07 * tall, shades[3])


@prop(0.03, 0.1, "afloat")
def lilies(stage: Stage, foot: Points, tall: float) -> None:
    """Round leaves on the water, some in flower."""
    random, shades = stage.random, stage.shades(palette.LEAVES, foot)
    places = foot + tall * within(random, (-3, -0.8), (3, 0.8), size=(6, 1, 2))
    pads = np.stack([places + at(0, 0.08 * tall), places], axis=1) + tall * circle(16) * (0.8, 0.28)
    colours = shades[np.stack([np.zeros(6, np.int64), random.integers(1, 4, size=6)], axis=1)]
    stage.fill_each(pads.reshape(12, -1, 2), colours.reshape(12, 3))
    if often(random, 0.6):
        bloom(stage, foot - at(0, 0.2 * tall), 0.8 * tall)


@prop(0.06, 0.2, "orchard", stands=False)
def bloom(stage: Stage, foot: Points, tall: float) -> None:
    """A flower from the front: petals around a disc."""
    random, shades = stage.random, stage.shades(palette.BLOSSOM, foot)
    petals = turn(circle(some(random, 5, 9)), random.uniform(0, 72), np.zeros(2))
    centres = 0.3 * tall * petals
    wide = 0.3 * tall
    stage.dots(foot + centres + 0.04 * tall, wide, shades[0])
    stage.dots(foot + centres, 0.95 * wide, shades[1])
    stage.lines(foot + np.stack([0.7 * centres, 1.25 * centres], axis=1), 0.4 * wide, shades[3])
    globe(stage, foot, at(0.14, 0.14) * tall, stage.shades(palette.YELLOW, foot))


@prop(0.05, 0.14, "orchard", stands=False)
def fruit(stage: Stage, foot: Points, tall: float) -> None:
    """An apple or a plum with its leaf."""
    half, shades = 0.5 * tall, stage.shades(one_of(stage.random, palette.PAINTS[:4]), foot)
    stage.lines(np.stack([foot, foot - at(0.1, 0.8) * tall])[None], 0.06 * tall, shades[0] * 0.6)
    globe(stage, foot, at(half, half), shades)
    along = tall * within(stage.random, (-0.8, -0.4), (0.8, 0.1), size=(1, 2))
    leaves(stage, (foot - at(0, half))[None], along, stage.shades(palette.LEAVES, foot))


@prop(0.04, 0.16, "leafy", "fallen", stands=False)
def leaf(stage: Stage, foot: Points, tall: float) -> None:
    """One, or a few that fell together."""
    random = stage.random
    kind = leafage(random, 0.6)
    count = some(random, 1, 4)
    places = foot + tall * random.uniform(-1.5, 1.5, size=(count, 2))
    leaves(stage, places, whirled(random, np.full(count, tall)), stage.shades(kind, foot))


@prop(0.2, 0.5, "leafy", stands=False)
def branch(stage: Stage, foot: Points, tall: float) -> None:
    """A bough with leaves that reaches in from the picture's border."""
    random = stage.random
    side = float(np.sign(foot[0] - 0.5))
    corner = at(0.5 + 0.55 * side, foot[1])
    along = np.arange(9)[:, None] / 8
    reach = at(-side * tall, tall * random.uniform(-0.4, 0.4))
    bough = corner + along * reach + at(0, 0.06) * np.sin(2.5 * along)
    stage.lines(bough[None], 0.014, stage.shades(palette.BARK, foot)[0])
    kind = leafage(random)
    places = np.repeat(bough[1:], 2, axis=0) + random.uniform(-0.02, 0.02, size=(16, 2))
    lengths = random.uniform(0.06, 0.13, size=16)
    leaves(stage, places, whirled(random, lengths), stage.shades(kind, foot))
