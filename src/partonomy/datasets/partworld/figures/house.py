"""Houses from the front or half from the side: cottages, tower houses, modern flat-roofed ones."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.figures.registry import figure
from partonomy.datasets.partworld.outlines import (
    Detail,
    Points,
    Shape,
    at,
    both,
    curve,
    ellipse,
    moved,
    spot,
    stroke,
)


@figure(
    parts=("wall", "roof", "chimney", "door", "window", "shutter", "porch", "steps"),
    styles=("cottage", "tower house", "modern house"),
)
def house(random: Generator, style: str) -> list[Shape]:
    """A house that stands on y = 0: its door and its shutters open, all its parts change places."""
    makers = {"cottage": _cottage, "tower house": _tower_house, "modern house": _modern_house}
    return makers[style](random)


def _cottage(random: Generator) -> list[Shape]:
    gabled = random.random() < 0.45
    half, high, rise = random.uniform((0.95, 0.8, 0.55), (1.2, 0.98, 0.85))
    back = at(random.uniform(0.15, 0.6), random.uniform(-0.2, -0.08))
    if gabled:
        half, back = 0.68 * half, back * (2.0, 1.4)
    shapes = _gable_front(random, half, high, rise, back)
    if not gabled:
        shapes = _eaves_front(random, half, high, rise, back)
    slots = [-0.5 * half, 0.5 * half] if gabled else [-0.66 * half, 0.0, 0.66 * half]
    entry = int(random.integers(len(slots)))
    opening = _open_shutter(random)
    panes = [at(x, -0.52 * high) for n, x in enumerate(slots) if n != entry]
    if gabled:
        panes.append(at(0, -high - 0.22 * rise))
    for index, centre in enumerate(panes):
        small = at(0.28, 0.34) if gabled else at(0.36, 0.42)
        shapes += _window(centre, small, index, opening)
    return [*shapes, *_entrance(random, at(slots[entry], 0), 0.6 * high, "gable")]


def _gable_front(
    random: Generator, half: float, high: float, rise: float, back: Points
) -> list[Shape]:
    apex, low = at(0, -high - rise), at(half, -high)
    front = at([-half, -half, 0, half, half], [0, -high, apex[1], -high, 0])
    side = np.stack([at(half, 0), low, low + back, at(half, 0) + back])
    eave = low + 0.2 * (low - apex)
    slope = np.stack([eave, eave + back, apex + back, apex])
    boards = [
        np.stack([apex, eave * (way, 1), eave * (way, 1) - at(0, 0.16), apex - at(0, 0.2)])
        for way in (-1, 1)
    ]
    place = random.uniform(0.25, 0.75) * back + at(random.uniform(0, 0.15), apex[1] + 0.05)
    return [
        _chimney(random, place),
        Shape("wall", side, tone=-0.3, keypoint=side.mean(axis=0)),
        Shape("wall", front, _masonry(random, half, high)),
        Shape("roof", slope, _covering(random, slope), keypoint=slope.mean(axis=0)),
        *(Shape("roof", board, tone=0.25) for board in boards),
    ]


def _eaves_front(
    random: Generator, half: float, high: float, rise: float, back: Points
) -> list[Shape]:
    front = _upright(at(0, 0), half, high)
    ridge = at(half, -high - rise) + back / 2
    corner = at(half, -high)
    side = np.stack([at(half, 0), corner, ridge, corner + back, at(half, 0) + back])
    eaves = at([-half - 0.16, half + 0.14], [0.1 - high, 0.1 - high])
    peak = ridge + at(0.12, -0.06)
    slope = np.stack([*eaves, peak, peak - at(2 * half + 0.2, 0)])
    # What is seen of the roof's far side: the edge that stands out over the gable.
    end = corner + back + at(0.14, 0.1)
    inner = [corner + back + at(-0.04, 0.12), ridge + at(-0.05, 0.12)]
    verge = np.stack([peak, end, end + at(0, 0.1), *inner])
    place = at(random.uniform(-0.6, 0.55) * half, ridge[1] + 0.15) + back / 2
    edge = stroke(0.3, 0.07, *slope[:2])
    tiles = (*_covering(random, slope), edge)
    return [
        _chimney(random, place),
        Shape("wall", side, tone=-0.3, keypoint=side.mean(axis=0)),
        Shape("wall", front, _masonry(random, half, high)),
        Shape("roof", verge, tone=-0.3),
        Shape("roof", slope, tiles, keypoint=slope.mean(axis=0)),
    ]


def _tower_house(random: Generator) -> list[Shape]:
    wide, tall, spire = random.uniform((0.36, 1.6, 0.7), (0.5, 2.2, 1.2))
    half, high, rise = random.uniform((0.6, 0.75, 0.35), (0.85, 1.0, 0.6))
    centre = half + 0.6 * wide
    wing = _upright(at(0, 0), half, high)
    slope = at(
        [-half - 0.14, half + 0.3, half + 0.1, 0.24 - half],
        [0.1 - high, 0.1 - high, -high - rise, -high - rise],
    )
    turret = np.concatenate(
        [
            at([centre + wide, centre - wide], [-tall, -tall]),
            curve(at([centre - wide, centre, centre + wide], [0, 0.1, 0]), closed=False),
        ]
    )
    top, flank = at(centre, -tall), at(centre + 0.85 * wide, -0.55 * tall)
    if random.random() < 0.35:
        crown = _battlements(top, 1.22 * wide)
    else:
        crown = _cone(random, top, 1.32 * wide, spire)
    chimney = _chimney(random, at(random.uniform(-0.5, 0.2) * half, 0.12 - high - rise))
    shadow = Detail(-0.2, _upright(at(0, 0.14 - high), half, 0.14))
    shapes = [
        chimney,
        Shape("wall", wing, (*_masonry(random, half, high), shadow), -0.1),
        Shape("roof", slope, _covering(random, slope)),
        Shape("wall", turret, _stones(random, centre, wide, tall), keypoint=flank),
        crown,
    ]
    in_tower = random.random() < 0.4
    opening, frame = _open_shutter(random), at(0.26, 0.42)
    lowest = -1.05 if in_tower else -0.5
    levels = np.arange(0.3 - tall, lowest, 0.58)
    panes = [at(centre, level) for level in levels]
    panes += [at(x * half, -0.55 * high) for x in ((-0.5, 0.4) if in_tower else (-0.45,))]
    for index, place in enumerate(panes):
        shapes += _window(place, frame, index, opening, arched=True)
    doorstep = at(centre, 0.06) if in_tower else at(0.35 * half, 0)
    return [*shapes, *_entrance(random, doorstep, 0.6 * high, "arch")]


def _modern_house(random: Generator) -> list[Shape]:
    half, high, upper = random.uniform((1.1, 0.75, 0.65), (1.3, 0.9, 0.8))
    back = at(random.uniform(0.2, 0.55), random.uniform(-0.22, -0.1))
    reach = random.uniform(0.6, 0.85)
    shift = random.choice([-1, 1]) * random.uniform(0.3, 0.55)
    ground = _storey(at(0, 0), half, high, back)
    above = _storey(at(shift, -high - 0.1), reach, upper, back)
    stack = at(shift + random.uniform(-0.6, 0.6) * reach, -high - upper - 0.2) + back
    lower_roof = _slab(at(0, -high), half, back)
    upper_roof = _slab(at(shift, -high - upper - 0.1), reach, back)
    side = float(random.choice([-1, 1]))
    doorstep, glass = at(side * 0.62 * half, 0), at(-side * 0.32 * half, -0.48 * high)
    panes = [(glass, at(1.05 * half, 0.52 * high))]
    panes.append((at(shift, -high - 0.1 - 0.5 * upper), at(1.45 * reach, 0.52 * upper)))
    shapes = [*ground, lower_roof, _chimney(random, stack), *above, upper_roof]
    for index, (centre, size) in enumerate(panes):
        shapes += _glazing(random, centre, size, index)
    return [*shapes, *_entrance(random, doorstep, 0.62 * high, "slab")]


def _storey(foot: Points, half: float, high: float, back: Points) -> list[Shape]:
    corner = foot + at(half, 0)
    side = np.stack([corner, corner - at(0, high), corner + back - at(0, high), corner + back])
    front = _upright(foot, half, high)
    lines = tuple(
        stroke(-0.15, 0.02, foot + at(-half, y), foot + at(half, y))
        for y in np.linspace(0, -high, 6)[1:-1]
    )
    return [
        Shape("wall", side, tone=-0.3, keypoint=side.mean(axis=0)),
        Shape("wall", front, lines),
    ]


def _slab(foot: Points, half: float, back: Points) -> Shape:
    """A flat roof, its edge standing out over the walls."""
    left, right = foot + at(-half - 0.14, 0.04), foot + at(half + 0.14, 0.04)
    thick = at(0, -0.2)
    outline = np.stack(
        [left, right, right + back, right + back + thick, left + back + thick, left + thick]
    )
    top = np.stack([left + thick, right + thick, right + back + thick, left + back + thick])
    return Shape("roof", outline, (Detail(0.35, top),), keypoint=outline.mean(axis=0))


def _glazing(random: Generator, centre: Points, size: Points, instance: int) -> list[Shape]:
    """A wide window with bars, and a slatted screen that slides along it."""
    window = _window(centre, size, instance, 0.0)[0]
    bars = tuple(
        stroke(0.1, 0.04, centre + size * at(x, -0.46), centre + size * at(x, 0.46))
        for x in (-0.17, 0.17)
    )
    aside = random.choice([-1, 1]) * random.uniform(0.25, 0.45)
    middle = centre + at(aside * size[0], 0)
    half, high = 0.15 * size[0], 1.16 * size[1]
    frame = _upright(middle + at(0, high / 2), half, high)
    slats = tuple(
        stroke(-0.4, 0.025, middle + at(x, -0.43 * high), middle + at(x, 0.43 * high))
        for x in (-0.5 * half, 0, 0.5 * half)
    )
    screen = Shape("shutter", frame, slats, 0.1, instance, middle)
    return [replace(window, details=(*window.details, *bars)), screen]


def _open_shutter(random: Generator) -> float:
    """How much of a shutter's width is seen: 1 where it lies flat on the wall."""
    return float(np.cos(np.radians(random.uniform(0, 60))))


