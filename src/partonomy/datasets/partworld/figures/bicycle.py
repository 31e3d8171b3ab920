"""A bicycle from the side: city, racer, tandem or high-wheeler; it steers, rolls and pedals."""

from collections.abc import Callable
from dataclasses import dataclass

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
    turn,
)


@dataclass(frozen=True)
class _Plan:
    """What differs between the styles, as paths (knots, 2) and single points (2,).

    ``bars`` start at their stem and end with the grip; ``posts`` are the tops of the seat posts;
    ``plump`` is how thick the saddles' backs are.
    """

    hubs: tuple[Points, Points]
    radii: tuple[float, float]
    tubes: tuple[Points, ...]
    fork: Points
    bars: tuple[Points, ...]
    posts: tuple[Points, ...]
    cranks: tuple[Points, ...]
    plump: float = 1.0
    chain: bool = True


@figure(
    parts=("wheel", "frame", "fork", "saddle", "handlebar", "crank", "pedal"),
    styles=("city", "racer", "tandem", "highwheeler"),
)
def bicycle(random: Generator, style: str) -> list[Shape]:
    plans = {"city": _city, "racer": _racer, "tandem": _tandem, "highwheeler": _highwheeler}
    plan = plans[style](random)
    steer = _narrowed(random.uniform(0.72, 1), plan.hubs[1])
    spacing = random.uniform(0.22, 0.36)
    stroke_angle = random.uniform(0, 360)
    rear, front = (
        _wheel(hub, radius, spacing, random.uniform(0, 360), number)
        for number, (hub, radius) in enumerate(zip(plan.hubs, plan.radii, strict=True))
    )
    shapes = [rear, front.moved(steer)]
    shapes += [
        shape
        for number, axle in enumerate(plan.cranks)
        for shape in _crank_arm(axle, stroke_angle + 180, number, far=True, random=random)
    ]
    shapes += [_frame(plan), _fork(plan)]
    shapes += [_axle(hub, number) for number, hub in enumerate(plan.hubs)]
    for number, axle in enumerate(plan.cranks):
        shapes.append(_chainring(axle, 0.2 if plan.chain else 0.15, stroke_angle, number))
        shapes += _crank_arm(axle, stroke_angle, number, far=False, random=random)
    tilt = random.uniform(-10, 10)
    for number, post in enumerate(plan.posts):
        shapes.append(_saddle(post, plan.plump, number).turned(tilt, post))
    swing = random.uniform(-14, 14)
    for number, bar in enumerate(plan.bars):
        shapes.append(_handlebar(bar, number).turned(swing, bar[0]))
    return shapes


def _racer(random: Generator) -> _Plan:
    radius, base = random.uniform(0.66, 0.76), random.uniform(0.98, 1.1)
    rear, front, crank = at(-base, 0.45), at(base, 0.45), at(random.uniform(-0.2, -0.08), 0.5)
    seat, head = at(-0.42, random.uniform(-0.5, -0.3)), at(0.62, random.uniform(-0.58, -0.42))
    crown = head + at(0.08, 0.26)
    drop = random.uniform(0.22, 0.36)
    bar = at([-0.03, 0.2, 0.42, 0.48, 0.26], [-0.16, -0.2, -0.12, 0.05, drop - 0.08])
    post = seat + at(-0.06, random.uniform(-0.4, -0.24))
    return _Plan(
        hubs=(rear, front),
        radii=(radius, radius),
        tubes=(
            _path(crank, seat, post),
            _path(seat, head + at(0.02, 0.06)),
            _path(crown, crank),
            _path(crank, rear),
            _path(seat, rear),
            _path(head, crown),
        ),
        fork=_path(head - at(0.02, 0.1), crown, front - at(0.17, 0.25), front),
        bars=(head + bar,),
        posts=(post,),
        cranks=(crank,),
        plump=0.85,
    )


