"""Things that lie, stand and hang about: none of PartWorld's classes, though parts look alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partonomy.datasets.partworld.outlines import Points, at, curve, ellipse, turn
from partonomy.datasets.partworld.scenes import palette
from partonomy.datasets.partworld.scenes.palette import Colours, Range, between
from partonomy.datasets.partworld.scenes.plants import crown, ferns, leaves
from partonomy.datasets.partworld.scenes.stage import Stage

Put = Callable[[Stage, Points, float], None]
"""Paints one onto a stage, at its foot or, if it hangs or flies, around a point, so high."""


@dataclass(frozen=True)
class Prop:
    """A kind of thing.

    Attributes:
        put: paints one.
        heights: the least and the greatest, for one at the picture's lower border.
        places: the kinds of scenes that it suits.
        stands: on the ground; others are anywhere.
    """

    put: Put
    heights: tuple[float, float]
    places: frozenset[str]
    stands: bool


PROPS: dict[str, Prop] = {}


def prop(low: float, high: float, *places: str, stands: bool = True) -> Callable[[Put], Put]:
    """Make a kind of thing of the function that paints one, under the function's name."""

    def register(put: Put) -> Put:
        PROPS[put.__name__] = Prop(put, (low, high), frozenset(places), stands)
        return put

    return register


def scatter(stage: Stage, count: int) -> None:
    """Put so many things that suit a scene anywhere in it, the farthest first."""
    random = stage.random
    suited = [each for each in PROPS.values() if each.places & set(stage.props)]
    depths = np.sort(random.uniform(0.05, 1.2, size=count) ** 0.8)
    for depth in depths:
        each = suited[random.integers(len(suited))]
        foot = at(random.uniform(-0.1, 1.1), stage.horizon + depth * (1 - stage.horizon))
        size = stage.near * float(stage.scale(foot[1]))
        if not each.stands:
            foot, size = random.uniform(-0.1, 1.1, size=2), random.uniform(0.3, 1.2)
        each.put(stage, foot, size * random.uniform(*each.heights))


def paint(stage: Stage, foot: Points) -> Colours:
    """(4, 3) shades of something painted or dyed."""
    return stage.shades(palette.PAINTS[stage.random.integers(len(palette.PAINTS))], foot)


def shadow(stage: Stage, foot: Points, half: float) -> None:
    """What a thing on the ground leaves dark beside it."""
    place = foot - at(0.5 * half * stage.light.sun[0], 0)
    stage.fill(ellipse(place, 1.25 * half, 0.22 * half, 16), 0.62 * stage.seen(foot))


def globe(stage: Stage, centre: Points, half: Points, shades: Colours) -> None:
    """An ellipsoid, lighter and lighter towards the sun."""
    for step, part in enumerate((1.0, 0.86, 0.62, 0.24)):
        place = centre + half * stage.light.sun * (0, 0.12, 0.26, 0.45)[step]
        stage.fill(ellipse(place, part * half[0], part * half[1], 20), shades[step])


def pillar(stage: Stage, foot: Points, half: float, tall: float, shades: Colours, top: float = 1.0) -> None:
    """A cylinder, or a cone's lower part whose top is so many times as wide."""
    side = float(np.sign(stage.light.sun[0]))
    for step, (left, right) in enumerate(((-1, 1), (-0.55, 0.95), (0.05, 0.75), (0.3, 0.55))):
        x = half * side * np.array([left, right, top * right, top * left])
        stage.fill(foot + at(x, [0, 0, -tall, -tall]), shades[step])


def slab(stage: Stage, corners: Points, shades: Colours) -> None:
    """A flat piece with a lit edge."""
    stage.fill(corners, shades[1])
    stage.fill(corners.mean(axis=0) + 0.88 * (corners - corners.mean(axis=0)), shades[2])


def rectangle(foot: Points, half: float, tall: float) -> Points:
    """One that stands on its foot."""
    return foot + at([-half, half, half, -half], [0, 0, -tall, -tall])


