"""Views: what a model is shown of a picture, as protocols cut and resize it.

Everything annotated moves along, so that a protocol counts in the view's own pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from partonomy.datasets import Annotation
from partonomy.images import Placement
from partonomy.images.grid import Box, Size
from partonomy.images.moving import GREY, crop_placement

WHITE = 255


@dataclass(frozen=True)
class View:
    """One view of a picture.

    Attributes:
        objects: what is annotated, in the view's frame.
        placement: how the picture is laid into it; None is the picture as it is.
        fill: grey level beyond the picture, or ``"edge"``.
    """

    objects: tuple[Annotation, ...]
    placement: Placement | None = None
    fill: int | Literal["edge"] = GREY


def as_it_is(objects: Sequence[Annotation]) -> View:
    """The picture itself."""
    return View(tuple(objects))


def framed(
    objects: Sequence[Annotation], placement: Placement, fill: int | Literal["edge"] = GREY
) -> View:
    """The picture laid into a frame."""
    return View(tuple(each.placed(placement) for each in objects), placement, fill)


def short_side(picture_size: Size, length: int, box: Box | None = None) -> Placement:
    """A picture, or a box of it, with its short side so long; the aspect is kept.

    The long side is cut down to whole pixels, as by torchvision's ``Resize``.
    """
    box = box or _whole(picture_size)
    height, width = box[3] - box[1], box[2] - box[0]
    if height < width:
        return crop_placement(picture_size, box, (length, int(length * width / height)))
    return crop_placement(picture_size, box, (int(length * height / width), length))


def trimmed(placement: Placement, size: Size) -> Placement:
    """The middle of a frame, of size (height, width), in whole pixels of it."""
    before = [(old - new) // 2 for old, new in zip(placement.input_size, size, strict=True)]
    y, x = placement.padding
    padding = (y - before[0], x - before[1])
    return Placement(placement.picture_size, size, placement.scale, placement.origin, padding)


def squashed(picture_size: Size, length: int) -> Placement:
    """A picture made square, whatever its aspect."""
    return crop_placement(picture_size, _whole(picture_size), (length, length))


def padded_square(picture_size: Size, length: int) -> Placement:
    """A picture in the middle of a square that its long side fills."""
    height, width = picture_size
    scale = length / max(picture_size)
    margins = ((length - height * scale) / 2, (length - width * scale) / 2)
    return Placement(picture_size, (length, length), (scale, scale), padding=margins)


def square_around(picture_size: Size, box: Box, margin: float, length: int) -> Placement:
    """A square around the middle of a box, as long as its longer side and a margin.

    Args:
        picture_size: (height, width).
        box: in its pixels.
        margin: that is added on each side of the box, as a share of that side.
        length: of the square in the view.
    """
    x0, y0, x1, y1 = box
    half = max(x1 - x0, y1 - y0) * (1 + 2 * margin) / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return crop_placement(picture_size, (x - half, y - half, x + half, y + half), (length, length))


def _whole(picture_size: Size) -> Box:
    return (0.0, 0.0, float(picture_size[1]), float(picture_size[0]))
