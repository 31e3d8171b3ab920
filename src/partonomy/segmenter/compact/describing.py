"""How the decoder sees a picture: two responses of each cell, on the collection's principal axes.

Notation
    u   unit responses of a layer (C, h, w), r those with their surroundings, relative to the object
    V   principal axes (D, C) of each
    x   = [V_r r, V_u u]  (2 D, h, w)
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
class Axes:
    """Principal axes of a collection's responses.

    Attributes:
        relative: (D, C) of responses with surroundings.
        unit: (D, C) of those of single cells.
    """

    relative: Tensor
    unit: Tensor

    def described(self, responses: Responses) -> Tensor:
        """(h w, 2 D) what the decoder sees of each cell."""
        pairs = ((self.relative, responses.relative), (self.unit, responses.unit))
        return torch.cat([(axes @ each.flatten(1)).T for axes, each in pairs], dim=1)


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

    def axes(self, dimensions: int) -> Axes:
        """The axes along which responses vary most, or all there are."""
        return Axes(*(_largest(moments, dimensions) for moments in self._moments))


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
