"""Bird: a songbird or a wader from the side, an owl from the front; wings fold or flap."""

from __future__ import annotations

from dataclasses import replace

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
    fan,
    moved,
    round_eye,
    spot,
    stroke,
    tube,
    turn,
)


@figure(
    parts=("head", "eye", "beak", "body", "wing", "tail", "leg"),
    styles=("songbird", "wader", "owl"),
    parents={"eye": "head", "beak": "head"},
)
def bird(random: Generator, style: str) -> list[Shape]:
    """Wings, tail and legs turn in their joints, the head nods or tilts, the trunk pitches."""
    makers = {"songbird": _songbird, "wader": _wader, "owl": _owl}
    return makers[style](random)


def _songbird(random: Generator) -> list[Shape]:
    pitch, plump = random.uniform(-48, 16), random.uniform(0.9, 1.2)
    middle = at(0, 0)
    trunk = curve(
        at(
            [-0.95, -0.5, 0.1, 0.6, 0.86, 0.7, 0.15, -0.45],
            [-0.02, -0.34, -0.5, -0.5, -0.1, 0.36, 0.55 * plump, 0.36 * plump],
        )
    )
    chest = np.concatenate([0.82 * trunk[28:52:4] + at(0.12, 0.03), [(0.24, -0.06)]])
    breast = Detail(random.choice([-0.35, 0.5]), curve(chest))
    shoulder, rump = at(0.32, -0.16), at(-0.7, 0.0)
    raised = max(random.uniform(-60, 100), random.uniform(-8, 8))
    cock, spread = random.uniform(-35, 25), random.uniform(8, 20)
    tail = fan("tail", rump, (180 - spread, 180 + spread), [0.95, 1.0, 0.95], 4)
    tail = replace(tail, keypoint=rump - at(0.5, 0)).turned(cock, rump)
    torso = [
        _wing(shoulder, raised + random.uniform(12, 35), 1.3, 1),
        tail,
        Shape("body", trunk, (breast,), keypoint=at(0.1, 0.1)),
        _wing(shoulder, raised, 1.3, 0),
    ]
    far_wing, tail, body, near_wing = (shape.turned(pitch, middle) for shape in torso)
    face = turn(at(0.72, -0.62), pitch, middle) + random.uniform(-0.07, 0.07, size=2)
    hips = [turn(at(x, 0.36), pitch, middle) for x in (0.05, -0.2)]
    legs = [_leg(random, hip, (0.38, 0.36), 0.11, i) for i, hip in enumerate(hips)]
    return [far_wing, legs[1], tail, legs[0], body, *_songbird_head(random, face), near_wing]


def _songbird_head(random: Generator, face: Points) -> list[Shape]:
    """A round head with a cap or a crest and a short beak, now and then singing."""
    gape, long = random.uniform(-20, 24), random.uniform(0.32, 0.6)
    cap = curve(face + at([-0.42, -0.3, 0, 0.3, 0.41, 0.0], [0.0, -0.3, -0.4, -0.27, -0.08, -0.14]))
    if random.random() < 0.5:
        cap = face + at(
            [0.36, 0.08, -0.26, -0.66, -0.36, -0.2, 0.1],
            [-0.2, -0.4, -0.46, -0.6, -0.12, -0.08, -0.18],
        )
        cap = curve(cap)
    tone = float(random.choice([-0.6, 0.45]))
    cheek = spot(0.4, face + at(0.12, 0.14), 0.16, 0.13)
    root = face + at(0.3, 0.02)
    upper = root + at([0.0, 0.05, 0.3 * long + 0.05, long + 0.05], [0.04, -0.17, -0.14, 0.05])
    lower = root + at([0.0, 0.05, 0.85 * long], [0.02, 0.2, 0.05])
    nostril = spot(-0.7, root + at(0.16, -0.06), 0.035, 0.022)
    shapes = [
        Shape("beak", turn(lower, max(gape, 0), root), tone=-0.25),
        Shape("beak", upper, (nostril,), keypoint=upper[-1]),
        Shape("head", ellipse(face, 0.43, 0.4), (Detail(tone, cap), cheek), keypoint=face),
        round_eye(face + at(0.14, -0.08), 0.145, 0.35),
    ]
    nod = random.uniform(-28, 24)
    return moved(shapes, lambda points: turn(points, nod, face))


