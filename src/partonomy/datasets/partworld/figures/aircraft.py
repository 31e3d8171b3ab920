"""An aircraft from its side and above: airliner, propeller plane, fighter or biplane."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from partonomy.datasets.partworld.figures.registry import ANYHOW, figure
from partonomy.datasets.partworld.outlines import (
    Detail,
    Points,
    Shape,
    at,
    curve,
    ellipse,
    rounded,
    spot,
    stroke,
    tube,
)


@dataclass(frozen=True)
class _View:
    """How space is seen: x forward, y towards us, z up. Without perspective, so all stay flat.

    ``above`` is the sine of the height we look from, ``level`` its cosine; ``lean`` how much what
    is nearer is also further ahead in the picture, as if the aircraft were turned from us.
    """

    above: float
    level: float
    lean: float

    def see(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Points:
        forward, near, up = np.broadcast_arrays(x, y, z)
        return np.stack(
            [forward + self.lean * near, self.above * near - self.level * up], axis=-1
        ).astype(np.float64)


@dataclass(frozen=True)
class _Foil:
    """A wing, a tailplane or a fin: x of its leading and trailing edge at the root and the tip.

    ``root`` and ``tip`` are (leading, trailing); ``start`` and ``end`` are (y, z) of its ends.
    """

    root: tuple[float, float]
    tip: tuple[float, float]
    start: tuple[float, float]
    end: tuple[float, float]

    def far(self) -> "_Foil":
        """Its counterpart on the other side."""
        (y, z), (tip_y, tip_z) = self.start, self.end
        return replace(self, start=(-y, z), end=(-tip_y, tip_z))

    def seen(self, view: _View, along: ArrayLike, across: ArrayLike, lift: float = 0.0) -> Points:
        """Places on it: ``along`` 0 (root) to 1 (tip), ``across`` 0 (leading) to 1 (trailing)."""
        u, v = np.asarray(along), np.asarray(across)
        lead = self.root[0] + u * (self.tip[0] - self.root[0])
        trail = self.root[1] + u * (self.tip[1] - self.root[1])
        y, z = (a + u * (b - a) for a, b in zip(self.start, self.end, strict=True))
        return view.see(lead + v * (trail - lead), y, z + lift * np.maximum(v - 0.7, 0))


@dataclass(frozen=True)
class _Hull:
    """A fuselage: half its thickness and how high its middle lies, at places from tail to nose."""

    x: Sequence[float]
    radius: Sequence[float]
    height: Sequence[float]

    def seen(self, view: _View, x: ArrayLike, around: float) -> Points:
        """Places on it, ``around`` from -1 (its upper border in the picture) to 1 (the lower)."""
        places = np.asarray(x, dtype=np.float64)
        radius, height = (np.interp(places, self.x, y) for y in (self.radius, self.height))
        return view.see(places, 0, height) + np.stack([0 * radius, around * radius], axis=-1)

    def outline(self, view: _View) -> Points:
        upper, lower = (self.seen(view, self.x, side) for side in (-1, 1))
        return curve(np.concatenate([upper, lower[::-1]]))


@figure(
    parts=("fuselage", "cockpit", "wing", "aileron", "tailplane", "fin", "engine"),
    styles=("airliner", "propeller", "fighter", "biplane"),
    lean=ANYHOW,
)
def aircraft(random: Generator, style: str) -> list[Shape]:
    height = random.uniform(32, 62)
    lean = random.choice([-1, 1]) * random.uniform(0.12, 0.42)
    if style == "biplane":
        # From elsewhere the upper wings would hide the lower ones.
        height, lean = random.uniform(30, 46), random.uniform(0.22, 0.48)
    tilt = np.radians(height)
    view = _View(float(np.sin(tilt)), float(np.cos(tilt)), float(lean))
    draw = {
        "airliner": _airliner,
        "propeller": _propeller,
        "fighter": _fighter,
        "biplane": _biplane,
    }
    return draw[style](view, random)


def _airliner(view: _View, random: Generator) -> list[Shape]:
    thick, sweep = random.uniform(0.17, 0.22), random.uniform(0.5, 0.95)
    span, place = random.uniform(1.35, 1.65), random.uniform(0.2, 0.5)
    hull = _Hull(
        [-1.65, -1.5, -1.0, -0.5, 1.1, 1.38, 1.55, 1.63],
        [0.03, 0.07, 0.75 * thick, thick, thick, 0.87 * thick, 0.6 * thick, 0.25 * thick],
        [0.1, 0.09, 0.04, 0, 0, -0.01, -0.04, -0.05],
    )
    wing = _Foil(
        (place, place - 0.66), (place - sweep, place - sweep - 0.24), (0.12, -0.1), (span, 0.06)
    )
    stabiliser = _Foil((-0.98, -1.36), (-1.3, -1.52), (0.05, 0.06), (0.72, 0.1))
    fin = _Foil((-1.08, -1.52), (-1.5, -1.74), (0, 0.1), (0, random.uniform(0.65, 0.85)))
    cabin = np.arange(-0.85, 1.05, 0.16)
    panes = [spot(-0.7, pane, 0.042, 0.05) for pane in hull.seen(view, cabin, 0.12)]
    line = stroke(random.choice([-0.45, 0.6]), 0.06, *hull.seen(view, [-1.3, -0.6, 0.4, 1.35], 0.5))
    shine = stroke(0.5, 0.04, *hull.seen(view, [-0.8, 0.4, 1.1], -0.6))
    body = Shape("fuselage", hull.outline(view), (line, shine, *panes), 0.15)
    body = replace(body, keypoint=hull.seen(view, 0.1, 0))
    glass = hull.seen(view, [1.22, 1.58, 1.48, 1.2], 0)
    glass = glass + at([0, 0, 0, 0], [-0.75, -0.35, 0.15, 0.1]) * thick
    bars = (stroke(0.5, 0.03, glass[[0, 1]].mean(axis=0), glass[[2, 3]].mean(axis=0)),)
    cockpit = Shape("cockpit", rounded(glass, 0.05), bars, -0.4, keypoint=glass.mean(axis=0))
    under = [0.36] if random.random() < 0.6 else [0.28, 0.6]
    pods: tuple[list[Shape], list[Shape]] = ([], [])
    on_tail = random.random() < 0.3
    for side, foil in enumerate((wing.far(), wing)):
        if on_tail:
            places = [hull.seen(view, -0.72, (-1.25, 0.7)[side])]
        else:
            places = [foil.seen(view, u, 0) + at(0, 0.1 * view.level) for u in under]
        pods[side].extend(_pod(edge, side * len(places) + i) for i, edge in enumerate(places))
    flap = random.uniform(-0.5, 0.5)
    return [
        _foil_shape(view, stabiliser.far(), "tailplane", 0, -0.15),
        *pods[0],
        *_wing(view, wing.far(), flap, 0),
        body,
        cockpit,
        _foil_shape(view, fin, "fin", 0, 0),
        _foil_shape(view, stabiliser, "tailplane", 1, 0),
        *pods[1],
        *_wing(view, wing, -flap, 1),
    ]


def _pod(edge: Points, number: int) -> Shape:
    """A jet engine, its intake ahead of the wing's leading edge where it hangs below one."""
    size = 0.125
    x, y = [-0.3, -0.1, 0.2, 0.33, 0.33, 0.2, -0.1, -0.3], [0.6, 0.95, 1.05, 0.85]
    outline = rounded(edge + at(x, [-size * v for v in y] + [size * v for v in y[::-1]]), 0.06)
    mouth = edge + at(0.31, 0)
    details = (
        spot(0.6, mouth, 0.06, size),
        spot(-0.75, mouth + at(0.01, 0), 0.04, 0.75 * size),
        stroke(0.5, 0.03, edge + at(0.05, -0.06), edge + at(0.22, -0.065)),
    )
    return Shape("engine", outline, details, -0.05, number, edge + at(0.2, 0))