@prop(0.04, 0.22, "field", "shore", "seabed", "yard")
def stone(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    shadow(stage, foot, 0.8 * tall)
    shades = stage.shades(palette.STONE if random.random() < 0.7 else palette.ROCK, foot)
    angle = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    radii = random.uniform(0.8, 1.15, size=(9, 1))
    knots = at(np.cos(angle), np.sin(angle)) * radii * (0.75, 0.5)
    centre = foot - at(0, 0.42 * tall)
    for step, part in enumerate((1.0, 0.82, 0.5)):
        stage.fill(centre + tall * (part * curve(knots, steps=3) + 0.2 * (1 - part) * 2 * stage.light.sun), shades[step])
    specks = centre + tall * random.uniform((-0.5, -0.3), (0.5, 0.3), size=(8, 2))
    stage.dots(specks, 0.07 * tall, shades[0])


@prop(0.1, 0.4, "field", "yard")
def bush(stage: Stage, foot: Points, tall: float) -> None:
    shadow(stage, foot, 0.7 * tall)
    kind: Range = palette.AUTUMN if stage.random.random() < 0.2 else palette.LEAVES
    crown(stage, foot - at(0, 0.45 * tall), at(0.65, 0.45) * tall, stage.shades(kind, foot))


@prop(0.1, 0.35, "yard", "indoors", "shore")
def box(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    shadow(stage, foot, 0.75 * tall)
    shades = stage.shades(palette.WOOD, foot) if random.random() < 0.5 else paint(stage, foot)
    half, lid, side = tall * random.uniform(0.4, 0.75), tall * random.uniform(0.1, 0.3), random.choice([-1, 1])
    front = rectangle(foot, half, tall)
    back = at(side * random.uniform(0.15, 0.4) * tall, -lid)
    edge = front[[1, 2]] if side > 0 else front[[0, 3]]
    stage.fill(np.concatenate([edge, edge[::-1] + back]), shades[0])
    stage.fill(np.concatenate([front[2:], front[:1:-1] + back]), shades[3])
    slab(stage, front, shades[1:])
    if random.random() < 0.5:
        bands = np.stack([rectangle(foot, half, tall * level)[[2, 3]] for level in (0.33, 0.67)])
        stage.lines(bands, 0.04 * tall, shades[0])
    else:
        stage.lines(np.stack([front[[0, 2]], front[[1, 3]]]), 0.07 * tall, shades[0])


@prop(0.06, 0.25, "yard", "indoors", "shore", "field", "afloat")
def ball(stage: Stage, foot: Points, tall: float) -> None:
    half, shades, other = 0.5 * tall, paint(stage, foot), paint(stage, foot)
    shadow(stage, foot, half)
    centre = foot - at(0, half)
    globe(stage, centre, at(half, half), shades)
    if stage.random.random() < 0.6:
        bow = np.linspace(-1.2, 1.2, 7)
        tilt = stage.random.uniform(0, 180)
        stripes = [at(bend * np.cos(bow), 0.9 * np.sin(bow)) * half for bend in (-0.45, 0.45)]
        stage.lines(np.stack([turn(centre + stripe, tilt, centre) for stripe in stripes]), 0.22 * half, other[2])


@prop(0.35, 1.0, "field", "yard")
def post(stage: Stage, foot: Points, tall: float) -> None:
    """A pole, bare or with a sign."""
    random = stage.random
    half = tall * random.uniform(0.015, 0.035)
    shadow(stage, foot, 3 * half)
    pillar(stage, foot, half, tall, stage.shades(palette.WOOD if random.random() < 0.5 else palette.METAL, foot))
    kind, shades = random.random(), paint(stage, foot)
    head, reach = foot - at(0, 0.88 * tall), tall * random.uniform(0.09, 0.16)
    if kind < 0.3:
        for step, part in ((0, 1.0), (3, 0.82), (1, 0.4)):
            stage.fill(ellipse(head, part * reach, part * reach, 20), shades[step])
    elif kind < 0.6:
        arrow = at([-1.2, 1, 1.5, 1, -1.2], [-0.5, -0.5, 0, 0.5, 0.5]) * (random.choice([-1, 1]), 1)
        slab(stage, head + reach * arrow, shades)
    elif kind < 0.8:
        slab(stage, head + reach * at([0, 1, 0, -1], [-1, 0, 1, 0]), shades)


@prop(0.12, 0.32, "indoors", "yard", "shore")
def bottle(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    half = tall * random.uniform(0.12, 0.18)
    shadow(stage, foot, half)
    shades = paint(stage, foot)
    pillar(stage, foot - at(0, 0.6 * tall), half, 0.18 * tall, shades, top=0.35)
    pillar(stage, foot, half, 0.61 * tall, shades)
    pillar(stage, foot - at(0, 0.77 * tall), 0.35 * half, 0.23 * tall, shades)
    pillar(stage, foot - at(0, 0.18 * tall), half, 0.28 * tall, paint(stage, foot))


@prop(0.1, 0.3, "yard", "indoors", "afloat")
def barrel(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    half, shades = tall * random.uniform(0.3, 0.45), stage.shades(palette.WOOD, foot)
    shades = shades if random.random() < 0.4 else paint(stage, foot)
    shadow(stage, foot, half)
    pillar(stage, foot, half, tall, shades)
    stage.fill(ellipse(foot - at(0, tall), half, 0.25 * half, 16), shades[3])
    stage.fill(ellipse(foot - at(0, tall), 0.85 * half, 0.2 * half, 16), shades[0])
    bands = np.stack([rectangle(foot, half, tall * level)[[2, 3]] for level in (0.2, 0.75)])
    stage.lines(bands, 0.05 * tall, shades[0])


@prop(0.25, 0.55, "yard", "indoors")
def plant(stage: Stage, foot: Points, tall: float) -> None:
    """Leaves that spread from a pot."""
    random = stage.random
    pot = stage.shades(palette.BRICK if random.random() < 0.6 else palette.PLASTER, foot)
    shadow(stage, foot, 0.2 * tall)
    angle = np.linspace(-1.3, 1.3, 13) + random.uniform(-0.15, 0.15, size=13)
    reach = random.uniform(0.4, 0.7, size=(13, 1)) * tall
    root = foot - at(0, 0.3 * tall)
    tips = root + reach * at(np.sin(angle), 0.25 - np.cos(angle))
    bends = root + 0.6 * reach * at(0.8 * np.sin(angle), -np.cos(angle) - 0.1)
    stems = np.stack([np.broadcast_to(root, tips.shape), bends, tips], axis=1)
    green = stage.shades(palette.LEAVES, foot)
    for step, colour in enumerate(green):
        stage.lines(stems[step::4], 0.055 * tall, colour)
    pillar(stage, foot, 0.14 * tall, 0.3 * tall, pot, top=1.35)
    pillar(stage, foot - at(0, 0.28 * tall), 0.2 * tall, 0.07 * tall, pot)


@prop(0.15, 0.35, "yard")
def cone(stage: Stage, foot: Points, tall: float) -> None:
    shades = stage.shades(palette.PAINTS[stage.random.integers(3)], foot)
    shadow(stage, foot, 0.4 * tall)
    stage.fill(ellipse(foot, 0.42 * tall, 0.07 * tall, 16), shades[0])
    pillar(stage, foot, 0.3 * tall, tall, shades, top=0.12)
    white = stage.shades(palette.PAINTS[7], foot)
    pillar(stage, foot - at(0, 0.4 * tall), 0.2 * tall, 0.2 * tall, white, top=0.72)


@prop(0.06, 0.2, "field", "fallen")
def mushroom(stage: Stage, foot: Points, tall: float) -> None:
    shades = stage.shades(palette.PAINTS[stage.random.choice([0, 1, 9])], foot)
    shadow(stage, foot, 0.35 * tall)
    pillar(stage, foot, 0.12 * tall, 0.7 * tall, stage.shades(palette.PAINTS[7], foot))
    arch = np.linspace(np.pi, 2 * np.pi, 12)
    cap = foot - at(0, 0.6 * tall) + tall * at(0.5 * np.cos(arch), 0.42 * np.sin(arch))
    stage.fill(cap, shades[1])
    stage.fill(cap * 1.0 + 0.06 * tall * stage.light.sun - at(0, 0.02 * tall), shades[2])
    spots = foot + tall * (stage.random.uniform((-0.3, -0.9), (0.3, -0.68), size=(5, 2)))
    stage.dots(spots, 0.09 * tall, between(shades[3], np.ones(3), 0.6))


@prop(0.08, 0.3, "field", "yard", "shore")
def log(stage: Stage, foot: Points, tall: float) -> None:
    """A trunk that lies there, rings on its cut."""
    random = stage.random
    bark = stage.shades(palette.BARK, foot)
    half, side = 0.5 * tall, float(random.choice([-1, 1]))
    away = at(side * random.uniform(1.5, 3.5) * tall, -random.uniform(0, 0.5) * tall)
    centre = foot - at(0, half)
    shadow(stage, foot + 0.4 * away, tall)
    for step, (low, high) in enumerate(((1, -1), (0.4, -0.95), (-0.3, -0.85))):
        edge = np.stack([centre + at(0, low * half), centre + at(0, high * half)])
        stage.fill(np.concatenate([edge, edge[::-1] + away]), bark[step])
    wood = stage.shades(palette.WOOD, foot)
    for step, part in ((0, 1.0), (3, 0.9), (1, 0.68), (3, 0.58), (1, 0.3), (2, 0.2)):
        stage.fill(ellipse(centre, 0.6 * part * half, part * half, 20), wood[step])


@prop(0.12, 0.35, "field")
def bale(stage: Stage, foot: Points, tall: float) -> None:
    """Straw, rolled up."""
    half, shades = 0.5 * tall, stage.shades(palette.SAND, foot)
    shadow(stage, foot, 1.2 * half)
    centre, thick = foot - at(0, half), at(0.8 * half * stage.random.choice([-1, 1]), 0)
    stage.fill(ellipse(centre + thick, 0.8 * half, half, 24), shades[0])
    stage.fill(rectangle(foot + thick / 2, abs(thick[0]) / 2, tall), shades[1])
    turns = np.linspace(0, 22, 70)
    coil = at(0.85 * np.cos(turns), np.sin(turns)) * (half * np.linspace(0.05, 0.95, 70))[:, None]
    stage.fill(ellipse(centre, 0.9 * half, half, 24), shades[2])
    stage.lines((centre + coil)[None], 0.05 * half, shades[0])


@prop(0.5, 0.9, "shore", "yard")
def parasol(stage: Stage, foot: Points, tall: float) -> None:
    random = stage.random
    shades, other = paint(stage, foot), paint(stage, foot)
    shadow(stage, foot, 0.35 * tall)
    head = foot + at(random.uniform(-0.15, 0.15), -1) * tall
    stage.lines(np.stack([foot, head])[None], 0.02 * tall, stage.light.tone(random, palette.WOOD))
    angle = np.linspace(np.pi, 2 * np.pi, 9)
    rim = head + at(0.5 * np.cos(angle), 0.38 + 0.12 * -np.sin(angle) * 0) * tall
    rim[:, 1] += 0.05 * tall * np.sin(np.linspace(0, 8 * np.pi, 9) / 2) ** 2
    peak = np.broadcast_to(head, (8, 2))
    panels = np.stack([rim[:-1], (rim[:-1] + rim[1:]) / 2 + at(0, -0.03 * tall), rim[1:], (peak + rim[1:]) / 2 + 0.07 * tall * (at(np.cos(angle[1:]), np.sin(angle[1:]))), peak, (peak + rim[:-1]) / 2 + 0.07 * tall * at(np.cos(angle[:-1]), np.sin(angle[:-1]))], axis=1)
    steps = np.where(np.arange(8)[:, None] * stage.light.sun[0] > 3.5 * stage.light.sun[0], shades[2], shades[1])
    steps[::2] = other[2]
    stage.fill_each(panels, steps)


@prop(0.12, 0.4, "afloat")
def buoy(stage: Stage, foot: Points, tall: float) -> None:
    shades, other = paint(stage, foot), stage.shades(palette.PAINTS[7], foot)
    stage.fill(ellipse(foot, 0.35 * tall, 0.06 * tall, 16), 0.6 * stage.seen(foot))
    pillar(stage, foot, 0.28 * tall, 0.6 * tall, shades, top=0.45)
    pillar(stage, foot - at(0, 0.22 * tall), 0.22 * tall, 0.17 * tall, other, top=0.75)
    stage.lines(np.stack([foot - at(0, 0.6 * tall), foot - at(0, 0.9 * tall)])[None], 0.05 * tall, shades[0])
    globe(stage, foot - at(0, 0.92 * tall), at(0.09, 0.09) * tall, shades)


@prop(0.03, 0.1, "afloat")
def lilies(stage: Stage, foot: Points, tall: float) -> None:
    """Round leaves on the water, some in flower."""
    random, shades = stage.random, stage.shades(palette.LEAVES, foot)
    for place in foot + tall * random.uniform((-3, -0.8), (3, 0.8), size=(6, 2)):
        stage.fill(ellipse(place + at(0, 0.08 * tall), 0.8 * tall, 0.3 * tall, 16), shades[0])
        stage.fill(ellipse(place, 0.8 * tall, 0.28 * tall, 16), shades[random.integers(1, 4)])
    if random.random() < 0.6:
        stage.dots(foot + tall * at([0, 0.15, -0.15], [-0.2, -0.1, -0.1]), 0.3 * tall, stage.light.tone(random, palette.BLOSSOM))


@prop(0.08, 0.25, "shore", "seabed", "fallen")
def shell(stage: Stage, foot: Points, tall: float) -> None:
    """A scallop: rays that spread from a point."""
    random, shades = stage.random, stage.shades(palette.PLASTER, foot)
    tilt = random.uniform(-60, 60)
    angle = np.linspace(-1.1, 1.1, 15)
    radii = np.tile([0.92, 1.0], 8)[:15]
    rim = foot + tall * at(np.sin(angle) * radii, -np.cos(angle) * radii)
    base = foot + tall * at([0.18, -0.18], [0.08, 0.08])
    outline = turn(np.concatenate([rim, base]), tilt, foot)
    stage.fill(outline + 0.08 * tall, 0.6 * stage.seen(foot))
    stage.fill(outline, shades[2])
    rays = np.stack([np.broadcast_to(foot, (8, 2)), turn(rim[::2], tilt, foot)], axis=1)
    stage.lines(rays, 0.035 * tall, shades[0])


@prop(0.08, 0.25, "shore", "seabed")
def star(stage: Stage, foot: Points, tall: float) -> None:
    shades = stage.shades(palette.PAINTS[stage.random.integers(3)], foot)
    angle = np.linspace(0, 2 * np.pi, 10, endpoint=False) + stage.random.uniform(0, 1)
    radii = np.where(np.arange(10) % 2, 0.22, 0.6)[:, None] * tall
    knots = at(np.cos(angle), np.sin(angle)) * radii * (1, 0.8)
    stage.fill(foot + curve(knots, steps=3) + 0.06 * tall, 0.6 * stage.seen(foot))
    stage.fill(foot + curve(knots, steps=3), shades[1])
    stage.lines(foot + np.stack([0 * knots[::2], 0.8 * knots[::2]], axis=1), 0.06 * tall, shades[3])


@prop(0.2, 0.5, "yard", "indoors")
def lamp(stage: Stage, foot: Points, tall: float) -> None:
    """A shade on a stem, mostly alight."""
    shades, metal = paint(stage, foot), stage.shades(palette.METAL, foot)
    shadow(stage, foot, 0.2 * tall)
    stage.fill(ellipse(foot - at(0, 0.02 * tall), 0.18 * tall, 0.05 * tall, 16), metal[1])
    pillar(stage, foot, 0.025 * tall, 0.7 * tall, metal)
    if stage.random.random() < 0.6:
        shades = between(shades, np.array([1.0, 0.88, 0.6]), np.array([0.4, 0.55, 0.7, 0.85]))
    pillar(stage, foot - at(0, 0.6 * tall), 0.27 * tall, 0.4 * tall, shades, top=0.6)


@prop(0.5, 1.1, "yard", "indoors")
def ladder(stage: Stage, foot: Points, tall: float) -> None:
    """Two rails and rungs, leaning."""
    shades = stage.shades(palette.WOOD, foot)
    lean, half = stage.random.uniform(-0.3, 0.3) * tall, 0.09 * tall
    ends = np.stack([foot, foot + at(lean, -tall)])
    shadow(stage, foot, 1.3 * half)
    rungs = np.linspace(0.08, 0.95, 8)[:, None]
    places = ends[0] + rungs * (ends[1] - ends[0])
    stage.lines(np.stack([places - at(half, 0), places + at(half, 0)], axis=1), 0.025 * tall, shades[1])
    stage.lines(np.stack([ends - at(half, 0), ends + at(half, 0)]), 0.035 * tall, shades[2])


@prop(0.08, 0.2, "indoors")
def bowl(stage: Stage, foot: Points, tall: float) -> None:
    """Fruit in a dish."""
    random = stage.random
    shadow(stage, foot, 0.7 * tall)
    for x in random.permutation([-0.5, -0.1, 0.35]):
        fruit = stage.shades(palette.PAINTS[random.integers(4)], foot)
        globe(stage, foot + tall * at(x, -0.75), at(0.3, 0.3) * tall, fruit)
    arch = np.linspace(0, np.pi, 12)
    for step, part in enumerate((1.0, 0.8, 0.5)):
        side = np.sign(stage.light.sun[0]) * 0.25 * (1 - part)
        half = tall * at(part * np.cos(arch) + side, 0.7 * np.sin(arch) - 0.65)
        stage.fill(foot + half * (0.9, 0.95), (paint(stage, foot) if step == 0 else shades)[step])
        shades = paint(stage, foot) if step == 0 else shades


@prop(0.1, 0.3, "indoors")
def pile(stage: Stage, foot: Points, tall: float) -> None:
    """Books that lie on one another."""
    random = stage.random
    half = tall * random.uniform(0.5, 0.9)
    shadow(stage, foot, half)
    for level in np.arange(5):
        shades = paint(stage, foot)
        place = foot + tall * at(random.uniform(-0.12, 0.12), -0.2 * level)
        stage.fill(rectangle(place, half, 0.19 * tall), shades[1])
        stage.fill(rectangle(place - at(0.08 * half, 0.04 * tall), 0.92 * half, 0.11 * tall), shades[3])
        half *= random.uniform(0.85, 1.0)


@prop(0.1, 0.3, "hung", stands=False)
def plate(stage: Stage, foot: Points, tall: float) -> None:
    """A round thing on a wall: rings, and a pattern of rays."""
    shades, other = paint(stage, foot), paint(stage, foot)
    half = 0.5 * tall
    stage.fill(ellipse(foot + 0.12 * half, half, half, 24), 0.65 * stage.seen(foot))
    for part, colour in ((1.0, shades[1]), (0.92, shades[3]), (0.7, other[2]), (0.62, shades[2])):
        stage.fill(ellipse(foot, part * half, part * half, 24), colour)
    angle = np.linspace(0, 2 * np.pi, int(stage.random.integers(5, 13)), endpoint=False)
    rays = foot + half * np.stack([at(np.cos(angle), np.sin(angle)) * r for r in (0.15, 0.5)], axis=1)
    stage.lines(rays, 0.06 * half, other[0])


@prop(0.15, 0.4, "hung", stands=False)
def poster(stage: Stage, foot: Points, tall: float) -> None:
    """A sheet with blocks of colour."""
    random = stage.random
    half = tall * random.uniform(0.3, 0.7)
    sheet = turn(rectangle(foot, half, tall), random.uniform(-6, 6), foot)
    stage.fill(sheet + 0.02 * tall, 0.7 * stage.seen(foot))
    slab(stage, sheet, paint(stage, foot))
    for level in np.arange(random.uniform(0.15, 0.3), 0.8, 0.25):
        block = rectangle(foot - at(0, level * tall), half * random.uniform(0.3, 0.7), 0.13 * tall)
        stage.fill(block, paint(stage, foot)[2])


@prop(0.05, 0.12, "hung", "air", stands=False)
def pennants(stage: Stage, foot: Points, tall: float) -> None:
    """Little flags on a string that sags."""
    random = stage.random
    x = np.linspace(-0.7, 0.7, 12)
    string = foot + at(x, 0.25 * x**2 * random.uniform(-1, 0.2))
    stage.lines(string[None], 0.004, stage.shades(palette.METAL, foot)[0])
    flag = at([-0.35, 0.35, 0], [0, 0, 1]) * tall
    hues = [paint(stage, foot)[2] for _ in range(3)]
    stage.fill_each(string[:, None] + flag, np.stack(hues)[np.arange(12) % 3])


@prop(0.12, 0.3, "hung", "air", stands=False)
def lantern(stage: Stage, foot: Points, tall: float) -> None:
    """A paper lamp on a string."""
    shades = between(paint(stage, foot), np.array([1.0, 0.8, 0.5]), np.full(4, 0.35))
    stage.lines(np.stack([foot, foot - at(0, 2)])[None], 0.005, shades[0] * 0.4)
    globe(stage, foot, at(0.4, 0.45) * tall, shades)
    x = np.linspace(-1, 1, 7)
    ribs = np.stack([foot + tall * at(0.36 * x, level + 0.05 * (1 - x**2)) for level in (-0.2, 0, 0.2)])
    stage.lines(ribs, 0.015 * tall, shades[0])


@prop(0.1, 0.35, "air", stands=False)
def balloon(stage: Stage, foot: Points, tall: float) -> None:
    shades = paint(stage, foot)
    sway = np.linspace(0, 1.6, 8)
    string = foot + tall * at(0.06 * np.sin(4 * sway), 0.5 + sway)
    stage.lines(string[None], 0.004, shades[0])
    stage.fill(foot + tall * at([-0.06, 0.06, 0], [0.56, 0.56, 0.45]), shades[0])
    globe(stage, foot, at(0.4, 0.5) * tall, shades)


@prop(0.12, 0.35, "air", stands=False)
def kite(stage: Stage, foot: Points, tall: float) -> None:
    tilt = stage.random.uniform(-50, 50)
    shape = turn(tall * at([0, 0.35, 0, -0.35], [-0.5, -0.12, 0.6, -0.12]), tilt, np.zeros(2))
    one, other = paint(stage, foot), paint(stage, foot)
    tail = np.linspace(0, 1, 10)
    ribbon = foot + shape[2] + tall * at(0.15 * np.sin(9 * tail), 0.9 * tail)
    stage.lines(ribbon[None], 0.005, one[0])
    for first, colour in enumerate((one[2], other[2], one[1], other[1])):
        stage.fill(foot + np.stack([shape[first], shape[(first + 1) % 4], tall * at(0, -0.1)]), colour)


@prop(0.04, 0.16, "air", "fallen", stands=False)
def leaf(stage: Stage, foot: Points, tall: float) -> None:
    kind: Range = palette.AUTUMN if stage.random.random() < 0.6 else palette.LEAVES
    count = int(stage.random.integers(1, 6))
    places = foot + stage.random.uniform(-1.5, 1.5, size=(count, 2)) * tall
    leaves(stage, places, np.full(count, tall), stage.shades(kind, foot))


@prop(0.12, 0.3, "air", stands=False)
def branch(stage: Stage, foot: Points, tall: float) -> None:
    """Twigs and leaves that reach in from the picture's border."""
    random = stage.random
    corner = at(random.choice([-0.05, 1.05]), random.uniform(-0.05, 0.5))
    tip = corner + at(np.sign(0.5 - corner[0]) * random.uniform(0.25, 0.6), random.uniform(-0.1, 0.2))
    bark = stage.light.shades(random, palette.BARK)
    t = np.linspace(0, 1, 9)[:, None]
    bough = corner + t * (tip - corner) + at(0, 0.08) * np.sin(2.5 * t)
    stage.lines(bough[None], 0.016, bark[0])
    places = np.repeat(bough[1:], 4, axis=0) + random.uniform(-0.05, 0.05, size=(32, 2))
    kind: Range = palette.AUTUMN if random.random() < 0.2 else palette.LEAVES
    leaves(stage, places, random.uniform(0.05, 0.11, size=32), stage.light.shades(random, kind))


@prop(0.03, 0.15, "fallen", stands=False)
def pebble(stage: Stage, foot: Points, tall: float) -> None:
    stone(stage, foot, tall)


@prop(0.05, 0.2, "fallen", stands=False)
def disc(stage: Stage, foot: Points, tall: float) -> None:
    """A lid or a coin: rings, seen from above."""
    shades = paint(stage, foot) if stage.random.random() < 0.5 else stage.shades(palette.METAL, foot)
    half = 0.5 * tall
    stage.fill(ellipse(foot + 0.12 * half, half, half, 24), 0.55 * stage.seen(foot))
    for part, step in ((1.0, 1), (0.9, 3), (0.78, 2), (0.4, 0), (0.34, 2)):
        stage.fill(ellipse(foot, part * half, part * half, 24), shades[step])


@prop(0.15, 0.4, "field", "seabed")
def tussock(stage: Stage, foot: Points, tall: float) -> None:
    """Stiff grass in a bunch."""
    random, shades = stage.random, stage.shades(palette.LEAVES, foot)
    lean = random.uniform(-1, 1, size=24)
    tips = foot + tall * at(0.6 * lean, -random.uniform(0.5, 1, size=24) * (1 - 0.3 * np.abs(lean)))
    roots = foot + tall * at(0.15 * lean, 0 * lean)
    for step, colour in enumerate(shades):
        stage.lines(np.stack([roots, tips], axis=1)[step::4], 0.03 * tall, colour)
