"""Masks as polygons without holes that draw the very same pixels.

Readers of polygons bring the corners to whole pixels, by cutting off or by rounding, and paint the
outline too; some put more points on the edges first. A polygon therefore runs inside the outermost
pixels, along rows and columns only. To give even a single pixel four corners, and to part pixels
that touch by a corner alone, it is traced on thirds of pixels: a corner on any third becomes the
same whole pixel.

A hole is joined to the outline above it by a cut of no width, there and back, which lies inside
the part. Filling by the even-odd rule leaves the hole free.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.int64]
"""(n, 2) x, y in thirds of pixels; closed: the first corner follows the last."""

_INSIDE = np.array([1 / 64, 16 / 64, 31 / 64])
"""Where on its pixel a third's corner lies, so that it is cut off and rounded to that pixel."""


def polygons(mask: NDArray[np.bool_]) -> list[Ring]:
    """One polygon for each piece of a mask, pieces being pixels that are joined by their sides.

    Args:
        mask: (height, width) bool with any pixel set.

    Returns:
        Polygons of at least four corners, in thirds of pixels; see :func:`coordinates`.
    """
    thirds = _thirds(mask)
    found, hierarchy = cv2.findContours(thirds, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = [_squared(contour[:, 0].astype(np.int64), thirds) for contour in found]
    holes: dict[int, list[Ring]] = {}
    for ring, (_next, _previous, _child, parent) in zip(rings, hierarchy[0], strict=True):
        holes.setdefault(int(parent), []).append(ring)
    return [
        _corners(_with_holes(ring, holes.get(index, []), thirds))
        for index, ring in enumerate(rings)
        if hierarchy[0, index, 3] == -1
    ]


def coordinates(side: int, start: int = 0) -> NDArray[np.float64]:
    """(3 * side,) coordinates in pixels of the thirds from pixel ``start`` on."""
    thirds = np.arange(3 * side)
    return start + thirds // 3 + _INSIDE[thirds % 3]


def _thirds(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(3 * height, 3 * width); of two pixels that touch by a corner alone, the upper has lost it.

    OpenCV would trace such pixels as one piece, along an edge from corner to corner.
    """
    size = (3 * mask.shape[1], 3 * mask.shape[0])
    thirds = cv2.resize(mask.view(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT)
    left, right = mask[:-1, :-1], mask[:-1, 1:]
    below_left, below_right = mask[1:, :-1], mask[1:, 1:]
    thirds[2:-3:3, 2:-3:3][left & below_right & ~right & ~below_left] = 0
    thirds[2:-3:3, 3::3][right & below_left & ~left & ~below_right] = 0
    return thirds


def _with_holes(outline: Ring, holes: list[Ring], thirds: NDArray[np.uint8]) -> Ring:
    """Join holes to the outline, each by a cut straight up from its highest corner.

    What a cut meets lies higher, so it was joined before.
    """
    for hole in sorted(holes, key=lambda ring: int(ring[:, 1].min())):
        ring = np.roll(hole, -int(hole[:, 1].argmin()), axis=0)
        column, row = ring[0]
        above = np.flatnonzero(thirds[:row, column] == 0)
        meets = above[-1] + 1 if len(above) else 0
        (at, *_) = np.flatnonzero((outline[:, 0] == column) & (outline[:, 1] == meets))
        outline = np.concatenate([outline[: at + 1], ring, ring[:1], outline[at:]])
    return outline


def _squared(ring: Ring, thirds: NDArray[np.uint8]) -> Ring:
    """A ring that steps aside or up and down only: a slanting step goes round by the part."""
    step = np.roll(ring, -1, axis=0) - ring
    at = np.flatnonzero((step[:, 0] != 0) & (step[:, 1] != 0))
    aside, upright = ring[at] + step[at] * (1, 0), ring[at] + step[at] * (0, 1)
    inside = thirds[aside[:, 1], aside[:, 0]] != 0
    return np.insert(ring, at + 1, np.where(inside[:, None], aside, upright), axis=0)


def _corners(ring: Ring) -> Ring:
    """A ring without the points on the way from one corner to the next."""
    step = np.roll(ring, -1, axis=0) - ring
    moves = (step[:, 0] != 0) | (step[:, 1] != 0)
    ring, step = ring[moves], step[moves]
    # aside is -2 or 2, up and down -1 or 1
    heading = 2 * np.sign(step[:, 0]) + np.sign(step[:, 1])
    return ring[heading != np.roll(heading, 1)]
