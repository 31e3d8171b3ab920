"""Stimuli: where each filter of a layer fires most, and what of the picture it sees there.

Notation
    a   activations of one filter (h, w)
    N   objects; F filters; T stimuli kept of a filter on an object

A stimulus is a local maximum of one filter's positive activations; its score is the activation, its
place the receptive field of the cell. Of each filter the strongest few on each object are kept, so
that a pass over many objects keeps a table and no maps. Source: arXiv 1607.03738, section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from partonomy.features.rows import GrowingRows
from partonomy.images import Grid
from partonomy.images.grids import Grids

STRONGEST = 8
"""Stimuli that are kept of a filter on an object."""
NEIGHBOURS = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))
"""Cells around a stimulus, row by row."""
BYTES_A_STIMULUS = 4 + 2 * 2 + 2 * len(NEIGHBOURS) + 2
"""Score, place, what is around it, and what it is on."""


@dataclass(frozen=True)
class Stimuli:
    """The strongest stimuli of every filter of one layer on every object.

    Attributes:
        score: (N, F, T) float32 activations, strongest first; 0 where there are no more.
        cell: (N, F, T, 2) int16 row and column on the object's lattice.
        around: (N, F, T, 8) float16 activations of ``NEIGHBOURS`` as shares of the score; 0 beyond
            the lattice's border.
        grids: where the lattices lie in the original pictures.
    """

    score: NDArray[np.float32]
    cell: NDArray[np.int16]
    around: NDArray[np.float16]
    grids: Grids

    def __len__(self) -> int:
        return len(self.score)

    @property
    def n_filters(self) -> int:
        return self.score.shape[1]

    @cached_property
    def fields(self) -> NDArray[np.float32]:
        """(N, F, T, 4) receptive fields in original pixels, not cut off."""
        return self.grids.boxes(self.cell)

    @cached_property
    def middles(self) -> NDArray[np.float32]:
        """(N, F, T, 2) ``(y, x)`` of these."""
        return self.grids.centres(self.cell)

    def of_objects(self, chosen: NDArray[np.generic]) -> Stimuli:
        """Those on some of the objects; ``chosen`` is a mask (N,) or indices."""
        return Stimuli(
            self.score[chosen], self.cell[chosen], self.around[chosen], self.grids.select(chosen)
        )

    def of_filters(self, chosen: slice | NDArray[np.generic]) -> Stimuli:
        """Those of some of the filters."""
        return Stimuli(
            self.score[:, chosen], self.cell[:, chosen], self.around[:, chosen], self.grids
        )


@dataclass(frozen=True)
class ObjectStimuli:
    """The stimuli of one layer on one object.

    Attributes:
        score, cell, around: as in :class:`Stimuli`, of one object.
        grid: where the layer's cells lie in the original picture.
    """

    score: Tensor
    cell: Tensor
    around: Tensor
    grid: Grid


def find_stimuli(activations: Tensor, grid: Grid, strongest: int = STRONGEST) -> ObjectStimuli:
    """The strongest local maxima of each filter.

    Of equal neighbours the first, row by row, is the maximum.

    Args:
        activations: (F, h, w), any floating type.
        grid: where the cells lie in the original picture.
        strongest: how many are kept.
    """
    values = activations.float()
    filters, rows, columns = values.shape
    around = pad(values, (1, 1, 1, 1), value=0.0)  # (F, h + 2, w + 2)
    peak = values > 0
    for y, x in NEIGHBOURS:
        near = around[:, 1 + y : 1 + y + rows, 1 + x : 1 + x + columns]
        peak &= values > near if (y, x) < (0, 0) else values >= near
    count = min(strongest, rows * columns)
    score, index = torch.where(peak, values, 0.0).flatten(1).topk(count, dim=1)  # (F, count)
    row, column = index // columns, index % columns
    which = torch.arange(filters)[:, None]
    near = torch.stack(
        [around[which, row + 1 + y, column + 1 + x] for y, x in NEIGHBOURS], dim=2
    )  # (F, count, 8)
    limit = torch.finfo(torch.float16).max
    shares = (near / score.clamp(min=torch.finfo(torch.float32).tiny)[..., None]).clamp(
        -limit, limit
    )
    found = score > 0
    missing = strongest - count
    return ObjectStimuli(
        pad(score, (0, missing)),
        pad(torch.stack([row, column], dim=2) * found[..., None], (0, 0, 0, missing)).short(),
        pad(shares * found[..., None], (0, 0, 0, missing)).half(),
        grid,
    )


class StimuliTable:
    """Gathers the stimuli of one layer, object by object.

    Args:
        n_filters: of the layer.
        strongest: stimuli of each on an object.
    """

    def __init__(self, n_filters: int, strongest: int = STRONGEST) -> None:
        self._shape = (n_filters, strongest)
        kept = n_filters * strongest
        self._score = GrowingRows(kept, np.float32)
        self._cell = GrowingRows(2 * kept, np.int16)
        self._around = GrowingRows(len(NEIGHBOURS) * kept, np.float16)
        self._grids = GrowingRows(8, np.float64)

    def add(self, found: ObjectStimuli) -> None:
        """Those of the next object."""
        self._score.extend(found.score.reshape(1, -1).numpy())
        self._cell.extend(found.cell.reshape(1, -1).numpy())
        self._around.extend(found.around.reshape(1, -1).numpy())
        self._grids.extend(Grids.row(found.grid)[None])

    def take(self) -> Stimuli:
        """All of them; the table is empty afterwards."""
        score, cell, around = (
            each.take().reshape(-1, *self._shape, *inner)
            for each, inner in (
                (self._score, ()),
                (self._cell, (2,)),
                (self._around, (len(NEIGHBOURS),)),
            )
        )
        return Stimuli(score, cell, around, Grids.of_rows(self._grids.take()))
