"""An insect from above: a beetle lifting its wing cases, a butterfly, a bee or a dragonfly."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.figures.registry import ANYHOW, figure
from partonomy.datasets.partworld.outlines import (
    Detail,
    Points,
    Shape,
    at,
    both,
    curve,
    ellipse,
    spot,
    stroke,
    tube,
)


class _Build(NamedTuple):
    """Half-axes of the body's pieces and the eye, and lengths of the limbs."""

    head: Points
    thorax: Points
    abdomen: Points
    eye: Points
    leg: float
    antenna: float


_BUILDS = {
    "beetle": _Build(at(0.3, 0.22), at(0.46, 0.26), at(0.46, 0.72), at(0.11, 0.12), 1.0, 0.6),
    "butterfly": _Build(at(0.27, 0.23), at(0.19, 0.32), at(0.17, 0.62), at(0.11, 0.13), 0.92, 0.8),
    "bee": _Build(at(0.3, 0.24), at(0.36, 0.34), at(0.4, 0.62), at(0.12, 0.16), 0.8, 0.55),
    "dragonfly": _Build(at(0.3, 0.24), at(0.24, 0.36), at(0.13, 1.1), at(0.15, 0.17), 0.8, 0.42),
}

# Directions of the three pairs of legs, chosen to come out from under the wings; 90 is backwards.
_COURSES = {
    "beetle": (-60, -22, 14),
    "butterfly": (-70, 8, 76),
    "bee": (-62, -26, 54),
    "dragonfly": (-58, -30, 62),
}

# Right wings that point to the right from their root at the origin, leading edge up.
_FORE = {
    "beetle": at([0, 0.1, 0.55, 1.05, 1.36, 1.3, 0.7], [0, -0.32, -0.5, -0.4, -0.1, 0, 0.02]),
    "butterfly": at(
        [0, 0.45, 0.95, 1.3, 1.22, 0.95, 0.4], [0, -0.26, -0.44, -0.38, 0.02, 0.26, 0.17]
    ),
    "bee": at([0, 0.4, 0.9, 1.1, 0.95, 0.45], [0, -0.16, -0.2, -0.02, 0.17, 0.15]),
    "dragonfly": at([0, 0.5, 1.2, 1.55, 1.4, 0.6], [0, -0.13, -0.17, -0.04, 0.12, 0.12]),
}
_HIND = {
    "beetle": at([0, 0.5, 1.2, 1.62, 1.4, 0.6], [0, -0.16, -0.24, -0.04, 0.16, 0.14]),
    "butterfly": at(
        [0, 0.4, 0.8, 0.98, 0.88, 1.0, 0.78, 0.35],
        [0, -0.24, -0.3, 0.0, 0.22, 0.5, 0.34, 0.18],
    ),
    "bee": at([0, 0.35, 0.65, 0.78, 0.65, 0.3], [0, -0.13, -0.15, 0, 0.14, 0.12]),
    "dragonfly": at([0, 0.4, 1.1, 1.42, 1.2, 0.45], [0, -0.14, -0.17, 0, 0.17, 0.2]),
}


@figure(
    parts=("head", "eye", "antenna", "thorax", "abdomen", "wing", "leg"),
    styles=tuple(_BUILDS),
    parents={"eye": "head", "antenna": "head"},
    lean=ANYHOW,
)
def insect(random: Generator, style: str) -> list[Shape]:
    """Wings open and close, legs walk, the head turns, the abdomen bends to either side."""
    plan, (head_size, chest, tail, eye, limb) = _BUILDS[style], random.uniform(0.88, 1.14, size=5)
    build = _Build(
        head=plan.head * head_size,
        thorax=plan.thorax * chest,
        abdomen=plan.abdomen * tail,
        eye=plan.eye * eye,
        leg=plan.leg * limb,
        antenna=plan.antenna * random.uniform(0.88, 1.14),
    )
    bend, nod = random.uniform(-0.22, 0.22), random.uniform(-20, 20)

    def bent(points: Points) -> Points:
        behind = np.maximum(points[:, 1:] - 0.75 * build.thorax[1], 0)
        return points + bend * behind**2 * (1, 0)

    head = [shape.turned(nod, at(0, -build.thorax[1])) for shape in _head(random, style, build)]
    return [
        *_legs(random, style, build),
        _abdomen(style, build).moved(bent),
        *_wings(random, style, build),
        _thorax(style, build),
        *head,
    ]


def _ways(length: float, *degrees: float) -> Points:
    """Steps in some directions, 0 to the right and 90 backwards."""
    angle = np.radians(degrees)
    return length * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _mirrored(shape: Shape, side: int) -> Shape:
    return shape.moved(lambda points: points * (side, 1))


