"""The demo's objects as lists of outlines, each in a pose drawn at random.

Coordinates are the object's own: x points right, y points down, one unit is roughly half the
object's length. Objects look to the right; mirroring, turning and scaling come later.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.outlines import (
    Detail,
    Points,
    Shape,
    at,
    curve,
    ellipse,
    eye,
    fan,
    spot,
    stroke,
    tube,
    turn,
)


def bird(random: Generator) -> list[Shape]:
    """A bird from the side: wings between folded and raised, legs swinging, head turning."""
    plump, raised = random.uniform(0.85, 1.15), random.uniform(-12, 95)
    body = at(
        [-1.05, -0.5, 0.25, 0.8, 1.02, 0.75, 0.15, -0.5],
        [-0.02, -0.4, -0.5, -0.5, -0.1, 0.42, 0.62 * plump, 0.42 * plump],
    )
    speckles = random.uniform((-0.1, 0.12), (0.75, 0.45), size=(5, 2))
    face = turn(at(1.22, -0.4), random.uniform(-85, -35), at(0.72, -0.4))
    gape, long = random.uniform(0, 12), random.uniform(0.45, 0.85)
    upper = face + at([0.25, 0.36 + long, 0.25], [-0.19, 0.05, 0.06])
    lower = face + at([0.25, 0.34 + 0.85 * long, 0.25], [0.2, 0.06, 0])
    nostril = spot(-0.7, face + at(0.48, -0.06), 0.035, 0.02)
    head = [
        Shape("beak", turn(lower, gape, face), tone=-0.25),
        Shape("beak", upper, (nostril,)),
        Shape("head", ellipse(face, 0.4, 0.37), eye(face + at(0.12, -0.08), 0.11)),
    ]
    shoulder, rump = at(0.3, -0.15), at(-0.75, 0.02)

    def wing(lift: float, tone: float) -> Shape:
        feathers = fan("wing", shoulder, (184, 112), [1.55, 1.45, 1.1, 0.75], 6)
        joint = spot(0.25, shoulder + at(-0.08, 0.05), 0.17, 0.13)
        feathers = replace(feathers, details=(*feathers.details, joint), tone=tone)
        return feathers.turned(lift, shoulder)

    def leg(x: float, tone: float) -> Shape:
        hip, foot = at(x, 0.5), at(x, 1.2)
        toes = (
            Detail(0, tube([foot, foot + at(0.3, 0.06)], [0.11, 0.07])),
            Detail(0, tube([foot, foot + at(-0.18, 0.06)], [0.11, 0.07])),
        )
        limb = tube([hip - at(0, 0.15), at(x - 0.1, 0.85), foot], [0.26, 0.15, 0.12])
        return Shape("leg", limb, toes, tone).turned(random.uniform(-35, 35), hip)

    spread, tilt = random.uniform(8, 22), random.uniform(-25, 20)
    tail = fan("tail", rump, (180 - spread, 180 + spread), [1.05, 1.05], 4)
    return [
        wing(raised + random.uniform(10, 35), -0.35),
        leg(0.25, -0.3),
        tail.turned(random.uniform(-30, 30), rump),
        leg(-0.05, 0),
        Shape("body", curve(body), tuple(spot(0.5, speck, 0.05, 0.035) for speck in speckles)),
        *(shape.turned(tilt, face) for shape in head),
        wing(raised, 0),
    ]


def car(random: Generator) -> list[Shape]:
    """A car from the side: roof line, wheel size and lamps vary, wheels turn."""
    top, waist, sill = random.uniform(-0.95, -0.7), -0.12, 0.45
    roof_rear, roof_front = random.uniform(-1.4, -0.75), random.uniform(0.15, 0.5)
    rear, front = max(roof_rear - 0.45, -1.62), roof_front + random.uniform(0.35, 0.6)
    pillar = random.uniform(-0.35, -0.1)
    radius, roll = random.uniform(0.34, 0.43), random.uniform(0, 72)
    body = at(
        [-1.7, -1.72, rear, roof_rear, roof_front, front, 1.6, 1.72, 1.5, -1.5],
        [0.4, -0.02, waist, top, top, waist, 0.02, 0.4, sill, sill],
    )
    axles = (-1.0, 1.05)
    arches = [ellipse(at(x, sill), radius + 0.08, radius + 0.08) for x in axles]
    lines = (
        *(Detail(-0.75, np.minimum(arch, at(np.inf, sill))) for arch in arches),
        stroke(-0.5, 0.03, at(pillar, waist), at(pillar + 0.02, sill - 0.05)),
        stroke(0.6, 0.06, at(pillar - 0.35, 0.06), at(pillar - 0.15, 0.06)),
    )

    def window(left: float, top_left: float, top_right: float, right: float) -> Shape:
        low, high = waist - 0.03, top + 0.1
        pane = at([left, top_left, top_right, right], [low, high, high, low])
        middle, slant = pane.mean(axis=0), at(0.06, 0.3 * (high - low))
        glints = (
            stroke(0.75, 0.07, middle - at(0.06, 0) - slant, middle - at(0.06, 0) + slant),
            stroke(0.75, 0.035, middle + at(0.08, 0) - slant, middle + at(0.08, 0) + slant),
        )
        return Shape("window", pane, glints, 0.1)

    def wheel(x: float) -> Shape:
        hub = at(x, sill)
        tips = (turn(hub + at(0.58 * radius, 0), roll + step, hub) for step in range(0, 360, 72))
        rim = spot(0.6, hub, 0.62 * radius, 0.62 * radius)
        cap = spot(-0.7, hub, 0.16 * radius, 0.16 * radius)
        spokes = (stroke(-0.45, 0.06, hub, tip) for tip in tips)
        return Shape("wheel", ellipse(hub, radius, radius, 48), (rim, *spokes, cap), -0.35)

    def light(x: float, width: float) -> Shape:
        glow = spot(0.8, at(x + 0.02, 0.06), 0.6 * width, 0.08)
        return Shape("light", ellipse(at(x, 0.07), width, 0.14), (glow,))

    def bumper(x: float) -> Shape:
        shine = stroke(0.5, 0.05, at(x - 0.2, 0.36), at(x + 0.2, 0.36))
        return Shape("bumper", tube([at(x - 0.2, 0.38), at(x + 0.2, 0.38)], [0.2, 0.2]), (shine,))

    return [
        Shape("body", curve(body), lines),
        window(rear + 0.2, roof_rear + 0.1, pillar - 0.06, pillar - 0.06),
        window(pillar + 0.06, pillar + 0.06, roof_front - 0.05, front - 0.14),
        light(1.56, random.uniform(0.14, 0.2)),
        light(-1.62, random.uniform(0.1, 0.14)),
        bumper(1.6),
        bumper(-1.62),
        *(wheel(x) for x in axles),
    ]


def dog(random: Generator) -> list[Shape]:
    """A dog from the side: walking legs, wagging tail, nodding head, hanging or pointed ears."""
    stocky, long = random.uniform(0.9, 1.2), random.uniform(0.4, 0.65)
    body = at(
        [-1.05, -0.4, 0.5, 0.98, 1.0, 0.6, -0.3, -0.9],
        [-0.2, -0.36, -0.42, -0.3, 0.15, 0.42, 0.25, 0.3],
    )
    face = at(1.12, -0.8) + random.uniform(-0.12, 0.12, size=2)
    chest, rump = at(0.7, -0.1), at(-0.9, -0.15)
    throat, pointed = (face + chest) / 2, random.random() < 0.5
    trim = (
        Detail(0, tube([chest, face], [0.7, 0.45])),
        stroke(0.65, 0.1, throat - at(0.27, 0.12), throat + at(0.25, 0.16)),
    )

    def leg(x: float, bend: float, tone: float) -> Shape:
        hip, paw = at(x, 0.05), at(x, 1.1)
        details = (
            spot(0.3, paw + at(0.07, 0.02), 0.2, 0.11),
            stroke(-0.6, 0.03, paw + at(0.08, 0), paw + at(0.09, 0.07)),
            stroke(-0.6, 0.03, paw + at(0.17, 0), paw + at(0.18, 0.07)),
        )
        limb = tube([hip, at(x + bend, 0.6), paw], [0.48, 0.27, 0.2])
        return Shape("leg", limb, details, tone).turned(random.uniform(-30, 30), hip)

    def ear(x: float, tone: float) -> Shape:
        root = face + at(x, -0.2)
        if pointed:
            edge = root + at([-0.2, -0.12, 0.17], [0.1, -0.9 * long, 0])
            inner = root + at([-0.12, -0.1, 0.08], [0.05, -0.6 * long, 0])
        else:
            tip = root + at(-0.14, 0.2 + long)
            edge = tube([root, root + at(-0.16, 0.3), tip], [0.2, 0.3, 0.2])
            inner = tube([root + at(-0.12, 0.3), tip - at(0, 0.1)], [0.1, 0.08])
        return Shape("ear", edge, (Detail(-0.3, inner),), tone)

    muzzle = face + at(0.38, 0.12)
    features = (
        Detail(0.2, tube([face + at(0.1, 0.12), muzzle + at(0.12, 0.02)], [0.42, 0.28])),
        stroke(-0.8, 0.03, muzzle + at(-0.12, 0.12), muzzle + at(0.2, 0.1)),
        spot(-0.9, muzzle + at(0.24, -0.06), 0.09, 0.075),
        *eye(face + at(0.12, -0.1), 0.085),
    )
    head = [ear(0.1, -0.3), Shape("head", ellipse(face, 0.4, 0.36), features), ear(-0.12, 0)]
    tail = tube([rump, at(-1.3, -0.3), at(-1.55, random.uniform(-0.9, -0.2))], [0.24, 0.22, 0.14])
    nod = random.uniform(-20, 25)
    return [
        Shape("tail", tail).turned(random.uniform(-25, 55), rump),
        leg(-0.55, -0.12, -0.35),
        leg(0.85, 0.06, -0.35),
        Shape("body", curve(body * (1, stocky)), trim),
        leg(-0.78, -0.12, 0),
        leg(0.62, 0.06, 0),
        *(shape.turned(nod, face) for shape in head),
    ]


def fish(random: Generator) -> list[Shape]:
    """A fish from the side: the whole body bends, the fins flap."""
    deep, tall = random.uniform(0.75, 1.25), random.uniform(0.6, 0.95)
    body = at(
        [1.25, 0.8, 0.1, -0.6, -1.15, -1.15, -0.6, 0.1, 0.8],
        [0.05, -0.38, -0.56, -0.34, -0.12, 0.12, 0.34, 0.56, 0.42],
    )
    body = curve(body * (1, deep))
    scales = tuple(
        stroke(-0.35, 0.03, at(x + 0.05, y - 0.08), at(x - 0.03, y), at(x + 0.05, y + 0.08))
        for x in np.arange(-0.8, 0.5, 0.24)
        for y in np.arange(-0.36, 0.4, 0.18) * deep
        if abs(y) < (0.46 - 0.2 * abs(x)) * deep
    )
    # Starting at the tail, the points in front of the gills come in one run.
    front = np.roll(body, len(body) // 2, axis=0)
    front = front[front[:, 0] > 0.52]
    gills = curve(np.stack([front[-1], at(0.36, 0.02), front[0]]), closed=False)
    features = (
        stroke(-0.5, 0.045, at(0.56, -0.25 * deep), at(0.45, 0.02), at(0.56, 0.25 * deep)),
        stroke(-0.85, 0.04, at(1.22, 0.12), at(1.08, 0.16 * deep), at(0.98, 0.12)),
        *eye(at(0.86, -0.12 * deep), 0.12),
    )
    sweep, stem, side = random.uniform(18, 38), at(-1, 0), at(0.3, 0.12)
    tail = fan("tail", stem, (180 - sweep, 180 + sweep), [0.95, 0.62, 0.95], 6)
    below = fan("fin", at(-0.2, 0.25 * deep), (75, 140), [0.6, 0.7], 4)
    shapes = [
        tail.turned(random.uniform(-20, 20), stem),
        fan("fin", at(0.15, -0.3 * deep), (285, 205), [tall, tall, 0.7, 0.75], 6),
        replace(below, tone=-0.15),
        Shape("body", body, scales),
        Shape("head", np.concatenate([front, gills]), features),
        fan("fin", side, (195, 130), [0.62, 0.5], 5).turned(random.uniform(-25, 35), side),
    ]
    bend = random.uniform(-0.22, 0.22)

    def bent(points: Points) -> Points:
        behind = np.minimum(points[:, 0] - 0.3, 0)
        return np.stack([points[:, 0], points[:, 1] + bend * behind**2], axis=1)

    return [shape.moved(bent) for shape in shapes]


def person(random: Generator) -> list[Shape]:
    """A person from the front: arms and legs bend at their joints, the head tilts."""
    broad, girth = random.uniform(0.38, 0.5), random.uniform(0.9, 1.2)
    torso = at(
        [-0.2, -broad, -0.36, -0.34, 0.34, 0.36, broad, 0.2],
        [-0.68, -0.56, 0, 0.45, 0.45, 0, -0.56, -0.68],
    )
    clothes = (
        Detail(-0.55, at([-0.35, 0.35, 0.345, -0.345], [0.3, 0.3, 0.42, 0.42])),
        spot(0.7, at(0, 0.36), 0.08, 0.06),
        Detail(0.55, at([-0.17, 0.17, 0], [-0.69, -0.69, -0.42])),
        *(spot(-0.7, at(0, y), 0.03, 0.03) for y in (-0.28, -0.1, 0.08)),
    )

    def arm(side: int) -> Shape:
        raised, bend = random.uniform((12, -10), (150, 80))
        shoulder = at(side * (broad - 0.06), -0.5)
        elbow = shoulder + at(0, 0.48)
        wrist = turn(elbow + at(0, 0.42), -side * bend, elbow)
        hand = elbow + 1.22 * (wrist - elbow)
        details = (
            spot(0.4, hand, 0.12, 0.12),
            stroke(-0.4, 0.2, 0.85 * wrist + 0.15 * elbow, wrist),
        )
        limb = tube([shoulder, elbow, wrist], [0.27, 0.22, 0.18])
        return Shape("arm", limb, details).turned(-side * raised, shoulder)

    def leg(side: int) -> list[Shape]:
        swing, bend = random.uniform((-4, -5), (30, 22))
        hip, knee = at(side * 0.18, 0.38), at(side * 0.18, 0.96)
        ankle = turn(knee + at(0, 0.55), side * bend, knee)
        toe = ankle + at(side * 0.2, 0.1)
        details = (stroke(-0.45, 0.03, hip + at(0, 0.25), ankle), spot(0.3, knee, 0.09, 0.08))
        sole = stroke(0.7, 0.07, ankle + at(-side * 0.08, 0.17), toe + at(0, 0.07))
        shapes = [
            Shape("leg", tube([hip, knee, ankle], [0.34, 0.27, 0.22]), details),
            Shape("shoe", tube([ankle + at(0, 0.05), toe], [0.27, 0.2]), (sole,)),
        ]
        return [shape.turned(-side * swing, hip) for shape in shapes]

    face, smile, fringe = at(0, -1.02), random.uniform(-0.02, 0.08), random.uniform(-0.16, 0)
    hair = at(
        [-0.36, -0.33, 0, 0.33, 0.36, 0.22, 0, -0.2],
        [0.05, -0.28, -0.42, -0.28, 0.05, fringe - 0.06, fringe - 0.1, fringe - 0.02],
    )
    features = (
        stroke(0, 0.2, face + at(0, 0.25), face + at(0, 0.42)),
        Detail(random.choice([-0.65, -0.4, 0.5]), curve(face + hair)),
        *eye(face + at(-0.13, 0.03), 0.075),
        *eye(face + at(0.13, 0.03), 0.075),
        stroke(-0.4, 0.03, face + at(-0.02, 0.07), face + at(0.03, 0.14)),
        stroke(-0.8, 0.035, *(face + at([-0.11, 0, 0.11], [0.2, 0.2 + smile, 0.2]))),
    )
    head = Shape("head", ellipse(face, 0.33, 0.38), features)
    shapes = [
        *leg(-1),
        *leg(1),
        Shape("torso", curve(torso), clothes),
        arm(-1),
        arm(1),
        head.turned(random.uniform(-18, 18), at(0, -0.65)),
    ]
    return [shape.moved(lambda points: points * (girth, 1)) for shape in shapes]


MAKERS: dict[str, Callable[[Generator], list[Shape]]] = {
    "bird": bird,
    "car": car,
    "dog": dog,
    "fish": fish,
    "person": person,
}
"""Class name to the function that draws one of its objects in a random pose."""