def _wader(random: Generator) -> list[Shape]:
    pitch = random.uniform(-24, 10)
    trunk = at(
        [-0.98, -0.4, 0.25, 0.72, 0.86, 0.62, 0.1, -0.5],
        [0.1, -0.3, -0.38, -0.3, -0.04, 0.24, 0.38, 0.3],
    )
    shoulder, rump, middle = at(0.42, -0.12), at(-0.72, 0.1), at(0, 0)
    raised = max(random.uniform(-90, 80), random.uniform(-10, 4))
    tail = fan("tail", rump, (172, 196), [0.68, 0.72, 0.66], 4)
    tail = replace(tail, keypoint=rump - at(0.5, -0.03)).turned(random.uniform(-24, 20), rump)
    plumes = tuple(
        stroke(0.4, 0.04, at(x, 0.02), at(x - 0.04, 0.24)) for x in np.arange(0.3, 0.72, 0.1)
    )
    torso = [
        _wing(shoulder, raised + random.uniform(8, 25), 1.35, 1),
        tail,
        Shape("body", curve(trunk), plumes, keypoint=at(0.1, 0.05)),
        _wing(shoulder, raised, 1.35, 0),
    ]
    far_wing, tail, body, near_wing = (shape.turned(pitch, middle) for shape in torso)
    root = turn(at(0.6, -0.1), pitch, middle)
    probing = random.random() < 0.4
    reach = (
        random.uniform((0.7, -0.25), (0.95, 0.45))
        if probing
        else random.uniform((0.2, -1.15), (0.6, -0.7))
    )
    face, nod = root + reach, random.uniform(35, 65) if probing else random.uniform(-12, 28)
    bow = [root, root + at(0.3, -0.12), face + at(-0.2, 0.32), face]
    if probing:
        bow = [root, root + at(0.28, -0.3), face + at(-0.18, -0.3), face]
    neck = Shape("body", tube(bow, [0.5, 0.3, 0.22, 0.24]), tone=0.1)
    tall = random.uniform(0.56, 0.8)
    hips = [turn(at(x, 0.2), pitch, middle) for x in (0.12, -0.18)]
    legs = [_leg(random, hip, (tall, tall), 0.11, i) for i, hip in enumerate(hips)]
    head = [shape.turned(nod, face) for shape in _wader_head(random, face)]
    return [far_wing, legs[1], tail, legs[0], neck, body, *head, near_wing]


def _wader_head(random: Generator, face: Points) -> list[Shape]:
    """A small head with a plume; the long beak is straight or curves down or up."""
    long, bow = random.uniform(0.75, 1.15), random.choice([0.0, 0.22, -0.14])
    path = [face + at(0.14, 0.03), face + at(0.5 * long, 0.05), face + at(0.2 + long, 0.06 + bow)]
    gape = stroke(-0.6, 0.025, *path)
    plume = Detail(
        -0.6, tube(face + at([0.14, -0.16, -0.55], [-0.17, -0.17, 0.05]), [0.08, 0.12, 0.04])
    )
    return [
        Shape("beak", tube(path, [0.24, 0.13, 0.05]), (gape,), keypoint=path[-1]),
        Shape("head", ellipse(face, 0.28, 0.23), (plume,), keypoint=face),
        round_eye(face + at(0.08, -0.04), 0.115, 0.35),
    ]


def _owl(random: Generator) -> list[Shape]:
    plump, lean, tilt = random.uniform(0.9, 1.12), random.uniform(-12, 12), random.uniform(-32, 32)
    trunk = curve(
        at(
            [0, 0.5, 0.62, 0.42, 0, -0.42, -0.62, -0.5],
            [-0.75, -0.5, 0.1, 0.72, 0.88, 0.72, 0.1, -0.5],
        )
    )
    scallops = tuple(
        stroke(-0.4, 0.035, *(at(x, y) + at([-0.09, 0, 0.09], [0, 0.09, 0])))
        for row, y in enumerate((-0.05, 0.15, 0.35, 0.55))
        for x in np.arange(-0.22, 0.3, 0.22) + 0.11 * (row % 2)
    )
    belly = spot(0.35, at(0, 0.25), 0.42, 0.55)
    seat, lifts = at(0, 0.55), random.uniform(-45, 105) + random.uniform(-12, 12, size=2)
    sway = random.uniform(-14, 14)
    tail = fan("tail", seat, (56, 124), [0.8, 0.98, 0.8], 5).turned(sway, seat)
    wings = [_owl_wing(side, max(lift, 2.0)) for side, lift in zip((-1, 1), lifts, strict=True)]
    shapes = [
        replace(tail, keypoint=turn(seat + at(0, 0.92), sway, seat)),
        *(_talons(random, side) for side in (-1, 1)),
        Shape("body", trunk, (belly, *scallops), keypoint=at(0, 0.2)),
        *wings,
        *(shape.turned(tilt, at(0, -0.7)) for shape in _owl_head(random)),
    ]
    return moved(shapes, lambda points: turn(points * (plump, 1), lean, seat))


