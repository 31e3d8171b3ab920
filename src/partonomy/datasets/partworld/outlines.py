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
        details = tuple(replace(detail, outline=change(detail.outline)) for detail in self.details)
        keypoint = None if self.keypoint is None else change(self.keypoint[None])[0]
        return replace(self, outline=change(self.outline), details=details, keypoint=keypoint)

    def turned(self, degrees: float, about: Points) -> "Shape":
        """The same shape, rotated as ``turn`` does."""
        return self.moved(lambda points: turn(points, degrees, about))


def at(x: ArrayLike, y: ArrayLike) -> Points:
    """One point, or from two equally long lists several; one number goes with all of a list."""
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
    a, b, c, d = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = b + t * ((c - a) + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2
    points: Points = pieces.reshape(-1, 2)
    return points if closed else np.concatenate([points, knots[-1:]])


def tube(path: ArrayLike, widths: Sequence[float]) -> Points:
    """The outline of a round-ended band along a curve through ``path``; a width for each knot."""
    line = curve(np.asarray(path, dtype=np.float64), closed=False)
    knots = np.linspace(0, 1, len(widths))
    radius = np.interp(np.linspace(0, 1, len(line)), knots, widths)[:, None] / 2
    along = np.gradient(line, axis=0)
    along *= radius / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-9)
    across = along[:, ::-1] * (-1, 1)
    angle = np.linspace(0, np.pi, 8)[1:-1, None]
    end = line[-1] + np.cos(angle) * across[-1] + np.sin(angle) * along[-1]
    start = line[0] - np.cos(angle) * across[0] - np.sin(angle) * along[0]
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
