"""What the network is shown: square crops around objects, with the foreground on them.

Notation: a box has sides w and h; each of its edges is moved outwards by a margin, and in training
by a draw of U(-j, j) more, both as shares of the side. The square around it has the longer side.
The picture is filled up with white, the foreground with nothing.

Source: arXiv 2111.06349, sections 4.1 and 4.2, and its data loaders: object boxes for birds and
PASCAL-Part, random crops at a random aspect for clothes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from partonomy.errors import PartonomyError, PictureError
from partonomy.images import (
    MaskFolder,
    PictureFile,
    Placement,
    Skipped,
    decode,
    default_workers,
    digest,
    ordered_ahead,
    read_bytes,
    unusable,
)
from partonomy.images.foreground import decode_mask
from partonomy.images.grid import Box, Size
from partonomy.images.moving import crop_placement, place_mask, place_pixels, tight_box

WHITE = 255
_ATTEMPTS = 10


def _ordered(ends: tuple[float, float]) -> tuple[float, float]:
    if not 0 < ends[0] <= ends[1]:
        raise ValueError("give the least, above 0, and the greatest")
    return ends


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]
"""Least and greatest of something above 0."""


class Framing(BaseModel):
    """How crops are cut out.

    Attributes:
        kind: ``object``, around the object's box, or ``random``, anywhere in the picture.
        size: side of the crops, in pixels.
        margin: (``object``) added on each side of the box, as a share of that side.
        jitter: (``object``) how far each edge is moved at most in training, likewise.
        area: (``random``) least and greatest share of the picture.
        aspect: (``random``) least and greatest width over height.
        mirror: the probability that a crop is mirrored in training.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["object", "random"] = "object"
    size: int = Field(default=256, ge=8)
    margin: float = Field(default=0.05, ge=0)
    jitter: float = Field(default=0.05, ge=0)
    area: Range = (0.5, 1.0)
    aspect: Range = (3 / 4, 4 / 3)
    mirror: float = Field(default=0.5, ge=0, le=1)


@dataclass(frozen=True)
class Subject:
    """A picture that can be trained on.

    Attributes:
        file: which one.
        size: (height, width) in pixels.
        box: the object's, in pixels.
        digest: content address of the picture, its mask and its box.
    """

    file: PictureFile
    size: Size
    box: Box
    digest: str


@dataclass(frozen=True)
class Crop:
    """What is shown of a picture.

    Attributes:
        picture: (size, size, 3) uint8 RGB.
        foreground: (size, size) bool.
    """

    picture: NDArray[np.uint8]
    foreground: NDArray[np.bool_]


def find_subjects(
    files: Sequence[PictureFile],
    masks: MaskFolder | None = None,
    boxes: Mapping[str, Box] | None = None,
) -> tuple[list[Subject], list[Skipped]]:
    """Look at each picture and its mask once: which can be trained on, and where its object is.

    Args:
        files: the pictures.
        masks: foreground masks; everything is foreground if None.
        boxes: of the objects, by the pictures' names, where they are not to be those of the masks;
            without either, the object is the whole picture.

    Returns:
        The pictures in order, and those left out: unreadable, without a fitting mask, or with an
        empty one.

    Raises:
        PartonomyError: none can be used.
    """

    def look(file: PictureFile) -> Subject | Skipped:
        try:
            return _subject(file, masks, (boxes or {}).get(file.name))
        except PictureError as error:
            return Skipped(file.name, str(error))

    workers = default_workers()
    found = list(ordered_ahead(look, files, ThreadPoolExecutor(workers), ahead=4 * workers))
    subjects = [each for each in found if isinstance(each, Subject)]
    skipped = [each for each in found if isinstance(each, Skipped)]
    if not subjects:
        raise PartonomyError(unusable(skipped, strict=False))
    return subjects, skipped