def _owl_head(random: Generator) -> list[Shape]:
    """Ear tufts, two discs of feathers and large eyes, looking a little aside."""
    face, aside, tuft = at(0, -0.78), random.uniform(-0.1, 0.1), random.uniform(0, 0.32)
    middle = face + at(aside, 0)
    tufts = tuple(
        Detail(0, face + at([side * 0.16, side * 0.6, side * 0.58], [-0.4, -0.46 - tuft, -0.05]))
        for side in (-1, 1)
    )
    discs = tuple(spot(0.5, middle + at(side * 0.23, 0.02), 0.3, 0.33) for side in (-1, 1))
    brow_path = at([0.03, 0.25, 0.52], [random.uniform(-0.34, -0.12), -0.31, -0.34])
    brows = (stroke(-0.5, 0.07, *(middle + brow_path * (side, 1))) for side in (-1, 1))
    hook = middle + at([-0.14, 0, 0.14, 0.07, 0, -0.07], [0.06, 0.0, 0.06, 0.26, 0.4, 0.26])
    ridge = stroke(0.5, 0.04, middle + at(0, 0.08), middle + at(0, 0.24))
    return [
        Shape(
            "head", ellipse(face, 0.62, 0.5), (*tufts, *discs, *brows), keypoint=face - at(0, 0.3)
        ),
        *(round_eye(middle + at(side * 0.24, 0.0), 0.2, 0.35, int(side > 0)) for side in (-1, 1)),
        Shape("beak", curve(hook, steps=4), (ridge,), -0.1, keypoint=middle + at(0, 0.3)),
    ]


def _owl_wing(side: int, lift: float) -> Shape:
    """The wing on one side, from hanging to spread."""
    shoulder, spread = at(-0.5, -0.42), 13 + 0.3 * lift
    feathers = fan("wing", shoulder, (84 - spread, 84 + spread), [1.0, 1.25, 1.3], 6)
    coverts = spot(0.25, shoulder + at(0.0, 0.28), 0.14, 0.26)
    wing = replace(feathers, details=(*feathers.details, coverts), instance=int(side > 0))
    wing = replace(wing, keypoint=shoulder + at(0, 0.15)).turned(lift, shoulder)
    return wing.moved(lambda points: points * (-side, 1))


def _talons(random: Generator, side: int) -> Shape:
    hip = at(side * 0.25, 0.68)
    foot = hip + random.uniform((-0.08, 0.36), (0.08, 0.55))
    toes = tuple(
        Detail(-0.15, tube([foot, foot + at(x, 0.17)], [0.12, 0.08])) for x in (-0.16, 0.0, 0.16)
    )
    return Shape("leg", tube([hip, foot], [0.34, 0.22]), toes, 0.1, int(side > 0), foot)


def _wing(shoulder: Points, lift: float, long: float, instance: int) -> Shape:
    """The wing of a bird that is seen from the side: folded flat for 0, open when lifted."""
    low = 150 - 0.45 * max(lift, 0)
    feathers = fan("wing", shoulder, (184, low), [long, long, 0.85 * long, 0.62 * long], 6)
    middle = np.radians((184 + low) / 2)
    towards = at(np.cos(middle), np.sin(middle))
    coverts = tube([shoulder - 0.04 * towards, shoulder + 0.3 * towards], [0.3, 0.36])
    bar = shoulder + 0.62 * towards
    across = 0.16 * at(-towards[1], towards[0])
    marks = (
        *feathers.details,
        Detail(0.28, coverts),
        stroke(0.6, 0.06, bar - across, bar + across),
    )
    tone = -0.3 if instance else 0.0
    wing = replace(feathers, details=marks, tone=tone, instance=instance, keypoint=shoulder)
    return wing.turned(lift, shoulder)


def _leg(
    random: Generator, hip: Points, bones: tuple[float, float], thick: float, instance: int
) -> Shape:
    """A walking leg, its heel bent backwards, or one that is drawn up."""
    back, forth = random.uniform((-12, -28), (34, 4))
    if instance == 1 and random.random() < 0.35:
        back, forth = random.uniform((-75, 35), (-40, 75))
    origin = at(0, 0)
    heel = hip + turn(at(0, bones[0]), back, origin)
    foot = heel + turn(at(0, bones[1]), forth, origin)
    toes = tuple(
        Detail(-0.1, tube([foot, foot + end], [thick, 0.07]))
        for end in (at(0.3, 0.02), at(0.22, 0.13), at(-0.19, 0.07))
    )
    knob = spot(-0.15, heel, 0.75 * thick, 0.75 * thick)
    limb = tube([hip, heel, foot], [2.4 * thick, thick, thick])
    return Shape("leg", limb, (knob, *toes), -0.3 if instance else 0.0, instance, heel)