def _city(random: Generator) -> _Plan:
    radius, base = random.uniform(0.6, 0.7), random.uniform(1.0, 1.12)
    rear, front, crank = at(-base, 0.45), at(base, 0.45), at(random.uniform(-0.2, -0.08), 0.52)
    seat, head = at(-0.42, random.uniform(-0.3, -0.15)), at(0.58, random.uniform(-0.62, -0.48))
    crown, post = head + at(0.09, 0.3), seat + at(-0.08, random.uniform(-0.42, -0.26))
    rise, sweep = random.uniform(0.3, 0.5), random.uniform(0.35, 0.55)
    bar = at(
        [-0.04, 0.0, 0.06, 0.2 - sweep, 0.02 - sweep],
        [-0.1, -rise, -rise - 0.1, -rise, -rise + 0.1],
    )
    rack = at(-base - 0.25, seat[1] + 0.02)
    carrier = (_path(seat, rack), _path(rack + at(0.2, 0), rear)) if random.random() < 0.7 else ()
    return _Plan(
        hubs=(rear, front),
        radii=(radius, radius),
        tubes=(
            _path(crank, seat, post),
            _path(head + at(0.03, 0.1), at(0.34, 0.06), at(0.0, 0.26), at(-0.3, 0.15)),
            _path(crown, at(0.46, 0.26), at(0.15, 0.5), crank),
            _path(crank, rear),
            _path(seat, rear),
            _path(head, crown),
            *carrier,
        ),
        fork=_path(head - at(0.02, 0.08), crown, front - at(0.16, 0.25), front),
        bars=(head + bar,),
        posts=(post,),
        cranks=(crank,),
        plump=1.2,
    )


def _tandem(random: Generator) -> _Plan:
    radius, base = random.uniform(0.5, 0.58), random.uniform(1.28, 1.4)
    rear, front = at(-base, 0.45), at(base, 0.45)
    cranks = at(-0.62, 0.5), at(0.3, 0.5)
    seats = at(-0.8, random.uniform(-0.3, -0.2)), at(0.1, random.uniform(-0.35, -0.25))
    head = at(0.93, random.uniform(-0.5, -0.4))
    crown = head + at(0.1, 0.26)
    posts = tuple(seat + at(-0.04, random.uniform(-0.4, -0.3)) for seat in seats)
    rise = random.uniform(0.1, 0.26)
    bar = at([0, 0.04, 0.12, -0.1, -0.22], [-0.06, -rise, -rise - 0.08, -rise, -rise + 0.08])
    behind = at([-0.02, -0.2, -0.38, -0.5], [-0.1, -0.07, -0.14, 0.0])
    return _Plan(
        hubs=(rear, front),
        radii=(radius, radius),
        tubes=(
            _path(cranks[0], seats[0], posts[0]),
            _path(cranks[1], seats[1], posts[1]),
            _path(seats[0], seats[1]),
            _path(seats[1], head + at(0.03, 0.06)),
            _path(*cranks),
            _path(crown, cranks[1]),
            _path(seats[1], cranks[0]),
            _path(cranks[0], rear),
            _path(seats[0], rear),
            _path(head, crown),
        ),
        fork=_path(head - at(0.02, 0.1), crown, front - at(0.13, 0.2), front),
        bars=(seats[1] + behind, head + bar),
        posts=posts,
        cranks=cranks,
    )


def _highwheeler(random: Generator) -> _Plan:
    large, small = random.uniform(0.95, 1.15), random.uniform(0.28, 0.42)
    front = at(0.35, 0.3)
    ground = front[1] + large
    rear = at(-random.uniform(1.15, 1.35), ground - small)
    head = front + at(-0.08, -large - 0.18)
    angles = np.radians([245, 220, 195])
    arc = front + (large + 0.2) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    spine = np.concatenate([head[None], arc, rear[None]])
    bar = at([0.02, 0.06, -0.08, -0.24, -0.3], [-0.04, -0.2, -0.3, -0.22, -0.08])
    post = arc[0] + at(0.02, -0.2)
    return _Plan(
        hubs=(rear, front),
        radii=(small, large),
        tubes=(spine, _path(arc[0], post)),
        fork=_path(head - at(0.01, 0.1), head + at(0.02, 0.3), front),
        bars=(head + bar * (-1, 1) * random.uniform(0.9, 1.2),),
        posts=(post,),
        cranks=(front,),
        chain=False,
    )


def _path(*points: Points) -> Points:
    return np.stack(points)


def _narrowed(factor: float, about: Points) -> Callable[[Points], Points]:
    """A wheel or a bar that is turned out of the picture's plane looks narrower."""
    return lambda points: about + (points - about) * (factor, 1)


def _ring(centre: Points, outer: float, inner: float) -> Points:
    """A circle with a hole, as one outline: filling leaves out what is enclosed twice."""
    circles = (ellipse(centre, radius, radius, 64) for radius in (outer, inner))
    return np.concatenate([np.append(circle, circle[:1], axis=0) for circle in circles])