def _legs(random: Generator, style: str, build: _Build) -> list[Shape]:
    """Three pairs that walk: neighbours step in turn."""
    legs, step = [], random.uniform(-13, 13)
    for instance in range(6):
        pair, side = instance // 2, (-1, 1)[instance % 2]
        course = _COURSES[style][pair] + step * (-1) ** (pair + instance) + random.uniform(-7, 7)
        bow = (-24, -24, 24)[pair]
        root = at(0.6 * build.thorax[0], (pair - 1) * 0.55 * build.thorax[1])
        steps = _ways(build.leg, course + bow, course, course - 1.3 * bow)
        steps *= [[0.5], [0.35], [0.28]]
        joints = root + np.concatenate([at([0], [0]), np.cumsum(steps, axis=0)])
        knees = tuple(spot(-0.35, joint, 0.06, 0.06) for joint in joints[1:3])
        outline = tube(joints, [0.16, 0.14, 0.12, 0.09])
        legs.append(_mirrored(Shape("leg", outline, knees, 0, instance, joints[3]), side))
    return legs


def _wings(random: Generator, style: str, build: _Build) -> list[Shape]:
    """Hind wings, then fore wings, opened alike but for a little."""
    y = {"beetle": 0.7, "butterfly": 0.1, "bee": 0.1, "dragonfly": 0.3}[style] * build.thorax[1]
    root = at(0.5 * build.thorax[0] if style != "beetle" else 0.02, y)
    opened = random.uniform()
    ranges = {
        "beetle": ((80, 38), (68, 48)),
        "butterfly": ((-14, -44), (62, 36)),
        "bee": ((50, -12), (72, 22)),
        "dragonfly": ((16, -22), (34, 2)),
    }
    fore, hind = (low + opened * (high - low) for low, high in ranges[style])
    size = random.uniform(0.9, 1.12)
    plain = [
        (_HIND[style] * size, hind, _membrane if style == "beetle" else _PATTERNS[style], 2),
        (_FORE[style] * size, fore, _PATTERNS[style], 0),
    ]
    dotted, wings = random.random() < 0.6, []
    for knots, degrees, pattern, first in plain:
        tone, details = pattern(knots, dotted)
        tip = 0.85 * knots[np.argmax(knots[:, 0])] + 0.15 * knots.mean(axis=0)
        for instance, side in ((first, -1), (first + 1, 1)):
            wing = Shape("wing", curve(knots), details, tone, instance, tip)
            wing = wing.moved(lambda points: points + root)
            wings.append(_mirrored(wing.turned(degrees + random.uniform(-5, 5), root), side))
    return wings


_Pattern = tuple[float, tuple[Detail, ...]]


def _membrane(knots: Points, dotted: bool) -> _Pattern:
    """A light wing with veins, and a dark mark near the tip."""
    middle, tip = knots.mean(axis=0), knots[np.argmax(knots[:, 0])]
    veins = [stroke(-0.55, 0.025, 0.1 * middle, 0.5 * knot + 0.5 * middle) for knot in knots[2:5]]
    ribs = [stroke(-0.55, 0.025, middle, 0.9 * knot) for knot in knots[2:5]]
    mark = [spot(-0.9, at(0.85 * tip[0], -0.07), 0.09, 0.035)] if dotted else []
    return 0.5, (stroke(-0.55, 0.03, 0.05 * tip, 0.92 * tip), *veins, *ribs, *mark)


def _scales(knots: Points, dotted: bool) -> _Pattern:
    """A dark wing with a bright field, veins, an eye spot, and dots along the border."""
    middle, tip = knots.mean(axis=0), knots[np.argmax(knots[:, 0])]
    veins = (stroke(-0.35, 0.03, 0.1 * knot, 0.8 * knot) for knot in knots[1:-1])
    eyespot, size = 0.5 * middle + 0.38 * tip, 0.13 * tip[0]
    circles = ((1.2, 1.0), (-0.3, 0.72), (1.4, 0.3))
    rings = [spot(tone, eyespot, size * radius, size * radius) for tone, radius in circles]
    border = [spot(1.2, 0.25 * middle + 0.72 * knot, 0.04, 0.04) for knot in knots[2:-1]]
    field = Detail(0.6, curve(0.17 * middle + 0.76 * knots))
    return -0.55, (field, *veins, *(rings if dotted else border))


