"""Batches of crops, read ahead on threads; which they are depends on the draw of a step alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
import torch
from torch import Tensor

from partonomy.errors import PartonomyError, PictureError
from partonomy.images import MaskFolder, default_workers, ordered_ahead
from partonomy.segmenter.choudhury.crops import Crop, Framing, Subject, cut
from partonomy.segmenter.training import Draw


@dataclass(frozen=True)
class Batch:
    """Crops of N pictures, no picture twice.

    Attributes:
        pictures: (N, S, S, 3) uint8 RGB.
        foreground: (N, 1, S, S) float32, 0 or 1.
    """

    pictures: Tensor
    foreground: Tensor


class Batches:
    """The batches of a training.

    Args:
        subjects: the pictures.
        framing: how they are cut.
        size: pictures a batch; there are as many at least.
        masks: foreground masks.
    """

    def __init__(
        self, subjects: Sequence[Subject], framing: Framing, size: int, masks: MaskFolder | None
    ) -> None:
        self._subjects, self._framing, self._size, self._masks = subjects, framing, size, masks
        self._ahead: Iterator[Batch] | None = None
        self._next: Draw | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Without what is being read."""
        return vars(self) | {"_ahead": None, "_next": None}

    def drawn(self, draw: Draw) -> Batch:
        """The batch of a step; those of the steps to come are then read already."""
        if self._ahead is None or draw != self._next:
            draws = (replace(draw, step=step) for step in count(draw.step))
            workers = default_workers()
            self._ahead = ordered_ahead(self._read, draws, ThreadPoolExecutor(workers), workers)
        self._next = replace(draw, step=draw.step + 1)
        return next(self._ahead)

    def _read(self, draw: Draw) -> Batch:
        generator = draw.numpy("pictures")
        chosen = generator.choice(len(self._subjects), self._size, replace=False)
        return read_batch(
            [self._subjects[index] for index in chosen], self._framing, self._masks, generator
        )


def read_batch(
    subjects: Sequence[Subject],
    framing: Framing,
    masks: MaskFolder | None,
    generator: np.random.Generator | None = None,
) -> Batch:
    """Crops of pictures, as one batch.

    Args:
        subjects: the pictures.
        framing: how they are cut.
        masks: foreground masks.
        generator: of all that is random in training; None: what is shown in a test.

    Raises:
        PartonomyError: a picture or mask can no longer be read.
    """
    crops = [_cut(subject, framing, masks, generator) for subject in subjects]
    foreground = np.stack([crop.foreground for crop in crops])[:, None]
    return Batch(
        torch.from_numpy(np.stack([crop.picture for crop in crops])),
        torch.from_numpy(foreground).float(),
    )


def _cut(
    subject: Subject,
    framing: Framing,
    masks: MaskFolder | None,
    generator: np.random.Generator | None,
) -> Crop:
    try:
        return cut(subject, framing, masks, generator)
    except PictureError as error:
        raise PartonomyError(
            f"{subject.file.name} could be read when the training began, and no longer: {error}"
        ) from None
