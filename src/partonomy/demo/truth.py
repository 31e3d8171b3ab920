"""The pictures and the truth of one class, out of the folder of a PartWorld."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.datasets.partworld import FIGURES
from partonomy.demo.scoring import Labels
from partonomy.images import ImageFolder, MaskFolder


@dataclass(frozen=True)
class TrueClass:
    """One class of a world that was written to a folder.

    Attributes:
        world: the folder.
        name: the class's.
    """

    world: Path
    name: str

    @property
    def part_names(self) -> tuple[str, ...]:
        """Of labels 1, 2, ..."""
        return FIGURES[self.name].schema.names

    @property
    def n_parts(self) -> int:
        """K, the true number of parts."""
        return len(self.part_names)

    @cached_property
    def pictures(self) -> ImageFolder:
        """The collection."""
        return ImageFolder(self.world / "pictures" / self.name)

    @property
    def foreground(self) -> MaskFolder:
        """The objects' true outlines."""
        return MaskFolder(self.foreground_folder)

    @property
    def foreground_folder(self) -> Path:
        """Where they are."""
        return self.world / "foreground" / self.name

    @cached_property
    def labels(self) -> list[Labels]:
        """Each picture's true parts: (height, width), 0 is background."""
        folder = self.world / "truth" / self.name
        return [read_labels(folder / file.path.name) for file in self.pictures]

    def pixels(self, index: int) -> NDArray[np.uint8]:
        """One picture: (height, width, 3) RGB."""
        with Image.open(self.pictures[index].path) as image:
            return np.asarray(image.convert("RGB"))


def read_labels(path: Path) -> Labels:
    """A label map (height, width) out of an indexed PNG."""
    with Image.open(path) as image:
        return np.asarray(image)
