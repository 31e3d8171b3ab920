"""Chairs in three-quarter view: kitchen chairs, rocking chairs, armchairs and office chairs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

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

SEAT = 0.85
"""Height of a seat's upper side over the floor; office chairs may be raised over it."""


@dataclass(frozen=True)
class View:
    """From where a chair is seen; in space x points right, y up and z away from its front.

    Angles are radians: ``yaw`` turns the chair on its feet, ``rock`` leans it back.
    """

    yaw: float
    pitch: float
    rock: float = 0.0

    def see(self, space: ArrayLike) -> Points:
        """The picture's coordinates of points (..., 3) in space."""
        x, y, z = np.moveaxis(np.asarray(space, dtype=np.float64), -1, 0)
        z = z - 0.6
        y, z = y - self.rock * z, z + self.rock * y
        across = x * np.cos(self.yaw) + z * np.sin(self.yaw)
        depth = z * np.cos(self.yaw) - x * np.sin(self.yaw)
        return np.stack([across, -y * np.cos(self.pitch) - depth * np.sin(self.pitch)], axis=-1)

    def bar(self, path: ArrayLike, widths: Sequence[float]) -> Points:
        """The outline of a round bar along a curve in space."""
        return tube(self.see(path), widths)

    def block(self, part: str, low: ArrayLike, high: ArrayLike, lean: float = 0.0) -> Shape:
        """An upholstered block between two corners in space, its top ``lean`` farther back."""
        ends = np.array([low, high], dtype=np.float64)
        corner = np.indices((2, 2, 2)).reshape(3, 8)
        space = np.stack([ends[corner[axis], axis] for axis in range(3)], axis=1)
        space[:, 2] += lean * corner[1]
        flat = self.see(space)
        top, front = flat[corner[1] == 1], flat[corner[2] == 0]
        faces = (Detail(-0.2, _soft(flat)), Detail(0.25, _soft(top)), Detail(0, _soft(front)))
        return Shape(part, _soft(flat), faces, keypoint=front.mean(axis=0))


@figure(
    parts=("seat", "back", "headrest", "armrest", "leg", "foot", "cushion"),
    styles=("kitchen chair", "rocking chair", "armchair", "office chair"),
)
def chair(random: Generator, style: str) -> list[Shape]:
    """A chair from the front or half from the side: backs recline, rockers rock, bases swivel."""
    view = View(random.uniform(-0.8, 0.8), random.uniform(0.3, 0.5))
    if style == "armchair":
        return _armchair(random, view)
    if style == "office chair":
        return _office_chair(random, view)
    if style == "rocking chair":
        # Turned well to one side: from the front its rockers would hide its legs.
        yaw = random.choice([-1, 1]) * random.uniform(0.4, 0.95)
        view = replace(view, yaw=yaw, rock=random.uniform(-0.15, 0.3))
    return _wooden_chair(random, view, style == "rocking chair")


def _wooden_chair(random: Generator, view: View, rocks: bool) -> list[Shape]:
    half, deep, recline = random.uniform((0.55, 1.0, 0.1), (0.72, 1.2, 0.4))
    tall, splay = random.uniform((1.0, 0.02), (1.35, 0.14))
    shapes = []
    for index, (side, z) in enumerate([(-1, deep - 0.1), (1, deep - 0.1), (-1, 0.1), (1, 0.1)]):
        away = splay if z > 0.5 else -splay
        hip, floor = (side * (half - 0.1), SEAT - 0.1, z), (side * (half + splay), 0, z + away)
        shapes += _wooden_leg(view, hip, floor, index, not rocks)
    if rocks:
        shapes += [_runner(view, side * (half + splay), deep, n) for n, side in enumerate((-1, 1))]
    shapes += _wooden_back(random, view, half, deep, recline, tall)
    seat = view.block("seat", (-half, SEAT - 0.15, 0), (half, SEAT, deep))
    far = -1 if view.yaw > 0 else 1
    high = random.uniform(0.35, 0.5)
    arms = {
        side: _wooden_arm(view, side * half, deep + recline * high / tall, SEAT + high, side > 0)
        for side in (-1, 1)
    }
    return [*shapes, seat, *arms[far], _cushion(random, view, half, deep, recline), *arms[-far]]


