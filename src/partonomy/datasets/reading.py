"""What a data set gives when it is read, and what becomes of what is broken in it.

Each kind of fault has one rule, the same in every data set: a part is left out, a picture is left
out, or reading ends, because labels or identities cannot be trusted. Nothing is mended in silence:
every fault is named and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from PIL import Image

from partonomy.datasets.annotation import AnnotatedPart, Annotation, Mask
from partonomy.errors import PartonomyError, PictureError
from partonomy.images.decode import upright_size
from partonomy.images.grid import Box, Pair, Size

if TYPE_CHECKING:
    from partonomy.datasets.registry import Card


class Rule(Enum):
    """What becomes of what is broken."""

    PART_DROPPED = "the part was left out"
    PICTURE_SKIPPED = "the picture was left out"
    REFUSED = "the data set cannot be read"


class Fault(Enum):
    """A kind of fault; ``rule`` is what becomes of it."""

    MISSING_PICTURE = ("missing picture", Rule.PICTURE_SKIPPED)
    MISSING_MASK = ("missing mask", Rule.PICTURE_SKIPPED)
    OTHER_SIZE = ("mask of another size than the picture", Rule.PICTURE_SKIPPED)
    DAMAGED = ("damaged file", Rule.PICTURE_SKIPPED)
    OUTSIDE = ("part outside the picture", Rule.PART_DROPPED)
    EMPTY = ("part without area", Rule.PART_DROPPED)
    UNKNOWN_LABEL = ("unknown label", Rule.REFUSED)
    DUPLICATE = ("id that occurs twice", Rule.REFUSED)
    MALFORMED = ("malformed file", Rule.REFUSED)

    def __init__(self, title: str, rule: Rule) -> None:
        self.title = title
        self.rule = rule


class SkippedPicture(Exception):  # noqa: N818 - it is no error
    """The picture being read is left out."""


@dataclass(frozen=True)
class Problem:
    """One fault and where it is."""

    fault: Fault
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.fault.title}"


@dataclass
class Problems:
    """The faults found so far."""

    found: list[Problem] = field(default_factory=list)

    def drop(self, fault: Fault, where: str) -> None:
        """Name a fault for which a part is left out."""
        self.found.append(Problem(fault, where))

    def stop(self, fault: Fault, where: str) -> NoReturn:
        """Name a fault that leaves nothing to go on with.

        Raises:
            SkippedPicture: the picture is to be left out.
            PartonomyError: the data set cannot be read.
        """
        problem = Problem(fault, where)
        if fault.rule is Rule.REFUSED:
            raise PartonomyError(str(problem))
        self.found.append(problem)
        raise SkippedPicture(str(problem))

    def counts(self) -> dict[str, int]:
        """How many of each kind, by title."""
        return dict(Counter(problem.fault.title for problem in self.found))


@dataclass(frozen=True)
class Item:
    """A picture of a data set, and how to read what is annotated in it.

    Attributes:
        name: unique in the data set, with forward slashes.
        path: of the picture.
        split: ``training``, ``validation``, ``test`` or what the data set calls it.
        annotate: reads its annotations, one an object, noting faults.
    """

    name: str
    path: Path
    split: str | None
    annotate: Callable[[Problems], tuple[Annotation, ...]]


@dataclass
class DataSet:
    """Pictures with what is annotated in them, read one by one.

    Iterating gives each picture with its annotations; those that had to be left out are in
    ``problems``.

    Attributes:
        card: what the data set is.
        root: its folder.
        items: the pictures.
        problems: faults, from the index at first and from pictures once they were read.
    """

    card: Card
    root: Path
    items: tuple[Item, ...]
    problems: Problems

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[tuple[Item, tuple[Annotation, ...]]]:
        for item in self.items:
            try:
                yield item, item.annotate(self.problems)
            except SkippedPicture:
                continue

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that occur, in the order in which they do."""
        return tuple(dict.fromkeys(item.split for item in self.items if item.split is not None))

    def of_split(self, split: str) -> DataSet:
        """The pictures of one split; faults are noted in the same place.

        Raises:
            PartonomyError: there is no such split.
        """
        if split not in self.splits:
            known = ", ".join(self.splits) or "none"
            raise PartonomyError(f"--split {split}: {self.card.name} has {known}")
        items = tuple(item for item in self.items if item.split == split)
        return DataSet(self.card, self.root, items, self.problems)


def inside(root: Path, name: str, problems: Problems) -> Path:
    """A file that an annotation names, which must not lead out of the data set's folder.

    Raises:
        PartonomyError: it does.
    """
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        problems.stop(Fault.MALFORMED, f"{name!r} leads out of {root}")
    return path


def numbers(values: object, count: int, where: str, problems: Problems) -> tuple[float, ...]:
    """So many numbers out of a file.

    Raises:
        PartonomyError: they are not.
    """
    try:
        found = tuple(map(float, values))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        found = ()
    if len(found) != count:
        problems.stop(Fault.MALFORMED, f"{where}: {count} numbers wanted, not {values!r}")
    return found


def picture_size(path: Path, problems: Problems) -> Size:
    """(height, width) of a picture as a person sees it, which is what annotations are about.

    Raises:
        SkippedPicture: it is not there, or is no picture.
    """
    if not path.is_file():
        problems.stop(Fault.MISSING_PICTURE, str(path))
    try:
        with Image.open(path) as image:
            return upright_size(image)
    except (OSError, PictureError, Image.DecompressionBombError):
        problems.stop(Fault.DAMAGED, str(path))


def part(
    name: str,
    size: Size,
    where: str,
    problems: Problems,
    *,
    box: Box | None = None,
    mask: Mask | None = None,
    keypoint: Pair | None = None,
    visible: bool = True,
) -> AnnotatedPart | None:
    """One part, its box cut off at the picture's border; None if nothing is left of it.

    Args:
        name: of the schema.
        size: (height, width) of the picture.
        where: for the note of a fault.
        problems: where it is noted.
        box: in original pixels, half-open.
        mask: (height, width).
        keypoint: (x, y).
        visible: whether it can be seen.

    Raises:
        SkippedPicture: the mask is of another size.
    """
    height, width = size
    if mask is not None and mask.shape != size:
        problems.stop(Fault.OTHER_SIZE, f"{where}, {name}")
    if mask is not None and not mask.any():
        problems.drop(Fault.EMPTY, f"{where}, {name}")
        return None
    if box is not None:
        x0, y0, x1, y1 = box
        if not (x0 < x1 and y0 < y1):  # not a number is none of both
            problems.drop(Fault.EMPTY, f"{where}, {name}")
            return None
        box = (max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height)))
        if not (box[0] < box[2] and box[1] < box[3]):
            problems.drop(Fault.OUTSIDE, f"{where}, {name}")
            return None
    if keypoint is not None and not (0 <= keypoint[0] < width and 0 <= keypoint[1] < height):
        problems.drop(Fault.OUTSIDE, f"{where}, {name}")
        return None
    return AnnotatedPart(name, box, mask, keypoint, visible)


def union(parts: Sequence[AnnotatedPart], size: Size) -> Mask:
    """(height, width) whatever is part of anything."""
    whole = np.zeros(size, bool)
    for each in parts:
        if each.mask is not None:
            whole |= each.mask
    return whole
