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
from partonomy.images import Grid, GuidedFilter

MAX_PARTS = 255
"""Values of a label map in 8 bits, but for the background."""

_WINDOW = 1 / 7
"""Side of the windows in which a sharpened map follows the picture's colours, as a share of its
short side: two cells at stride 16 and 448 pixels on each side of one."""
_LEAST_PROBABILITY = 1e-4
_BAND_VALUES = 16_000_000
"""Upsampled scores that are held at a time; larger pictures are done in bands of rows."""


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
        labels = np.empty((height, width), np.uint8)
        for rows, scores, background in self._bands(height, width):
            labels[rows] = (_argmax_first(scores) + 1).masked_fill_(background, 0).numpy()
        return labels

    def confidence(self, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
        """Probability of the best part, sampled at (height, width); 0 in the background."""
        height, width = size or self.grid.picture_size
        confidence = np.empty((height, width), np.float32)
        for rows, scores, background in self._bands(height, width):
            best = scores.softmax(dim=0).amax(dim=0)
            confidence[rows] = best.masked_fill_(background, 0).numpy()
        return confidence

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

    def sharpened(self, pixels: NDArray[np.uint8]) -> PartMaps:
        """Maps that change where the picture does: a guided filter at half the input's size.

        Args:
            pixels: (height, width, 3) uint8, the picture at the network's input size.

        Returns:
            The same parts on a finer grid; scores are log-probabilities.
        """
        planes = self.scores.softmax(dim=0)
        if self.objectness is not None:
            planes = torch.cat([planes, self.objectness.sigmoid()[None]])
        guide, small = (_shrunk(pixels, factor) for factor in (2, 4))
        across, down = (
            torch.from_numpy(self.grid.interpolation(a, small.shape[a])) for a in (1, 0)
        )
        radius = max(1, round(_WINDOW * min(small.shape[:2]) / 2))
        coarse = (down @ (planes @ across.T)).numpy()  # (K, *small)
        fine = torch.from_numpy(GuidedFilter(guide, small.shape[:2], radius)(coarse))
        fine = fine.clamp_(_LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
        found = fine[: len(self.scores)].log()
        objectness = None if self.objectness is None else fine[-1].logit()
        return PartMaps(found, self.grid.refined(guide.shape[:2]), self.foreground, objectness)

    def _bands(self, height: int, width: int) -> Iterator[tuple[slice, Tensor, Tensor]]:
        """Interpolated (K, rows, width) scores and (rows, width) background, band by band.

        Down the picture the two terms are multiplied and added each on its own, since a matrix
        product rounds by its shape: a tie between parts would then fall by the height of a band.
        """
        before, after, fraction = map(torch.from_numpy, self.grid.neighbours(0, height))
        fraction = fraction[:, None]
        across = torch.from_numpy(self.grid.interpolation(1, width))  # (width, w)
        found = self.objectness if self.foreground is None else None
        planes = self.scores if found is None else torch.cat([self.scores, found[None]])
        wide = planes @ across.T  # (K or K + 1, h, width)
        mask = None if self.foreground is None else torch.from_numpy(self._mask(height, width))
        step = max(1, _BAND_VALUES // (len(wide) * width))
        for start in range(0, height, step):
            rows = slice(start, start + step)
            upper = wide[:, before[rows]].mul_(1 - fraction[rows])
            values = upper.add_(wide[:, after[rows]].mul_(fraction[rows]))
            if mask is not None:
                background = ~mask[rows]
            elif found is not None:
                background = values[-1] <= 0
            else:
                background = torch.zeros(values.shape[1:], dtype=torch.bool)
            yield rows, values[: len(self.scores)], background

    def _mask(self, height: int, width: int) -> NDArray[np.bool_]:
        assert self.foreground is not None
        if self.foreground.shape == (height, width):
            return self.foreground
        rows = ((np.arange(height) + 0.5) * self.foreground.shape[0] / height).astype(int)
        columns = ((np.arange(width) + 0.5) * self.foreground.shape[1] / width).astype(int)
        return self.foreground[np.ix_(rows, columns)]


def _shrunk(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """A picture at a fraction of its size, by area."""
    height, width = (max(1, round(side / factor)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _argmax_first(scores: Tensor) -> Tensor:
    """Index of the largest of (K, h, w) along the first axis: (h, w) uint8, the first of equals.

    Part by part, because a reduction over the outermost axis is some ten times slower.
    """
    best, index = scores[0].clone(), torch.zeros(scores.shape[1:], dtype=torch.uint8)
    for part in range(1, len(scores)):
        index.masked_fill_(scores[part] > best, part)
        torch.maximum(best, scores[part], out=best)
    return index
