"""The report's figures: patches with the region outlined, mean patches, overlays.

Every picture is decoded once for all of its figures, on threads.
"""

from __future__ import annotations

import base64
import io
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.errors import PictureError
from partonomy.images import Pixels, decode, default_workers, overlay, read_bytes
from partonomy.images.grid import Box

Rgb = NDArray[np.uint8]

_DECODED_SIDE = 448


@dataclass(frozen=True)
class Crop:
    """A patch that is wanted.

    Attributes:
        picture: the picture's file.
        box: in original pixels; what lies outside the picture is filled with grey.
        side: of the patch, in pixels.
        mask: the picture's label PNG, where a part is to be outlined.
        label: the part.
    """

    picture: Path
    box: Box
    side: int
    mask: Path | None = None
    label: int = 0


@dataclass(frozen=True)
class Overlay:
    """A picture with its parts laid over that is wanted.

    Attributes:
        picture: the picture's file.
        mask: its label PNG; the picture is left as it is if None.
        n_parts: K, for the palette.
        side: the longest side of the figure, in pixels.
    """

    picture: Path
    mask: Path | None
    n_parts: int
    side: int


def draw(wanted: Sequence[Crop | Overlay]) -> list[Rgb | None]:
    """Make the figures, in order; None where a picture or its mask cannot be read any more."""
    by_picture: dict[Path, list[int]] = defaultdict(list)
    for index, figure in enumerate(wanted):
        by_picture[figure.picture].append(index)
    figures: list[Rgb | None] = [None] * len(wanted)

    def one(picture: Path) -> None:
        try:
            pixels = decode(read_bytes(picture), _DECODED_SIDE)
        except PictureError:
            return
        for index in by_picture[picture]:
            figure = wanted[index]
            make: Callable[..., Rgb] = _crop if isinstance(figure, Crop) else _overlay
            # a damaged or missing mask, like a picture, leaves its figure out
            with suppress(OSError):
                figures[index] = make(pixels, figure)

    with ThreadPoolExecutor(default_workers()) as pool:
        list(pool.map(one, by_picture))
    return figures


def mean_patch(patches: Sequence[Rgb]) -> Rgb:
    """Pixel-wise mean of patches of one size, with the contrast stretched."""
    mean = np.mean([patch.astype(np.float32) for patch in patches], axis=0)
    low, high = mean.min(), mean.max()
    return ((mean - low) / max(high - low, 1e-6) * 255).astype(np.uint8)


def strip(patches: Sequence[Rgb], gap: int = 2) -> Rgb:
    """Patches of one height side by side, on white."""
    height = patches[0].shape[0]
    space = np.full((height, gap, 3), 255, np.uint8)
    pieces = [piece for patch in patches for piece in (patch, space)]
    return np.concatenate(pieces[:-1], axis=1)


def data_url(rgb: Rgb, quality: int = 82) -> str:
    """A picture as a JPEG in a data URL."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def boxed(pixels: Pixels, box: Box, side: int, around: Box | None = None) -> Rgb:
    """A box outlined in a square patch of what is around it.

    Args:
        pixels: the picture.
        box: in original pixels.
        side: of the patch, in pixels.
        around: square of what is to be seen, in original pixels; 1.6 times as wide as the box, the
            box in its middle, if not given.
    """
    if around is None:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        half = 0.8 * max(box[2] - box[0], box[3] - box[1], 8.0)
        around = (x - half, y - half, x + half, y + half)
    patch = _cut(Image.fromarray(pixels.rgb), pixels, around, side, Image.Resampling.BILINEAR)
    shown = around[2] - around[0]
    low = [round((box[i] - around[i % 2]) / shown * side) for i in range(4)]
    inside = np.zeros((side, side), bool)
    inside[max(low[1], 1) : low[3] - 1, max(low[0], 1) : low[2] - 1] = True
    return _outline(patch, inside)


def _crop(pixels: Pixels, crop: Crop) -> Rgb:
    patch = _cut(
        Image.fromarray(pixels.rgb), pixels, crop.box, crop.side, Image.Resampling.BILINEAR
    )
    if crop.mask is None:
        return patch
    with Image.open(crop.mask) as labels:
        part = Image.fromarray(((np.asarray(labels) == crop.label) * 255).astype(np.uint8))
    full = Pixels(np.empty((*part.size[::-1], 3), np.uint8), pixels.size)
    inside = _cut(part, full, crop.box, crop.side, Image.Resampling.NEAREST) > 127
    return _outline(patch, inside)


def _cut(
    image: Image.Image, pixels: Pixels, box: Box, side: int, filter_: Image.Resampling
) -> NDArray[np.uint8]:
    """A box in original pixels out of an image that may be decoded at a smaller scale."""
    scale_y = pixels.rgb.shape[0] / pixels.size[0]
    scale_x = pixels.rgb.shape[1] / pixels.size[1]
    scaled = (box[0] * scale_x, box[1] * scale_y, box[2] * scale_x, box[3] * scale_y)
    fill = (128, 128, 128) if image.mode == "RGB" else 0
    transform = (
        (scaled[2] - scaled[0]) / side, 0, scaled[0],
        0, (scaled[3] - scaled[1]) / side, scaled[1],
    )  # fmt: skip
    if max(transform[0], transform[4]) > 1.5 and filter_ != Image.Resampling.NEAREST:
        # Pillow's affine transform does not average over what it leaves out
        whole = tuple(map(round, scaled))
        return np.array(_padded(image, whole, fill).resize((side, side), filter_))
    return np.array(
        image.transform((side, side), Image.Transform.AFFINE, transform, filter_, fillcolor=fill)
    )


def _padded(image: Image.Image, box: tuple[int, ...], fill: object) -> Image.Image:
    canvas = Image.new(image.mode, (max(1, box[2] - box[0]), max(1, box[3] - box[1])), fill)  # type: ignore[arg-type]
    canvas.paste(image, (-box[0], -box[1]))
    return canvas


def _outline(patch: Rgb, inside: NDArray[np.bool_]) -> Rgb:
    """Draw the border of a region: white with black around it, to be seen on anything.

    Where the region goes on beyond the patch there is no border.
    """
    import cv2

    region = inside.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    border = cv2.morphologyEx(region, cv2.MORPH_GRADIENT, kernel)
    shadow = cv2.dilate(border, kernel)
    drawn = patch.copy()
    drawn[shadow > 0] = 0
    drawn[border > 0] = 255
    return drawn


def _overlay(pixels: Pixels, figure: Overlay) -> Rgb:
    height, width = pixels.size
    scale = figure.side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    rgb = np.asarray(Image.fromarray(pixels.rgb).resize(size, Image.Resampling.BILINEAR))
    if figure.mask is None:
        return rgb
    with Image.open(figure.mask) as labels:
        small = np.asarray(labels.resize(size, Image.Resampling.NEAREST))
    return overlay(rgb, small, figure.n_parts)
