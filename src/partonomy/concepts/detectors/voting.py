"""Voting: concepts around a part say where it is, each by its learned offsets.

Notation
    p(v, o)  how often concept v fires at offset o from a part's training places
    b(v)     how often it fires at cells away from the part
    vote(v, o) = max(0, log p(v, o) / b(v))
    score(part, cell) = sum over v of max over o of vote(v, o) where v fires at cell + o

What fires where it is likelier near the part than elsewhere votes for the part; what does not fire
takes nothing away, so that a part behind something is found by its neighbours. Of the concepts,
the ``SUPPORTERS`` best vote: those whose votes at the part exceed their votes elsewhere by most.
Each votes once for a cell, with its best hit, for hits of one concept lie side by side and are not
independent. Crops have one scale, and so does the map. Source: arXiv 1707.07819 and 1711.04451
(structure; constants and the smoothing of counts are ours).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from partonomy.concepts.detectors.firing import FiringCode, windows
from partonomy.concepts.detectors.objects import ObjectCrop
from partonomy.concepts.detectors.places import distances
from partonomy.concepts.detectors.training import AWAY, PartCells, scaled

SUPPORTERS = 45
PRIOR = 1.0
"""Hits at the background's rate that are counted with those at each offset."""


def offset_votes(hits: Tensor, n_places: int, base: Tensor) -> Tensor:
    """(V, s, s) votes of concepts at each offset.

    Args:
        hits: (V, s, s) how often each fired at each offset from so many places.
        n_places: of the part.
        base: (V,) how often each fires elsewhere, as a share.
    """
    elsewhere = base[:, None, None].clamp(min=1e-4)
    rate = (hits + PRIOR * elsewhere) / (n_places + PRIOR)
    return (rate / elsewhere).log().clamp(min=0)


def supporters(votes: Tensor, hits: Tensor, n_places: int, base: Tensor) -> Tensor:
    """Indices of the concepts whose votes tell a part from elsewhere best, at most ``SUPPORTERS``.

    Arguments are those of :func:`offset_votes`, and its result.
    """
    gain = (votes * (hits / max(n_places, 1) - base[:, None, None])).sum(dim=(1, 2))
    return gain.topk(min(SUPPORTERS, len(gain))).indices


def heat(code: Tensor, votes: Tensor) -> Tensor:
    """(P, h, w) sum over concepts of the best vote of their hits.

    Args:
        code: (P, K, h, w) bits of each part's voters.
        votes: (P, K, s, s) of theirs.
    """
    side = votes.shape[-1]
    rows, columns = code.shape[-2:]
    padded = functional.pad(code, (side // 2,) * 4)
    best, cast = torch.zeros_like(code), torch.empty_like(code)
    # offset by offset: all at once would take s x s times the memory, and most of the time
    for row in range(side):
        for column in range(side):
            hits = padded[..., row : row + rows, column : column + columns]
            torch.mul(hits, votes[..., row, column, None, None], out=cast)
            torch.maximum(best, cast, out=best)
    return best.sum(dim=1)


@dataclass(frozen=True)
class VotingDetectors:
    """The voters of each part.

    Attributes:
        names: of the parts.
        code: of cells.
        voters: (P, K) indices of each part's concepts.
        votes: (P, K, s, s) of theirs.
    """

    names: Sequence[str]
    code: FiringCode
    voters: Tensor
    votes: Tensor
    of_parts: bool = True

    @classmethod
    def fit(
        cls,
        names: Sequence[str],
        code: FiringCode,
        crops: Sequence[ObjectCrop],
        cells: Sequence[PartCells],
        radius: int,
        size: int,
    ) -> VotingDetectors:
        """From training objects.

        Args:
            names: of the parts.
            code: of cells.
            crops: of the objects.
            cells: of each, where its parts are.
            radius: of the surroundings, in cells.
            size: short side of crops, in pixels.
        """
        n_concepts, side = len(code.bank.concepts), 2 * radius + 1
        hits = torch.zeros(len(names), n_concepts, side, side)
        n_places = torch.zeros(len(names))
        elsewhere, n_elsewhere = torch.zeros(len(names), n_concepts), torch.zeros(len(names), 1)
        for crop, each in zip(crops, cells, strict=True):
            bits = code(crop)
            part = torch.from_numpy(each.part)
            hits.index_add_(0, part, windows(bits, each.cell, radius))
            n_places += torch.bincount(part, minlength=len(names))
            away = _away(crop, len(names), size)
            elsewhere += torch.einsum("phw,vhw->pv", away, bits)
            n_elsewhere += away.sum(dim=(1, 2))[:, None]
        base = elsewhere / n_elsewhere.clamp(min=1)
        voters, votes = [], []
        for index, count in enumerate(n_places.int().tolist()):
            cast = offset_votes(hits[index], count, base[index])
            chosen = supporters(cast, hits[index], count, base[index])
            voters.append(chosen)
            votes.append(cast[chosen])
        return cls(names, code, torch.stack(voters), torch.stack(votes))

    def scores(self, crop: ObjectCrop) -> Tensor:
        """(P, h, w) sums of votes."""
        return heat(self.code(crop)[self.voters], self.votes)


def _away(crop: ObjectCrop, n_parts: int, size: int) -> Tensor:
    """(P, h, w) 1 where a cell is away from all places of a part."""
    away = torch.ones(n_parts, *crop.grid.shape)
    near = distances(crop.grid, crop.places.point) <= scaled(AWAY, size)
    for part, cells in zip(crop.places.part.tolist(), torch.from_numpy(near), strict=True):
        away[part][cells] = 0
    return away
