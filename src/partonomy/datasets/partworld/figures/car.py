"""A car from the side: a saloon, a van or a pickup; doors and hood open, wheels roll."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.figures.registry import figure
from partonomy.datasets.partworld.outlines import (
    Detail,
    Points,
    Shape,
    at,
    ellipse,
    rounded,
    spot,
    stroke,
    tube,
    turn,
)

_SILL = 0.45  # the lower edge of every body; wheels are centred there


@dataclass(frozen=True)
class _Plan:
    """Where the sheet metal runs; x of the tail is about -1.7, of the nose 1.7.

    ``roof`` and ``base`` are the rear and front ends of the cabin, above and at the waist;
    ``pillars`` the x between two doors or side panes, from the front.
    """

    top: float
    waist: float
    roof: tuple[float, float]
    base: tuple[float, float]
    pillars: tuple[float, ...]
    axles: tuple[float, float]
    radius: float


@figure(
    parts=("body", "hood", "door", "window", "wheel", "headlight", "taillight", "bumper"),
    styles=("saloon", "van", "pickup"),
)
def car(random: Generator, style: str) -> list[Shape]:
    plan = {"saloon": _saloon, "van": _van, "pickup": _pickup}[style](random)
    roll, spokes = random.uniform(0, 360), int(random.integers(4, 8))
    shapes = [_body(plan, style)]
    if style == "pickup":
        hinge = at(-1.6, 0.26)
        gate = rounded(at([-1.73, -1.59, -1.59, -1.73], [-0.2, -0.2, 0.3, 0.3]), 0.05)
        drop = random.choice([0, random.uniform(-95, -30)])
        shapes.insert(0, Shape("body", gate, tone=-0.25).turned(drop, hinge))
        if random.random() < 0.5:
            (rear, _), top = plan.roof, plan.top + 0.2
            bar = at([rear - 0.5, rear - 0.22, rear + 0.05], [plan.waist + 0.1, top, top - 0.02])
            shapes.insert(0, Shape("body", tube(bar, [0.08] * 3), tone=-0.35))
    shapes += _hood(plan, random)
    shapes += _doors_and_windows(plan, style, random)
    shapes += _lights_and_bumpers(plan, style, random)
    shapes += [_wheel(at(x, _SILL), plan.radius, roll, spokes, i) for i, x in enumerate(plan.axles)]
    return shapes


def _saloon(random: Generator) -> _Plan:
    rear, front = random.uniform(-1.0, -0.75), random.uniform(0.1, 0.3)
    slant = random.uniform(0.25, 0.5)
    return _Plan(
        top=random.uniform(-0.92, -0.76),
        waist=-0.17,
        roof=(rear, front),
        base=(rear - slant, front + random.uniform(0.35, 0.5)),
        pillars=(random.uniform(-0.28, -0.12),),
        axles=(-1.05, random.uniform(1.06, 1.15)),
        radius=random.uniform(0.34, 0.4),
    )


def _van(random: Generator) -> _Plan:
    front = random.uniform(0.5, 0.72)
    return _Plan(
        top=random.uniform(-1.45, -1.15),
        waist=random.uniform(-0.3, -0.2),
        roof=(-1.66, front),
        base=(-1.69, front + random.uniform(0.25, 0.36)),
        pillars=(random.uniform(0.1, 0.22), random.uniform(-0.66, -0.56)),
        axles=(-1.12, 1.13),
        radius=random.uniform(0.32, 0.37),
    )


def _pickup(random: Generator) -> _Plan:
    crew = random.random() < 0.4
    rear = random.uniform(-0.7, -0.55) if crew else random.uniform(-0.5, -0.3)
    front = random.uniform(0.15, 0.3)
    return _Plan(
        top=random.uniform(-1.1, -0.92),
        waist=-0.24,
        roof=(rear, front),
        base=(rear - 0.1, front + random.uniform(0.25, 0.38)),
        pillars=(-0.16,) if crew else (),
        axles=(-1.05, 1.08),
        radius=random.uniform(0.42, 0.5),
    )


def _body(plan: _Plan, style: str) -> Shape:
    """The shell with dark wheel arches, engine bay and a shine along the roof."""
    (rear, front), (tail, nose) = plan.roof, plan.base
    top, waist = plan.top, plan.waist
    deck = {"saloon": waist + 0.02, "van": waist + 0.2, "pickup": waist - 0.02}[style]
    x = [-1.66, -1.7, tail, rear, front, nose, 1.5, 1.68, 1.7]
    y = [_SILL, deck, waist, top, top, waist, waist + 0.17, waist + 0.3, _SILL]
    radii = [0.1, 0.08, 0.06, 0.16, 0.2, 0.1, 0.15, 0.1, 0.1]
    arch = plan.radius + 0.09
    arches = (np.minimum(ellipse(at(x, _SILL), arch, arch), at(9, _SILL)) for x in plan.axles)
    bay = at(
        [nose + 0.02, 1.5, 1.58, nose], [waist + 0.05, waist + 0.19, waist + 0.38, waist + 0.26]
    )
    details = [
        *(Detail(-0.75, outline) for outline in arches),
        Detail(-0.75, bay),
        stroke(0.45, 0.035, at(rear + 0.2, top + 0.045), at(front - 0.1, top + 0.045)),
        stroke(-0.45, 0.05, at(-0.58, _SILL - 0.05), at(0.6, _SILL - 0.05)),
    ]
    if style == "pickup":
        details.append(stroke(-0.75, 0.04, at(tail - 0.03, waist + 0.03), at(tail - 0.03, 0.36)))
        details.append(stroke(0.5, 0.05, at(-1.64, waist + 0.05), at(tail - 0.1, waist + 0.05)))
    outline = rounded(at(x, y), radii)
    return Shape("body", outline, tuple(details), keypoint=at((rear + front) / 2, top + 0.035))


def _hood(plan: _Plan, random: Generator) -> list[Shape]:
    """The hood, which may be raised on its prop, hinged at the windscreen."""
    nose, waist = plan.base[1], plan.waist
    x = [nose - 0.03, nose + 0.02, 1.52, 1.62, 1.55]
    y = [waist + 0.25, waist - 0.02, waist + 0.14, waist + 0.26, waist + 0.4]
    shine = stroke(0.5, 0.04, at(nose + 0.1, waist + 0.07), at(1.42, waist + 0.2))
    middle = at((nose + 1.6) / 2, waist + 0.17)
    hinge, lift = at(nose, waist + 0.08), float(random.choice([0, 0, random.uniform(-45, -12)]))
    lid = Shape("hood", rounded(at(x, y), 0.05), (shine,), 0.05, keypoint=middle)
    foot = at(1.35, waist + 0.28)
    prop = tube([foot, turn(at(1.35, waist + 0.2), lift, hinge)], [0.035, 0.035])
    return [*([Shape("body", prop, tone=-0.4)] if lift else []), lid.turned(lift, hinge)]


def _doors_and_windows(plan: _Plan, style: str, random: Generator) -> list[Shape]:
    """From the front: doors with their panes, swung about their front edge or slid rearwards."""
    arch = plan.radius + 0.13
    limits = (plan.axles[0] + arch, plan.axles[1] - arch)
    edges = (plan.base[1] - 0.1, *plan.pillars)
    shapes: list[Shape] = []
    rear_end = plan.roof[0] + 0.09
    for number, right in enumerate(edges):
        left = edges[number + 1] if number + 1 < len(edges) else rear_end
        pane = _pane(plan, left, right, number)
        is_door = not (style == "van" and number == 2)
        if not is_door:
            if random.random() < 0.6:
                shapes.insert(0, pane)
            continue
        panel = _door(plan, left, right, limits, number)
        shapes.append(Shape("body", panel.outline, _seat(plan, left, right), -0.72))
        if style == "van" and number == 1:
            slide = float(random.choice([0, 0, random.uniform(0.15, 0.6)]))
            shapes += [_slid(shape, slide) for shape in (panel, pane)]
            continue
        swing = float(random.choice([0, 0, random.uniform(25, 50)]))
        shapes += [_swung(shape, right, swing) for shape in (panel, pane)]
    return shapes


def _swung(shape: Shape, hinge: float, degrees: float) -> Shape:
    """A door opened towards us: narrower, and lower the further it is from its hinge."""
    narrow, drop = np.cos(np.radians(degrees)), 0.16 * np.sin(np.radians(degrees))

    def open_up(points: Points) -> Points:
        out = hinge - points[:, 0]
        return at(hinge - narrow * out, points[:, 1] + drop * out)

    return shape.moved(open_up)


def _slid(shape: Shape, way: float) -> Shape:
    """A door slid rearwards on its rail, a little outside the body's side."""
    return shape.moved(lambda points: points + at(-way, 0.03))


