"""A face from the front, turned a little: bearded, long-haired, with glasses or curly."""

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
    tube,
    turn,
)

_CHIN = at(0, 0.8)
_SIDES = ((-1, "left"), (1, "right"))


@figure(
    parts=(
        *("head", "hair", "left_eye", "right_eye", "left_ear", "right_ear"),
        *("nose", "mouth", "neck"),
    ),
    styles=("bearded", "longhaired", "glasses", "curly"),
    parents={
        **dict.fromkeys(("hair", "left_eye", "right_eye", "left_ear", "right_ear"), "head"),
        **dict.fromkeys(("nose", "mouth"), "head"),
    },
    mirrored={"left_eye": "right_eye", "left_ear": "right_ear"},
    skin=("head", "left_ear", "right_ear", "nose", "neck"),
)
def face(random: Generator, style: str) -> list[Shape]:
    """The head turns, nods and tilts, eyes look about, the mouth smiles, gapes or pouts.

    Left and right are those of the picture.
    """
    gaze = random.uniform((-0.24, -0.1), (0.24, 0.14))
    slim, roll = random.uniform(0.86, 1.08), random.uniform(-16, 16)
    behind, front = _hair(random, style, gaze)
    head = [
        *(_ear(random, style, side, gaze) for side, _ in _SIDES),
        _head(random, style, gaze),
        *_eyes(random, gaze),
        _mouth(random, gaze),
        _nose(random, gaze),
        *front,
    ]
    rolled = moved([*behind, *head], lambda points: turn(points, roll, _CHIN))
    shapes = [*rolled[: len(behind)], _neck(random), *rolled[len(behind) :]]
    return moved(shapes, lambda points: points * (slim, 1))


def _rays(degrees: Points, reach: Points) -> Points:
    """Points around the origin at some distances from it."""
    angle = np.radians(degrees)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def _neck(random: Generator) -> Shape:
    """A neck in a rolled collar with ribs."""
    wide, low = random.uniform(0.34, 0.46), random.uniform(1.3, 1.5)
    rolled = at([-wide - 0.06, 0, wide + 0.06], [low, low + 0.06, low])
    ribs = (
        stroke(-0.2, 0.035, at(x * wide, low - 0.05), at(1.05 * x * wide, low + 0.16))
        for x in (-0.9, -0.54, -0.18, 0.18, 0.54, 0.9)
    )
    shadow = Detail(-0.35, tube(at([-wide, 0, wide], [0.88, 1.06, 0.88]), [0.1, 0.16, 0.1]))
    collar = Detail(0.45, tube(rolled, [0.34, 0.36, 0.34]))
    outline = at([-wide, wide, wide, -wide], [0.5, 0.5, low, low])
    return Shape("neck", outline, (shadow, collar, *ribs), keypoint=at(0, low + 0.09))


def _head(random: Generator, style: str, gaze: Points) -> Shape:
    jaw, chin = random.uniform(0.44, 0.66), random.uniform(0.94, 1.1)
    half = at([0, 0.55, 0.84, 0.8, jaw, 0.2], [-1.05, -0.86, -0.25, 0.35, chin - 0.26, chin])
    details = [spot(-0.14, gaze * (0.6, 1) + at(x, 0.36), 0.16, 0.11) for x in (-0.46, 0.46)]
    if style == "bearded":
        details += _beard(random, chin, gaze)
    if style == "glasses":
        details += _glasses(random, gaze)
    lift, slant = random.uniform((0, -0.1), (0.12, 0.1))
    for side, _ in _SIDES:
        brow = gaze + at([0.18, 0.36, 0.56], [-0.34 + slant, -0.4, -0.32]) * (side, 1)
        details.append(Detail(-0.6, tube(brow - at(0, lift), [0.08, 0.11, 0.06])))
    return Shape("head", curve(both(half)), tuple(details), keypoint=gaze + at(0, -0.1))


def _beard(random: Generator, chin: float, gaze: Points) -> list[Detail]:
    """A wavy beard from ear to ear that may reach below the chin, with a moustache."""
    end, tone = chin + random.uniform(0.06, 0.32), random.choice([-0.55, -0.4, 0.6])
    waves = np.where(np.arange(16) % 2, 1.04, 0.95)
    edge = _rays(np.linspace(0, 180, 16), waves) * (0.85, end - 0.1) + (0, 0.1)
    cheeks = gaze * (0.6, 1) + at([-0.66, -0.3, 0, 0.3, 0.66], [0.36, 0.42, 0.38, 0.42, 0.36])
    whisker = at([0.02, 0.26, 0.5], [0.46, 0.44, 0.58])
    strands = (
        stroke(tone - 0.2, 0.04, at(x, chin - 0.1), at(0.8 * x, end - 0.1 - abs(x) / 4))
        for x in (-0.4, -0.14, 0.14, 0.4)
    )
    return [
        Detail(tone, curve(np.concatenate([edge, cheeks]), steps=5)),
        *strands,
        *(
            Detail(1.4 * tone, tube(gaze + whisker * (side, 1), [0.15, 0.19, 0.05]))
            for side, _ in _SIDES
        ),
    ]


