"""The supervised row: a linear support vector machine a part, on unit responses.

Positives are cells at the part (within ``AT`` pixels), negatives cells away from it (farther than
``AWAY``): a few of each object first, then those too that the first machine takes for the part.
C = 1, classes weighted to count alike. Source: arXiv 1511.06855, section 4; constants are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.concepts.detectors.objects import ObjectCrop
from partonomy.concepts.detectors.places import distances
from partonomy.concepts.detectors.training import AT, AWAY, scaled

C = 1.0
NEGATIVES, HARD_NEGATIVES = 10, 10
"""Of each object, drawn evenly and found hard."""
MARGIN = -1.0
"""Score from which on a negative is hard."""

Cells = NDArray[np.bool_]


@dataclass(frozen=True)
class SvmDetectors:
    """A linear machine of each part.

    Attributes:
        names: of the parts.
        weights: (P, C).
        bias: (P,).
    """

    names: Sequence[str]
    weights: Tensor
    bias: Tensor
    of_parts: bool = True

    @classmethod
    def fit(
        cls, names: Sequence[str], crops: Sequence[ObjectCrop], size: int, seed: int = 0
    ) -> SvmDetectors:
        """From training objects.

        Args:
            names: of the parts.
            crops: of the objects.
            size: short side of crops, in pixels.
            seed: of the draws.
        """
        masks = [part_masks(crop, len(names), size) for crop in crops]
        machines = [
            _fit(crops, [(at[part], away[part]) for at, away in masks], [seed, part])
            for part in range(len(names))
        ]
        weights, bias = zip(*machines, strict=True)
        return cls(names, torch.from_numpy(np.stack(weights)), torch.tensor(bias))

    def scores(self, crop: ObjectCrop) -> Tensor:
        """(P, h, w) signed distances to the margin's middle, in margins."""
        return torch.einsum("pc,chw->phw", self.weights, crop.unit) + self.bias[:, None, None]


def part_masks(crop: ObjectCrop, n_parts: int, size: int) -> tuple[Cells, Cells]:
    """(P, h, w) cells at each part that can be seen, and cells away from each, seen or not."""
    at = np.zeros((n_parts, *crop.grid.shape), bool)
    away = np.ones((n_parts, *crop.grid.shape), bool)
    apart = distances(crop.grid, crop.places.point)
    for part, visible, each in zip(crop.places.part, crop.places.visible, apart, strict=True):
        if visible:
            at[part] |= each <= scaled(AT, size)
        away[part] &= each > scaled(AWAY, size)
    return at, away


def _fit(
    crops: Sequence[ObjectCrop], masks: Sequence[tuple[Cells, Cells]], seed: Sequence[int]
) -> tuple[NDArray[np.float32], float]:
    """Weights (C,) and bias; nothing is found of a part without training places."""
    generator = np.random.default_rng([*seed, 3])
    positives, negatives = [], []
    for crop, (at, away) in zip(crops, masks, strict=True):
        unit = crop.unit
        chosen = np.zeros_like(away)
        cells = np.argwhere(away)
        chosen[tuple(cells[generator.permutation(len(cells))[:NEGATIVES]].T)] = True
        positives.append(_rows(unit, at))
        negatives.append(_rows(unit, chosen))
    positive = np.concatenate(positives)
    if not len(positive):
        return np.zeros(positive.shape[1], np.float32), 0.0
    weights, bias = _machine(positive, np.concatenate(negatives))
    for crop, (_, away) in zip(crops, masks, strict=True):
        candidates = _rows(crop.unit, away)
        score = candidates @ weights + bias
        hardest = np.argsort(-score, kind="stable")[:HARD_NEGATIVES]
        negatives.append(candidates[hardest[score[hardest] > MARGIN]])
    return _machine(positive, np.concatenate(negatives))


def _machine(
    positive: NDArray[np.float32], negative: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    from sklearn.svm import LinearSVC

    if not len(negative):
        return np.zeros(positive.shape[1], np.float32), 0.0
    machine = LinearSVC(C=C, class_weight="balanced", dual="auto", random_state=0)
    labels = np.repeat([1, 0], [len(positive), len(negative)])
    machine.fit(np.concatenate([positive, negative]), labels)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def _rows(unit: Tensor, cells: Cells) -> NDArray[np.float32]:
    """(n, C) responses at some cells."""
    return unit[:, torch.from_numpy(cells)].T.numpy()