def _pane(plan: _Plan, left: float, right: float, number: int) -> Shape:
    """A side pane with glints; the foremost follows the slant of the windscreen."""
    high, low = plan.top + 0.14, plan.waist - 0.02
    upper = plan.roof[1] - 0.03 if number == 0 else right - 0.07
    pane = at(
        [left + 0.07 - _rake(plan, left), left + 0.07, upper, right - 0.07], [low, high, high, low]
    )
    middle, slant = pane.mean(axis=0), at(0.07, 0.3 * (high - low))
    glints = (
        stroke(0.75, 0.07, middle - at(0.06, 0) - slant, middle - at(0.06, 0) + slant),
        stroke(0.75, 0.035, middle + at(0.08, 0) - slant, middle + at(0.08, 0) + slant),
    )
    return Shape("window", rounded(pane, 0.06), glints, 0.1, number, middle)


def _door(
    plan: _Plan, left: float, right: float, limits: tuple[float, float], number: int
) -> Shape:
    """A door with its window frame; its lower corners keep clear of the wheel arches."""
    high, low, waist = plan.top + 0.07, _SILL - 0.1, plan.waist
    inner, outer = max(left, limits[0]) + 0.02, min(right, limits[1])
    upper = plan.roof[1] + 0.01 if number == 0 else right - 0.015
    x = [inner, left + 0.015 - _rake(plan, left), left + 0.015, upper, right - 0.015, outer - 0.015]
    y = [low, waist + 0.12, high, high, waist + 0.03, low]
    handle = at(left + 0.14, waist + 0.12)
    details = (
        stroke(-0.7, 0.07, handle, handle + at(0.14, 0)),
        stroke(0.7, 0.04, handle, handle + at(0.14, 0)),
        stroke(-0.3, 0.03, at(inner + 0.06, 0.2), at(outer - 0.07, 0.2)),
    )
    return Shape("door", rounded(at(x, y), 0.05), details, 0, number, handle + at(0.07, 0))