def _window(
    centre: Points, size: Points, instance: int, opening: float, arched: bool = False
) -> list[Shape]:
    """A window with glass, bars and a sill, between two shutters."""
    frame = at([-0.5, -0.5, 0.5, 0.5], [0.5, -0.5, -0.5, 0.5])
    if arched:
        bow = curve(at([-0.5, -0.42, 0, 0.42, 0.5], [-0.2, -0.4, -0.6, -0.4, -0.2]), closed=False)
        frame = np.concatenate([frame[:1], bow, frame[3:]])
    glass = centre + 0.78 * size * frame
    bars = (
        stroke(0.2, 0.035, centre - size * at(0, 0.5), centre + size * at(0, 0.45)),
        stroke(0.2, 0.035, centre - size * at(0.45, 0), centre + size * at(0.45, 0)),
    )
    glint = stroke(0.6, 0.035, centre + size * at(-0.32, -0.1), centre + size * at(-0.18, -0.32))
    sill = centre + size * at(0, 0.54)
    ledge = stroke(0.15, 0.07, sill - at(0.5 * size[0], 0), sill + at(0.5 * size[0], 0))
    details = (Detail(-0.6, glass), glint, *bars, ledge)
    shapes = [Shape("window", centre + size * frame, details, 0.3, instance, centre)]
    wide = 0.45 * size[0] * opening
    for side in (-1, 1) if opening else ():
        hinge = centre + at(side * 0.5 * size[0], 0)
        skew = 0.1 * np.sqrt(1 - opening**2)
        edges = np.array([-0.5, -0.5 - skew, 0.5 + skew, 0.5]) * size[1]
        leaf = hinge + at([0, side * wide, side * wide, 0], edges)
        slats = tuple(
            stroke(-0.4, 0.025, hinge + at(side * 0.03, y), hinge + at(side * (wide - 0.03), y))
            for y in np.array([-0.3, -0.1, 0.1, 0.3]) * size[1]
        )
        number = 2 * instance + (side > 0)
        shapes.append(Shape("shutter", leaf, slats, 0, number, leaf.mean(axis=0)))
    return shapes


