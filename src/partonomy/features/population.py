"""Population responses: what all channels say at one position, in its surroundings.

Notation
    F   feature map of a layer (C, h, w)
    f   population response at a cell (C,), unit length

Each cell's response is brought to unit length, averaged with its surroundings under a Gaussian and
brought to unit length again: a part is a region, and its neighbours' responses tell what a cell's
own response, at the scale of the stride, leaves open. Half of what all cells of an object say is
taken away then: its kind, colours and light, which tell pictures apart and not parts. Source: arXiv
1511.06855, section 3 (unit population responses); context and what is taken away are ours, measured
in ``docs/methods.md``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

_LEAST = 1e-6
"""Length below which a response counts as none."""
COMMON = 0.5
"""Share of an object's mean response that is taken from the responses of its cells."""


def unit_responses(features: Tensor) -> Tensor:
    """Each cell's response at unit length.

    Args:
        features: (C, h, w), any floating type.

    Returns:
        (C, h, w) float32; a cell that sees no channel stays 0.
    """
    return _to_unit_length(features.to(torch.float32, copy=True))


def population_responses(unit: Tensor, context: float, weight: Tensor | None = None) -> Tensor:
    """Unit population responses of one map.

    Args:
        unit: (C, h, w) unit responses.
        context: standard deviation of the Gaussian, as a share of the lattice's shorter side; 0
            for each cell by itself.
        weight: (h, w) how much each cell counts in the surroundings of others, such as the share
            of it that is foreground; all alike if not given.

    Returns:
        (C, h, w) float32; a cell that sees no channel and no weight stays 0.
    """
    if context == 0:
        return unit
    # the unit length takes care of how much weight there was
    return _to_unit_length(surroundings(unit if weight is None else unit * weight, context))


def common_response(responses: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean of unit responses over an object; 0 where nothing responds.

    Args:
        responses: (C, h, w) unit responses, or 0.
        weight: (h, w) how much each cell belongs to the object; all alike if not given.

    Returns:
        (C,) float32.
    """
    present = (inverse_lengths(responses) < 2).float()  # lengths are 0 or 1
    weight = present if weight is None else weight * present
    return torch.einsum("chw,hw->c", responses, weight) / weight.sum().clamp(min=_LEAST)


def relative_responses(responses: Tensor, common: Tensor) -> Tensor:
    """Unit responses less half of what the whole object says, at unit length again.

    Args:
        responses: (n, C) unit responses; one that is 0 stays so.
        common: (C,) or (n, C) what their objects say, see :func:`common_response`.

    Returns:
        (n, C) float32.
    """
    present = responses.square().sum(dim=1, keepdim=True) > 0.5
    return normalize((responses - COMMON * common) * present, dim=1, eps=_LEAST)


def surroundings(responses: Tensor, context: float) -> Tensor:
    """(C, h, w) mean of each cell's surroundings under a Gaussian, of no particular length."""
    rows, columns = responses.shape[1:]
    width = context * min(rows, columns)
    return _gaussian(rows, width) @ (responses @ _gaussian(columns, width).T)


def inverse_lengths(responses: Tensor) -> Tensor:
    """(h, w) what brings each cell of (C, h, w) responses to unit length."""
    values = responses.numpy()
    squares = np.einsum("chw,chw->hw", values, values)  # makes no copy, which torch's sum would
    return torch.from_numpy(squares).clamp_(min=_LEAST**2).rsqrt_()


def _to_unit_length(responses: Tensor) -> Tensor:
    return responses.mul_(inverse_lengths(responses))


@lru_cache(maxsize=64)
def _gaussian(length: int, width: float) -> Tensor:
    """(length, length) weights of a Gaussian around each cell, renormalised at the border."""
    cells = torch.arange(length, dtype=torch.float32)
    weights = torch.exp(-((cells[:, None] - cells) ** 2) / (2 * width**2))
    return weights / weights.sum(dim=1, keepdim=True)


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows brought to unit length, zero rows left as they are: (n, C)."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(norms, _LEAST)).astype(np.float32)