def _propeller(view: _View, random: Generator) -> list[Shape]:
    thick, span = random.uniform(0.2, 0.25), random.uniform(1.3, 1.6)
    hull = _Hull(
        [-1.5, -1.35, -0.7, 0, 0.6, 1.15],
        [0.05, 0.09, 0.65 * thick, thick, thick, 0.85 * thick],
        [0.06, 0.06, 0.02, 0, 0, -0.01],
    )
    taper, place = random.uniform(0.1, 0.35), random.uniform(0.35, 0.6)
    wing = _Foil((place, place - 0.72), (place - taper, place - 0.68), (0.15, -0.12), (span, 0.1))
    stabiliser = _Foil((-0.92, -1.28), (-1.05, -1.28), (0.04, 0.05), (0.7, 0.05))
    fin = _Foil((-1.08, -1.52), (-1.34, -1.6), (0, 0.08), (0, random.uniform(0.5, 0.68)))
    band = stroke(0.55, 0.08, *hull.seen(view, [-1.2, -0.5, 0.7], 0.35))
    body = Shape("fuselage", hull.outline(view), (band,), keypoint=hull.seen(view, -0.6, 0))
    middle, long = random.uniform(-0.1, 0.15), random.uniform(0.3, 0.45)
    return [
        _foil_shape(view, stabiliser.far(), "tailplane", 0, -0.15),
        *_wing(view, wing.far(), random.uniform(-0.5, 0.5), 0, roundel=True),
        body,
        _canopy(hull.seen(view, middle, -0.75), long, 0.19),
        _foil_shape(view, fin, "fin", 0, 0),
        _foil_shape(view, stabiliser, "tailplane", 1, 0),
        *_wing(view, wing, random.uniform(-0.5, 0.5), 1, roundel=True),
        *_nose_engine(view, hull, random, thick),
    ]


