"""The true parts that filters are held against: boxes of parts, class by class.

A part is one of one class ("car wheel"): filters are asked for it on objects of that class alone
(arXiv 1607.03738, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets import AnnotatedPart, Annotation
from partonomy.features.objects import object_box
from partonomy.images.grid import Box
from partonomy.images.moving import tight_box


@dataclass(frozen=True)
class Part:
    """A kind of part.

    Attributes:
        class_name: of the objects that have it.
        name: of the part in its class.
    """

    class_name: str
    name: str

    def __str__(self) -> str:
        return (
            self.name if self.name.startswith(self.class_name) else f"{self.class_name} {self.name}"
        )


@dataclass(frozen=True)
class TrueBoxes:
    """Where one part is on the objects of its class.

    Attributes:
        part: which.
        objects: (n,) indices, rising, of all objects of the class, with the part or without.
        boxes: (n, G, 4) float32 ``(x0, y0, x1, y1)`` in original pixels; nan where an object has
            fewer than G.
    """

    part: Part
    objects: NDArray[np.int64]
    boxes: NDArray[np.float32]

    @property
    def count(self) -> int:
        """How many there are."""
        return int(np.isfinite(self.boxes[..., 0]).sum())

    def of_objects(self, chosen: NDArray[np.bool_]) -> TrueBoxes:
        """Those on some of all objects, numbered anew; ``chosen`` is a mask over all objects."""
        kept = chosen[self.objects]
        renumbered = np.cumsum(chosen) - 1
        return TrueBoxes(self.part, renumbered[self.objects[kept]], self.boxes[kept])


def parts_of(objects: Sequence[Annotation]) -> list[Part]:
    """Every part that objects of these classes may have, class by class."""
    schemas = {each.class_name: each.schema for each in objects}
    return [Part(name, part) for name in sorted(schemas) for part in schemas[name].names]


def true_boxes(objects: Sequence[Annotation], parts: Sequence[Part]) -> list[TrueBoxes]:
    """The boxes of parts on objects, also of parts that never occur.

    Only what can be seen of a part counts. The box of a part that is but a keypoint is that point.

    Args:
        objects: all of them, in the order in which they are numbered.
        parts: see :func:`parts_of`.
    """
    found = []
    for part in parts:
        members = [i for i, each in enumerate(objects) if each.class_name == part.class_name]
        boxes = [
            [_box(each) for each in objects[index].parts if each.name == part.name]
            for index in members
        ]
        known = [[box for box in some if box is not None] for some in boxes]
        found.append(TrueBoxes(part, np.array(members, np.int64), _padded(known)))
    return found


def part_size(truth: TrueBoxes, objects: Sequence[Annotation]) -> float:
    """How large a part is: root of its box's share of its object's, mean; nan of none.

    Args:
        truth: of the part.
        objects: all of them, in the order in which they are numbered.
    """
    shares = []
    for index, boxes in zip(truth.objects, truth.boxes, strict=True):
        whole = object_box(objects[index])
        if whole is not None:
            sides = boxes[:, 2:] - boxes[:, :2]
            shares += list(sides.prod(axis=1) / ((whole[2] - whole[0]) * (whole[3] - whole[1])))
    known = np.array([each for each in shares if np.isfinite(each)])
    return float(np.sqrt(known).mean()) if len(known) else float("nan")


def _box(part: AnnotatedPart) -> Box | None:
    if not part.visible:
        return None
    if part.box is not None:
        return part.box
    if part.mask is not None:
        return tight_box(part.mask)
    return None if part.keypoint is None else (*part.keypoint, *part.keypoint)


def _padded(found: Sequence[Sequence[Box]]) -> NDArray[np.float32]:
    most = max(map(len, found), default=0)
    boxes = np.full((len(found), max(most, 1), 4), np.nan, np.float32)
    for row, some in zip(boxes, found, strict=True):
        row[: len(some)] = np.array(some, np.float32).reshape(-1, 4)
    return boxes