def _glasses(random: Generator, gaze: Points) -> list[Detail]:
    """Round or broad rims with light panes, a bridge and temples."""
    width, height = random.uniform((0.34, 0.3), (0.38, 0.38))
    ears = at([-0.84, 0.84], [0, 0])
    path = np.stack([ears[0], gaze - at(0.39, 0.04), gaze + at(0.39, -0.04), ears[1]])
    details = [Detail(-0.85, tube(path, [0.07] * 4))]
    for side, _ in _SIDES:
        middle, wide = gaze + at(side * 0.39, 0), width * (1 - 0.4 * side * gaze[0])
        details.append(spot(-0.85, middle, wide, height))
        details.append(spot(0.45, middle, wide - 0.07, height - 0.07))
    return details


def _eyes(random: Generator, gaze: Points) -> list[Shape]:
    """White ovals with a coloured iris; the eye turned away is narrower."""
    tall, (look_x, look_y) = random.uniform(0.15, 0.25), random.uniform(-1, 1, size=2)
    shapes = []
    for side, name in _SIDES:
        wide = 0.25 * (1 - 0.7 * side * gaze[0])
        place = gaze + at(side * 0.39, 0)
        iris = place + at(0.08 * look_x, 0.03 * look_y)
        lid = place + at([-1, -0.55, 0.55, 1], [0, -0.85, -0.85, 0]) * (wide, tall)
        details = (
            spot(-0.9, iris, 0.14, min(0.15, 0.94 * tall)),
            spot(-1.8, iris, 0.08, 0.09),
            spot(0.1, iris + at(0.05, -0.06), 0.04, 0.04),
            Detail(-1.65, tube(lid, [0.05, 0.08, 0.08, 0.05])),
        )
        shapes.append(Shape(f"{name}_eye", ellipse(place, wide, tall), details, 0.9, 0, place))
    return shapes


def _ear(random: Generator, style: str, side: int, gaze: Points) -> Shape:
    """An ear that goes out of sight a little when the head turns to its side."""
    name = "left" if side < 0 else "right"
    root = at(side * 0.87 - 0.25 * gaze[0], 0.06 - 0.5 * gaze[1])
    high = random.uniform(0.24, 0.31)
    details = [
        Detail(-0.3, ellipse(root + at(side * 0.07, -0.02), 0.1, 0.6 * high)),
        stroke(0.25, 0.04, *(root + at([side * 0.02, side * 0.1, side * 0.04], [-0.1, 0, 0.1]))),
    ]
    if style == "longhaired":
        details.append(spot(0.8, root + at(side * 0.08, high + 0.08), 0.08, 0.1))
    outline = ellipse(root + at(side * 0.04, 0), 0.22, high)
    return Shape(f"{name}_ear", outline, tuple(details), 0, 0, root + at(side * 0.13, 0))


def _nose(random: Generator, gaze: Points) -> Shape:
    wide, long = random.uniform((0.26, 0.16), (0.42, 0.28))
    bridge, tip = 1.2 * gaze + at(0, 0.02), 1.55 * gaze + at(0, 0.08 + long)
    nostrils = (spot(-0.6, tip + at(x * wide, 0.06), 0.035, 0.025) for x in (-0.24, 0.24))
    shine = spot(0.5, tip + at(-0.05, -0.05), 0.05, 0.035)
    outline = tube([bridge, (bridge + tip) / 2, tip], [0.1, 0.16, wide])
    return Shape("nose", outline, (shine, *nostrils), keypoint=tip)


def _mouth(random: Generator, gaze: Points) -> Shape:
    """Lips, closed in a smile or a pout, or laughing over teeth and tongue."""
    wide, smile = random.uniform((0.28, -0.03), (0.42, 0.2))
    gape = random.uniform(0.1, 0.26) if smile > 0.1 else 0.0
    place = gaze + at(0, 0.64)
    half = at([0, 0.45 * wide, wide], [-0.06, -0.09, -0.8 * smile])
    low = at([0.6 * wide, 0, -0.6 * wide], [0.12 + 0.7 * gape, 0.16 + gape, 0.12 + 0.7 * gape])
    lips = place + both(half, low)
    if gape > 0:
        middle = place + at(0, 0.03 + 0.4 * gape)
        inner = curve(middle + (lips - middle) * (0.84, 0.7))
        # Teeth and tongue are the upper and the lower end of the gap between the lips.
        teeth = np.minimum(inner, at(np.inf, middle[1] - 0.12 * gape))
        tongue = np.maximum(inner, at(-np.inf, middle[1] + 0.3 * gape))
        details = [Detail(-0.85, inner), Detail(0.95, teeth), Detail(0.25, tongue)]
    else:
        seam = place + at([-0.9 * wide, 0, 0.9 * wide], [-0.7 * smile, 0.04, -0.7 * smile])
        details = [Detail(-0.6, tube(seam, [0.03, 0.05, 0.03]))]
    return Shape("mouth", curve(lips), tuple(details), keypoint=place + at(0, 0.5 * gape))


