"""Which concepts fire at a cell, in bits.

Notation
    d   cosine distance 1 - <m, f> of a concept to a cell's unit response
    a concept fires where d is below a threshold, the same for all concepts of a class

The threshold is searched from ``START`` up so that at most ``MOST_SILENT`` of the cells of an
object, as a mean over training objects, are such that nothing fires. Source: the search is that of
the authors' code (qliu24/SP).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from partonomy.concepts.detectors.banks import ConceptBank
from partonomy.concepts.detectors.objects import ObjectCrop

START, STEP, FINEST = 0.30, 0.05, 0.0005
MOST_SILENT = 0.2


def firing_threshold(nearest: Sequence[NDArray[np.floating]]) -> float:
    """The distance below which concepts fire.

    Args:
        nearest: of each training object, the distance of each cell to its nearest concept.
    """
    threshold, step = START, STEP
    while silent_share(nearest, threshold) > MOST_SILENT or step > FINEST:
        if silent_share(nearest, threshold + step) > MOST_SILENT:
            threshold += step
        elif step > FINEST:
            step = max(step / 2, FINEST)
        else:
            return threshold + step
    return threshold


def silent_share(nearest: Sequence[NDArray[np.floating]], threshold: float) -> float:
    """Share of an object's cells at which nothing fires, as a mean over objects."""
    return float(np.mean([(each >= threshold).mean() for each in nearest]))


def nearest_distances(bank: ConceptBank, crop: ObjectCrop) -> NDArray[np.float32]:
    """(h * w,) cosine distance of each cell to its nearest concept."""
    return (1 - bank.scores(crop).amax(dim=0)).flatten().numpy()


@dataclass(frozen=True)
class FiringCode:
    """Cells as bits: which concepts fire.

    Attributes:
        bank: the concepts.
        threshold: distance below which one fires.
    """

    bank: ConceptBank
    threshold: float

    @classmethod
    def fit(cls, bank: ConceptBank, crops: Sequence[ObjectCrop]) -> FiringCode:
        """The code of a dictionary, with the threshold of its training objects."""
        return cls(bank, firing_threshold([nearest_distances(bank, crop) for crop in crops]))

    def __call__(self, crop: ObjectCrop) -> Tensor:
        """(V, h, w) float32, 1 where a concept fires and 0 elsewhere."""
        return (1 - self.bank.scores(crop) < self.threshold).float()


def windows(code: Tensor, cells: NDArray[np.int64], radius: int) -> Tensor:
    """(m, V, 2 radius + 1, 2 radius + 1) surroundings of (m, 2) cells; nothing fires beyond."""
    padded = functional.pad(code, (radius,) * 4)
    side = 2 * radius + 1
    cut = [padded[:, row : row + side, column : column + side] for row, column in cells.tolist()]
    return torch.stack(cut) if cut else code.new_zeros((0, len(code), side, side))


def correlate(code: Tensor, kernels: Tensor) -> Tensor:
    """(K, h, w) products of (K, V, s, s) kernels with each cell's surroundings in (V, h, w)."""
    return functional.conv2d(code[None], kernels, padding=kernels.shape[-1] // 2)[0]
