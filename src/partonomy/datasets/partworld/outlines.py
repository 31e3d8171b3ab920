"""Outlines and small details, the geometry that PartWorld's figures are put together from.

Coordinates are the object's own: x points right, y points down, one unit is roughly half the
object's length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
"""Shape (n, 2): x and y of each point; a single point is of shape (2,)."""

_CAP = [trace(np.linspace(0, np.pi, 8)[1:-1, None]) for trace in (np.cos, np.sin)]
"""The half circle at the end of a band: its extent across and along."""


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

    def moved(self, change: Callable[[Points], Points]) -> "Shape":
        """The same shape after a change of coordinates."""
        details = tuple(Detail(each.tone, change(each.outline)) for each in self.details)
        keypoint = None if self.keypoint is None else change(self.keypoint[None])[0]
        return replace(self, outline=change(self.outline), details=details, keypoint=keypoint)

    def turned(self, degrees: float, about: Points) -> "Shape":
        """The same shape, rotated as ``turn`` does."""
        return self.moved(lambda points: turn(points, degrees, about))


def at(x: ArrayLike | float, y: ArrayLike | float) -> Points:
    """One point, or from two equally long lists several; one number goes with all of a list."""
    if isinstance(x, int | float) and isinstance(y, int | float):
        return np.array((x, y), np.float64)  # most are such, and this takes a third of the time
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    points = np.empty((*np.broadcast(first, second).shape, 2))
    points[..., 0], points[..., 1] = first, second
    return points


def turn(points: Points, degrees: float, about: Points) -> Points:
    """Rotate points clockwise, as seen in the picture."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
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
    """A smooth curve through all knots (Catmull-Rom), ``steps`` points from each to the next."""
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    last = len(padded) - 3
    a, b, c, d = (
        weight * padded[i : last + i, None] for i, weight in enumerate(_catmull_rom(steps))
    )
    points: Points = (a + b + c + d).reshape(-1, 2)
    return points if closed else np.concatenate([points, knots[-1:]])


def tube(path: ArrayLike, widths: Sequence[float]) -> Points:
    """The outline of a round-ended band along a curve through ``path``; a width for each knot."""
    knots = np.asarray(path, dtype=np.float64)
    line = knots if len(knots) == 2 else curve(knots, closed=False)  # two: it is straight
    radius = np.interp(*_evenly(len(line), len(widths)), widths)
    along = np.empty_like(line)
    along[1:-1] = line[2:] - line[:-2]
    along[0], along[-1] = line[1] - line[0], line[-1] - line[-2]
    along *= (radius / 2 / (np.hypot(along[:, 0], along[:, 1]) + 1e-9))[:, None]
    across = along[:, ::-1] * (-1, 1)
    end = line[-1] + _CAP[0] * across[-1] + _CAP[1] * along[-1]
    start = line[0] - _CAP[0] * across[0] - _CAP[1] * along[0]
    return np.concatenate([line + across, end, (line - across)[::-1], start])


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
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), len(corners))[:, None]

    def towards(way: Points) -> Points:
        length = np.linalg.norm(way, axis=1, keepdims=True)
        near: Points = corners + way / length * np.minimum(radii, 0.45 * length)
        return near

    t = np.linspace(0, 1, 6)[:, None, None]
    arc = (1 - t) ** 2 * towards(before) + 2 * t * (1 - t) * corners + t**2 * towards(after)
    points: Points = arc.transpose(1, 0, 2).reshape(-1, 2)
    return points


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
def _evenly(points: int, knots: int) -> tuple[Points, Points]:
    """Where so many points lie among knots, and where these do: 0, 1, ..."""
    step = np.float64((knots - 1) / (points - 1))
    return np.arange(points, dtype=np.float64) * step, np.arange(knots, dtype=np.float64)


@lru_cache
def _catmull_rom(steps: int) -> tuple[NDArray[np.float64], ...]:
    """What each of four knots in a row, (steps, 1), has in the points between the middle two."""
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    return (
        (2 * t**2 - t - t**3) / 2,
        (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2,
        (t**3 - t**2) / 2,
    )
