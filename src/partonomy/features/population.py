"""Population responses: what all channels say at one position, in its surroundings.

Notation
    F   feature map of a layer (C, h, w)
    f   population response at a cell (C,), unit length

Each cell's response is brought to unit length, averaged with its surroundings under a Gaussian and
brought to unit length again: a part is a region, and its neighbours' responses tell what a cell's
own response, at the scale of the stride, leaves open. Source: arXiv 1511.06855, section 3 (unit
population responses); the context is ours, measured in ``benchmarks/results.md``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize


def population_responses(features: Tensor, context: float, weight: Tensor | None = None) -> Tensor:
    """Unit population responses of one map.

    Args:
        features: (C, h, w), any floating type.
        context: standard deviation of the Gaussian, as a share of the lattice's shorter side; 0
            for each cell by itself.
        weight: (h, w) how much each cell counts in the surroundings of others, such as the share
            of it that is foreground; all alike if not given.

    Returns:
        (C, h, w) float32; a cell that sees no channel and no weight stays 0.
    """
    unit = normalize(features.float(), dim=0, eps=1e-6)
    if context == 0:
        return unit
    rows, columns = unit.shape[1:]
    width = context * min(rows, columns)
    weighted = unit if weight is None else unit * weight
    blurred = weighted @ _gaussian(columns, width).T  # (C, h, w)
    blurred = _gaussian(rows, width) @ blurred
    # the unit length takes care of how much weight there was
    return normalize(blurred, dim=0, eps=1e-6)


@lru_cache(maxsize=64)
def _gaussian(length: int, width: float) -> Tensor:
    """(length, length) weights of a Gaussian around each cell, renormalised at the border."""
    cells = torch.arange(length, dtype=torch.float32)
    weights = torch.exp(-((cells[:, None] - cells) ** 2) / (2 * width**2))
    return weights / weights.sum(dim=1, keepdim=True)


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows brought to unit length, zero rows left as they are: (n, C)."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(norms, 1e-6)).astype(np.float32)
