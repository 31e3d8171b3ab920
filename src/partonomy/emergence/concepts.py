"""Visual concepts of a layer in the place of its filters: populations against single filters.

A concept is a centre of the population responses of a layer's cells, found by k-means on training
objects (arXiv 1511.06855, section 3). What it says of a cell is the cosine between the two; that
map is treated as a filter's, so that both are asked for parts by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from partonomy.features.kmeans import spherical_kmeans

CONCEPTS = 256
"""Of a layer, at most; never more than it has filters."""
POSITIONS = 50_000
"""That centres are found from, about."""
FEWEST_EACH = 4
"""Positions for each concept, without which there are fewer concepts."""


@dataclass(frozen=True)
class ConceptReading:
    """How concepts read a layer's maps.

    Attributes:
        centres: (K, C) unit vectors.
    """

    centres: Tensor

    def __call__(self, maps: Tensor) -> Tensor:
        """(K, h, w) cosines, 0 where they are below, of maps (C, h, w)."""
        unit = normalize(maps.float(), dim=0, eps=1e-6)
        return torch.einsum("kc,chw->khw", self.centres.to(unit.device), unit).clamp(min=0)


def draw_responses(maps: Tensor, count: int, generator: np.random.Generator) -> NDArray[np.float16]:
    """(count, C) unit responses of cells of a map (C, h, w), fewer if it has fewer that respond."""
    chosen = generator.permutation(maps.shape[1] * maps.shape[2])[:count]
    drawn = maps.flatten(1)[:, torch.from_numpy(chosen)].float().T.cpu().numpy()
    length = np.linalg.norm(drawn, axis=1, keepdims=True)
    return (drawn / np.maximum(length, 1e-6))[length[:, 0] > 1e-6].astype(np.float16)


def fit_concepts(
    responses: NDArray[np.float16], most: int = CONCEPTS, seed: int = 0
) -> ConceptReading | None:
    """Concepts of a layer, no more than it has filters; None of a layer that responds to nothing.

    Args:
        responses: (n, C) unit vectors.
        most: concepts, if the layer has as many filters.
        seed: of k-means.
    """
    count = min(most, responses.shape[1], len(responses) // FEWEST_EACH)
    if count < 1:
        return None
    centres = spherical_kmeans(responses.astype(np.float32), count, seed=seed).centroids
    return ConceptReading(torch.from_numpy(centres))
