"""How the decoder sees a picture: two responses of each cell, and where on the object it lies.

Notation
    u   unit responses of a layer (C, h, w), r those with their surroundings, relative to the object
    V   principal axes (D, C) of each, of a collection
    p   place on the object (2, h, w), times a weight
    x   = [V_r r, p, V_u u, p]  (2 (D + 2), h, w)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from partonomy.features import (
    ForegroundModel,
    KnownObjects,
    PictureFeatures,
    main_objects,
    surrounded,
)
from partonomy.features.population import common_response, relative_responses

LEAST_WEIGHT = 0.02
"""Cells with less of the object in them say nothing about its parts."""
PLACES = 2
"""Numbers that say where on the object a cell lies."""
_FAR = 3.0
"""Standard deviations: cells that lie farther off are at the object's ends."""
_MEAN_ABSOLUTE = 0.8
"""Of what has mean 0 and deviation 1, as of a normal distribution: places have mean 0 so."""
_LEAST, _LEAST_SPREAD = 1e-6, 0.5


@dataclass(frozen=True)
class Responses:
    """What a layer says in one picture.

    Attributes:
        relative: (C, h, w) responses with surroundings, relative to the object.
        unit: (C, h, w) responses of single cells.
        weight: (h, w) share of each cell that is object; None where that is unknown.
        objectness: (h, w) log-odds that a cell is object, where it is found.
    """

    relative: Tensor
    unit: Tensor
    weight: Tensor | None
    objectness: Tensor | None = None

    @property
    def inside(self) -> Tensor | None:
        """(h, w) how much of each cell is object, given or found; None where that is unknown."""
        return self.weight if self.objectness is None else self.objectness.sigmoid()


def responses_of(
    unit: Tensor,
    weight: Tensor | None,
    foreground: ForegroundModel | None = None,
    known: KnownObjects | None = None,
) -> Responses:
    """The responses of one picture.

    Args:
        unit: (C, h, w) unit responses of all layers as one.
        weight: (h, w) share of each cell that is object, where masks are given.
        foreground: what finds the object where they are not.
        known: objects that it is to find.
    """
    odds = None
    if weight is None and foreground is not None:
        odds = foreground.log_odds(unit)
        weight = main_objects(odds).sigmoid()
    # no width: surroundings that are alike have their own
    around = surrounded(unit, "alike", 0.0, weight)
    objectness = None
    if odds is not None:
        objectness = main_objects(odds if known is None else known.only_known(odds, around))
    common = common_response(around, weight)
    relative = relative_responses(around.flatten(1).T, common).T.reshape(around.shape)
    return Responses(relative, unit, weight, objectness)


@dataclass(frozen=True)
class ObjectFrame:
    """Where an object lies on a picture's lattice.

    Attributes:
        mean: (2,) column and row, in cells.
        spread: (2,) standard deviations.
    """

    mean: Tensor
    spread: Tensor

    @classmethod
    def of(cls, responses: Responses) -> ObjectFrame:
        """The frame of the object that responses are of; of the whole lattice if none is known."""
        shape = responses.unit.shape[1:]
        inside = responses.inside
        weight = torch.ones(shape) if inside is None else inside
        cells = lattice((shape[0], shape[1]))
        share = (weight.flatten() / weight.sum().clamp(min=_LEAST))[:, None]
        mean = (share * cells).sum(0)
        spread = (share * (cells - mean).square()).sum(0).sqrt()
        return cls(mean, spread.clamp(min=_LEAST_SPREAD))

    def places(self, cells: Tensor) -> Tensor:
        """(n, 2) places on the object of (n, 2) columns and rows, in standard deviations.

        How far from the middle, to either side, since left and right are one part to networks
        trained with mirrored pictures; how far down.
        """
        across, down = ((cells - self.mean) / self.spread).clamp(-_FAR, _FAR).unbind(1)
        return torch.stack([across.abs() - _MEAN_ABSOLUTE, down], dim=1)


def lattice(shape: tuple[int, int]) -> Tensor:
    """(h w, 2) column and row of each cell."""
    down, across = torch.meshgrid(*(torch.arange(length) for length in shape), indexing="ij")
    return torch.stack([across, down], dim=2).flatten(0, 1).float()


@dataclass(frozen=True)
class Axes:
    """Principal axes of a collection's responses.

    Attributes:
        relative: (D, C) of responses with surroundings.
        unit: (D, C) of those of single cells.
        position: weight of places on the object.
    """

    relative: Tensor
    unit: Tensor
    position: float

    def described(self, responses: Responses, places: Tensor) -> Tensor:
        """(h w, 2 (D + 2)) what the decoder sees of each cell.

        Args:
            responses: of the cells.
            places: (h w, 2) on the object, see :meth:`ObjectFrame.places`.
        """
        pairs = ((self.relative, responses.relative), (self.unit, responses.unit))
        weighed = self.position * places
        halves = [torch.cat([(axes @ each.flatten(1)).T, weighed], 1) for axes, each in pairs]
        return torch.cat(halves, dim=1)


class AxesFit:
    """Principal axes from pictures seen one after another.

    Not centred: lengths and cosines of what lies in their span stay as they are.
    """

    def __init__(self) -> None:
        self._moments: list[Tensor] = []

    def add(self, responses: Responses) -> None:
        """Count a picture's object in."""
        weight = responses.weight
        cells = slice(None) if weight is None else weight.flatten() > LEAST_WEIGHT
        found = []
        for each in (responses.relative, responses.unit):
            chosen = each.flatten(1)[:, cells].double()
            found.append(chosen @ chosen.T)
        self._moments = (
            [old + new for old, new in zip(self._moments, found, strict=True)]
            if self._moments
            else found
        )

    def axes(self, dimensions: int, position: float) -> Axes:
        """The axes along which responses vary most, or all there are, and a weight of places."""
        relative, unit = (_largest(moments, dimensions) for moments in self._moments)
        return Axes(relative, unit, position)


def _largest(moments: Tensor, dimensions: int) -> Tensor:
    _, vectors = torch.linalg.eigh(moments)
    axes = vectors.flip(1)[:, :dimensions].T
    # the sign of an eigenvector is the library's whim
    largest = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True))
    return (axes * largest.sign()).float().contiguous()


def weight_of(features: PictureFeatures) -> Tensor | None:
    """(h, w) share of each cell that is object, where masks are given."""
    if features.foreground is None:
        return None
    return torch.from_numpy(features.grids[0].coverage(features.foreground)).float()


def chosen_cells(weight: Tensor | None, count: int) -> Tensor:
    """(n,) which of ``count`` cells belong to the object enough to be trained on."""
    if weight is None:
        return torch.arange(count)
    return torch.nonzero(weight.flatten() > LEAST_WEIGHT).flatten()
