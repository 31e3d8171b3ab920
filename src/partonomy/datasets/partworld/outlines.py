"""Outlines and small details, the geometry that PartWorld's figures are put together from.

Coordinates are the object's own: x points right, y points down, one unit is roughly half the
object's length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import cos, radians, sin

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
"""Shape (n, 2): x and y of each point; a single point is of shape (2,)."""

_NUMBER = (int, float)
_T = np.linspace(0, 1, 6)
_ARC = np.stack([(1 - _T) ** 2, 2 * _T * (1 - _T), _T**2], axis=1)
"""What three points have in those on the parabola from the first, towards the second, to the last.
"""


@dataclass(frozen=True)
class Detail:
    """Something painted onto a shape: an eye, a feather line, a glint.

    ``tone`` says how its colour departs from the shape's: -1 is black, 0 the same, 1 white.
    """

    tone: float
    outline: Points


@dataclass(frozen=True)
class Shape:
    """One piece of a figure: a filled outline that belongs to one part, with its details.

    Attributes:
        part: the part's name.
        outline: its border; what is painted later lies above it.
        details: painted onto it; they belong to the part wherever they reach.
        tone: as of a detail: pieces of one part may be lighter or darker than others.
        instance: which of a part's several (the second wheel, the third leg), from 0; pieces of one
            part and instance are one annotated part.
        keypoint: the place (2,) that the part is annotated with; the instance's first piece that
            has one counts. The middle of the instance's box if none has.
    """

    part: str
    outline: Points
    details: tuple[Detail, ...] = ()
    tone: float = 0.0
    instance: int = 0
    keypoint: Points | None = None

    @property
    def outlines(self) -> list[Points]:
        """Its own and those of its details."""
        return [self.outline, *(detail.outline for detail in self.details)]

    def moved(self, change: Callable[[Points], Points]) -> "Shape":
        """The same shape after a change of coordinates."""
        return moved([self], change)[0]

    def turned(self, degrees: float, about: Points) -> "Shape":
        """The same shape, rotated as ``turn`` does."""
        return self.moved(lambda points: turn(points, degrees, about))


def moved(shapes: Sequence[Shape], change: Callable[[Points], Points]) -> list[Shape]:
    """The same shapes after a change of coordinates, made to all of their points at once."""
    pieces = []
    for shape in shapes:
        pieces += shape.outlines
        pieces += [] if shape.keypoint is None else [shape.keypoint[None]]
    ends = [0, *accumulate(map(len, pieces))]
    laid = map(change(np.concatenate(pieces)).__getitem__, map(slice, ends, ends[1:]))
    return [
        Shape(
            shape.part,
            next(laid),
            tuple(Detail(detail.tone, next(laid)) for detail in shape.details),
            shape.tone,
            shape.instance,
            None if shape.keypoint is None else next(laid)[0],
        )
        for shape in shapes
    ]


def at(x: ArrayLike | float, y: ArrayLike | float) -> Points:
    """One point, or from two equally long lists several; one number goes with all of a list."""
    if isinstance(x, _NUMBER) and isinstance(y, _NUMBER):
        return np.array((x, y), np.float64)  # most are such, and this takes a third of the time
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    points = np.empty((*np.broadcast(first, second).shape, 2))
    points[..., 0], points[..., 1] = first, second
    return points


def bounds(points: Points) -> tuple[Points, Points]:
    """The least and the greatest x and y of points (n, 2)."""
    x, y = points.T  # each by itself: many times as fast as along the first axis
    return at(x.min(), y.min()), at(x.max(), y.max())


def turn(points: Points, degrees: float, about: Points) -> Points:
    """Rotate points clockwise, as seen in the picture."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    turned: Points = (points - about) @ np.array([[c, s], [-s, c]]) + about
    return turned


def ellipse(centre: Points, width: float, height: float, corners: int = 32) -> Points:
    """An ellipse with the given half-axes, as a polygon."""
    return centre + circle(corners) * (width, height)


