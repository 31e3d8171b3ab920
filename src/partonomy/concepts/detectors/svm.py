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
from partonomy.features.population import unit_responses

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
        generator = np.random.default_rng([seed, 3])
        masks = [part_masks(crop, len(names), size) for crop in crops]
        at, away = [each[0] for each in masks], [each[1] for each in masks]
        negative = [_drawn(each, generator) for each in away]
        first = cls(names, *_machines(crops, at, negative))
        for crop, drawn, allowed in zip(crops, negative, away, strict=True):
            drawn |= _hardest(first.scores(crop).numpy(), allowed)
        return cls(names, *_machines(crops, at, negative))

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


def _drawn(allowed: Cells, generator: np.random.Generator) -> Cells:
    """(P, h, w) a few of the cells that are allowed for each part."""
    draw = np.where(allowed, generator.random(allowed.shape), 0)
    return _largest(draw, NEGATIVES) & allowed


def _hardest(scores: NDArray[np.float32], allowed: Cells) -> Cells:
    """(P, h, w) the few cells, of those that are allowed, that score best and beyond the margin."""
    hard = allowed & (scores > MARGIN)
    return _largest(np.where(hard, scores, -np.inf), HARD_NEGATIVES) & hard


def _largest(values: NDArray[np.floating], count: int) -> Cells:
    """(P, h, w) where the ``count`` largest of each map are."""
    flat = values.reshape(len(values), -1)
    largest = np.argsort(-flat, axis=1, kind="stable")[:, :count]
    found = np.zeros(flat.shape, bool)
    np.put_along_axis(found, largest, True, axis=1)
    return found.reshape(values.shape)


def _machines(
    crops: Sequence[ObjectCrop], at: Sequence[Cells], negative: Sequence[Cells]
) -> tuple[Tensor, Tensor]:
    """Weights (P, C) and bias (P,), each part's from (P, h, w) positive and negative cells."""
    machines = [
        _machine(
            np.concatenate([_rows(crop, each[part]) for crop, each in zip(crops, at, strict=True)]),
            np.concatenate(
                [_rows(crop, each[part]) for crop, each in zip(crops, negative, strict=True)]
            ),
        )
        for part in range(len(at[0]))
    ]
    weights, bias = zip(*machines, strict=True)
    return torch.from_numpy(np.stack(weights)), torch.tensor(bias)


def _machine(
    positive: NDArray[np.float32], negative: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    """Weights (C,) and bias; nothing is found where there is nothing to tell apart."""
    from sklearn.svm import LinearSVC

    if not (len(positive) and len(negative)):
        return np.zeros(positive.shape[1], np.float32), 0.0
    machine = LinearSVC(C=C, class_weight="balanced", dual="auto", random_state=0)
    labels = np.repeat([1, 0], [len(positive), len(negative)])
    machine.fit(np.concatenate([positive, negative]), labels)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def _rows(crop: ObjectCrop, cells: Cells) -> NDArray[np.float32]:
    """(n, C) unit responses at some cells; the others are not computed."""
    picked = crop.features[:, torch.from_numpy(cells)]  # (C, n)
    return unit_responses(picked[:, :, None])[:, :, 0].T.numpy()
