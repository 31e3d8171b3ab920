"""What a cell is, said by its surroundings: all of them, or those of the same stuff.

Notation
    f   unit responses of the cells (n, C)
    p   places of the cells on the lattice (n, 2)
    w   how much each cell counts (n,), such as its share of foreground
    A   steps of a walk (n, n), A_ij ~ w_j exp(<f_i, f_j> / t - |p_i - p_j|^2 / (2 s^2)), whose rows
        sum to 1
    r   = A^k f, at unit length

A Gaussian (see ``population``) mixes what lies on both sides of a border; a walk that prefers cells
which respond alike stays on its own side. It is the diffusion of spectral segmentation with cosines
of deep features in place of colours (Melas-Kyriazi et al., *Deep spectral methods*, CVPR 2022); its
use here is ours, measured in ``docs/segmenter.md``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from partonomy.features.population import population_responses

Surroundings = Literal["even", "alike"]
"""A Gaussian of a given width, or a walk among cells that respond alike."""

REACH = 1 / 20
"""s as a share of the lattice's shorter side: a cell and a half at stride 16 and 448 pixels."""
TEMPERATURE = 0.2
STEPS = 3
LEAST_WEIGHT = 0.02
"""Cells that count less are walked from and never to: they cost time and say nothing."""


def surrounded(
    unit: Tensor, surroundings: Surroundings, context: float, weight: Tensor | None = None
) -> Tensor:
    """Unit responses of each cell with its surroundings.

    Args:
        unit: (C, h, w) unit responses.
        surroundings: which.
        context: of ``even`` ones, see :func:`partonomy.features.population.population_responses`.
        weight: (h, w) how much each cell counts in the surroundings of others.

    Returns:
        (C, h, w) float32.
    """
    if surroundings == "alike":
        return alike_responses(unit, weight)
    return population_responses(unit, context, weight)


def alike_responses(unit: Tensor, weight: Tensor | None = None) -> Tensor:
    """Unit responses of each cell's surroundings, those that respond alike.

    Args:
        unit: (C, h, w) unit responses.
        weight: (h, w) how much each cell counts in the surroundings of others; all alike if not
            given.

    Returns:
        (C, h, w) float32; all 0 where no cell counts.
    """
    channels, rows, columns = unit.shape
    cells = unit.flatten(1).T  # (n, C)
    counts = torch.ones(len(cells)) if weight is None else weight.flatten()
    chosen = counts > LEAST_WEIGHT
    if not chosen.any():
        return torch.zeros_like(unit)
    steps = cells @ cells[chosen].T  # (n, m)
    steps.sub_(1).div_(TEMPERATURE).add_(_nearness(rows, columns)[:, chosen])
    steps.exp_().mul_(counts[chosen])
    steps /= steps.sum(dim=1, keepdim=True).clamp(min=torch.finfo(steps.dtype).tiny)
    walked = cells[chosen]
    for _ in range(STEPS - 1):
        walked = steps[chosen] @ walked  # (m, C)
    return normalize(steps @ walked, dim=1).T.reshape(channels, rows, columns)


@lru_cache(maxsize=8)
def _nearness(rows: int, columns: int) -> Tensor:
    """(n, n) logarithms of a Gaussian of the distances between cells."""
    places = torch.cartesian_prod(torch.arange(rows).float(), torch.arange(columns).float())
    width = REACH * min(rows, columns)
    return -torch.cdist(places, places).square_().div_(2 * width**2)