@lru_cache
def circle(corners: int) -> Points:
    """The polygon on the circle of radius 1 about the origin; to be read only."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def curve(knots: Points, closed: bool = True, steps: int = 8) -> Points:
    """A smooth curve through all knots (Catmull-Rom), ``steps`` points from each to the next.

    Of knots (..., n, 2) there are as many curves.
    """
    points: Points = _catmull_rom(knots.shape[-2], closed, steps) @ knots
    return points


def tube(path: ArrayLike, widths: Sequence[float]) -> Points:
    """The outline of a round-ended band along a curve through ``path``; a width for each knot."""
    knots = np.asarray(path, dtype=np.float64)
    course, shares, aside = _band(len(knots), len(widths))
    # as complex numbers, ways are turned and stretched by a product
    line, along = (course @ knots).view(np.complex128).reshape(2, -1)
    along *= aside * (shares @ widths) / (np.abs(along) + 1e-9)
    along += line
    outline: Points = along.view(np.float64).reshape(-1, 2)
    return outline


def stroke(tone: float, width: float, *path: Points) -> Detail:
    """A painted line of constant width through some points."""
    return Detail(tone, tube(path, [width] * len(path)))


def spot(tone: float, centre: Points, width: float, height: float) -> Detail:
    """A painted ellipse with the given half-axes."""
    return Detail(tone, ellipse(centre, width, height, 20))


def eye(centre: Points, radius: float) -> tuple[Detail, ...]:
    """A round eye with a white, a pupil and a glint."""
    return (
        spot(0.95, centre, radius, radius),
        spot(-0.95, centre + at(0.2 * radius, 0), 0.6 * radius, 0.65 * radius),
        spot(1.0, centre + at(0.35 * radius, -0.25 * radius), 0.2 * radius, 0.2 * radius),
    )


def round_eye(centre: Points, radius: float, tone: float, instance: int = 0) -> Shape:
    """An eye that is a part of its own; its tone is that of the ring around the pupil."""
    _, *pupil = eye(centre, radius)  # the ring is where others have a white
    return Shape("eye", ellipse(centre, radius, radius), tuple(pupil), tone, instance, centre)


def both(half: Points, *between: Points) -> Points:
    """The knots of an outline that is its own mirror image about x = 0.

    Args:
        half: (n, 2) its right half; knots on the middle line are not doubled.
        between: knots (m, 2) that lead from the end of the right half to that of the left one.
    """
    return np.concatenate([half, *between, half[half[:, 0] != 0][::-1] * (-1, 1)])


def rounded(corners: Points, radius: float | Sequence[float]) -> Points:
    """A polygon with rounded corners; a radius for all, or one for each."""
    edges = np.concatenate([corners[1:], corners[:1]]) - corners
    radii, lengths = np.asarray(radius, dtype=np.float64), np.hypot(edges[:, 0], edges[:, 1])
    last = np.arange(-1, len(corners) - 1)
    before = corners - edges[last] * np.minimum(radii / lengths[last], 0.45)[:, None]
    after = corners + edges * np.minimum(radii / lengths, 0.45)[:, None]
    points: Points = _ARC @ np.stack([before, corners, after], axis=1)
    return points.reshape(-1, 2)


def fan(
    part: str, root: Points, angles: tuple[float, float], lengths: Sequence[float], rays: int
) -> Shape:
    """Feathers or fin rays spreading from ``root``, with a line in each notch between two.

    ``angles`` (degrees, 0 to the right, 90 down) are those of the first and the last ray;
    ``lengths`` are spread evenly over the rays.
    """
    places = np.linspace(0, 1, 2 * rays - 1)
    angle = np.radians(np.interp(places, [0, 1], angles))
    length = np.interp(places, np.linspace(0, 1, len(lengths)), lengths)
    length[1::2] *= 0.89
    arms = np.stack([np.cos(angle), np.sin(angle)], axis=1) * length[:, None]
    base = arms[[-1, 0]] * 0.12 - arms.mean(axis=0) * 0.15
    lines = tuple(stroke(-0.4, 0.032, root + 0.3 * arm, root + 0.97 * arm) for arm in arms[1::2])
    return Shape(part, curve(root + np.concatenate([arms, base]), steps=6), lines)


@lru_cache
def _catmull_rom(knots: int, closed: bool, steps: int) -> Points:
    """(points, knots) what each knot has in each point of a curve."""
    own = np.eye(knots)
    if closed:
        padded = np.concatenate([own[-1:], own, own[:2]])
    else:
        padded = np.concatenate([2 * own[:1] - own[1:2], own, 2 * own[-1:] - own[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    weights = (
        (2 * t**2 - t - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (t**3 - t**2) / 2,
    )
    last = len(padded) - 3
    pieces = [weight * padded[i : last + i, None] for i, weight in enumerate(weights)]
    shares: Points = np.sum(pieces, axis=0).reshape(-1, knots)
    return shares if closed else np.concatenate([shares, own[-1:]])


@lru_cache
def _band(knots: int, widths: int) -> tuple[Points, Points, NDArray[np.complex128]]:
    """What makes up the outline of a band: up one side, round the end, back and round the start.

    Returns:
        (2 * points, knots) what each knot has in the line that lies amid each point, then in the
            way along this line;
        (points, widths) what each width has there;
        (points,) where the point lies off the line: so many widths, turned from the way along.
    """
    line = np.eye(2) if knots == 2 else _catmull_rom(knots, False, 8)  # two: it is straight
    along = np.concatenate([line[1:2] - line[:1], line[2:] - line[:-2], line[-1:] - line[-2:-1]])
    places, steps = np.linspace(0, widths - 1, len(line)), np.arange(widths)
    shares = np.stack([np.interp(places, steps, own) for own in np.eye(widths)], axis=1)
    side, end = np.full(len(line), 0.5j), 0.5j * np.exp(-1j * np.linspace(0, np.pi, 8)[1:-1])
    aside = np.concatenate([side, end, -side, -end], dtype=np.complex128)
    onward, stay = np.arange(len(line)), np.zeros(len(end), np.int64)
    order = np.concatenate([onward, stay + onward[-1], onward[::-1], stay])
    return np.concatenate([line[order], along[order]]), shares[order], aside
