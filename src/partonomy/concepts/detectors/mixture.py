"""Mixtures of unary models: a part seen in a few different ways.

Notation
    b   bits of the concepts in the surroundings of one training place (V, s, s)
    dist(b, c) = share of the bits on in b with none of the same concept on in the 3 x 3 cells
        around the same place in c, and the same with b and c swapped, averaged

Places of a part are put into ``COMPONENTS`` groups by that distance, which forgives small shifts;
each group has a unary model, and a part's score is that of the best. Source: the authors' code
(qliu24/SP); how it groups is not known: here, complete linkage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from torch import Tensor
from torch.nn import functional

from partonomy.concepts.detectors.firing import FiringCode
from partonomy.concepts.detectors.objects import ObjectCrop
from partonomy.concepts.detectors.training import PartCells
from partonomy.concepts.detectors.unary import BitModel, against_others, surroundings

COMPONENTS = 4


def tolerant_distances(places: Tensor) -> NDArray[np.float64]:
    """(n, n) distances of surroundings (n, V, s, s), 0 on the diagonal.

    Of surroundings in which nothing fires, no bit is missed.
    """
    places = places.float()
    near = functional.max_pool2d(places, 3, stride=1, padding=1).flatten(1)
    bits = places.flatten(1)
    counts = bits.sum(dim=1)
    matched = bits @ near.T  # (n, n) bits on in the row that are near in the column
    missed = (counts[:, None] - matched) / counts.clamp(min=1)[:, None]
    distances = ((missed + missed.T) / 2).double().numpy()
    np.fill_diagonal(distances, 0)
    return distances


def components(places: Tensor, count: int = COMPONENTS) -> NDArray[np.int64]:
    """(n,) group, from 0, of the surroundings (n, V, s, s) of a part's places."""
    if len(places) <= count:
        return np.zeros(len(places), np.int64)
    tree = linkage(squareform(tolerant_distances(places), checks=False), "complete")
    return fcluster(tree, count, "maxclust").astype(np.int64) - 1


@dataclass(frozen=True)
class MixtureDetectors:
    """A mixture of unary models of each part.

    Attributes:
        names: of the parts.
        code: of cells.
        model: of all groups of all parts, then of the backgrounds.
        owner: (K,) the part of each row of the model; backgrounds count on from the parts.
    """

    names: Sequence[str]
    code: FiringCode
    model: BitModel
    owner: Tensor
    of_parts: bool = True

    @classmethod
    def fit(
        cls,
        names: Sequence[str],
        code: FiringCode,
        crops: Sequence[ObjectCrop],
        cells: Sequence[PartCells],
        radius: int,
    ) -> MixtureDetectors:
        """From training objects; arguments as of :meth:`UnaryDetectors.fit`."""
        places: list[Tensor] = []
        owner: list[int] = []
        for index, of_part in enumerate(surroundings(names, code, crops, cells, radius)):
            group = components(of_part, COMPONENTS if index < len(names) else 1)
            each = [of_part[torch.from_numpy(group == which)] for which in np.unique(group)]
            places += each or [of_part]
            owner += [index] * max(len(each), 1)
        return cls(names, code, BitModel.fit(places), torch.tensor(owner))

    def scores(self, crop: ObjectCrop) -> Tensor:
        """(P, h, w) log-odds of the best component of each part against all else."""
        rows = self.model(self.code(crop))
        sizes = torch.bincount(self.owner).tolist()  # rows of one owner lie in a row
        best = torch.stack([each.amax(dim=0) for each in torch.split(rows, sizes)])
        return against_others(best, len(self.names))
