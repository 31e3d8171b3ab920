"""Ships from the side: sailing ships, steamers and container ships."""

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.figures.registry import figure
from partonomy.datasets.partworld.outlines import (
    Detail,
    Points,
    Shape,
    at,
    curve,
    ellipse,
    spot,
    stroke,
    tube,
)


@figure(
    parts=("hull", "keel", "superstructure", "window", "mast", "flag", "anchor", "cargo"),
    styles=("sailing ship", "steamer", "container ship"),
)
def ship(random: Generator, style: str) -> list[Shape]:
    """A ship out of the water: a mast carries its sails or booms, flags fly, the anchor swings."""
    makers = {
        "sailing ship": _sailing_ship,
        "steamer": _steamer,
        "container ship": _container_ship,
    }
    return makers[style](random)


def _sailing_ship(random: Generator) -> list[Shape]:
    deck, water, bottom = 0.25, random.uniform(0.58, 0.7), random.uniform(0.85, 1.0)
    rail = at([-1.5, -1.42, -0.8, 0.3, 1.1, 1.62], [0.0, 0.12, 0.24, 0.28, 0.2, -0.02])
    edge = curve(rail, closed=False)
    stem = curve(at([1.62, 1.42, 1.2], [0, 0.3, water]), closed=False)
    hull = np.concatenate([edge, stem, at([-1.28], [water])])
    planks = tuple(
        stroke(-0.4, 0.025, *at([-1.3, 0, 1.2], [0.3 + low, 0.4 + low, 0.26 + low]))
        for low in (0.06, 0.2)
    )
    rubbing = Detail(0.45, tube(rail[1:] + at(0, 0.03), [0.07] * 5))
    ports = [at(x, water - 0.12) for x in np.linspace(-0.9, 0.75, int(random.integers(3, 5)))]
    count = int(random.integers(2, 4))
    places = np.linspace(0.78, -0.62, count) + random.uniform(-0.06, 0.06, count)
    heights = random.uniform(1.5, 1.95, count) * np.array([0.92, 1.0, 0.82])[:count]
    tops = np.stack([places, deck - heights], axis=1)
    flown = tops if count == 2 or random.random() < 0.5 else tops[[0, 2]]
    stay = at([1.95, places[0] + 0.5], [-0.3, deck - heights[0] + 0.35])
    luff = curve(np.stack([stay[1], at(1.16, -0.4), at(1.2, -0.1)]), closed=False)
    jib = np.concatenate([stay[:1], luff])
    bowsprit = tube([at(1.3, 0.08), at(2.0, -0.33)], [0.11, 0.07])
    aft = at(random.uniform(-0.85, -0.7), -random.uniform(0.22, 0.4))
    panes = [at(x, (aft[1] + 0.1) / 2) for x in (-1.36, aft[0] - 0.17)]
    shift = random.uniform(-0.12, 0.12)
    barrels = [
        _barrel(at(shift + x, deck + 0.03), index) for index, x in enumerate((-0.3, 0.02, 0.36))
    ]
    return [
        Shape("mast", bowsprit, tone=-0.3),
        Shape("mast", jib, (stroke(-0.5, 0.03, *stay),), 0.4),
        *(shape for n, top in enumerate(tops) for shape in _square_rig(random, top, count, n)),
        *(_flag(random, top, 1, n) for n, top in enumerate(flown)),
        *barrels,
        _poop(aft),
        _keel(at([-1.28, 1.2, 0.95, 0.3, -1.15], [water, water, bottom, bottom + 0.03, bottom])),
        Shape("hull", hull, (*planks, rubbing), keypoint=at(1.5, 0.08)),
        *(_window(_porthole(place), index) for index, place in enumerate([*panes, *ports])),
        _anchor(random, at(1.22, 0.24)),
    ]


def _poop(corner: Points) -> Shape:
    """The raised stern, its front upper corner given."""
    x, high = corner
    outline = at([-1.64, x, x, -1.42], [high - 0.06, high, 0.28, 0.2])
    rail, sill = stroke(0.5, 0.08, *outline[:2]), stroke(-0.4, 0.03, at(-1.5, 0.06), at(x, 0.1))
    return Shape("superstructure", outline, (rail, sill), keypoint=outline.mean(axis=0))