def _nose_engine(view: _View, hull: _Hull, random: Generator, thick: float) -> list[Shape]:
    """The cowling with exhausts, and a propeller of two to four blades that turns."""
    nose = float(hull.x[-1])
    rim = hull.seen(view, nose - 0.36, 0)
    front = hull.seen(view, nose + 0.05, 0)
    barrel = at([0, 0.41, 0.41, 0], [-1.04, -0.94, 0.94, 1.04]) * (1, thick)
    outline = rounded(rim + barrel, 0.07)
    pipes = tuple(
        stroke(-0.7, 0.05, rim + at(x, 0.09), rim + at(x + 0.03, 0.09)) for x in (0.09, 0.18, 0.27)
    )
    shine = stroke(0.55, 0.04, rim + at(0.06, -0.1), rim + at(0.32, -0.1))
    cowling = Shape("engine", outline, (*pipes, shine), -0.1, keypoint=front)
    count = int(random.integers(2, 5))
    # Two blades stay near the upright: level ones would hide against the cowling.
    start = random.uniform(70, 150) if count == 2 else random.uniform(0, 360)
    blades = []
    for angle in np.radians(start + np.arange(count) * 360 / count):
        y_tip, z_tip = 0.62 * np.cos(angle), 0.62 * np.sin(angle)
        # Turned further from us than the wings are, or the blades would hide behind each other.
        arm = view.see(0, y_tip, z_tip) + at(0.2 * y_tip * np.sign(view.lean), 0)
        blades.append(
            Detail(-0.35, tube([front, front + arm / 2, front + arm], [0.08, 0.13, 0.09]))
        )
    hub = rounded(front + at([-0.03, 0.2, -0.03], [-0.11, 0, 0.11]), 0.06)
    return [cowling, Shape("engine", hub, (*blades, Detail(0.35, hub)), 0.1)]


def _canopy(foot: Points, long: float, high: float) -> Shape:
    """A glass bubble with a frame and a glint, on the fuselage."""
    size = (long, high)
    dome = at([-1.3, -0.6, 0.1, 0.7, 1.05, 0.1], [0.1, -0.8, -1.0, -0.6, 0.15, 0.4])
    outline = curve(foot + dome * size)
    details = (
        stroke(0.75, 0.05, *(foot + at([-0.5, 0.0], [-0.4, -0.6]) * size)),
        stroke(-0.5, 0.04, *(foot + at([0.38, 0.45], [-0.8, 0.25]) * size)),
    )
    return Shape("cockpit", outline, details, 0.2, keypoint=foot - at(0, 0.3 * high))


