"""Several layers as one map.

Early layers tell where, late ones what: their responses, each at unit length, are laid side by
side on the first layer's lattice.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from partonomy.features.population import unit_responses
from partonomy.images import Grid


def fused(maps: Sequence[Tensor], grids: Sequence[Grid]) -> Tensor:
    """The maps of one picture as one.

    Args:
        maps: (C, h, w) of each layer.
        grids: where their cells lie in the picture.

    Returns:
        The map itself, if it is but one; else (sum of C, h, w) float32 on the first layer's
        lattice, the others interpolated bilinearly.
    """
    if len(maps) == 1:
        return maps[0]
    return torch.cat(
        [
            _resampled(unit_responses(each), grid, grids[0])
            for each, grid in zip(maps, grids, strict=True)
        ]
    )


def _resampled(unit: Tensor, grid: Grid, target: Grid) -> Tensor:
    """(C, h, w) at the centres of another grid's cells, each of them of unit length again."""
    if grid is target:
        return unit
    down, across = (torch.from_numpy(grid.resampling(axis, target)) for axis in (0, 1))
    return unit_responses(down @ (unit @ across.T))
