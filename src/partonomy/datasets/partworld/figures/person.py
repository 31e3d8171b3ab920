"""A person from the front, in a shirt and trousers, a dress, a coat, or shorts."""

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
    eye,
    moved,
    spot,
    stroke,
    tube,
    turn,
)

_FACE, _NECK, _HIPS = at(0, -1.06), at(0, -0.66), at(0, 0.3)

_RIBS = (-0.32, -0.19, -0.06, 0.06, 0.19, 0.32)

_Rows = list[tuple[float, float]]
"""Height and half-width of a garment, from its top to its hem."""


@figure(
    parts=("head", "hair", "hat", "torso", "arm", "hand", "leg", "shoe"),
    styles=("trousers", "dress", "coat", "shorts"),
    parents={"hair": "head", "hand": "arm", "shoe": "leg"},
    lean=50,
    skin=("head", "hand"),
)
def person(random: Generator, style: str) -> list[Shape]:
    """Arms wave, rest on the hips or hang, legs stride, the body leans and the head tilts."""
    broad, sway = random.uniform(0.38, 0.5), random.uniform(-0.22, 0.22)
    big, girth = random.uniform(0.95, 1.25), random.uniform(0.88, 1.15)
    tilt, lean = random.uniform(-16, 16), random.uniform(-11, 11)
    back, *front = moved(
        _head(random, style), lambda points: turn((points - _NECK) * big + _NECK, tilt, _NECK)
    )

    def swung(points: Points) -> Points:
        return points + np.maximum(points[:, 1:] - 0.1, 0) * (sway, 0)

    torso = _torso(random, style, broad)
    upper = [
        Shape("head", tube([_NECK - at(0, 0.2), _NECK + at(0, 0.1)], [0.22, 0.26]), tone=-0.2),
        torso.moved(swung) if style in ("dress", "coat") else torso,
        *front,
        *_arm(random, style, broad, -1),
        *_arm(random, style, broad, 1),
    ]
    long = random.uniform(0.82, 1.12)
    legs = [*_leg(random, style, long, -1), *_leg(random, style, long, 1)]
    back, *upper = moved([back, *upper], lambda points: turn(points, lean, _HIPS))
    shapes = [back, *legs, *upper]
    return moved(shapes, lambda points: points * (girth, 1))


def _outward(side: int, degrees: float, length: float) -> Points:
    """A step from a joint to the next: 0 is straight down, 90 to the person's side."""
    angle = np.radians(degrees)
    return at(side * length * np.sin(angle), length * np.cos(angle))


def _garment(rows: _Rows) -> Points:
    y, width = np.array(rows).T
    return curve(both(at(width, y)))


def _band(rows: _Rows, tone: float, top: float, bottom: float) -> Detail:
    """A stripe across a garment, within its outline."""
    y, width = np.array(rows).T
    ends = np.interp([top, bottom], y, width) * 0.97
    return Detail(tone, at([-ends[0], ends[0], ends[1], -ends[1]], [top, top, bottom, bottom]))