def _wooden_leg(
    view: View, hip: ArrayLike, floor: ArrayLike, index: int, footed: bool
) -> list[Shape]:
    hip, floor = np.asarray(hip), np.asarray(floor)
    ring = view.see(0.5 * hip + 0.5 * floor)
    turned = (spot(-0.35, ring, 0.1, 0.045), spot(0.35, ring - at(0, 0.05), 0.09, 0.03))
    leg = Shape("leg", view.bar([hip, floor], [0.17, 0.13]), turned, 0, index, ring)
    if not footed:
        return [leg]
    shoe = view.bar([0.2 * hip + 0.8 * floor, floor], [0.17, 0.2])
    return [leg, Shape("foot", shoe, (), -0.1, index, view.see(floor))]


def _runner(view: View, x: float, deep: float, instance: int) -> Shape:
    """One of the two bows that a rocking chair stands on."""
    z = np.linspace(-0.45, deep + 0.55, 7)
    bow = np.stack([np.full(7, x), 0.2 * np.square(z - 0.6) - 0.05, z], axis=1)
    shine = Detail(0.3, tube(view.see(bow[1:-1]) - at(0, 0.03), [0.04] * 5))
    middle = view.see(bow[3])
    return Shape("foot", view.bar(bow, [0.15] * 7), (shine,), 0, instance, middle)


def _wooden_back(
    random: Generator, view: View, half: float, deep: float, recline: float, tall: float
) -> list[Shape]:
    """Posts with spindles, or with boards across, or one panel; the topmost board for the head."""

    def place(x: float, up: float) -> tuple[float, float, float]:
        return x * (half - 0.06), SEAT - 0.08 + up * tall, deep - 0.08 + up * recline

    rods: list[Points] = [view.bar([place(x, 0), place(x, 1)], [0.14, 0.12]) for x in (-1, 1)]
    kind = random.choice(["spindles", "boards", "panel"])
    if kind == "spindles":
        count = int(random.choice([3, 5]))
        inner = np.linspace(-1, 1, count + 2)[1:-1]
        rods += [view.bar([place(x, 0), place(x, 1)], [0.09, 0.09]) for x in inner]
    elif kind == "boards":
        levels = (0.36, 0.72)
        rods += [
            view.bar([place(-1, up), place(0, up - 0.04), place(1, up)], [0.17] * 3)
            for up in levels
        ]
    else:
        rods.append(view.see([place(-0.45, 0), place(-0.6, 1), place(0.6, 1), place(0.45, 0)]))
        rods.append(view.bar([place(-1, 0.2), place(1, 0.2)], [0.09, 0.09]))
    arch, thick = random.uniform(0.02, 0.16), random.uniform(0.26, 0.36)
    board = [place(-1.12, 1), place(0, 1 + arch), place(1.12, 1)]
    grain = tuple(
        Detail(tone, tube(view.see(board) * (0.9, 1) + at(0, shift), [0.035] * 3))
        for tone, shift in ((0.35, -0.06), (-0.35, 0.06))
    )
    key = view.see(place(0, 0.68))
    crest = Shape("headrest", view.bar(board, [thick] * 3), grain, keypoint=view.see(board[1]))
    return [*(Shape("back", rod, keypoint=key) for rod in rods), crest]


def _wooden_arm(view: View, x: float, rear: float, high: float, right: bool) -> list[Shape]:
    post = view.bar([(x * 0.92, SEAT - 0.04, 0.22), (x, high, 0.16)], [0.1, 0.09])
    path = [(x * 0.9, high, rear - 0.06), (x * 1.06, high, 0.5), (x * 1.06, high, -0.02)]
    shine = Detail(0.35, tube(view.see(path[1:]) - at(0, 0.03), [0.03, 0.03]))
    pad = Shape("armrest", view.bar(path, [0.13, 0.15, 0.2]), (shine,), 0, int(right))
    return [
        Shape("armrest", post, tone=-0.2, instance=int(right), keypoint=view.see(path[2])),
        pad,
    ]


def _cushion(random: Generator, view: View, half: float, deep: float, recline: float) -> Shape:
    """A flat cushion on the seat, or a pillow that leans against the back."""
    if random.random() < 0.5:
        pad = view.block("cushion", (0.13 - half, SEAT, 0.1), (half - 0.13, SEAT + 0.1, deep - 0.2))
        middle = view.see([0, SEAT + 0.1, deep / 2])
        return replace(pad, details=(*pad.details, _button(middle)), keypoint=middle)
    size, tilt = random.uniform(0.3, 0.4), random.uniform(-25, 25)
    middle = view.see([random.uniform(-0.15, 0.15), SEAT + 0.34, deep - 0.2 + 0.2 * recline])
    edge = at([-1, -0.82, 0, 0.82, 1, 0.82, 0, -0.82], [0, -0.74, -0.9, -0.74, 0, 0.74, 0.9, 0.74])
    pillow = curve(middle + size * edge)
    seam = tuple(
        stroke(-0.35, 0.03, middle + 0.25 * size * at(x, y), middle + 0.75 * size * at(x, y))
        for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )
    shape = Shape("cushion", pillow, (*seam, _button(middle)), keypoint=middle)
    return shape.turned(tilt, middle)