def _fighter(view: _View, random: Generator) -> list[Shape]:
    thick, span = random.uniform(0.17, 0.22), random.uniform(0.95, 1.25)
    hull = _Hull(
        [-1.25, -0.9, -0.3, 0.4, 0.9, 1.3, 1.7],
        [0.9 * thick, thick, 1.1 * thick, 0.95 * thick, 0.75 * thick, 0.5 * thick, 0.02],
        [0, 0, 0, 0.01, 0.0, -0.02, -0.05],
    )
    back, place = random.uniform(-0.05, 0.25), random.uniform(0.25, 0.5)
    wing = _Foil((place, -0.85), (-0.6, -0.85 + back), (0.14, -0.02), (span, -0.02))
    stabiliser = _Foil((-0.95, -1.35), (-1.35, -1.55), (0.12, 0.0), (0.78, 0.0))
    tall, twin = random.uniform(0.5, 0.68), random.random() < 0.5
    places = (-0.12, 0.12) if twin else (0.0,)
    fins = [
        _foil_shape(
            view,
            _Foil((-0.6, -1.2), (-1.15, -1.42), (y, 0.12), (1.9 * y, tall)),
            "fin",
            number,
            -0.2 if y < 0 else 0,
        )
        for number, y in enumerate(places)
    ]
    intake = hull.seen(view, [0.42, 0.58, 0.36, 0.24], 0) + at(
        [0, 0, 0, 0], [-0.02, 0.02, 0.17, 0.17]
    )
    seams = (
        Detail(-0.7, intake),
        stroke(
            -0.35, 0.025, *hull.seen(view, [1.28, 1.3], -0.8), *hull.seen(view, [1.3, 1.28], 0.8)
        ),
        stroke(0.45, 0.035, *hull.seen(view, [-0.9, 0.1], -0.5)),
    )
    body = Shape("fuselage", hull.outline(view), seams, keypoint=hull.seen(view, -0.3, 0))
    nozzles = [_nozzle(hull.seen(view, -1.2, 0), thick, 0)]
    if twin:
        shift = view.see(0, 0.14, 0)
        nozzles = [
            _nozzle(hull.seen(view, -1.2, 0) + side * shift, 0.8 * thick, i)
            for i, side in enumerate((-1, 1))
        ]
    roll = random.uniform(-0.5, 0.5)
    return [
        _foil_shape(view, stabiliser.far(), "tailplane", 0, -0.15),
        *_wing(view, wing.far(), roll, 0),
        *nozzles,
        *fins[:-1],
        body,
        _canopy(
            hull.seen(view, random.uniform(0.65, 0.85), -0.75), random.uniform(0.32, 0.42), 0.16
        ),
        fins[-1],
        _foil_shape(view, stabiliser, "tailplane", 1, 0),
        *_wing(view, wing, -roll, 1),
    ]


def _nozzle(root: Points, size: float, number: int) -> Shape:
    """The hot end of a jet: a ribbed cone with a dark mouth."""
    cone = at([0.1, -0.32, -0.32, 0.1], [-0.95, -0.72, 0.72, 0.95]) * (1, size)
    mouth = root - at(0.31, 0)
    ribs = (
        stroke(-0.4, 0.03, root + at(v, -0.75 * size), root + at(v, 0.75 * size))
        for v in (-0.12, -0.21)
    )
    details = (*ribs, spot(-0.8, mouth, 0.06, 0.68 * size), spot(0.7, mouth, 0.03, 0.35 * size))
    return Shape("engine", root + cone, details, -0.2, number, mouth)