def _square_rig(random: Generator, top: Points, masts: int, instance: int) -> list[Shape]:
    """A mast with two or three square sails that the wind fills, the lowest often furled."""
    belly, brace = random.uniform(0.05, 0.22), random.uniform(0.8, 1.0)
    foot, count = -0.02, int(random.integers(2, 4))
    edges = np.linspace(top[1] + 0.18, foot, count + 1)
    pole = tube([at(top[0], 0.4), top], [0.12, 0.06])
    shapes = [Shape("mast", pole, tone=-0.3, instance=instance, keypoint=top)]
    for level in range(count):
        width = 1.25 / masts * brace * np.interp(level, [0, count - 1], [0.62, 1])
        furled = level == count - 1 and random.random() < 0.3
        low = edges[level] + 0.12 if furled else edges[level + 1] - 0.05
        shapes.append(_sail(top[0], edges[level], low, width, 0 if furled else belly, instance))
    return shapes


def _sail(x: float, high: float, low: float, half: float, belly: float, instance: int) -> Shape:
    levels = [high, (high + low) / 2, low]
    right = curve(at([x + 0.8 * half, x + 0.9 * half + belly, x + half], levels), closed=False)
    left = curve(at([x - half, x - 0.9 * half + belly, x - 0.8 * half], levels[::-1]), closed=False)
    foot = curve(at([x + half, x + belly / 2, x - half], [low, low - belly / 2, low]), closed=False)
    seams = tuple(
        stroke(-0.35, 0.025, *at([x + place, x + place + 0.9 * belly, x + place], levels))
        for place in (-0.35 * half, 0.3 * half)
    )
    yard = stroke(-0.85, 0.06, at(x - 0.9 * half, high), at(x + 0.9 * half, high))
    return Shape("mast", np.concatenate([right, foot, left]), (*seams, yard), 0.4, instance)


def _steamer(random: Generator) -> list[Shape]:
    deck, water, bottom = 0.3, random.uniform(0.62, 0.72), random.uniform(0.88, 1.0)
    hull = at([-1.72, 0, 1.3, 1.72, 1.6, -1.45], [0.16, deck, 0.26, 0.12, water, water])
    hull = np.concatenate([curve(hull[:4], closed=False), hull[4:]])
    stripe = Detail(0.5, tube([at(-1.62, 0.25), at(0, 0.38), at(1.62, 0.21)], [0.06] * 3))
    middle, half = random.uniform(-0.18, 0.18), random.uniform(0.7, 0.85)
    tiers = int(random.integers(2, 4))
    house, panes = [], []
    for tier in range(tiers):
        reach, floor = half - 0.2 * tier, at(middle, deck + 0.05 - 0.3 * tier)
        house.append(_deckhouse(floor, reach, 0.15 * (tier % 2)))
        panes += [floor + at(x, -0.15) for x in np.linspace(0.2 - reach, reach - 0.2, 4 - tier)]
    roof, rake = deck + 0.05 - 0.3 * tiers, random.uniform(0, 0.22)
    tall = random.uniform(0.5, 0.75)
    count = int(random.integers(1, 6 - tiers))
    span = (half - 0.2 * tiers + 0.02) * (count > 1)
    funnels = [
        _funnel(at(middle + x, roof + 0.05), tall, rake, 0.34 - 0.05 * count)
        for x in np.linspace(-span, span, count)
    ]
    ports = [at(x, 0.5) for x in np.linspace(-1.1, 0.9, int(random.integers(3, 5)))]
    masts, flags, crates = [], [], []
    for index, x in enumerate((middle + half + 0.25, middle - half - 0.25)):
        side = 1 - 2 * index
        top = at(x - rake / 2, deck - random.uniform(1.2, 1.55))
        masts.append(_derrick(random, top, x, side, index))
        flags.append(_flag(random, top, -1, index))
        crates.append(_crate(at(x + side * 0.24, deck + 0.02), 0.17, index))
    return [
        *masts,
        *flags,
        *funnels,
        *house[::-1],
        *crates,
        _keel(at([-1.45, 1.6, 1.52, 0, -1.3], [water, water, bottom, bottom, bottom])),
        Shape("hull", hull, (stripe,), keypoint=at(1.62, 0.22)),
        *(_window(_porthole(place), index) for index, place in enumerate([*panes, *ports])),
        _anchor(random, at(1.42, 0.4)),
    ]


def _deckhouse(floor: Points, half: float, tone: float) -> Shape:
    """One storey under its roof."""
    roof = stroke(0.6, 0.05, floor + at(-half - 0.06, -0.32), floor + at(half + 0.06, -0.32))
    wall = _upright(floor, half, 0.32)
    return Shape("superstructure", wall, (roof,), tone, keypoint=floor - at(0, 0.16))


