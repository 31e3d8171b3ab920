"""Bytes to pixels: every common picture format as upright 8-bit RGB, or a reason why not."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from partonomy.errors import PictureError
from partonomy.images.grid import Size

MAX_PIXELS = 100_000_000
"""Pictures of more pixels are refused as decompression bombs."""

_EXIF_ORIENTATION = 0x0112
_WHITE = (255, 255, 255, 255)


@dataclass(frozen=True)
class Pixels:
    """A decoded picture.

    Attributes:
        rgb: (h, w, 3) uint8, upright; smaller than ``size`` where the file could be decoded at a
            fraction of its size.
        size: (height, width) of the picture at full size, upright.
    """

    rgb: NDArray[np.uint8]
    size: Size


def decode(data: bytes, short_side: int | None = None, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Decode one picture.

    EXIF rotation is applied, transparency is laid on white, 16-bit values are scaled to 8 bits,
    and of an animation the first frame is taken.

    Args:
        data: the file's bytes.
        short_side: the size that is needed; a large JPEG is then decoded at 1/2, 1/4 or 1/8 of
            its size, never below what is needed.
        max_pixels: the largest picture allowed.

    Raises:
        PictureError: the bytes are empty, not a picture, cut short, damaged or too large.
    """
    if not data:
        raise PictureError("the file is empty")
    try:
        image = Image.open(io.BytesIO(data))
        width, height = image.size
        if width * height > max_pixels:
            raise PictureError(_too_large(width, height, max_pixels))
        if short_side is not None:
            scale = short_side / min(width, height)
            image.draft("RGB", (round(width * scale), round(height * scale)))
        image.load()  # a TIFF turns itself here, and no longer asks to be turned
        turned = _turned(image)
        rgb = _to_rgb(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(f"decompression bomb: {error}") from None
    except UnidentifiedImageError:
        raise PictureError("not a picture in a known format") from None
    except PictureError:
        raise
    except Exception as error:  # damaged files make decoders raise nearly anything
        raise PictureError(f"damaged or cut short: {str(error) or type(error).__name__}") from None
    return Pixels(rgb, (width, height) if turned else (height, width))


def upright_size(image: Image.Image) -> Size:
    """(height, width) of an opened picture as a person sees it; its pixels need not be decoded.

    Raises:
        PictureError: it is larger than ``MAX_PIXELS``.
    """
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PictureError(_too_large(width, height, MAX_PIXELS))
    return (width, height) if _turned(image) else (height, width)


def _turned(image: Image.Image) -> bool:
    return image.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8)


def _too_large(width: int, height: int, max_pixels: int) -> str:
    return (
        f"decompression bomb: {width} x {height} pixels, over the limit of "
        f"{max_pixels / 1e6:.0f} million"
    )


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 of an image in any of Pillow's modes."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        grey = _eight_bits(np.asarray(image), image.mode)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, _WHITE), layer)
    return np.array(image.convert("RGB"))


def _eight_bits(values: NDArray[np.generic], mode: str) -> NDArray[np.uint8]:
    """High-depth grey values on 0..255: integers from 0..65535, floats from 0..1 or 0..255.

    What is not a finite number becomes 0, and does not count for a float picture's range.
    """
    wide = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    full = 65535.0 if mode != "F" else (1.0 if wide.max(initial=0) <= 1 else 255.0)
    return np.rint((wide / full * 255).clip(0, 255)).astype(np.uint8)
