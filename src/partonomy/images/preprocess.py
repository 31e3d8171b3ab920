"""Pixels to a network's input: resized with the aspect kept, and where that put everything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.images.decode import Pixels
from partonomy.images.grid import Placement, Size

MAX_ASPECT = 4
"""A longer picture is made smaller until its long side is this many times ``size``."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """How pictures are prepared for a network.

    Attributes:
        size: length of the short side of the input, in pixels.
        multiple: both sides are rounded to a multiple of this (a layer's stride, a patch size), so
            the aspect changes by less than half of it and few different input sizes occur.
        mean, std: of the RGB values in 0..1, by which the network's input is normalised.
    """

    size: int = 448
    multiple: int = 16
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def place(self, picture_size: Size) -> Placement:
        """Where a picture of (height, width) goes in the input."""
        scale = min(self.size / min(picture_size), MAX_ASPECT * self.size / max(picture_size))
        input_size = tuple(
            max(1, round(side * scale / self.multiple)) * self.multiple for side in picture_size
        )
        scales = tuple(new / old for new, old in zip(input_size, picture_size, strict=True))
        return Placement(picture_size, input_size, scales)  # type: ignore[arg-type]

    def resize(self, pixels: Pixels) -> NDArray[np.uint8]:
        """The picture at its input size: (height, width, 3) uint8, not yet normalised."""
        height, width = self.place(pixels.size).input_size
        if pixels.rgb.shape[:2] == (height, width):
            return pixels.rgb
        image = Image.fromarray(pixels.rgb)
        # a copy, for Pillow's own memory is read-only, which torch warns of
        return np.array(image.resize((width, height), Image.Resampling.BICUBIC))