def _entrance(random: Generator, foot: Points, high: float, kind: str) -> list[Shape]:
    """A door that stands more or less open, steps up to it, and a porch above it."""
    half, hinge = 0.19, at(-0.19, 0)
    frame = _upright(at(0, 0), half, high)
    if kind == "arch":
        bow = curve(at([half, 0, -half], [0.12 - high, -high - 0.05, 0.12 - high]), closed=False)
        frame = np.concatenate([frame[:2], bow])
    ajar = at(random.uniform(0.55, 1.0), 1)
    panel = 0.72 * (frame - at(0, -high / 2)) + at(0, -high / 2)
    details = (
        Detail(0.55, hinge + (frame - hinge) * ajar),
        Detail(0.35, hinge + (panel - hinge) * ajar),
        spot(-0.3, hinge + at(1.7 * half, -0.45 * high) * ajar, 0.035, 0.035),
    )
    door = Shape("door", frame, details, -0.55, keypoint=at(0, -high / 2))
    shapes = [door, *_steps(int(random.integers(2, 4))), *_porch(random, high, kind)]
    return moved(shapes, lambda points: points + foot)


def _steps(count: int) -> list[Shape]:
    shapes = []
    for number in range(count):
        half, top = 0.26 + 0.08 * number, 0.1 * number
        edge = stroke(0.45, 0.03, at(0.02 - half, top + 0.015), at(half - 0.02, top + 0.015))
        slab = _upright(at(0, top + 0.1), half, 0.1)
        shapes.append(Shape("steps", slab, (edge,), -0.1 * number, keypoint=at(0, top + 0.05)))
    return shapes


