"""Detectors that know no part: single filters, and single visual concepts.

Notation
    a   activations of a layer (C, h, w)
    f   the same at unit length at each cell
    M   concepts (V, C), unit length

A filter's score is its activation a_c as the layer gives it, a concept's <m, f>, by which cells are
in the same order as by distance: ||f - m||^2 = 2 - 2 <m, f>. Concepts are those of one class, from
positions sampled in its training objects. Source: arXiv 1511.06855, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.concepts.detectors.objects import ObjectCrop
from partonomy.concepts.selection import choose, greedy_merging
from partonomy.errors import PartonomyError
from partonomy.features.kmeans import spherical_kmeans

Vectors = NDArray[np.float32]

N_CONCEPTS = 192
POSITIONS_A_CONCEPT = 10
"""There are fewer concepts where fewer positions than these were sampled for each."""
POSITIONS_AN_OBJECT = 50
BORDER = 3
"""Cells at a crop's border that are not sampled, for what the network pads with is seen there; on
small lattices fewer, so that half of each side is left."""
HELD_OUT = 0.2
"""Share of the positions on which merging is judged."""
FEWEST_MERGED = 2 / 3
"""Share of the concepts that merging leaves whatever the ratios say."""


class Detectors(Protocol):
    """Anything that gives score maps.

    Attributes:
        names: of each detector.
        of_parts: whether detector i is for part i, and no other.
    """

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def of_parts(self) -> bool: ...

    def scores(self, crop: ObjectCrop) -> Tensor:
        """(D, h, w) float32, more where a detector is surer."""
        ...


@dataclass(frozen=True)
class FilterBank:
    """Each channel of a layer as a detector.

    Attributes:
        n_filters: channels.
    """

    n_filters: int
    of_parts: bool = False

    @property
    def names(self) -> Sequence[str]:
        return [f"filter {index}" for index in range(self.n_filters)]

    def scores(self, crop: ObjectCrop) -> Tensor:
        """(C, h, w) activations."""
        return crop.activations


@dataclass(frozen=True)
class ConceptBank:
    """Each concept as a detector.

    Attributes:
        concepts: (V, C) unit length.
    """

    concepts: Tensor
    of_parts: bool = False

    @property
    def names(self) -> Sequence[str]:
        return [f"concept {index}" for index in range(len(self.concepts))]

    def scores(self, crop: ObjectCrop) -> Tensor:
        """(V, h, w) cosines."""
        return torch.einsum("vc,chw->vhw", self.concepts, crop.unit)


def sample_units(
    crops: Sequence[ObjectCrop], generator: np.random.Generator, count: int = POSITIONS_AN_OBJECT
) -> Vectors:
    """(n, C) unit responses at positions drawn in each object, away from the crop's border.

    Dead positions, which have no direction, are left out.
    """
    drawn = []
    for crop in crops:
        rows, columns = map(_away_from_border, crop.grid.shape)
        cells = (rows[:, None] * crop.grid.shape[1] + columns).ravel()
        chosen = np.sort(generator.choice(cells, min(count, len(cells)), replace=False))
        units = crop.unit.flatten(1)[:, torch.from_numpy(chosen)].T  # (n, C)
        drawn.append(units[units.square().sum(dim=1) > 0.5].numpy())
    return np.concatenate(drawn)


def _away_from_border(side: int) -> NDArray[np.int64]:
    border = min(BORDER, side // 4)
    return np.arange(border, side - border)


def fit_concepts(
    crops: Sequence[ObjectCrop], n_concepts: int = N_CONCEPTS, seed: int = 0
) -> tuple[ConceptBank, ConceptBank]:
    """Concepts by k-means, and what is left of them after greedy merging.

    Args:
        crops: training objects of one class.
        n_concepts: before merging, at most.
        seed: of the sampling and of k-means.

    Raises:
        PartonomyError: there are too few positions, or none at which the layer responds.
    """
    generator = np.random.default_rng([seed, 2])
    vectors = sample_units(crops, generator)
    vectors = vectors[generator.permutation(len(vectors))]
    n_held_out = round(HELD_OUT * len(vectors))
    held_out, fitted = vectors[:n_held_out], vectors[n_held_out:]
    n_concepts = min(n_concepts, len(fitted) // POSITIONS_A_CONCEPT)
    if n_concepts < 2:
        raise PartonomyError(
            f"{len(vectors)} positions of {len(crops)} objects make no concepts: give more objects"
        )
    centroids = spherical_kmeans(fitted, n_concepts, seed=seed).centroids
    populations = np.bincount((fitted @ centroids.T).argmax(axis=1), minlength=n_concepts)
    fewest = max(2, round(FEWEST_MERGED * n_concepts))
    curve, stages = greedy_merging(centroids, held_out, populations, fewest)
    merged = stages[choose(curve)]
    return ConceptBank(torch.from_numpy(centroids)), ConceptBank(torch.from_numpy(merged))
