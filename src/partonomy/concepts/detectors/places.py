"""Where the parts of an object are: the points that detectors are to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets import AnnotatedPart, Annotation
from partonomy.errors import PartonomyError
from partonomy.images.grid import Grid
from partonomy.images.moving import tight_box

Kind = Literal["keypoints", "centres"]

KINDS: tuple[Kind, ...] = ("keypoints", "centres")


@dataclass(frozen=True)
class Places:
    """The annotated places of one object's parts.

    Attributes:
        part: (m,) index into the schema's names.
        point: (m, 2) ``(x, y)`` in the annotation's pixels.
        visible: (m,) bool, whether anything of the part can be seen.
    """

    part: NDArray[np.int64]
    point: NDArray[np.float64]
    visible: NDArray[np.bool_]

    def seen(self) -> Places:
        """Those that can be seen."""
        return Places(self.part[self.visible], self.point[self.visible], self.visible[self.visible])


def part_places(annotation: Annotation, kind: Kind) -> Places:
    """The places of an object's parts; a part may have several, or none.

    Args:
        annotation: of the object.
        kind: ``keypoints``, or ``centres`` of the parts' boxes (of the boxes around their masks
            where they have no other).

    Raises:
        PartonomyError: there is no such kind.
    """
    if kind not in KINDS:
        raise PartonomyError(f"--parts {kind}: choose from {', '.join(KINDS)}")
    height, width = annotation.size
    names = annotation.schema.names
    found = []
    for part in annotation.parts:
        point = part.keypoint if kind == "keypoints" else _centre(part)
        if point is not None and 0 <= point[0] < width and 0 <= point[1] < height:
            found.append((names.index(part.name), point, part.visible))
    return Places(
        np.array([part for part, _, _ in found], np.int64),
        np.array([point for _, point, _ in found], np.float64).reshape(-1, 2),
        np.array([visible for _, _, visible in found], bool),
    )


def _centre(part: AnnotatedPart) -> tuple[float, float] | None:
    box = part.box
    if box is None and part.mask is not None:
        box = tight_box(part.mask)
    return None if box is None else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def distances(grid: Grid, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, h, w) how far each cell's centre is from each of (m, 2) points, in the grid's pixels."""
    rows, columns = grid.centres(0), grid.centres(1)
    return np.hypot(
        rows[None, :, None] - point[:, 1, None, None],
        columns[None, None] - point[:, 0, None, None],
    )


def nearest_cells(grid: Grid, point: NDArray[np.float64]) -> NDArray[np.int64]:
    """(m, 2) row and column of the cell nearest to each of (m, 2) points."""
    along = [
        np.rint(grid.cells_at(axis, point[:, 1 - axis])).clip(0, grid.shape[axis] - 1)
        for axis in (0, 1)
    ]
    return np.stack(along, axis=1).astype(np.int64)