def _porch(random: Generator, high: float, kind: str) -> list[Shape]:
    """A little gable or an arch on two posts, or a slab on one."""
    half, sides = random.uniform(0.32, 0.4), [-1.0, 1.0]
    if kind == "gable":
        cover = at(
            [-half - 0.06, 0, half + 0.06], [-high, -high - random.uniform(0.24, 0.36), -high]
        )
    elif kind == "arch":
        cover = np.minimum(ellipse(at(0, -high), half, half), at(np.inf, -high))
    else:
        cover, sides = _upright(at(0, -high), half + 0.1, 0.16), [random.choice(sides)]
    low = at(0, -high - 0.04)
    trim = Detail(-0.3, 0.6 * (cover - low) + low)
    posts = [_upright(at(side * half, 0), 0.06, high) for side in sides]
    return [
        *(Shape("porch", post, tone=0.15) for post in posts),
        Shape("porch", cover, (trim,), keypoint=at(0, -high - 0.1)),
    ]


def _chimney(random: Generator, foot: Points) -> Shape:
    """A stack of bricks with a cap; its foot vanishes behind the roof."""
    half, high = random.uniform((0.12, 0.35), (0.17, 0.6))
    body = _upright(foot + at(0, 0.25), half, high + 0.25)
    cap = _upright(foot - at(0, high - 0.11), 1.3 * half, 0.13)
    rows = tuple(
        stroke(-0.35, 0.02, foot + at(-half, y), foot + at(half, y))
        for y in np.arange(0.2 - high, 0.2, 0.12)
    )
    return Shape("chimney", body, (*rows, Detail(-0.4, cap)), keypoint=foot - at(0, high))


