"""Part maps: what every part model yields and everything else consumes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.errors import PartonomyError
from partonomy.images import Grid, GuidedFilter, halved

MAX_PARTS = 255
"""Values of a label map in 8 bits, but for the background."""

_WINDOWS = 1 / 7, 1 / 14
"""Sides of the windows in which a sharpened map follows the picture's colours, first and then, as
shares of its short side: at stride 16 and 448 pixels two cells on each side of one, then one."""
_LEAST_PROBABILITY = 1e-4


@dataclass(frozen=True)
class PartMaps:
    """How strongly each part is present at each lattice cell of one picture.

    Attributes:
        scores: (K, h, w) float32 log-odds-like scores; their softmax over parts is the
            probability of each part, given that the cell belongs to one.
        grid: where the cells lie in the picture.
        foreground: (height, width) bool in original pixels: what may be a part at all.
        objectness: (h, w) log-odds that a cell is object, where no ``foreground`` is given; with
            neither, everything may be a part.

    Raises:
        PartonomyError: there are more parts than a label map has values.
    """

    scores: Tensor
    grid: Grid
    foreground: NDArray[np.bool_] | None = None
    objectness: Tensor | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.scores) <= MAX_PARTS:
            raise PartonomyError(
                f"{len(self.scores)} parts: a label map holds from 1 to {MAX_PARTS}"
            )

    def labels(self, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """The label map: 0 is background, parts count from 1.

        Scores are interpolated bilinearly between cell centres; the best part wins.

        Args:
            size: (height, width) to sample the picture at; its own size if not given.

        Returns:
            (height, width) uint8.
        """
        height, width = size or self.grid.picture_size
        planes = self._planes(height, width)
        best, labels = next(planes), np.ones((height, width), np.uint8)
        for part, scores in enumerate(planes, start=2):
            np.copyto(labels, part, where=scores > best)
            np.maximum(best, scores, out=best)
        labels[self._background(height, width)] = 0
        return labels

    def confidence(self, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """Probability of the best part, sampled at (height, width); 0 in the background."""
        height, width = size or self.grid.picture_size
        best = np.full((height, width), -np.inf, np.float32)
        for scores in self._planes(height, width):
            np.maximum(best, scores, out=best)
        total = np.zeros_like(best)
        for scores in self._planes(height, width):
            total += np.exp(scores - best)
        confidence = np.asarray(1 / total, np.float32)
        confidence[self._background(height, width)] = 0
        return confidence

    def probabilities(self, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """(K + 1, height, width): of the background, then of each part; they add up to 1.

        The background is what the label map takes for it, for certain; elsewhere the parts share
        the probability by the softmax of their interpolated scores.

        Args:
            size: (height, width) to sample the picture at; its own size if not given.
        """
        height, width = size or self.grid.picture_size
        planes = torch.from_numpy(np.stack(list(self._planes(height, width))))
        parts = planes.softmax(dim=0).numpy()
        background = self._background(height, width)
        return np.concatenate([background[None], np.where(background, 0, parts)], dtype=np.float32)

    def mean_confidence(self) -> float:
        """Mean probability of the best part over the foreground's cells; nan if it has none."""
        best = self.scores.softmax(dim=0).amax(dim=0).numpy()
        if self.foreground is not None:
            weight = self.grid.coverage(self.foreground)
        elif self.objectness is not None:
            weight = (self.objectness > 0).double().numpy()
        else:
            return float(best.mean())
        return float((best * weight).sum() / weight.sum()) if weight.sum() else float("nan")

    def sharpened(self, guide: NDArray[np.uint8]) -> PartMaps:
        """Maps that change where the picture does, by a guided filter twice.

        Args:
            guide: (height, width, 3) uint8, the picture at half the network's input size, which is
                the size of the sharpened maps too.

        Returns:
            The same parts on a finer grid; scores are log-probabilities.
        """
        planes = self.scores.softmax(dim=0)
        if self.objectness is not None:
            planes = torch.cat([planes, self.objectness.sigmoid()[None]])
        small = halved(guide)
        size = small.shape[:2]
        across, down = (torch.from_numpy(self.grid.interpolation(a, size[a])) for a in (1, 0))
        filtered = (down @ (planes @ across.T)).numpy()  # (K, *size)
        for colours, window in zip((small, guide), _WINDOWS, strict=True):
            radius = max(1, round(window * min(size) / 2))
            filtered = GuidedFilter(colours, size, radius)(filtered)
        fine = torch.from_numpy(filtered).clamp_(_LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
        found = fine[: len(self.scores)].log()
        objectness = None if self.objectness is None else fine[-1].logit()
        return PartMaps(found, self.grid.refined(guide.shape[:2]), self.foreground, objectness)

    def _planes(self, height: int, width: int) -> Iterator[NDArray[np.float32]]:
        """The (height, width) interpolated scores of one part after another."""
        for scores in self.scores.numpy():
            yield self._interpolated(scores, height, width)

    def _background(self, height: int, width: int) -> NDArray[np.bool_]:
        if self.foreground is not None:
            return ~self._mask(height, width)
        if self.objectness is not None:
            return self._interpolated(self.objectness.numpy(), height, width) <= 0
        return np.zeros((height, width), bool)

    def _interpolated(
        self, plane: NDArray[np.float32], height: int, width: int
    ) -> NDArray[np.float32]:
        """(height, width) of a plane of the lattice."""
        if self.grid.tiles_picture:  # several times faster, and the same
            large = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)
            return np.asarray(large, np.float32)
        down, across = (
            torch.from_numpy(self.grid.interpolation(axis, length))
            for axis, length in enumerate((height, width))
        )
        # by torch, whose operators keep to one thread here
        return (down @ torch.from_numpy(plane) @ across.T).numpy()

    def _mask(self, height: int, width: int) -> NDArray[np.bool_]:
        assert self.foreground is not None
        if self.foreground.shape == (height, width):
            return self.foreground
        rows = ((np.arange(height) + 0.5) * self.foreground.shape[0] / height).astype(int)
        columns = ((np.arange(width) + 0.5) * self.foreground.shape[1] / width).astype(int)
        return self.foreground[np.ix_(rows, columns)]
