"""Pictures whose true parts are known.

Truth and prediction are compared on a grid of equal steps, so that every picture counts alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GRID = 128
"""Truth and prediction are compared at so many equal steps of each side of a picture."""

TRAINING, TEST = "training", "test"


@dataclass(frozen=True)
class LabelledPicture:
    """A picture and its true parts.

    Attributes:
        path: its file.
        split: ``training`` or ``test``.
        labels: (height, width) uint8 in original pixels: 0 is background, parts count from 1.
    """

    path: Path
    split: str
    labels: NDArray[np.uint8]

    @property
    def foreground(self) -> NDArray[np.bool_]:
        """(height, width) bool in original pixels: any part."""
        return self.labels > 0

    @cached_property
    def truth(self) -> NDArray[np.uint8]:
        """(GRID, GRID) labels at the centres of the grid's cells."""
        return at_grid(self.labels)

    @cached_property
    def colours(self) -> NDArray[np.uint8]:
        """(GRID, GRID, 3) mean RGB of each of the grid's cells."""
        with Image.open(self.path) as image:
            return np.asarray(image.convert("RGB").resize((GRID, GRID), Image.Resampling.BOX))


def at_grid(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A label map at the centres of the grid's cells: (GRID, GRID)."""
    rows, columns = (((np.arange(GRID) + 0.5) * side / GRID).astype(int) for side in labels.shape)
    return labels[np.ix_(rows, columns)]


def of_split(pictures: Sequence[LabelledPicture], split: str) -> list[LabelledPicture]:
    """Those of one split."""
    return [picture for picture in pictures if picture.split == split]


def write_masks(
    pictures: Sequence[LabelledPicture], masks: Sequence[NDArray[np.bool_]], folder: Path
) -> Path:
    """Write a mask in original pixels for each picture, as a PNG of the same stem."""
    folder.mkdir()
    for picture, mask in zip(pictures, masks, strict=True):
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / f"{picture.path.stem}.png")
    return folder


def write_foreground(pictures: Sequence[LabelledPicture], folder: Path) -> Path:
    """Write each picture's true foreground, the union of its parts."""
    return write_masks(pictures, [picture.foreground for picture in pictures], folder)