def _container_ship(random: Generator) -> list[Shape]:
    deck, water, bottom = 0.28, random.uniform(0.58, 0.66), random.uniform(0.86, 0.98)
    hull = at([-1.7, 1.1, 1.35, 1.78, 1.5, -1.6], [deck, deck, 0.06, 0.04, water, water])
    stripe = (
        stroke(0.5, 0.05, at(-1.64, deck + 0.08), at(1.2, deck + 0.08)),
        stroke(0.75, 0.1, at(-0.5, 0.47), at(0.45, 0.47)),
    )
    # A bulb under the bow is what tells a modern freighter's keel.
    keel = at(
        [-1.6, 1.5, 1.62, 1.78, 1.6, 0, -1.3], [water, water, 0.68, 0.8, bottom, bottom, bottom]
    )
    bridge = random.choice([-1.22, -1.1, 0.1, 0.6])
    tall = random.uniform(1.0, 1.3)
    roof = deck - tall
    tower = at(
        bridge + np.array([-0.3, -0.4, 0.4, 0.4, 0.3, 0.3, -0.3]),
        [roof + 0.3, roof, roof, roof + 0.3, roof + 0.3, deck, deck],
    )
    steps = np.arange(deck - 0.17, roof + 0.42, -0.31)
    floors = tuple(
        stroke(-0.3, 0.025, at(bridge - 0.28, y), at(bridge + 0.28, y)) for y in steps - 0.155
    )
    panes = [_upright(at(bridge + x, roof + 0.24), 0.11, 0.18) for x in (-0.24, 0.02, 0.28)]
    panes += [_upright(at(bridge + x, y + 0.09), 0.09, 0.18) for y in steps for x in (-0.14, 0.14)]
    top = at(bridge + 0.18, roof - random.uniform(0.65, 0.85))
    radar = stroke(-0.2, 0.08, top + at(-0.2, 0.42), top + at(0.2, 0.42))
    mast = Shape("mast", tube([at(top[0], roof + 0.1), top], [0.16, 0.09]), (radar,), 0, 0, top)
    jib = at(1.5, deck - random.uniform(1.0, 1.35))
    foremast = _derrick(random, jib, 1.5, -1, 1)
    stacks: list[Shape] = []
    width = 0.45
    for x in np.arange(-1.66, 1.0, width):
        if abs(x + width / 2 - bridge) > 0.5:
            stacks += _stack(random, at(x, deck + 0.02), width - 0.02, len(stacks))
    funnel = _funnel(at(bridge - 0.17, roof + 0.05), random.uniform(0.35, 0.45), 0, 0.28)
    return [
        mast,
        foremast,
        _flag(random, top, -1, 0),
        _flag(random, jib, -1, 1),
        funnel,
        *stacks,
        Shape("superstructure", tower, floors, 0.2, keypoint=at(bridge, (deck + roof) / 2)),
        _keel(keel),
        Shape("hull", hull, stripe, keypoint=at(1.65, 0.12)),
        *(_window(pane, index) for index, pane in enumerate(panes)),
        _anchor(random, at(1.38, 0.28)),
    ]


def _keel(corners: Points) -> Shape:
    """The hull's part under water: the waterline's two ends, then the bottom from bow to stern."""
    water = corners[0, 1]
    bottom = curve(corners[1:], closed=False)
    line = stroke(0.7, 0.05, corners[0] + at(0.02, 0.03), corners[1] + at(-0.04, 0.03))
    middle = at(0, (water + corners[-1, 1]) / 2)
    return Shape("keel", np.concatenate([corners[:1], bottom]), (line,), keypoint=middle)


def _flag(random: Generator, top: Points, side: int, instance: int) -> Shape:
    """A waving flag, or a pennant, with its cloth to one side of the mast's top."""
    long, wave = random.uniform(0.48, 0.64), random.uniform(0.03, 0.08) * random.choice([-1, 1])
    droop, end = random.uniform(-0.05, 0.18), random.choice([0.05, 0.26])
    x = np.linspace(0, long, 9)
    ripple = wave * np.sin(2 * np.pi * x / long) + droop * x / long
    narrowing = (0.28 - end) / 2 * x / long
    high, low = ripple + narrowing, ripple + 0.28 - narrowing

    def strip(upper: float, lower: float) -> Points:
        edges = [
            np.stack([side * x, high + part * (low - high)], axis=1) for part in (upper, lower)
        ]
        return top + np.concatenate([edges[0], edges[1][::-1]])

    cloth, band = strip(0, 1), strip(0.38, 0.62)
    return Shape("flag", cloth, (Detail(0.7, band),), 0, instance, cloth.mean(axis=0))


