"""What is annotated in a picture: one model for every data set.

Everything is in original pixels: pixel centres at +0.5, boxes half-open ``(x0, y0, x1, y1)``,
keypoints ``(x, y)``, masks (height, width).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from partonomy.errors import PartonomyError
from partonomy.images.grid import Box, Pair, Placement, Size
from partonomy.images.moving import (
    mirror_boxes,
    mirror_points,
    place_boxes,
    place_mask,
    place_points,
)

Mask = NDArray[np.bool_]

MAX_PARTS = 255
"""Label maps are of 8 bits, and 0 is the background."""


@dataclass(frozen=True)
class PartSchema:
    """The parts that a data set, or a class of it, knows.

    Attributes:
        names: in the order of their labels 1, 2, ...
        parents: the wider part that a part belongs to, where there is one (``left_eye`` to
            ``head``).
        mirrored: the part that a part becomes in the mirror (``left_eye`` to ``right_eye``), both
            ways round.

    Raises:
        PartonomyError: there are more than 255 names, or a name occurs twice, is unknown, is its
            own wider part, or is not the mirror image of its mirror image.
    """

    names: tuple[str, ...]
    parents: Mapping[str, str] = field(default_factory=dict)
    mirrored: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.names) > MAX_PARTS:
            raise PartonomyError(
                f"{len(self.names)} parts, and label maps hold {MAX_PARTS}: merge some"
            )
        if len(set(self.names)) < len(self.names):
            raise PartonomyError(f"parts are named twice in {', '.join(self.names)}")
        for relation in (self.parents, self.mirrored):
            for name in (*relation, *relation.values()):
                if name not in self.names:
                    raise PartonomyError(f"{name} is no part of {', '.join(self.names)}")
        for name, other in self.mirrored.items():
            if self.mirrored.get(other) != name:
                raise PartonomyError(f"{name} becomes {other} in the mirror, but not back")
        for name in self.names:
            self.wider(name)

    def label(self, name: str) -> int:
        """The label of a part, from 1."""
        return self.names.index(name) + 1

    def mirror(self, name: str) -> str:
        """What a part is in the mirror."""
        return self.mirrored.get(name, name)

    def wider(self, name: str) -> tuple[str, ...]:
        """The parts that a part belongs to, the narrowest first."""
        found: list[str] = []
        while name in self.parents:
            name = self.parents[name]
            if name in found:
                raise PartonomyError(f"{name} is a part of itself")
            found.append(name)
        return tuple(found)


@dataclass(frozen=True)
class AnnotatedPart:
    """One part in one picture.

    Attributes:
        name: of the schema.
        box: around it.
        mask: its pixels.
        keypoint: its place.
        visible: whether it can be seen; a place may be known of what cannot.
    """

    name: str
    box: Box | None = None
    mask: Mask | None = None
    keypoint: Pair | None = None
    visible: bool = True


@dataclass(frozen=True)
class Annotation:
    """One object in one picture.

    Attributes:
        picture: the picture's name.
        size: (height, width) of the picture.
        class_name: the object's class.
        schema: the parts that it may have.
        parts: those that are annotated; a part may occur several times (wheels).
        style: a kind within the class, where there are some.
        box: around the object.
        mask: the object's pixels.
        split: ``training``, ``test`` or what the data set calls it.

    Raises:
        PartonomyError: a part is not in the schema, or a mask has not the picture's size or is
            not bool.
    """

    picture: str
    size: Size
    class_name: str
    schema: PartSchema
    parts: tuple[AnnotatedPart, ...] = ()
    style: str | None = None
    box: Box | None = None
    mask: Mask | None = None
    split: str | None = None

    def __post_init__(self) -> None:
        for part in self.parts:
            if part.name not in self.schema.names:
                raise PartonomyError(f"{self.picture}: {part.name} is no part of {self.class_name}")
        for name, mask in (("object", self.mask), *((part.name, part.mask) for part in self.parts)):
            if mask is None:
                continue
            if mask.shape != self.size:
                raise PartonomyError(
                    f"{self.picture}: the mask of {name} is {mask.shape}, the picture {self.size}"
                )
            if mask.dtype != np.bool_:  # whole numbers would be taken for indices
                raise PartonomyError(
                    f"{self.picture}: the mask of {name} is {mask.dtype}, not bool: give mask > 0"
                )

    def labels(self) -> NDArray[np.uint8]:
        """(height, width) labels of the schema's parts, 0 elsewhere; of two, the later one."""
        labels = np.zeros(self.size, np.uint8)
        for part in self.parts:
            if part.mask is not None:
                labels[part.mask] = self.schema.label(part.name)
        return labels

    def placed(self, placement: Placement) -> Annotation:
        """The annotation of the picture laid into a frame: cropped, resized, padded.

        Boxes are clipped. What lies outside altogether is invisible and has neither box nor mask;
        its keypoint is known still. Where there is a mask, it alone says whether anything is left
        to be seen; what is known by name alone is as visible as before.

        Raises:
            ValueError: the placement is that of a picture of another size.
        """
        if placement.picture_size != self.size:
            raise ValueError(
                f"the placement is of a picture {placement.picture_size}, this one is {self.size}"
            )

        def place(part: AnnotatedPart) -> AnnotatedPart:
            box, mask = _placed(part.box, part.mask, placement)
            keypoint, inside = part.keypoint, False
            if keypoint is not None:
                x, y = place_points(np.array(keypoint), placement).tolist()
                keypoint = (x, y)
                inside = 0 <= x < placement.input_size[1] and 0 <= y < placement.input_size[0]
            if part.mask is not None:
                seen = mask is not None
            elif part.box is not None or keypoint is not None:
                seen = box is not None or inside
            else:
                seen = True
            return AnnotatedPart(part.name, box, mask, keypoint, part.visible and seen)

        box, mask = _placed(self.box, self.mask, placement)
        parts = tuple(map(place, self.parts))
        return replace(self, size=placement.input_size, parts=parts, box=box, mask=mask)

    def mirrored(self) -> Annotation:
        """The annotation of the picture in the mirror; left parts are right ones there."""
        width = self.size[1]

        def mirror_part(part: AnnotatedPart) -> AnnotatedPart:
            keypoint = part.keypoint
            if keypoint is not None:
                x, y = mirror_points(np.array(keypoint), width).tolist()
                keypoint = (x, y)
            box, mask = _mirrored(part.box, part.mask, width)
            return AnnotatedPart(self.schema.mirror(part.name), box, mask, keypoint, part.visible)

        box, mask = _mirrored(self.box, self.mask, width)
        return replace(self, parts=tuple(map(mirror_part, self.parts)), box=box, mask=mask)


def _placed(
    box: Box | None, mask: Mask | None, placement: Placement
) -> tuple[Box | None, Mask | None]:
    if mask is not None:
        mask = place_mask(mask, placement)
        if not mask.any():
            return None, None
    if box is not None:
        height, width = placement.input_size
        clipped = place_boxes(np.array(box), placement).clip(0, [width, height, width, height])
        x0, y0, x1, y1 = clipped.tolist()
        box = (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
    return box, mask


def _mirrored(box: Box | None, mask: Mask | None, width: int) -> tuple[Box | None, Mask | None]:
    if box is not None:
        x0, y0, x1, y1 = mirror_boxes(np.array(box), width).tolist()
        box = (x0, y0, x1, y1)
    return box, None if mask is None else np.ascontiguousarray(mask[:, ::-1])