def _torso(random: Generator, style: str, broad: float) -> Shape:
    shoulders = [(-0.68, 0.16), (-0.6, 0.8 * broad), (-0.5, broad - 0.02)]
    hem = random.uniform(0.54, 0.74)
    neck, buckle = at([-0.2, 0, 0.2], [-0.64, -0.52, -0.64]), spot(0.7, at(0, 0.05), 0.07, 0.05)
    if style == "dress":
        flare = random.uniform(0.5, 0.78)
        rows = [*shoulders, (-0.04, 0.27), (0.08, 0.27), (hem - 0.16, 0.9 * flare), (hem, flare)]
        dots = zip(
            (-0.24, 0, 0.24, -0.36, -0.12, 0.12, 0.36), (0.25,) * 3 + (0.44,) * 4, strict=True
        )
        details = [spot(0.6, at(x, y), 0.05, 0.05) for x, y in dots]
        details += [_band(rows, -0.5, 0, 0.1), _band(rows, 0.5, hem - 0.13, hem - 0.05), buckle]
        details.append(Detail(0.6, tube(neck, [0.09] * 3)))
    elif style == "coat":
        rows = [*shoulders, (-0.05, 0.36), (0.05, 0.36), (hem - 0.1, 0.48), (hem, 0.48)]
        slit = at([0, 0.12, -0.12], [0.2, hem + 0.01, hem + 0.01])
        details = [stroke(-0.55, 0.035, at(0, -0.2), at(0, hem)), Detail(-0.6, slit)]
        details += [spot(0.7, at(x, y), 0.04, 0.04) for x in (-0.13, 0.13) for y in (-0.12, 0.22)]
        lapel = at([0, 0.24, 0.32, 0.2], [-0.18, -0.34, -0.46, -0.68])
        details += [Detail(0.45, lapel), Detail(0.45, lapel * (-1, 1))]
        details.append(Detail(-0.5, at([-0.19, 0.19, 0], [-0.69, -0.69, -0.22])))
        details += [_band(rows, -0.55, 0, 0.1), buckle]
    else:
        rows = [*shoulders, (-0.1, 0.34), (0.3, 0.34), (0.42, 0.34)]
        stripes = [_band(rows, 0.6, y, y + 0.11) for y in (-0.36, -0.1, 0.16)]
        buttons = [spot(-0.7, at(0, y), 0.032, 0.032) for y in (-0.34, -0.14, 0.06)]
        belt = [_band(rows, -0.6, 0.28, 0.41), spot(0.7, at(0, 0.345), 0.08, 0.055)]
        collar = Detail(0.65, at([-0.24, 0.24, 0], [-0.66, -0.66, -0.42]))
        ribbing = Detail(-0.4, tube(neck, [0.07] * 3))
        details = [*stripes, ribbing] if style == "shorts" else [*buttons, *belt, collar]
    return Shape("torso", _garment(rows), tuple(details), keypoint=at(0, -0.25))


def _arm(random: Generator, style: str, broad: float, side: int) -> list[Shape]:
    """An arm that waves or hangs, or bends back to the hip."""
    raised, bend = random.uniform((8, -12), (145, 75))
    if random.random() < 0.25:
        raised, bend = random.uniform((38, -108), (52, -92))
    shoulder = at(side * (broad - 0.09), -0.5)
    elbow = shoulder + _outward(side, raised, 0.45)
    along = _outward(side, raised + bend, 1)
    across = along[::-1] * (-side, side)
    wrist, palm = elbow + 0.34 * along, elbow + 0.5 * along
    thumb = tube([palm - 0.05 * along, palm + 0.14 * across + 0.05 * along], [0.11, 0.1])
    gaps = [palm + offset * across for offset in (-0.045, 0.045)]
    fingers = (stroke(-0.4, 0.024, gap + 0.06 * along, gap + 0.17 * along) for gap in gaps)
    mitten = tube([wrist, palm + 0.05 * along], [0.24, 0.27])
    instance = (side + 1) // 2
    if style in ("trousers", "coat"):
        wide = 0.26 if style == "trousers" else 0.3
        end = wrist - 0.06 * along
        cuff = stroke(0.45, wide - 0.02, end - 0.03 * along, end)
        details = (Detail(0, tube([elbow, end], [wide - 0.02, wide - 0.05])), cuff)
        upper = tube([shoulder, elbow], [wide + 0.03, wide - 0.02])
    else:
        sleeve = tube([shoulder, shoulder + 0.55 * (elbow - shoulder)], [0.3, 0.29])
        details = (Detail(0, tube([elbow, wrist], [0.2, 0.17])), Detail(-0.45, sleeve))
        upper = tube([shoulder, elbow], [0.24, 0.2])
    return [
        Shape("hand", mitten, (Detail(0, thumb), *fingers), 0, instance, palm),
        Shape("arm", upper, details, 0, instance, elbow),
    ]


