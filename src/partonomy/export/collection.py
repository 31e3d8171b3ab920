"""What every exporter takes: a run's pictures with their label maps, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.errors import PartonomyError
from partonomy.export.naming import Categories
from partonomy.images import default_workers, ordered_ahead
from partonomy.parts import Run

Result = TypeVar("Result")


@dataclass(frozen=True)
class PartOfPicture:
    """All pixels of one category in one picture.

    Attributes:
        label: of the category, from 1.
        box: x, y, width, height in original pixels, as tight as can be.
        mask: (height, width) bool inside the box.
    """

    label: int
    box: tuple[int, int, int, int]
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class LabelledPicture:
    """One picture and its label map.

    Attributes:
        name: its path below the collection's root, with forward slashes and suffix; unique.
        stem: likewise for files named after it: without a suffix, unless another picture's name
            would be the same; unique.
        path: where the picture was when the run was made.
        labels: (height, width) uint8 of the upright picture: 0 = background, categories from 1.
    """

    name: str
    stem: str
    path: Path
    labels: NDArray[np.uint8]

    def parts(self) -> Iterator[PartOfPicture]:
        """The categories that occur, in the order of their labels."""
        for label in np.flatnonzero(np.bincount(self.labels.ravel())):
            if label == 0:
                continue
            mask = self.labels == label
            x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
            inside = mask[y : y + height, x : x + width]
            yield PartOfPicture(int(label), (x, y, width, height), inside)


class LabelledPictures:
    """A run's pictures; their label maps are read when they are needed.

    Args:
        run: a finished run.
        categories: what its parts are called.
        on_progress: called with the number of pictures done since the last call.

    Attributes:
        root: the folder that the pictures' names are relative to.
        names: of labels 1..K.

    Raises:
        PartonomyError: the run did not finish, or its table of pictures is damaged.
    """

    def __init__(
        self,
        run: Run,
        categories: Categories,
        on_progress: Callable[[int], None] = lambda _n: None,
    ) -> None:
        self.root = Path(run.file.config["root"])
        self.names = categories.names
        self._table = categories.table
        self._run = run
        self._rows = run.read_table("pictures")
        self._on_progress = on_progress
        for row in self._rows:
            for column in ("picture", "mask"):
                self._check_inside(row[column])

    def __len__(self) -> int:
        return len(self._rows)

    def map(self, function: Callable[[LabelledPicture], Result]) -> Iterator[Result]:
        """What a function gives for each picture, in order; it is called on several threads.

        Raises:
            PartonomyError: a mask is missing, damaged, or not the picture's.
        """
        workers = default_workers()
        pool = ThreadPoolExecutor(workers)
        for result in ordered_ahead(
            lambda row: function(self._read(row)), self._rows, pool, 2 * workers
        ):
            self._on_progress(1)
            yield result

    def _check_inside(self, name: str) -> None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise PartonomyError(
                f"{self._run.folder / 'pictures.parquet'} is damaged: {name!r} lies outside"
            )

    def _read(self, row: Mapping[str, Any]) -> LabelledPicture:
        mask = self._run.masks / row["mask"]
        try:
            with Image.open(mask) as image:
                labels = np.asarray(image)
        except FileNotFoundError:
            raise PartonomyError(f"{mask} is gone: segment or discover again") from None
        except Exception as error:  # damaged files make decoders raise nearly anything
            raise PartonomyError(f"{mask} is damaged: {error}") from None
        shape = (row["height"], row["width"])
        if labels.shape != shape or labels.dtype != np.uint8 or labels.max() >= len(self._table):
            raise PartonomyError(f"{mask} is no mask of this run: segment or discover again")
        stem = row["mask"].removesuffix(".png")
        return LabelledPicture(row["picture"], stem, Path(row["path"]), self._table[labels])
