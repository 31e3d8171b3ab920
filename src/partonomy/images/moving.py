"""Points, boxes, masks and pixels that move together: laid into a frame, or mirrored.

Frames are those of :mod:`partonomy.images.grid`: pixel centres at +0.5, boxes half-open
``(x0, y0, x1, y1)``, points ``(x, y)``.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.images.grid import Box, Placement, Size

Points = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rgb = NDArray[np.uint8]

GREY = 128


def crop_placement(picture_size: Size, box: Box, size: Size | None = None) -> Placement:
    """How a box of a picture is cut out, and resized if a size is given.

    Args:
        picture_size: (height, width) of the picture.
        box: in its pixels; it may reach beyond them.
        size: (height, width) of what is cut out; that of the box, to the nearest pixel, if not
            given.

    Raises:
        ValueError: the box or the size is empty.
    """
    sides = (box[3] - box[1], box[2] - box[0])
    size = size or (max(1, round(sides[0])), max(1, round(sides[1])))
    if min(sides) <= 0 or min(size) <= 0:
        raise ValueError(f"nothing can be cut out of the box {box} at {size} pixels")
    scale = (size[0] / sides[0], size[1] / sides[1])
    return Placement(picture_size, size, scale, origin=(box[1], box[0]))


def place_points(points: Points, placement: Placement) -> Points:
    """Points (..., 2) in the frame that a picture is laid into."""
    x, y = (placement.to_input(axis, points[..., 1 - axis]) for axis in (1, 0))
    return np.stack([x, y], axis=-1)


def place_boxes(boxes: Points, placement: Placement) -> Points:
    """Boxes (..., 4) in the frame that a picture is laid into, not clipped."""
    corners = boxes.reshape(*boxes.shape[:-1], 2, 2)
    return place_points(corners, placement).reshape(boxes.shape)


def place_mask(mask: Mask, placement: Placement) -> Mask:
    """A mask (height, width) in the frame that a picture is laid into; nothing is beyond it.

    Each pixel takes what its centre lies on.
    """
    rows, columns = (
        np.floor(placement.to_original(axis, np.arange(length, dtype=np.float64) + 0.5)).astype(int)
        for axis, length in enumerate(placement.input_size)
    )
    height, width = mask.shape
    inside = np.ix_((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    placed = np.zeros(placement.input_size, bool)
    placed[inside] = mask[np.ix_(rows[inside[0].ravel()], columns[inside[1].ravel()])]
    return placed


def place_pixels(rgb: Rgb, placement: Placement, fill: int | Literal["edge"] = GREY) -> Rgb:
    """A picture (height, width, 3) in the frame that it is laid into.

    Pixels are averaged where the picture becomes smaller.

    Args:
        rgb: the picture.
        placement: the frame.
        fill: grey level beyond the picture, or ``"edge"``: that of the nearest pixel.
    """
    height, width = placement.input_size
    corners = [
        placement.to_original(axis, np.array([0.0, length]))
        for axis, length in enumerate((height, width))
    ]
    before = [max(0, int(np.ceil(-low))) for low, _ in corners]
    after = [
        max(0, int(np.ceil(high - side)))
        for (_, high), side in zip(corners, rgb.shape[:2], strict=True)
    ]
    sides = [(first, last) for first, last in zip(before, after, strict=True)]
    around = (*sides, (0, 0))
    if fill == "edge":
        padded = np.pad(rgb, around, mode="edge")
    else:
        padded = np.pad(rgb, around, constant_values=fill)
    (y0, y1), (x0, x1) = (ends + start for ends, start in zip(corners, before, strict=True))
    image = Image.fromarray(padded)
    resized = image.resize((width, height), Image.Resampling.BILINEAR, box=(x0, y0, x1, y1))
    return np.array(resized)


def mirror_points(points: Points, width: float) -> Points:
    """Points (..., 2) of a picture of some width in its mirror image."""
    return np.stack([width - points[..., 0], points[..., 1]], axis=-1)


def mirror_boxes(boxes: Points, width: float) -> Points:
    """Boxes (..., 4) of a picture of some width in its mirror image."""
    x0, y0, x1, y1 = np.moveaxis(boxes, -1, 0)
    return np.stack([width - x1, y0, width - x0, y1], axis=-1)


def tight_box(mask: Mask) -> Box | None:
    """The half-open box around a mask; None around nothing."""
    left, top, width, height = map(float, cv2.boundingRect(mask.astype(np.uint8)))
    return (left, top, left + width, top + height) if width else None