def _rake(plan: _Plan, left: float) -> float:
    """How much the rearmost door and pane widen downwards, under a slanting rear window."""
    return 0.4 * (plan.roof[0] - plan.base[0]) if left < plan.roof[0] + 0.1 else 0.0


def _seat(plan: _Plan, left: float, right: float) -> tuple[Detail, ...]:
    """What an open door shows: a seat."""
    x, y = (left + right) / 2 - 0.1, plan.waist
    back = tube([at(x, y + 0.3), at(x - 0.06, y - 0.1)], [0.16, 0.13])
    cushion = tube([at(x, y + 0.34), at(x + 0.26, y + 0.3)], [0.16, 0.13])
    return (Detail(0.3, back), Detail(0.3, cushion))


def _lights_and_bumpers(plan: _Plan, style: str, random: Generator) -> list[Shape]:
    # Of a tall van all else is large, so that lamps of the usual size would be lost.
    larger = 1.3 if style == "van" else 1.0
    size, low = random.uniform(0.14, 0.18) * larger, plan.waist + 0.36
    lamp, tail = at(1.56, low), at(-1.62, plan.waist + (0.25 if style == "saloon" else 0.3))
    round_lamp = ellipse(lamp, size, 0.9 * size)
    wedge = rounded(
        lamp + larger * at([-0.26, 0.12, 0.14, -0.16], [-0.09, -0.12, 0.12, 0.11]), 0.06
    )
    tall = 0.3 if style == "van" else 0.17
    rear = rounded(tail + at([-0.1, 0.12, 0.12, -0.1], [-tall, -tall, 0.16, 0.16]), 0.05)
    bars = (stroke(-0.4, 0.035, tail - at(0.1, 0.02), tail + at(0.12, -0.02)),)
    glow = spot(0.85, lamp - at(0.01, 0.02), 0.55 * size, 0.5 * size)
    shapes = [
        Shape("headlight", wedge if random.random() < 0.5 else round_lamp, (glow,), keypoint=lamp),
        Shape("taillight", rear, bars, keypoint=tail),
    ]
    for number, x in enumerate((-1.6, 1.6)):
        ends = at(x - 0.17, 0.37), at(x + 0.17, 0.37)
        shine = stroke(0.5, 0.045, ends[0] - at(0, 0.03), ends[1] - at(0, 0.03))
        outline = tube(ends, [0.2, 0.2])
        shapes.append(Shape("bumper", outline, (shine,), 0, number, at(x, 0.37)))
    return shapes


def _wheel(hub: Points, radius: float, roll: float, spokes: int, number: int) -> Shape:
    angles = roll + np.arange(spokes) * 360 / spokes
    tips = (turn(hub + at(0.56 * radius, 0), float(angle), hub) for angle in angles)
    details = (
        spot(0.65, hub, 0.64 * radius, 0.64 * radius),
        *(stroke(-0.45, 0.065, hub, tip) for tip in tips),
        spot(-0.75, hub, 0.19 * radius, 0.19 * radius),
        spot(0.6, hub, 0.1 * radius, 0.1 * radius),
    )
    return Shape("wheel", ellipse(hub, radius, radius, 48), details, -0.4, number, hub)
