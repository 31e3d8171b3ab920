"""Fish: a carp, angelfish, eel or pike from the side; the body bends and the fins flap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.figures.registry import ANYHOW, figure
from partonomy.datasets.partworld.outlines import (
    Detail,
    Points,
    Shape,
    at,
    curve,
    fan,
    moved,
    round_eye,
    spot,
    stroke,
)

_STATIONS = (-1.2, -0.8, -0.3, 0.2, 0.7, 1.0, 1.2)


@dataclass(frozen=True)
class _Fin:
    """A fin from ``front`` to ``rear`` on the border, its rays leaning back by ``sweep``."""

    part: str
    front: float
    rear: float
    heights: Sequence[float]
    sweep: float
    rays: int
    instance: int = 0


@dataclass(frozen=True)
class _Build:
    """What one style is made of.

    Attributes:
        long: how far the body is stretched along its length.
        back: its height above the middle line at ``_STATIONS``.
        belly: its depth below it.
        gill: x of the border between head and body.
        eye: the eye's x, y and radius.
        mouth: x of the mouth's corner.
        tail: half the angle of the tail fan.
        rays: their lengths from edge to edge.
        bend: how far the body turns aside at most, in degrees.
        waves: how many half waves it makes per unit of length.
        fins: along its border.
    """

    long: float
    back: tuple[float, ...]
    belly: tuple[float, ...]
    gill: float
    eye: tuple[float, float, float]
    mouth: float
    tail: float
    rays: tuple[float, ...]
    bend: float
    waves: tuple[float, float]
    fins: tuple[_Fin, ...]


_BUILDS = {
    "carp": _Build(
        long=1.0,
        back=(0.14, 0.28, 0.5, 0.58, 0.44, 0.26, 0.06),
        belly=(0.13, 0.24, 0.42, 0.48, 0.38, 0.24, 0.1),
        gill=0.56,
        eye=(0.86, -0.1, 0.14),
        mouth=1.0,
        tail=36,
        rays=(0.95, 0.62, 0.95),
        bend=30,
        waves=(0.2, 0.4),
        fins=(
            _Fin("dorsal_fin", 0.4, -0.7, (0.3, 0.5, 0.36, 0.3, 0.26), 0.5, 8),
            _Fin("belly_fin", 0.12, -0.2, (0.3, 0.42, 0.2), 0.6, 4),
            _Fin("belly_fin", -0.6, -0.92, (0.28, 0.4, 0.2), 0.6, 4, 1),
        ),
    ),
    "angelfish": _Build(
        long=0.95,
        back=(0.16, 0.46, 0.84, 0.9, 0.56, 0.27, 0.05),
        belly=(0.16, 0.46, 0.84, 0.9, 0.56, 0.29, 0.1),
        gill=0.5,
        eye=(0.78, -0.12, 0.17),
        mouth=1.06,
        tail=24,
        rays=(0.8, 0.72, 0.8),
        bend=14,
        waves=(0.2, 0.35),
        fins=(
            _Fin("dorsal_fin", 0.15, -0.9, (0.2, 0.6, 0.95, 0.62, 0.3), 0.9, 7),
            _Fin("belly_fin", 0.15, -0.9, (0.2, 0.6, 0.95, 0.62, 0.3), 0.9, 7),
            _Fin("belly_fin", 0.54, 0.3, (0.5, 0.95), 0.4, 2, 1),
        ),
    ),
    "eel": _Build(
        long=1.45,
        back=(0.13, 0.19, 0.24, 0.26, 0.27, 0.23, 0.08),
        belly=(0.13, 0.19, 0.24, 0.26, 0.25, 0.21, 0.09),
        gill=0.74,
        eye=(0.96, -0.08, 0.14),
        mouth=0.98,
        tail=26,
        rays=(0.42, 0.54, 0.42),
        bend=56,
        waves=(0.4, 0.62),
        fins=(
            _Fin("dorsal_fin", 0.4, -1.12, (0.1, 0.2, 0.22, 0.2), 0.35, 15),
            _Fin("belly_fin", 0.0, -1.12, (0.1, 0.22, 0.2), 0.35, 12),
        ),
    ),
    "pike": _Build(
        long=1.3,
        back=(0.13, 0.22, 0.3, 0.32, 0.27, 0.14, 0.04),
        belly=(0.13, 0.2, 0.28, 0.3, 0.26, 0.2, 0.1),
        gill=0.42,
        eye=(0.72, -0.12, 0.12),
        mouth=0.8,
        tail=34,
        rays=(0.62, 0.42, 0.62),
        bend=30,
        waves=(0.25, 0.5),
        fins=(
            _Fin("dorsal_fin", -0.5, -1.0, (0.3, 0.46, 0.4, 0.24), 0.4, 6),
            _Fin("belly_fin", 0.14, -0.14, (0.26, 0.4, 0.2), 0.6, 4),
            _Fin("belly_fin", -0.6, -1.0, (0.26, 0.42, 0.2), 0.4, 5, 1),
        ),
    ),
}


@figure(
    parts=("head", "eye", "body", "dorsal_fin", "belly_fin", "pectoral_fin", "tail"),
    styles=("carp", "angelfish", "eel", "pike"),
    parents={"eye": "head"},
    lean=ANYHOW,
)
def fish(random: Generator, style: str) -> list[Shape]:
    """All of it is drawn stretched out first, then bent along its length."""
    build, deep = _BUILDS[style], random.uniform(0.88, 1.14)
    upper = curve(at(_STATIONS, [-deep * y for y in build.back]), closed=False)
    lower = curve(at(_STATIONS, [deep * y for y in build.belly]), closed=False)
    coat = _coat(random, style, upper, lower)
    stem, raised = at(-1.12, 0), random.uniform(0.7, 1.15)
    spread = build.tail * random.uniform(0.75, 1.2)
    tail = fan("tail", stem, (180 - spread, 180 + spread), build.rays, 6)
    tail = replace(tail, keypoint=stem - at(0.15, 0)).turned(random.uniform(-16, 16), stem)
    shapes = [
        tail,
        *(_fin(fin, upper if fin.part == "dorsal_fin" else lower, raised) for fin in build.fins),
        Shape("body", np.concatenate([upper, lower[::-1]]), coat, keypoint=at(-0.2, 0)),
        _head(style, build, upper, lower),
        _pectoral_fin(random, build),
    ]
    x, y, radius = build.eye
    bent = _bending(random, build)
    # Bent is only the eye's place: it stays round.
    eye = round_eye(bent(at([x], [deep * y]))[0], radius, 0.45)
    return [*moved(shapes, bent), eye]


def _bending(random: Generator, build: _Build) -> Callable[[Points], Points]:
    """A change of coordinates that winds the middle line behind the head."""
    waves, phase = random.uniform(*build.waves), random.uniform(0, 2 * np.pi)
    bend = np.radians(build.bend) * random.uniform(0.4, 1)
    step = 0.01
    along = np.arange(-4, 2, step)
    behind = np.maximum(0.8 * build.long - along, 0)
    angle = bend * np.minimum(behind, 1) * np.sin(phase + np.pi * waves * behind)
    course = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    line = np.cumsum(course * step, axis=0)
    line -= line[np.searchsorted(along, 0)]

    def bent(points: Points) -> Points:
        places = build.long * points[:, 0]
        x, y, c, s = (np.interp(places, along, each) for each in (*line.T, *course.T))
        return at(x - s * points[:, 1], y + c * points[:, 1])

    return bent


def _height(border: Points, x: float) -> float:
    return float(np.interp(x, border[:, 0], border[:, 1]))


def _fin(fin: _Fin, border: Points, raised: float) -> Shape:
    """Rays along a piece of the border, with a notch between each two."""
    count = 2 * fin.rays - 1
    x = np.linspace(fin.front, fin.rear, count)
    base = at(x.tolist(), np.interp(x, border[:, 0], border[:, 1]).tolist())
    heights = raised * np.interp(
        np.linspace(0, 1, count), np.linspace(0, 1, len(fin.heights)), fin.heights
    )
    heights[1::2] *= 0.88
    outwards = np.sign(base[0, 1])
    rays = heights[:, None] * at(-fin.sweep, outwards)
    lines = tuple(
        stroke(-0.4, 0.03, foot, foot + 0.95 * ray)
        for foot, ray in zip(base[1::2], rays[1::2], strict=True)
    )
    root = base * (1, 0.75)
    outline = np.concatenate([curve(base + rays, closed=False, steps=4), root[::-1]])
    middle = len(base) // 2
    return Shape(fin.part, outline, lines, 0.0, fin.instance, base[middle] + 0.5 * rays[middle])


def _pectoral_fin(random: Generator, build: _Build) -> Shape:
    """The fin behind the gills, which paddles."""
    root = at(build.gill - 0.23, 0.35 * build.belly[4])
    long = 0.3 + 0.5 * build.belly[3]
    fin = fan("pectoral_fin", root, (196, 132), [1.1 * long, 0.85 * long], 5)
    return replace(fin, keypoint=root, tone=0.1).turned(random.uniform(-30, 30), root)


def _head(style: str, build: _Build, upper: Points, lower: Points) -> Shape:
    """All in front of the gills, with a mouth and what else marks the style."""
    gill, corner, deep = build.gill, build.mouth, build.belly[5]
    front = np.concatenate([upper[upper[:, 0] > gill], lower[lower[:, 0] > gill][::-1]])
    cover = curve(np.stack([front[-1], at(gill - 0.17 / build.long, 0.02), front[0]]), closed=False)
    outline = np.concatenate([front, cover])
    rim = stroke(-0.45, 0.04, *(cover[2:-2:4] + at(0.09 / build.long, 0)))
    mouth = stroke(
        -0.85, 0.04, at(1.19, 0.05), at((1.19 + corner) / 2, 0.08), at(corner, 0.35 * deep)
    )
    marks: list[Detail] = [rim, mouth]
    if style == "carp":
        marks += [
            stroke(-0.3, 0.05, at(x, 0.2), at(x + 0.06, 0.34), at(x, 0.44)) for x in (0.94, 1.06)
        ]
    elif style == "angelfish":
        marks.insert(0, _stripe(-0.45, build.eye[0], 0.1, upper, lower))
    elif style == "pike":
        marks += [
            Detail(0.9, at([x, x + 0.06, x + 0.03], [0.08, 0.07, 0.15])) for x in (0.9, 1.0, 1.1)
        ]
    return Shape("head", outline, tuple(marks), keypoint=at((gill + 1.2) / 2, 0.02))


def _stripe(tone: float, x: float, half: float, upper: Points, lower: Points) -> Detail:
    """A band across the body, as high as that is."""
    xs = np.linspace(x - half, x + half, 5)
    over = [(each, 0.99 * _height(upper, each)) for each in xs]
    under = [(each, 0.99 * _height(lower, each)) for each in xs[::-1]]
    return Detail(tone, np.array(over + under))


def _coat(random: Generator, style: str, upper: Points, lower: Points) -> tuple[Detail, ...]:
    """Scales on the carp, bands on the angelfish, a pale belly on the eel, spots on the pike."""
    if style == "angelfish":
        shift = random.uniform(-0.06, 0.06)
        return tuple(_stripe(-0.5, x + shift, 0.1, upper, lower) for x in (-0.85, -0.4, 0.1))
    if style == "eel":
        x = np.linspace(-1.15, 0.8, 24)
        edge = np.interp(x, lower[:, 0], lower[:, 1])
        belly = np.concatenate([np.stack([x, 0.3 * edge], 1), np.stack([x, edge], 1)[::-1]])
        dots = (spot(-0.45, at(place, -0.09), 0.035, 0.05) for place in np.arange(-1.0, 0.7, 0.2))
        return (Detail(0.4, belly), *dots)
    marks: list[Detail] = []
    for row, part in enumerate((-0.66, -0.3, 0.06, 0.42, 0.74)):
        for x in np.arange(-0.95, 0.5, 0.24) + 0.12 * (row % 2):
            y = abs(part) * _height(upper if part < 0 else lower, x)
            if style == "carp":
                arc = at([x + 0.05, x - 0.03, x + 0.05], [y - 0.08, y, y + 0.08])
                marks.append(stroke(-0.35, 0.03, *arc))
            elif row % 2 == 0:
                marks.append(spot(0.5, at(x, y), 0.05, 0.04))
    return tuple(marks)