def _leg(random: Generator, style: str, long: float, side: int) -> list[Shape]:
    swing = random.uniform(-3, 38)
    wide = {"trousers": 0.36, "coat": 0.33}.get(style, 0.25)
    hip = at(side * 0.17, 0.32)
    knee = hip + _outward(side, swing, 0.61 * long)
    along = _outward(side, swing - random.uniform(-6, 8 + swing), 1)
    ankle, toe = knee + 0.46 * long * along, at(side * 0.22, 0.1)
    trim = [Detail(0, tube([knee, ankle], [0.8 * wide, 0.7 * wide]))]
    shoe = [stroke(0.65, 0.07, ankle + at(-side * 0.1, 0.17), ankle + toe + at(0, 0.06))]
    if style == "trousers":
        trim.append(stroke(-0.45, 0.03, hip, knee, ankle))
    else:
        trim.append(spot(0.25, knee, 0.08, 0.07))
    if style == "shorts":
        trim.append(Detail(-0.5, tube([hip, hip + 0.6 * (knee - hip)], [0.38, 0.38])))
        trim.append(Detail(0.75, tube([ankle - 0.18 * along, ankle], [0.21, 0.2])))
    if style == "coat":
        top, across = ankle - 0.12 * along, along[::-1] * (-0.1, 0.1)
        boot = tube([top, ankle + at(0, 0.05)], [0.32, 0.27])
        shoe = [
            Detail(0, boot),
            stroke(0.5, 0.1, top - across, top + across),
            *shoe,
        ]
    elif style == "dress":
        shoe.append(spot(0.7, ankle + at(side * 0.1, 0.04), 0.06, 0.045))
    else:
        laces = [ankle + at(side * x, 0) for x in (0.06, 0.15)]
        shoe += [stroke(0.7, 0.03, lace, lace + at(side * 0.05, 0.08)) for lace in laces]
    foot = tube([ankle + at(0, 0.05), ankle + toe], [0.28, 0.22])
    place, instance = ankle + at(side * 0.1, 0.08), (side + 1) // 2
    raised = -side * swing * random.uniform(0, 0.3)
    return [
        Shape("leg", tube([hip, knee], [wide, 0.8 * wide]), tuple(trim), 0, instance, knee),
        Shape("shoe", foot, tuple(shoe), 0, instance, place).turned(raised, ankle),
    ]


def _head(random: Generator, style: str) -> list[Shape]:
    """Hair behind the head, then head, fringe and hat; the gaze turns a little to either side."""
    look, smile = random.uniform((-0.09, 0.01), (0.09, 0.08))
    glance = at(look, random.uniform(-0.02, 0.04))
    mouth, nose = _FACE + glance + at(0, 0.2), _FACE + 1.4 * glance + at(0, 0.11)
    lips = curve(mouth + at([-0.13, 0, 0.13], [-0.01, 0.4 * smile, -0.01]), closed=False)
    features = [Detail(0, ellipse(_FACE + at(side * 0.36, 0.04), 0.08, 0.1)) for side in (-1, 1)]
    for pupil in (_FACE + glance + at(side * 0.14, 0.02) for side in (-1, 1)):
        features += [*eye(pupil, 0.085), spot(-0.18, pupil + at(0, 0.15), 0.06, 0.035)]
    features.append(spot(-0.3, nose, 0.045, 0.035))
    chin = mouth + at([0.07, -0.07], [0.06 + smile] * 2)
    features.append(Detail(-0.8, np.concatenate([lips, chin])))
    return [
        _back_hair(random),
        Shape("head", ellipse(_FACE, 0.37, 0.4), tuple(features), keypoint=_FACE + glance),
        _fringe(random, look),
        *_hat(random, style),
    ]