def cut(
    subject: Subject,
    framing: Framing,
    masks: MaskFolder | None = None,
    generator: np.random.Generator | None = None,
) -> Crop:
    """A crop of a picture.

    Args:
        subject: which one.
        framing: how.
        masks: as they were in :func:`find_subjects`.
        generator: of all that is random in training; None: what is shown in a test.

    Raises:
        PictureError: the picture or its mask can no longer be read.
    """
    length = (framing.size, framing.size)
    box = frame(subject, framing, generator)
    scale = framing.size / min(box[2] - box[0], box[3] - box[1])
    needed = math.ceil(min(subject.size) * scale)
    rgb = decode(read_bytes(subject.file.path), needed).rgb
    if masks is None:
        foreground = np.ones(subject.size, bool)
    else:
        foreground = decode_mask(masks.read(subject.file), subject.size)
    # a JPEG may have come at a fraction of its size
    down, across = (part / whole for part, whole in zip(rgb.shape, subject.size, strict=False))
    smaller = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    fill: int | Literal["edge"] = WHITE
    if framing.kind == "random" and generator is None:
        fill = "edge"
    picture = place_pixels(rgb, _placement(rgb.shape[:2], smaller, length), fill)
    inside = place_mask(foreground, _placement(subject.size, box, length))
    if generator is not None and generator.random() < framing.mirror:
        picture, inside = picture[:, ::-1], inside[:, ::-1]
    return Crop(np.ascontiguousarray(picture), np.ascontiguousarray(inside))


def frame(subject: Subject, framing: Framing, generator: np.random.Generator | None = None) -> Box:
    """The box of a picture that is shown, in its pixels; it may reach beyond them.

    Args:
        subject: the picture.
        framing: how it is framed.
        generator: as of :func:`cut`.
    """
    if framing.kind == "object":
        return _square(_moved(subject.box, framing, generator))
    height, width = subject.size
    if generator is None:
        return _square((0.0, 0.0, float(width), float(height)))
    return _random_box(subject.size, framing, generator)


def _moved(box: Box, framing: Framing, generator: np.random.Generator | None) -> Box:
    """A box with its margin, and each edge moved at random."""
    draws = np.zeros(4) if generator is None else generator.uniform(-1, 1, 4)
    x0, y0, x1, y1 = box
    sides = np.array([x1 - x0, y1 - y0, x1 - x0, y1 - y0])
    outwards = sides * (framing.margin + framing.jitter * draws) * (-1, -1, 1, 1)
    moved = np.array(box) + outwards
    return (float(moved[0]), float(moved[1]), float(moved[2]), float(moved[3]))


def _square(box: Box) -> Box:
    """The square around the middle of a box that has its longer side."""
    x0, y0, x1, y1 = box
    half = max(x1 - x0, y1 - y0) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return (x - half, y - half, x + half, y + half)


def _random_box(size: Size, framing: Framing, generator: np.random.Generator) -> Box:
    """A box in the picture of random area, aspect and place."""
    height, width = size
    for _ in range(_ATTEMPTS):
        area = height * width * generator.uniform(*framing.area)
        aspect = math.exp(generator.uniform(*np.log(framing.aspect)))
        w, h = math.sqrt(area * aspect), math.sqrt(area / aspect)
        if w <= width and h <= height:
            x0, y0 = generator.uniform(0, width - w), generator.uniform(0, height - h)
            return (x0, y0, x0 + w, y0 + h)
    # too long a picture: its middle, at the nearest aspect
    least, greatest = framing.aspect
    w, h = min(width, height * greatest), min(height, width / least)
    x0, y0 = (width - w) / 2, (height - h) / 2
    return (x0, y0, x0 + w, y0 + h)


def _placement(size: Size, box: Box, length: Size) -> Placement:
    return crop_placement((size[0], size[1]), box, length)


def _subject(file: PictureFile, masks: MaskFolder | None, box: Box | None) -> Subject:
    """A picture with its object's box.

    Raises:
        PictureError: it cannot be trained on.
    """
    data = read_bytes(file.path)
    size = decode(data).size  # all of it, to find out now whether it is cut short
    mask = b"" if masks is None else masks.read(file)
    if masks is not None:
        inside = tight_box(decode_mask(mask, size))
        if inside is None:
            raise PictureError("its foreground mask is empty")
        box = box or inside
    box = box or (0.0, 0.0, float(size[1]), float(size[0]))
    if not (box[0] < box[2] and box[1] < box[3]):
        raise PictureError(f"its object's box is empty: {box}")
    return Subject(file, size, box, digest(data, mask, repr(tuple(map(float, box))).encode()))