def _wheel(hub: Points, radius: float, spacing: float, roll: float, number: int) -> Shape:
    """A tyre on a bright rim, with spokes to see through and a hub."""
    spokes = max(7, round(2 * np.pi * radius / spacing))
    angles = roll + np.arange(spokes) * 360 / spokes
    rim = hub + at(radius - 0.1, 0)
    details = (
        Detail(0.5, _ring(hub, radius - 0.09, radius - 0.14)),
        *(stroke(0.1, 0.028, hub, turn(rim, float(angle), hub)) for angle in angles),
        spot(0.4, hub, 0.11, 0.11),
    )
    return Shape("wheel", _ring(hub, radius, radius - 0.13), details, -0.4, number, hub)


def _axle(hub: Points, number: int) -> Shape:
    """The end of a wheel's axle, outside the frame."""
    return Shape("wheel", ellipse(hub, 0.07, 0.07), (spot(0.6, hub, 0.035, 0.035),), -0.4, number)


def _frame(plan: _Plan) -> Shape:
    """All tubes as one, with lugs where they end, a shine and the chain."""
    tubes = [Detail(0, tube(path, [0.12] * len(path))) for path in plan.tubes]
    shines = [stroke(0.5, 0.03, *(path - at(0.01, 0.025))) for path in plan.tubes[:4]]
    start, end = plan.cranks[0], plan.hubs[0]
    runs = [
        stroke(-0.65, 0.035, start + at(0, 0.18 * side), end + at(0, 0.08 * side))
        for side in (-1, 1)
    ]
    chain = runs if plan.chain else []
    outline = tube(plan.tubes[0], [0.12] * len(plan.tubes[0]))
    line = curve(plan.tubes[1], closed=False)
    middle = line[len(line) // 2]
    return Shape("frame", outline, (*chain, *tubes, *shines), keypoint=middle)


def _fork(plan: _Plan) -> Shape:
    """The steering column and the blade beside the front wheel, down to the axle."""
    shine = stroke(0.5, 0.03, *(plan.fork[1:] - at(0.02, 0)))
    crown = spot(-0.35, plan.fork[1], 0.085, 0.06)
    outline = tube(plan.fork, [0.13, 0.14, 0.12, 0.1])
    return Shape("fork", outline, (shine, crown), keypoint=plan.fork[1])


def _chainring(axle: Points, radius: float, angle: float, number: int) -> Shape:
    holes = (turn(axle + at(0.58 * radius, 0), angle + step, axle) for step in range(0, 360, 72))
    details = tuple(spot(-0.55, hole, 0.2 * radius, 0.2 * radius) for hole in holes)
    return Shape("crank", ellipse(axle, radius, radius), details, -0.1, number, axle)


def _crank_arm(
    axle: Points, angle: float, number: int, *, far: bool, random: Generator
) -> list[Shape]:
    """One arm with its pedal, which stays about level however the arm is turned."""
    end = turn(axle + at(0.36, 0), angle, axle)
    tone = -0.35 if far else 0.2
    arm = Shape("crank", tube(_path(axle, end), [0.1, 0.08]), (), tone, number)
    block = end + at([-0.18, 0.18, 0.18, -0.18], [-0.06, -0.06, 0.06, 0.06])
    treads = tuple(stroke(0.5, 0.03, end + at(x, -0.05), end + at(x, 0.05)) for x in (-0.1, 0.1))
    pedal = Shape("pedal", block, treads, -0.3 if far else 0, 2 * number + int(far), end)
    return [arm, pedal.turned(random.uniform(-25, 25), end)]


def _saddle(post: Points, plump: float, number: int) -> Shape:
    """A padded saddle, its nose to the front."""
    x = [-0.3, -0.24, -0.02, 0.2, 0.33, 0.28, 0.08, -0.1, -0.26]
    y = [-0.04, -0.13, -0.08, -0.09, -0.03, 0.03, 0.03, 0.1 * plump, 0.09 * plump]
    outline = curve(post + at(x, y) * (1, 1.1))
    details = (
        stroke(0.5, 0.03, post + at(-0.2, -0.08), post + at(-0.02, -0.045), post + at(0.2, -0.05)),
        stroke(-0.45, 0.025, post + at(-0.26, 0.03), post + at(0.05, 0.01)),
    )
    return Shape("saddle", outline, details, -0.1, number, post - at(0, 0.02))


def _handlebar(bar: Points, number: int) -> Shape:
    grip = Detail(-0.5, tube(bar[-2:], [0.13, 0.12]))
    shine = stroke(0.55, 0.03, *(bar[:-1] - at(0.01, 0.02)))
    outline = tube(bar, [0.1] * len(bar))
    return Shape("handlebar", outline, (shine, grip), 0, number, bar[-2:].mean(axis=0))
