"""What part models are fitted on: cells at parts, and cells that are at none.

Distances of the protocol are meant at a short side of 224 pixels and scale with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.concepts.detectors.objects import ObjectCrop
from partonomy.concepts.detectors.places import distances, nearest_cells
from partonomy.features.objects import SHORT_SIDE
from partonomy.images import LayerGeometry

AT = 16.0
"""A cell is at a part whose place is within so many pixels of its centre."""
AWAY = 56.0
"""A cell is away from a part whose places are all farther than so many pixels; a detection within
them is right."""
REACH = 64.0
"""Half the side of the surroundings that tell of a part; 32 and 48 pixels were worse on training
splits."""
BACKGROUND_CELLS = 5
"""Cells of each kind of background that are drawn in an object."""


def scaled(pixels: float, size: int) -> float:
    """A distance at a short side of 224 pixels at that of ``size``."""
    return pixels * size / SHORT_SIDE


def reach(geometry: LayerGeometry, size: int) -> int:
    """Radius of the surroundings that tell of a part, in cells."""
    return max(1, round(scaled(REACH, size) / max(geometry.stride)))


@dataclass(frozen=True)
class PartCells:
    """The cells of one training object that part models learn from.

    Attributes:
        part: (m,) which part is at each of ``cell``; parts that can be seen alone.
        cell: (m, 2) row and column.
        between: (n, 2) cells of the object away from every part.
        beyond: (k, 2) cells outside the object; none where its pixels are not known.
    """

    part: NDArray[np.int64]
    cell: NDArray[np.int64]
    between: NDArray[np.int64]
    beyond: NDArray[np.int64]


def part_cells(crop: ObjectCrop, size: int, generator: np.random.Generator) -> PartCells:
    """Where each part is in an object, and a few cells of either background.

    Args:
        crop: of a training object.
        size: short side of crops.
        generator: for the draws.
    """
    seen = crop.places.seen()
    inside = np.ones(crop.grid.shape, bool) if crop.inside is None else crop.inside
    away = (distances(crop.grid, seen.point) > scaled(AWAY, size)).all(axis=0)
    return PartCells(
        seen.part,
        nearest_cells(crop.grid, seen.point),
        _drawn(away & inside, generator),
        _drawn(~inside, generator),
    )


def _drawn(allowed: NDArray[np.bool_], generator: np.random.Generator) -> NDArray[np.int64]:
    cells = np.argwhere(allowed)
    return cells[generator.permutation(len(cells))[:BACKGROUND_CELLS]]