def _hair(random: Generator, style: str, gaze: Points) -> tuple[list[Shape], list[Shape]]:
    """What lies behind the head and what lies before it."""
    high, part = random.uniform(1.25, 1.45), gaze[0] + random.uniform(-0.3, 0.3)
    if style == "curly":
        return _curls(random, high)
    if style == "bearded":
        return _short_hair(random)
    if style == "longhaired":
        long, full = random.uniform((0.9, 0.95), (1.55, 1.2))
        fall = at(
            [0, 0.6, full, full + 0.06, full - 0.06, full + 0.1, 0.6],
            [-high, -high + 0.14, -0.6, 0, 0.5, long, long + 0.1],
        )
        waves = (
            stroke(-0.25, 0.04, *at([x, x + 0.06, x - 0.02], [-0.4, 0.4, long - 0.1]))
            for x in (-0.88, 0.88)
        )
        behind = [Shape("hair", curve(both(fall)), tuple(waves), -0.15)]
        hairline = at([0.82, 0.6, part, -0.6, -0.82], [-0.12, -0.5, -0.86, -0.5, -0.12])
        ends = at([-0.85, -0.6, 0.6, 0.85], [-0.35, -0.7, -0.7, -0.35])
    else:
        low = random.uniform(-0.62, -0.5) + gaze[1]
        bun, size = at(random.uniform(-0.4, 0.4), -high - 0.12), random.uniform(0.32, 0.46)
        coil = stroke(-0.25, 0.05, *(bun + size * at([-0.5, 0, 0.5, 0], [0.2, -0.5, 0, 0.3])))
        behind = [Shape("hair", ellipse(bun, size, 0.9 * size), (coil,))]
        hairline = at([0.8, 0.7, 0.3, -0.3, -0.7, -0.8], [-0.15, low, low, low, low, -0.15])
        ends = at([-0.5, -0.2, 0.2, 0.5], [low - 0.06] * 4)
    half = at([0, 0.5, 0.84, 0.93], [-1, -0.96, -0.7, -0.2]) * (1, high)
    roots = at(part, 0.2 - high)
    strands = (stroke(-0.25, 0.035, roots, (roots + end) / 2 - at(0, 0.12), end) for end in ends)
    place = at(0, -0.75 * high)
    front = Shape("hair", curve(both(half, hairline)), tuple(strands), 0, 0, place)
    return behind, [front]


def _short_hair(random: Generator) -> tuple[list[Shape], list[Shape]]:
    """Tufts that stand up, or only those at the sides of a bald head."""
    if random.random() < 0.3:
        sides = [at(x, -0.3) for x in (-0.88, 0.88)]
        return [Shape("hair", ellipse(side, 0.26, 0.4), (), 0, 0, 1.1 * side) for side in sides], []
    reach = np.where(np.arange(15) % 2, random.uniform(1.1, 1.35), 1.02)
    tips = _rays(np.linspace(188, 352, 15), reach) * (0.88, 1) - (0, 0.3)
    tips[:, 0] += random.uniform(-0.3, 0.3) * (reach - 1)
    hairline = at([0.84, 0.7, 0.4, -0.2, -0.68, -0.84], [-0.25, -0.55, -0.76, -0.64, -0.55, -0.25])
    lines = (stroke(-0.3, 0.035, 0.72 * tip + at(0, -0.16), 0.93 * tip) for tip in tips[3:-3:2])
    outline = curve(np.concatenate([tips, hairline * (random.choice([-1, 1]), 1)]), steps=4)
    return [], [Shape("hair", outline, tuple(lines), keypoint=at(0, -0.95))]


def _curls(random: Generator, high: float) -> tuple[list[Shape], list[Shape]]:
    """Round curls, a large ring behind the head and small ones along the forehead."""

    def ring(angles: Points, reach: float, radius: float, tone: float) -> list[Shape]:
        curls = []
        for angle in np.radians(angles):
            size = radius * random.uniform(0.85, 1.15)
            place = at(reach * np.cos(angle), -0.25 + 0.9 * (high - 0.3) * np.sin(angle))
            coil = stroke(0.25, 0.05, *(place + size * at([-0.5, 0, 0.5], [0, -0.5, 0])))
            curls.append(Shape("hair", ellipse(place, size, size), (coil,), tone))
        return curls

    low = random.uniform(-15, 25)
    behind = [Shape("hair", ellipse(at(0, -0.4), 1.0, high - 0.4), (), 0, 0, at(0, 0.12 - high))]
    behind += ring(np.linspace(180 - low, 360 + low, 11), 1.0, 0.34, -0.15)
    return behind, ring(np.linspace(195, 345, 7), 0.78, 0.26, 0)