def _biplane(view: _View, random: Generator) -> list[Shape]:
    thick, span = random.uniform(0.2, 0.25), random.uniform(1.25, 1.5)
    hull = _Hull(
        [-1.4, -1.2, -0.5, 0.1, 0.7, 1.05],
        [0.05, 0.09, 0.75 * thick, thick, thick, 0.95 * thick],
        [0.05, 0.05, 0.02, 0, 0, 0],
    )
    place, gap = random.uniform(0.5, 0.65), random.uniform(0.5, 0.66)
    lower = _Foil(
        (place - 0.2, place - 0.68), (place - 0.23, place - 0.63), (0.12, -0.14), (span, -0.06)
    )
    upper = _Foil(
        (place, place - 0.5), (place - 0.03, place - 0.45), (0, gap - 0.14), (span, gap - 0.08)
    )
    stabiliser = _Foil((-0.72, -1.06), (-0.8, -1.06), (0.04, 0.05), (0.66, 0.05))
    fin = _Foil((-1.0, -1.42), (-1.25, -1.52), (0, 0.06), (0, random.uniform(0.42, 0.55)))
    band = stroke(0.55, 0.09, *hull.seen(view, [-1.1, -0.5, 0.5], 0.3))
    body = Shape("fuselage", hull.outline(view), (band,), keypoint=hull.seen(view, -0.7, 0))
    flap = random.uniform(-0.5, 0.5)
    return [
        _foil_shape(view, stabiliser.far(), "tailplane", 0, -0.15),
        _foil_shape(view, lower.far(), "wing", 2, -0.3),
        *_struts(view, lower.far(), upper.far(), 2),
        body,
        _open_cockpit(hull.seen(view, place - 0.78, -0.7)),
        _foil_shape(view, fin, "fin", 0, 0),
        _foil_shape(view, stabiliser, "tailplane", 1, 0),
        *_nose_engine(view, hull, random, 1.05 * thick),
        _foil_shape(view, lower, "wing", 3, -0.3),
        *_struts(view, lower, upper, 3),
        *_wing(view, upper.far(), flap, 0, roundel=True),
        *_wing(view, upper, -flap, 1, roundel=True),
    ]


def _struts(view: _View, lower: _Foil, upper: _Foil, number: int) -> list[Shape]:
    places = [(u, v) for u in (0.15, 0.75) for v in (0.2, 0.75)]
    ends = [np.stack([foil.seen(view, u, v) for foil in (lower, upper)]) for u, v in places]
    return [Shape("wing", tube(path, [0.05, 0.05]), (), -0.5, number) for path in ends]


def _open_cockpit(foot: Points) -> Shape:
    """A padded opening with a windscreen and the pilot's head, in cap and goggles."""
    head = foot - at(0.04, 0.12)
    screen = rounded(foot + at([0.12, 0.22, 0.34, 0.24], [0.05, -0.17, -0.14, 0.07]), 0.03)
    details = (
        spot(-0.8, foot, 0.2, 0.07),
        spot(0.25, head, 0.13, 0.14),
        spot(-0.5, head - at(0.03, 0.05), 0.12, 0.1),
        spot(0.85, head + at(0.08, -0.01), 0.05, 0.045),
        Detail(0.6, screen),
    )
    return Shape("cockpit", ellipse(foot, 0.27, 0.1), details, -0.15, keypoint=foot)


def _wing(view: _View, foil: _Foil, tilt: float, number: int, roundel: bool = False) -> list[Shape]:
    """A wing and the aileron at its outer trailing edge, which tilts up or down."""
    lines = [
        stroke(-0.3, 0.025, *foil.seen(view, [0.1, 0.95], [0.3, 0.3])),
        stroke(0.45, 0.03, *foil.seen(view, [0.1, 0.97], [0.1, 0.1])),
    ]
    if roundel:
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        for tone, size in ((0.8, 1.0), (-0.6, 0.6)):
            chord = 0.28 * size * np.sin(angle)
            lines.append(
                Detail(tone, foil.seen(view, 0.72 + 0.11 * size * np.cos(angle), 0.38 + chord))
            )
    shape = _foil_shape(view, foil, "wing", number, 0 if number else -0.15)
    shape = replace(shape, details=tuple(lines), keypoint=foil.seen(view, 0.35, 0.5))
    along, across = [0.42, 0.94, 0.94, 0.42], [0.66, 0.66, 1.06, 1.06]
    outline = foil.seen(view, along, across, lift=tilt * 0.6)
    hinge = stroke(-0.6, 0.03, *foil.seen(view, [0.42, 0.94], [0.67, 0.67]))
    middle = foil.seen(view, 0.68, 0.85, lift=tilt * 0.6)
    return [shape, Shape("aileron", rounded(outline, 0.03), (hinge,), 0, number, middle)]


def _foil_shape(view: _View, foil: _Foil, part: str, number: int, tone: float) -> Shape:
    corners = foil.seen(view, [0, 1, 1, 0], [0, 0, 1, 1])
    hinge = stroke(-0.4, 0.03, *foil.seen(view, [0.15, 0.95], [0.68, 0.68]))
    middle = foil.seen(view, 0.65, 0.5)
    return Shape(part, rounded(corners, 0.09), (hinge,), tone, number, middle)
