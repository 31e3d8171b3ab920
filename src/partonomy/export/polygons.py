"""Masks as polygons without holes that draw the very same pixels.

Readers of polygons bring the corners to whole pixels, by cutting off or by rounding, and paint the
outline too. A polygon therefore runs inside the outermost pixels. To give even a single pixel four
corners, it is traced on halves of pixels: a corner on either half becomes the same whole pixel.

A hole is joined to the outline above it by a cut of no width, there and back, which lies inside
the part. Filling by the even-odd rule leaves the hole free.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.int64]
"""(n, 2) x, y in halves of pixels; closed: the first corner follows the last."""

_INSIDE = np.array([1 / 64, 31 / 64])
"""Where on its pixel a half's corner lies, so that it is cut off and rounded to that pixel."""


def polygons(mask: NDArray[np.bool_]) -> list[Ring]:
    """One polygon for each piece (8-connected) of a mask.

    Args:
        mask: (height, width) bool with any pixel set.

    Returns:
        Polygons of at least four corners, in halves of pixels; see :func:`coordinates`.
    """
    halves = mask.view(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    found, hierarchy = cv2.findContours(halves, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = [contour[:, 0].astype(np.int64) for contour in found]
    holes: dict[int, list[Ring]] = {}
    for ring, (_next, _previous, _child, parent) in zip(rings, hierarchy[0], strict=True):
        holes.setdefault(int(parent), []).append(ring)
    return [
        _corners(_with_holes(_squared(ring, halves), holes.get(index, []), halves))
        for index, ring in enumerate(rings)
        if hierarchy[0, index, 3] == -1
    ]


def coordinates(side: int, start: int = 0) -> NDArray[np.float64]:
    """(2 * side,) coordinates in pixels of the halves from pixel ``start`` on."""
    halves = np.arange(2 * side)
    return start + halves // 2 + _INSIDE[halves % 2]


def _with_holes(outline: Ring, holes: list[Ring], halves: NDArray[np.uint8]) -> Ring:
    """Join holes to the outline, each by a cut straight up from its highest corner.

    What a cut meets lies higher, so it was joined before.
    """
    for hole in sorted(holes, key=lambda ring: int(ring[:, 1].min())):
        ring = _squared(hole, halves)
        ring = np.roll(ring, -int(ring[:, 1].argmin()), axis=0)
        column, row = ring[0]
        above = np.flatnonzero(halves[:row, column] == 0)
        meets = above[-1] + 1 if len(above) else 0
        (at, *_) = np.flatnonzero((outline == (column, meets)).all(axis=1))
        outline = np.concatenate([outline[: at + 1], ring, ring[:1], outline[at:]])
    return outline


def _squared(ring: Ring, halves: NDArray[np.uint8]) -> Ring:
    """A ring that steps aside or up and down only, wherever the part is wide enough for it.

    What lies between two corners is then the same however a reader divides the edge.
    """
    step = np.roll(ring, -1, axis=0) - ring
    at = np.flatnonzero((step != 0).all(axis=1))
    aside, upright = ring[at] + step[at] * (1, 0), ring[at] + step[at] * (0, 1)
    use_aside = halves[aside[:, 1], aside[:, 0]] != 0
    corner = np.where(use_aside[:, None], aside, upright)
    wide = halves[corner[:, 1], corner[:, 0]] != 0
    return np.insert(ring, at[wide] + 1, corner[wide], axis=0)


def _corners(ring: Ring) -> Ring:
    """A ring without the points on the way from one corner to the next."""
    ring = ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)]
    heading = np.sign(np.roll(ring, -1, axis=0) - ring)
    return ring[(heading != np.roll(heading, 1, axis=0)).any(axis=1)]