def _back_hair(random: Generator) -> Shape:
    kind, length = random.choice(["short", "long", "braids"]), random.uniform(0.3, 0.75)
    crown = ellipse(_FACE - at(0, 0.04), 0.46, 0.42)
    if kind == "short":
        return Shape("hair", crown, tone=-0.15)
    if kind == "long":
        half = at([0, 0.34, 0.48, 0.5, 0.54, 0.3], [-0.4, -0.3, 0, 0.2, length, length + 0.06])
        return Shape("hair", curve(_FACE + both(half)), tone=-0.15)
    details = []
    for side in (-1, 1):
        strand = _FACE + at([0.4, 0.5, 0.52], [0.12, 0.3, 0.3 + length]) * (side, 1)
        ribbon = spot(0.6, strand[-1] - at(0, 0.06), 0.1, 0.045)
        details += [Detail(0, tube(strand, [0.16, 0.2, 0.12])), ribbon]
    return Shape("hair", crown, tuple(details), -0.15)


def _fringe(random: Generator, look: float) -> Shape:
    """The hair that falls into the face, parted somewhere."""
    part = random.uniform(-0.18, 0.18)
    edge = at(
        [-0.41, -0.41, 0, 0.41, 0.41, 0.33, 0.24, look + part, -0.24, -0.33],
        [0.14, -0.2, -0.42, -0.2, 0.14, 0.0, -0.07, -0.17, -0.07, 0.0],
    )
    return Shape("hair", curve(_FACE + edge), keypoint=_FACE + at(-0.375, 0.02))


def _hat(random: Generator, style: str) -> list[Shape]:
    """A woollen hat, a straw hat, a top hat or a cap, by style."""
    brow, high = _FACE - at(0, 0.2), random.uniform(0.32, 0.44)
    dome = np.minimum(ellipse(brow, 0.42, high), brow + at(np.inf, 0.02))
    place = brow - at(0, 0.5 * high)
    if style == "trousers":
        ribs = (stroke(-0.1, 0.03, brow + at(x, -0.09), brow + at(x, 0.03)) for x in _RIBS)
        cuff = Detail(0.4, tube(brow + at([-0.37, 0, 0.37], [-0.03, -0.05, -0.03]), [0.17] * 3))
        pompom = spot(0.6, brow - at(0, high), 0.14, 0.13)
        return [Shape("hat", dome, (pompom, cuff, *ribs), 0, 0, place)]
    if style == "dress":
        band = Detail(-0.5, tube(brow + at([-0.36, 0, 0.36], [-0.1, -0.12, -0.1]), [0.11] * 3))
        straw = ellipse(brow, random.uniform(0.6, 0.78), 0.12)
        return [
            Shape("hat", straw, tone=0.15),
            Shape("hat", dome * (0.9, 1), (band,), 0.15, 0, place),
        ]
    if style == "coat":
        tall = random.uniform(0.4, 0.65)
        pipe = brow + at([-0.35, -0.39, 0, 0.39, 0.35], [0.02, -tall, -tall - 0.03, -tall, 0.02])
        band = Detail(0.6, brow + at([-0.35, 0.35, 0.36, -0.36], [0, 0, -0.13, -0.13]))
        brim = tube(brow + at([-0.52, 0, 0.52], [-0.03, 0.03, -0.03]), [0.08, 0.1, 0.08])
        return [Shape("hat", pipe, (band,), -0.2, 0, place), Shape("hat", brim, tone=-0.2)]
    side = random.choice([-1, 1])
    peak = tube(brow + at([-0.2, 0.2, 0.62], [0, 0.03, 0.04]) * (side, 1), [0.1, 0.17, 0.09])
    seams = tuple(
        stroke(-0.4, 0.025, brow - at(0, high), brow + at(x, -0.6 * high), brow + at(1.3 * x, 0))
        for x in (-0.14, 0.14)
    )
    crown = Shape("hat", dome, (*seams, spot(0.5, brow - at(0, high), 0.06, 0.035)), 0, 0, place)
    return [crown, Shape("hat", peak, tone=-0.35)]