def _anchor(random: Generator, hawse: Points) -> Shape:
    """An anchor that hangs from its hole in the bow."""
    drop = random.uniform(0.0, 0.22)
    ring, crown = hawse + at(0, drop), hawse + at(0, drop + 0.42)
    hooks = crown + at([-0.24, -0.15, 0, 0.15, 0.24], [-0.2, -0.04, 0.02, -0.04, -0.2])
    details = (
        stroke(0, 0.075, *hooks),
        stroke(0, 0.065, ring + at(-0.12, 0.1), ring + at(0.12, 0.1)),
        spot(0, ring, 0.08, 0.08),
        spot(-0.7, ring, 0.035, 0.035),
    )
    shank = Shape("anchor", tube([ring, crown], [0.08, 0.09]), details, -0.1, 0, crown)
    return shank.turned(random.uniform(-25, 25), hawse)


def _window(frame: Points, instance: int) -> Shape:
    centre = frame.mean(axis=0)
    pane, glint = centre + 0.7 * (frame - centre), centre + 0.22 * (frame - centre) - 0.03
    details = (Detail(-0.6, pane), Detail(0.85, glint))
    return Shape("window", frame, details, 0.3, instance, centre)


def _porthole(centre: Points) -> Points:
    return ellipse(centre, 0.115, 0.115)


def _upright(foot: Points, half: float, high: float) -> Points:
    """A rectangle over the middle of its lower side: lower left, lower right, then the upper."""
    return foot + at([-half, half, half, -half], [0, 0, -high, -high])


def _funnel(foot: Points, tall: float, rake: float, width: float) -> Shape:
    """A funnel leaning back; it counts as superstructure."""

    def band(low: float, high: float) -> Points:
        level = np.array([low, low, high, high])
        across = width / 2 * np.array([-1, 1, 1, -1])
        return foot + np.stack([across - rake * level, -tall * level], axis=1)

    details = (Detail(0.6, band(0.5, 0.72)), Detail(-0.65, band(0.84, 1)))
    return Shape("superstructure", band(0, 1), details, -0.15)


def _derrick(random: Generator, top: Points, x: float, side: int, instance: int) -> Shape:
    """A mast whose loading boom swings up and down."""
    joint, rise = at(x, 0.0), np.radians(random.uniform(15, 70))
    tip = joint + 0.62 * at(side * np.cos(rise), -np.sin(rise))
    details = (
        stroke(0.2, 0.075, joint, tip),
        stroke(-0.5, 0.022, tip, 0.8 * top + 0.2 * joint),
        stroke(-0.5, 0.03, tip, tip + at(0, 0.16)),
    )
    return Shape("mast", tube([at(x, 0.4), top], [0.13, 0.07]), details, 0, instance, top)


def _barrel(foot: Points, instance: int) -> Shape:
    staves = curve(
        foot + at([-0.11, -0.15, -0.11, 0.11, 0.15, 0.11], [0, -0.16, -0.33, -0.33, -0.16, 0])
    )
    hoops = tuple(
        stroke(-0.6, 0.035, foot + at(-0.14, y), foot + at(0.14, y)) for y in (-0.09, -0.25)
    )
    return Shape("cargo", staves, hoops, 0, instance, foot - at(0, 0.16))


def _crate(foot: Points, half: float, instance: int) -> Shape:
    box = _upright(foot, half, 2 * half)
    frame = tuple(stroke(-0.4, 0.04, box[i], box[(i + 1) % 4]) for i in range(4))
    cross = stroke(-0.4, 0.04, box[0], box[2])
    return Shape("cargo", box, (*frame, cross), 0, instance, foot - at(0, half))


def _stack(random: Generator, corner: Points, width: float, first: int) -> list[Shape]:
    """Containers on top of each other, each an instance of its own."""
    shapes = []
    for level in range(int(random.integers(1, 5))):
        foot = corner + at(width / 2, -0.28 * level)
        ribs = tuple(
            stroke(-0.3, 0.02, foot + at(x, -0.05), foot + at(x, -0.21))
            for x in width * np.array([-0.3, -0.1, 0.1, 0.3])
        )
        tone, key = float(random.choice([-0.35, 0, 0.3])), foot - at(0, 0.13)
        box = _upright(foot, width / 2, 0.26)
        shapes.append(Shape("cargo", box, ribs, tone, first + level, key))
    return shapes