def _armchair(random: Generator, view: View) -> list[Shape]:
    half, deep, recline = random.uniform((0.58, 1.0, 0.1), (0.76, 1.2, 0.35))
    tall, arm = random.uniform((0.85, 0.3), (1.25, 0.5))
    floor = random.uniform(0.42, 0.54)
    legs = []
    for index, (side, z) in enumerate([(-1, deep), (1, deep), (-1, 0.1), (1, 0.1)]):
        hip = np.array([side * half, floor + 0.1, z])
        ball = view.see(hip * (1.02, 0, 1) + (0, 0.05, 0))
        leg = view.bar([hip, hip * (1.02, 0, 1) + (0, 0.1, 0)], [0.3, 0.2])
        shine = spot(0.6, ball - 0.04, 0.04, 0.03)
        legs.append(Shape("leg", leg, (), 0, index, view.see(hip * (1, 0.6, 1))))
        legs.append(Shape("foot", ellipse(ball, 0.14, 0.11), (shine,), 0, index, ball))
    top = SEAT + tall
    back = view.block("back", (-half, floor, deep - 0.25), (half, top, deep), recline)
    buttons = tuple(
        _button(view.see([x * half, SEAT + up * tall, deep - 0.25 + recline * up]))
        for up, places in ((0.45, (-0.45, 0.45)), (0.72, (-0.6, 0, 0.6)))
        for x in places
    )
    roll = [(x * half, top, deep - 0.12 + recline) for x in (-1, 0, 1)]
    ends = tuple(spot(-0.3, view.see(roll[n]), 0.08, 0.09) for n in (0, 2))
    rest = Shape("headrest", view.bar(roll, [0.34, 0.38, 0.34]), ends, keypoint=view.see(roll[1]))
    seat = view.block("seat", (-half, floor, 0), (half, SEAT - 0.12, deep - 0.1))
    arms = {side: _soft_arm(view, side, half, deep, floor, SEAT + arm) for side in (-1, 1)}
    pad = view.block("cushion", (-half, SEAT - 0.14, -0.04), (half, SEAT + 0.08, deep - 0.2))
    far = -1 if view.yaw > 0 else 1
    return [
        *legs[:4],
        replace(back, details=(*back.details, *buttons)),
        rest,
        *legs[4:],
        seat,
        *arms[far],
        replace(pad, keypoint=view.see([0, SEAT + 0.08, deep / 3])),
        *arms[-far],
    ]


def _soft_arm(
    view: View, side: int, half: float, deep: float, floor: float, high: float
) -> list[Shape]:
    inner, outer = sorted((side * (half - 0.06), side * (half + 0.2)))
    block = view.block("armrest", (inner, floor, -0.02), (outer, high, deep - 0.05))
    middle = (inner + outer) / 2
    roll = view.bar([(middle, high, deep - 0.1), (middle, high, 0)], [0.34, 0.36])
    scroll = view.see([middle, high, -0.02])
    swirl = (
        spot(0.3, scroll, 0.16, 0.16),
        spot(-0.15, scroll, 0.11, 0.11),
        spot(0.4, scroll, 0.05, 0.05),
    )
    instance = int(side > 0)
    return [
        replace(block, instance=instance, keypoint=scroll),
        Shape("armrest", roll, swirl, 0.1, instance),
    ]


