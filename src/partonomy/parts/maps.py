"""Part maps: what every part model yields and everything else consumes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.errors import PartonomyError
from partonomy.images import Grid

MAX_PARTS = 255
"""Values of a label map in 8 bits, but for the background."""

_BAND_VALUES = 16_000_000
"""Upsampled scores that are held at a time; larger pictures are done in bands of rows."""


@dataclass(frozen=True)
class PartMaps:
    """How strongly each part is present at each lattice cell of one picture.

    Attributes:
        scores: (K, h, w) float32 log-odds-like scores; their softmax over parts is the
            probability of each part, given that the cell belongs to one.
        grid: where the cells lie in the picture.
        foreground: (height, width) bool in original pixels: what may be a part at all; everything,
            where None.

    Raises:
        PartonomyError: there are more parts than a label map has values.
    """

    scores: Tensor
    grid: Grid
    foreground: NDArray[np.bool_] | None = None

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
        labels = np.empty((height, width), np.uint8)
        for rows, scores in self._bands(height, width):
            labels[rows] = _argmax_first(scores).numpy() + 1
        if self.foreground is not None:
            labels[~self._foreground_at(height, width)] = 0
        return labels

    def confidence(self, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """Probability of the best part, sampled at (height, width); 0 in the background."""
        height, width = size or self.grid.picture_size
        confidence = np.empty((height, width), np.float32)
        for rows, scores in self._bands(height, width):
            confidence[rows] = scores.softmax(dim=0).amax(dim=0).numpy()
        if self.foreground is not None:
            confidence[~self._foreground_at(height, width)] = 0
        return confidence

    def mean_confidence(self) -> float:
        """Mean probability of the best part over the foreground's cells; nan if it has none."""
        best = self.scores.softmax(dim=0).amax(dim=0).numpy()
        if self.foreground is None:
            return float(best.mean())
        weight = self.grid.coverage(self.foreground)
        return float((best * weight).sum() / weight.sum()) if weight.sum() else float("nan")

    def _bands(self, height: int, width: int) -> Iterator[tuple[slice, Tensor]]:
        """(rows, (K, rows, width)) interpolated scores, band by band.

        Down the picture the two terms are multiplied and added each on its own, since a matrix
        product rounds by its shape: a tie between parts would then fall by the height of a band.
        """
        before, after, fraction = map(torch.from_numpy, self.grid.neighbours(0, height))
        fraction = fraction[:, None]
        across = torch.from_numpy(self.grid.interpolation(1, width))  # (width, w)
        wide = self.scores @ across.T  # (K, h, width)
        step = max(1, _BAND_VALUES // (len(wide) * width))
        for start in range(0, height, step):
            rows = slice(start, start + step)
            upper = wide[:, before[rows]].mul_(1 - fraction[rows])  # (K, rows, width)
            yield rows, upper.add_(wide[:, after[rows]].mul_(fraction[rows]))

    def _foreground_at(self, height: int, width: int) -> NDArray[np.bool_]:
        assert self.foreground is not None
        if self.foreground.shape == (height, width):
            return self.foreground
        rows = ((np.arange(height) + 0.5) * self.foreground.shape[0] / height).astype(int)
        columns = ((np.arange(width) + 0.5) * self.foreground.shape[1] / width).astype(int)
        return self.foreground[np.ix_(rows, columns)]


def _argmax_first(scores: Tensor) -> Tensor:
    """Index of the largest of (K, h, w) along the first axis: (h, w) uint8, the first of equals.

    Part by part, because a reduction over the outermost axis is some ten times slower.
    """
    best, index = scores[0].clone(), torch.zeros(scores.shape[1:], dtype=torch.uint8)
    for part in range(1, len(scores)):
        index.masked_fill_(scores[part] > best, part)
        torch.maximum(best, scores[part], out=best)
    return index
