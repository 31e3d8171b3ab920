"""Quadruped: a dog, cat or horse from the side that walks, sits, bows, rears or grazes."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    eye,
    moved,
    spot,
    stroke,
    tube,
    turn,
)


@dataclass(frozen=True)
class _Build:
    """What one style is made of; the trunk is level, the origin is in its middle."""

    trunk: Points
    shoulder: Points
    hip: Points
    nape: Points
    leg: float
    thick: float
    neck: tuple[float, float, float]  # Its length, its width at the trunk and at the head.
    poses: tuple[str, ...]
    hoofed: bool = False


_BUILDS = {
    "dog": _Build(
        trunk=at(
            [-1.0, -0.6, 0.1, 0.7, 1.0, 0.95, 0.55, 0.0, -0.6, -0.95],
            [-0.18, -0.36, -0.34, -0.42, -0.2, 0.2, 0.42, 0.26, 0.14, 0.12],
        ),
        shoulder=at(0.66, 0.02),
        hip=at(-0.7, -0.06),
        nape=at(0.76, -0.14),
        leg=1.02,
        thick=0.21,
        neck=(0.8, 0.6, 0.42),
        poses=("walk", "walk", "sit", "bow"),
    ),
    "cat": _Build(
        trunk=at(
            [-1.08, -0.7, 0.0, 0.6, 0.95, 0.92, 0.5, -0.1, -0.7, -1.02],
            [-0.1, -0.34, -0.3, -0.32, -0.12, 0.16, 0.32, 0.3, 0.2, 0.12],
        ),
        shoulder=at(0.64, 0.02),
        hip=at(-0.74, -0.04),
        nape=at(0.74, -0.1),
        leg=0.84,
        thick=0.18,
        neck=(0.7, 0.48, 0.4),
        poses=("walk", "walk", "sit", "bow"),
    ),
    "horse": _Build(
        trunk=at(
            [-1.1, -0.75, 0.0, 0.55, 0.98, 0.98, 0.55, 0.0, -0.6, -1.02],
            [-0.1, -0.4, -0.3, -0.4, -0.2, 0.22, 0.42, 0.42, 0.3, 0.2],
        ),
        shoulder=at(0.7, 0.06),
        hip=at(-0.76, -0.06),
        nape=at(0.68, -0.08),
        leg=1.3,
        thick=0.19,
        neck=(1.02, 0.72, 0.38),
        poses=("walk", "walk", "rear", "graze"),
        hoofed=True,
    ),
}


@figure(
    parts=("head", "muzzle", "ear", "neck", "body", "leg", "foot", "tail"),
    styles=("dog", "cat", "horse"),
    parents={"muzzle": "head", "ear": "head", "foot": "leg"},
)
def quadruped(random: Generator, style: str) -> list[Shape]:
    """The trunk pitches with the pose, the legs reach for the ground, neck and head nod."""
    build = _BUILDS[style]
    pose = str(random.choice(build.poses))
    ranges = {"sit": (-46, -34), "bow": (12, 24), "rear": (-50, -28)}
    pitch = random.uniform(*ranges.get(pose, (-5, 5)))
    plump = random.uniform(0.9, 1.12)

    def pitched(points: Points) -> Points:
        return turn(points, pitch, build.hip)

    stride = random.uniform(0.16, 0.42) if pose in ("walk", "graze") else 0.08
    phase = random.uniform(0, 2 * np.pi)
    # Diagonal legs step together, near and far ones by turns.
    step = stride * at(np.cos(phase), 0.7 * np.sin(phase))
    shoulder = pitched(build.shoulder)
    coat = _coat(random, style)
    body = Shape("body", curve(build.trunk * (1, plump)), coat, keypoint=at(0, 0)).moved(pitched)
    neck, *head = _front(random, build, style, pose, pitched(build.nape))
    rump = pitched(build.trunk[0] + at(0.14, 0.02))
    return [
        _tail(random, style, rump, pose),
        *_pair(random, build, pose, shoulder, 1, -step),
        body,
        neck,
        *_pair(random, build, pose, shoulder, 0, step),
        *head,
    ]


def _coat(random: Generator, style: str) -> tuple[Detail, ...]:
    """Patches for the dog, stripes for the cat, dapples for the horse."""
    if style == "cat":
        places = np.arange(-0.7, 0.6, 0.24) + random.uniform(-0.06, 0.06)
        return tuple(stroke(-0.35, 0.07, at(x, -0.25), at(x - 0.06, 0.02)) for x in places)
    if style == "dog":
        x, y = random.uniform((-0.5, -0.12), (0.2, 0.02))
        return (spot(random.choice([-0.4, 0.45]), at(x, y), 0.27, 0.17),)
    dapples = random.uniform((-0.9, -0.2), (-0.1, 0.15), size=(6, 2))
    return tuple(spot(0.3, dapple, 0.06, 0.05) for dapple in dapples)


def _pair(
    random: Generator, build: _Build, pose: str, shoulder: Points, side: int, step: Points
) -> list[Shape]:
    """The two legs on the near side (0) or the far one (1); ``step`` moves their feet."""
    apart, tone = at(0.2 * side, 0), -0.3 * side
    # The shoulder joint lies lower than the hip, on a leg that is as much shorter.
    fore, bend = build.leg - (build.shoulder - build.hip)[1], 1.0
    hip, shoulder = build.hip + apart, shoulder + apart
    ground = hip[1] + (0.34 if pose == "sit" else 0.97 * build.leg)
    front = at(shoulder[0] + step[0], ground - max(step[1], 0))
    hind = at(hip[0] - step[0] - 0.04, ground - max(-step[1], 0))
    if pose == "sit":
        front, heel = at(shoulder[0] + random.uniform(-0.05, 0.2), ground), hip + at(-0.05, 0.3)
        haunch = [hip, hip + at(0.42, -0.02), heel, heel + at(random.uniform(0.3, 0.5), 0.04)]
    else:
        if pose == "bow":
            front, bend = front + at(random.uniform(0.3, 0.5), 0), -1.0
        elif pose == "rear":
            front = shoulder + random.uniform((0.25, 0.35), (0.7, 0.85))
            hind = hind + at(random.uniform(0, 0.4), 0)
        hock = _joint(hip, hind, build.leg, -1)
        haunch = [hip, (hip + hock) / 2 + at(0.18, -0.02), hock, hind]
    foreleg = [shoulder, _joint(shoulder, front, fore, bend), front]
    return [
        *_leg(build, haunch, (2.6, 2, 1, 0.9), 2 * side + 1, tone),
        *_leg(build, foreleg, (2.1, 1.05, 0.9), 2 * side, tone),
    ]


def _joint(root: Points, foot: Points, length: float, side: float) -> Points:
    """Where a leg of two equal bones bends, forward for a positive side."""
    reach = foot - root
    distance = float(np.linalg.norm(reach))
    bulge = np.sqrt(max(length**2 - distance**2, 0.02 * length**2)) / 2
    across: Points = at(reach[1], -reach[0]) / (distance + 1e-9)
    middle: Points = root + reach / 2 + side * bulge * across
    return middle


def _leg(
    build: _Build, path: list[Points], widths: tuple[float, ...], instance: int, tone: float
) -> list[Shape]:
    """A leg through its joints and its paw or hoof; widths are in shins."""
    limb = tube(path, [build.thick * width for width in widths])
    end, before = path[-1], path[-2]
    if build.hoofed:
        # A hoof follows the shin: level when that stands upright.
        lean = 0.6 * np.degrees(np.arctan2(before[0] - end[0], end[1] - before[1]))
        hoof = at([-0.11, 0.1, 0.2, -0.15], [-0.12, -0.12, 0.13, 0.13])
        band = stroke(0.5, 0.05, end + at(-0.1, -0.1), end + at(0.1, -0.1))
        foot = Shape("foot", end + hoof, (band,), tone - 0.25, instance, end).turned(lean, end)
    else:
        toes = tuple(
            stroke(-0.6, 0.03, end + at(x, 0.0), end + at(x + 0.01, 0.08)) for x in (0.08, 0.17)
        )
        paw = tube([end + at(-0.06, 0), end + at(0.16, 0.02)], [0.24, 0.22])
        foot = Shape("foot", paw, toes, tone + 0.1, instance, end + at(0.05, 0))
    return [Shape("leg", limb, (), tone, instance, before), foot]


def _front(random: Generator, build: _Build, style: str, pose: str, nape: Points) -> list[Shape]:
    """Neck and head; a grazing or bowing animal holds them lower."""
    length, wide, narrow = build.neck
    rises = {"dog": (15, 62), "cat": (5, 55), "horse": (28, 66)}
    rise = random.uniform(*{"graze": (-52, -25), "rear": (45, 80)}.get(pose, rises[style]))
    poll = nape + length * at(np.cos(np.radians(rise)), -np.sin(np.radians(rise)))
    middle = (nape + poll) / 2
    across = turn(at(1, 0), 90 - rise, at(0, 0))
    if style == "horse":
        places = np.linspace(0.1, 1.0, 7)[:, None]
        crest = nape + places * (poll - nape) - np.linspace(0.36, 0.2, 7)[:, None] * across
        fall = at(random.uniform(-0.12, 0.02), 0) + 0.2 * across
        locks = [stroke(-0.5, 0.15, root, root + fall + at(0, 0.1)) for root in crest]
        trim = tuple(replace(lock, tone=-0.5 - 0.1 * (i % 2)) for i, lock in enumerate(locks))
    else:
        collar = nape + 0.6 * (poll - nape)
        half = 0.26 * across
        trim = (stroke(0.6, 0.09, collar - half, collar + half),)
    neck = Shape("neck", tube([nape, middle, poll], [wide, (wide + narrow) / 2, narrow]), trim)
    nod = random.uniform(*{"graze": (50, 75), "rear": (15, 45)}.get(pose, (-15, 22)))
    if style == "horse" and pose == "walk":
        nod = random.uniform(28, 58)
    heads = {"dog": _dog_head, "cat": _cat_head, "horse": _horse_head}
    head = heads[style](random)
    return [
        replace(neck, keypoint=middle),
        *moved(head, lambda points: turn(points, nod, at(0, 0)) + poll),
    ]


def _dog_head(random: Generator) -> list[Shape]:
    snout, long = random.uniform(0.42, 0.62), random.uniform(0.4, 0.6)
    pointed = random.random() < 0.5
    tip = at(snout, 0.12)
    face = (
        spot(random.choice([-0.4, 0.5]), at(0.1, -0.09), 0.17, 0.17),
        *eye(at(0.12, -0.08), 0.105),
    )
    nose = (
        stroke(-0.8, 0.03, tip + at(-0.16, 0.06), tip + at(-0.02, 0.09)),
        spot(-0.9, tip + at(0.08, -0.08), 0.1, 0.08),
    )

    def ear(x: float, tone: float, instance: int) -> Shape:
        root = at(x, -0.2)
        end = root + (at(-0.06, -long) if pointed else at(-0.18, long))
        if pointed:
            edge = curve(np.stack([root + at(-0.18, 0.1), end, root + at(0.2, 0.02)]))
            inner = curve(np.stack([root + at(-0.07, 0.0), end * 0.8, root + at(0.09, 0)]))
        else:
            edge = tube([root, root + at(-0.14, 0.18), end], [0.2, 0.32, 0.24])
            inner = tube([root + at(-0.12, 0.24), end - at(0, 0.05)], [0.1, 0.1])
        return Shape("ear", edge, (Detail(-0.3, inner),), tone, instance, end)

    return [
        ear(0.12, -0.3, 1),
        Shape("head", ellipse(at(0, 0), 0.37, 0.34), face, keypoint=at(0.12, -0.08)),
        Shape("muzzle", tube([at(0.24, 0.12), tip], [0.36, 0.26]), nose, 0.15, keypoint=tip),
        ear(-0.14, 0, 0),
    ]


def _cat_head(random: Generator) -> list[Shape]:
    long = random.uniform(0.38, 0.52)
    middle = at(0.2, 0.14)
    eyes = [at(x, -0.05) for x in (-0.02, 0.29)]
    features = [detail for place in eyes for detail in eye(place, 0.095)]
    features += [stroke(-0.4, 0.05, at(x, -0.33), at(x + 0.02, -0.2)) for x in (0, 0.11, 0.22)]
    whiskers = [(0.03, -0.26), (0.07, -0.28), (0.03, 0.26), (0.07, 0.28)]
    features += [
        stroke(0.85, 0.024, middle + at(np.sign(x) * 0.16, 0), middle + at(1.4 * x, 2 * y - 0.1))
        for y, x in whiskers
    ]
    mouth = (
        Detail(-0.7, middle + at([-0.06, 0.1, 0.02], [-0.11, -0.11, -0.02])),
        stroke(
            -0.7,
            0.028,
            *(middle + at([-0.1, -0.05, 0.02, 0.09, 0.14], [0.02, 0.08, 0, 0.08, 0.02])),
        ),
    )

    def ear(x: float, lean: float, tone: float, instance: int) -> Shape:
        root, end = at(x, -0.2), at(x + lean, -0.2 - long)
        edge = np.stack([root - at(0.21, 0), end, root + at(0.2, -0.02)])
        inner = (Detail(0.4, root + 0.62 * (edge - root) - at(0, 0.03)),)
        return Shape("ear", edge, inner, tone, instance, end)

    return [
        ear(0.25, 0.08, -0.25, 1),
        ear(-0.2, -0.08, 0, 0),
        Shape("head", ellipse(at(0.02, 0), 0.43, 0.36), tuple(features), keypoint=at(0.12, -0.05)),
        Shape("muzzle", ellipse(middle, 0.2, 0.15), mouth, 0.2, keypoint=middle - at(0, 0.08)),
    ]


def _horse_head(random: Generator) -> list[Shape]:
    long = random.uniform(0.32, 0.42)
    skull = at(
        [-0.2, -0.05, 0.3, 0.72, 0.74, 0.3, 0.02, -0.2],
        [-0.08, -0.2, -0.2, -0.14, 0.15, 0.27, 0.28, 0.12],
    )
    lips = at(
        [0.58, 0.8, 0.98, 1.0, 0.86, 0.58, 0.54], [-0.165, -0.15, -0.06, 0.1, 0.2, 0.19, 0.02]
    )
    face = (
        stroke(random.choice([0.7, 0.0]), 0.08, at(0.3, -0.16), at(0.6, -0.12)),
        *eye(at(0.22, -0.05), 0.085),
    )
    mouth = (
        spot(-0.8, at(0.88, -0.01), 0.05, 0.035),
        stroke(-0.7, 0.03, at(0.98, 0.11), at(0.84, 0.1), at(0.76, 0.06)),
    )
    lock = Detail(-0.5, tube([at(-0.06, -0.18), at(0.14, -0.14)], [0.2, 0.08]))

    def ear(x: float, tone: float, instance: int) -> Shape:
        root, end = at(x, -0.14), at(x - 0.16, -0.14 - long)
        edge = at([-0.15, -0.2, 0, 0.08, 0.13], [0.02, -0.6 * long, 0, -0.5 * long, 0])
        outline = np.concatenate([root + edge[:2], end[None], root + edge[3:]])
        inner = stroke(-0.4, 0.06, root - at(0.01, 0.02), root + 0.7 * (end - root))
        return Shape("ear", curve(outline, steps=5), (inner,), tone, instance, end)

    return [
        ear(0.08, -0.25, 1),
        Shape("head", curve(skull), (*face, lock), keypoint=at(0.22, -0.05)),
        Shape("muzzle", curve(lips), mouth, 0.1, keypoint=at(0.9, 0)),
        ear(-0.08, 0, 0),
    ]


def _tail(random: Generator, style: str, root: Points, pose: str) -> Shape:
    """A wagging tail, a long winding one or a tuft of hair."""
    if style == "horse":
        sway = random.uniform(-0.5, -0.15)
        path = root + at([0, sway - 0.1, sway - 0.15, sway], [0, 0.12, 0.55, 0.95])
        strands = tuple(stroke(-0.35, 0.03, *(path[1:] + at(x, 0.0))) for x in (-0.09, 0.0, 0.09))
        return Shape("tail", tube(path, [0.2, 0.28, 0.38, 0.14]), strands, keypoint=path[-1])
    if style == "cat":
        up, sway = random.uniform(0.1, 0.9), random.uniform(-0.25, 0.25)
        path = root + at([0, -0.4, -0.62 + sway, -0.7 - sway], [0, 0.1, -0.45 * up, -1.15 * up])
        rings = tuple(
            spot(-0.4, path[i] * (1 - t) + path[i + 1] * t, 0.1, 0.08)
            for i, t in ((1, 0.6), (2, 0.2), (2, 0.9))
        )
        tail = Shape("tail", tube(path, [0.2, 0.19, 0.18, 0.17]), rings, keypoint=path[-1])
    else:
        path = root + at([0, -0.3, -0.58], [0, -0.16, random.uniform(-0.75, -0.2)])
        tip = (Detail(0.4, tube(path[-1] + at([0.04, 0], [0.1, 0]), [0.12, 0.14])),)
        tail = Shape("tail", tube(path, [0.26, 0.24, 0.17]), tip, keypoint=path[-1])
        tail = tail.turned(random.uniform(-30, 25), root)
    return tail.turned(-10, root) if pose == "sit" else tail