def _cone(random: Generator, foot: Points, half: float, high: float) -> Shape:
    """A pointed roof on a round tower, with rows of slates and a golden ball."""
    flare = random.uniform(0.3, 0.55)
    side = curve(at([0.0, flare * half, half], [-high, -0.45 * high, 0.05]), closed=False)
    base = curve(at([half, 0, -half], [0.05, 0.16, 0.05]), closed=False)
    rows = tuple(
        stroke(-0.35, 0.03, *(foot + at([-x, 0, x], [y, 0.08 + y, y])))
        for x, y in side[[5, 8, 11]] * (0.92, 1)
    )
    tip = foot - at(0, high)
    ball = spot(0.5, tip, 0.07, 0.07)
    outline = foot + both(side, base)
    return Shape("roof", outline, (*rows, ball), keypoint=foot - at(0, 0.5 * high))


def _battlements(foot: Points, half: float) -> Shape:
    """A flat roof behind a wall with four merlons."""
    x = np.repeat(np.linspace(-half, half, 8), 2)
    teeth = np.stack([x, np.tile([-0.2, -0.4, -0.4, -0.2], 4)], axis=1)
    outline = np.concatenate([teeth, at([half, -half], [0.1, 0.1])])
    line = stroke(-0.35, 0.03, foot + at(-half, -0.1), foot + at(half, -0.1))
    return Shape("roof", foot + outline, (line,), keypoint=foot)


def _masonry(random: Generator, half: float, high: float) -> tuple[Detail, ...]:
    """Timber framing, a plinth, or a few bricks that show through the plaster."""
    kind = random.choice(["timber", "plinth", "bricks"])
    if kind == "timber":
        lines = [(-1, 1, 0.5, 0.5), (-0.32, -0.32, 0, 1), (0.32, 0.32, 0, 1), (-1, 1, 1, 1)]
        lines += [(-0.97, -0.97, 0, 1), (0.97, 0.97, 0, 1)]
        return tuple(
            stroke(-0.5, 0.05, at(half * a, -high * c), at(half * b, -high * d))
            for a, b, c, d in lines
        )
    if kind == "plinth":
        return (Detail(-0.35, _upright(at(0, 0), half, 0.14)),)
    return _stones(random, 0, half, high)


def _stones(random: Generator, centre: float, half: float, high: float) -> tuple[Detail, ...]:
    places = random.uniform((0.15 - half, 0.1 - high), (half - 0.15, -0.05), size=(9, 2))
    return tuple(
        stroke(tone, 0.06, place + at(centre - 0.06, 0), place + at(centre + 0.06, 0))
        for place, tone in zip(places, np.tile([-0.25, 0.25, -0.15], 3), strict=True)
    )


def _covering(random: Generator, slope: Points) -> tuple[Detail, ...]:
    """Rows of tiles, or straw, on a roof between its lower left, lower right and upper corners."""

    def place(u: float, v: float) -> Points:
        low, high = slope[0] + u * (slope[1] - slope[0]), slope[3] + u * (slope[2] - slope[3])
        spot_on_roof: Points = low + v * (high - low)
        return spot_on_roof

    if random.random() < 0.4:
        starts = random.uniform((0.03, 0.05), (0.97, 0.6), size=(26, 2))
        return tuple(stroke(-0.3, 0.025, place(u, v), place(u, v + 0.3)) for u, v in starts)
    rows = [stroke(-0.35, 0.03, place(0.01, v), place(0.99, v)) for v in (0.22, 0.44, 0.66, 0.86)]
    joints = [
        stroke(-0.35, 0.025, place(u + 0.05 * (n % 2), v), place(u + 0.05 * (n % 2), v + 0.2))
        for n, v in enumerate((0.02, 0.23, 0.45, 0.67))
        for u in np.arange(0.08, 0.95, 0.1)
    ]
    return (*rows, *joints)


def _upright(foot: Points, half: float, high: float) -> Points:
    """A rectangle over the middle of its lower side: lower left, lower right, then the upper."""
    return foot + at([-half, half, half, -half], [0, 0, -high, -high])