def _case(knots: Points, dotted: bool) -> _Pattern:
    """A beetle's wing case, dotted or ridged, with a shine."""
    places = at([0.3, 0.62, 0.95, 0.85], [-0.2, -0.34, -0.24, -0.1]) * knots[:, 0].max() / 1.36
    dots = [spot(-0.75, place, 0.11, 0.1) for place in places[:3]]
    ridges = [
        stroke(-0.35, 0.035, at(0.12, y), at(0.6, 1.25 * y), at(1.1, y))
        for y in (-0.09, -0.2, -0.3)
    ]
    shine = stroke(0.6, 0.05, at(0.2, -0.34), at(0.5, -0.43))
    return 0.0, (*(dots if dotted else ridges), shine)


_PATTERNS = {"beetle": _case, "butterfly": _scales, "bee": _membrane, "dragonfly": _membrane}


def _abdomen(style: str, build: _Build) -> Shape:
    """Rings towards a narrow end; a bee's are striped and end in a sting."""
    wide, long = build.abdomen
    top = 0.6 * build.thorax[1]
    y = top + 2 * long * np.array([0, 0.12, 0.4, 0.75, 0.95, 1])
    slim = [1.2, 1.25, 0.8, 0.85, 1.0, 0.5]
    width = wide * np.array(slim if style == "dragonfly" else [0.5, 0.85, 1, 0.75, 0.4, 0.15])
    edge = np.stack([width, y], axis=1)
    outline = curve(both(edge))
    rings: list[Detail] = []
    for place in np.linspace(0.18, 0.9, 8 if style == "dragonfly" else 5):
        level = top + 2 * long * place
        half = 0.93 * np.interp(level, y, width)
        thick = 0.17 * long if style == "bee" else 0.04
        ring = at([-1, 0, 1], [-0.25, 0, -0.25]) * (half, wide) + (0, level)
        rings.append(Detail(-0.7, tube(ring, [thick] * 3)))
    if style == "bee":
        rings.append(Detail(-0.7, at([-0.05, 0, 0.05], [-0.04, 0.16, -0.04]) + at(0, y[-1])))
    return Shape("abdomen", outline, tuple(rings), 0.1, keypoint=at(0, y[-1] - 0.2 * long))


def _thorax(style: str, build: _Build) -> Shape:
    """A shield, a slim chest, or a bee's fur."""
    wide, long = build.thorax
    outline = ellipse(at(0, 0), wide, long, 40)
    shine = spot(0.4, at(-0.3 * wide, -0.35 * long), 0.25 * wide, 0.16 * long)
    details = [stroke(-0.45, 0.035, at(0, -0.6 * long), at(0, 0.75 * long)), shine]
    if style == "bee":
        outline = outline * np.where(np.arange(40) % 2, 1.08, 0.94)[:, None]
        tufts = at([-0.5, 0, 0.5, -0.25, 0.25, 0], [-0.3, -0.45, -0.3, 0.1, 0.1, 0.5])
        details = [stroke(0.5, 0.035, tuft, tuft + at(0, 0.09)) for tuft in tufts * (wide, long)]
    return Shape("thorax", outline, tuple(details), keypoint=at(0, 0))


def _head(random: Generator, style: str, build: _Build) -> list[Shape]:
    """Two antennae, the head with its jaws, and two eyes."""
    wide, long = build.head
    middle = at(0, -build.thorax[1] - 0.65 * long)
    jaw = at([0.35, 0.4, 0.12], [-0.8, -1.25, -1.5]) * build.head
    jaws = (Detail(-0.3, tube(middle + jaw * (x, 1), [0.1, 0.09, 0.03])) for x in (-1, 1))
    details = (*(jaws if style == "beetle" else ()), spot(0.35, middle, 0.3 * wide, 0.35 * long))
    antennae, eyes = [], []
    for instance, side in enumerate((-1, 1)):
        course = -random.uniform(38, 72)
        steps = _ways(0.5 * build.antenna, course, course + random.uniform(-5, 40))
        root = middle + at(0.35 * wide, -0.6 * long)
        path = np.stack([root, root + steps[0], root + steps.sum(axis=0)])
        club = Detail(-0.3, ellipse(path[-1], 0.09, 0.09))
        feeler = Shape("antenna", tube(path, [0.1, 0.08, 0.08]), (club,), 0, instance, path[-1])
        antennae.append(_mirrored(feeler, side))
        place = middle + at(0.82 * wide, -0.2 * long)
        glint = spot(0.9, place + at(0.02, -0.05), 0.3 * build.eye[0], 0.3 * build.eye[1])
        outline = ellipse(place, *build.eye)
        eyes.append(_mirrored(Shape("eye", outline, (glint,), -0.35, instance, place), side))
    return [*antennae, Shape("head", ellipse(middle, wide, long), details, keypoint=middle), *eyes]