def _office_chair(random: Generator, view: View) -> list[Shape]:
    half, deep, recline = random.uniform((0.5, 0.9, 0.1), (0.65, 1.1, 0.4))
    tall, raised = random.uniform((0.75, 0.0), (1.1, 0.25))
    seat_top = SEAT + raised

    def place(x: float, up: float) -> tuple[float, float, float]:
        return x * half, seat_top + 0.2 + up, deep - 0.15 + recline * up / tall

    back = view.block("back", place(-1, 0), np.add(place(1, tall), (0, 0, 0.15 - recline)), recline)
    ribs = tuple(
        stroke(-0.3, 0.03, *view.see([place(-0.75, up * tall), place(0.75, up * tall)]))
        for up in (0.3, 0.5, 0.7)
    )
    low, high = np.add(place(-0.62, tall + 0.1), (0, 0, -0.05)), place(0.62, tall + 0.4)
    rest = view.block("headrest", low, np.add(high, (0, 0, 0.05)), 0.08)
    joint = view.bar([place(0, tall - 0.1), place(0, tall + 0.2)], [0.16, 0.16])
    spine = view.bar([(0, seat_top - 0.1, deep - 0.2), place(0, 0.15)], [0.2, 0.2])
    seat = view.block("seat", (-half - 0.05, seat_top - 0.2, 0), (half + 0.05, seat_top, deep))
    arm = random.uniform(0.35, 0.5)
    base = _star_base(random, view, deep / 2, seat_top)
    arms = {side: _office_arm(view, side, half, deep, seat_top, arm) for side in (-1, 1)}
    far = -1 if view.yaw > 0 else 1
    lift = at(0, -raised * np.cos(view.pitch))
    pillow = _cushion(random, view, half, deep, recline).moved(lambda points: points + lift)
    return [
        *base,
        Shape("back", spine, tone=-0.35),
        Shape("headrest", joint, tone=-0.3),
        replace(back, details=(*back.details, *ribs)),
        rest,
        *arms[far],
        seat,
        pillow,
        *arms[-far],
    ]


def _star_base(random: Generator, view: View, z: float, seat: float) -> list[Shape]:
    """Five legs with casters, turned anyhow, and the column on them, the sixth leg."""
    hub, spin = np.array([0, 0.3, z]), random.uniform(0, 2 * np.pi / 5)
    angles = spin + 2 * np.pi / 5 * np.arange(5)
    tips = hub + np.stack([0.78 * np.cos(angles), np.full(5, -0.12), 0.78 * np.sin(angles)], axis=1)
    shapes = []
    for index in np.argsort(-tips[:, 2]).tolist():
        shapes += [_caster(view, tips[index], index), _spoke(view, hub, tips[index], index)]
    column = view.bar([(0, 0.3, z), (0, seat - 0.1, z)], [0.17, 0.17])
    ring = stroke(0.5, 0.05, *view.see([(-0.09, 0.48, z), (0.09, 0.48, z)]))
    return [*shapes, Shape("leg", column, (ring,), 0.1, 5, view.see([0, 0.55, z]))]


def _caster(view: View, tip: Points, instance: int) -> Shape:
    wheel = view.see(tip - (0, 0.1, 0))
    rim = (spot(0.45, wheel, 0.07, 0.08), spot(-0.4, wheel, 0.03, 0.03))
    return Shape("foot", ellipse(wheel, 0.13, 0.14), rim, -0.2, instance, wheel)


def _spoke(view: View, hub: Points, tip: Points, instance: int) -> Shape:
    shine = stroke(0.35, 0.035, *(view.see([0.7 * hub + 0.3 * tip, 0.2 * hub + 0.8 * tip])))
    middle = view.see((hub + tip) / 2)
    return Shape("leg", view.bar([hub, tip], [0.17, 0.12]), (shine,), 0, instance, middle)


def _office_arm(
    view: View, side: int, half: float, deep: float, seat: float, high: float
) -> list[Shape]:
    x, instance = side * (half + 0.12), int(side > 0)
    bend = [(side * half, seat - 0.1, 0.5 * deep), (x, seat, 0.5 * deep), (x, seat + high, 0.4)]
    pad = view.block(
        "armrest", (x - 0.1, seat + high - 0.04, 0.02), (x + 0.1, seat + high + 0.08, 0.75 * deep)
    )
    return [
        Shape("armrest", view.bar(bend, [0.11] * 3), (), -0.25, instance),
        replace(pad, instance=instance),
    ]


def _button(place: Points) -> Detail:
    return spot(-0.5, place, 0.045, 0.045)


def _soft(points: Points, radius: float = 0.09) -> Points:
    """The smallest convex outline around some points, its corners rounded."""
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    farthest = (points @ np.stack([np.cos(angle), np.sin(angle)])).argmax(axis=0)
    corners = points[farthest[farthest != np.roll(farthest, 1)]]
    edges = np.roll(corners, -1, axis=0) - corners
    long = np.linalg.norm(edges, axis=1, keepdims=True)
    cut = edges * np.minimum(radius / (long + 1e-9), 0.45)
    ends = np.stack([corners - np.roll(cut, 1, axis=0), corners + cut], axis=1)
    return curve(ends.reshape(-1, 2), steps=4)
