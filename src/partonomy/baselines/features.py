"""Parts out of a network's features without any of partonomy's own steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.baselines.factorization import unfolded
from partonomy.baselines.model import Baseline
from partonomy.features import ForegroundModel
from partonomy.features.population import unit_responses
from partonomy.images import Grid
from partonomy.parts import PartMaps

Kind = Literal["k-means", "factorization"]

KAPPA = 30.0
"""Concentration that turns cosines into probabilities."""


class FeatureBaseline(Baseline):
    """k-means of unit features, or Deep Feature Factorization, at the layer's own resolution.

    Args:
        backbone: the network; its layers are looked at as one.
        size: short side of its input, in pixels.
        kind: ``k-means`` or ``factorization``.
        directions: (K, C) centroids or factors.
        foreground: what finds the foreground where no mask is given.
        with_masks: whether it was fitted inside foreground masks.
        seed: that it was fitted with.
    """

    def __init__(
        self,
        backbone: Backbone,
        size: int,
        kind: Kind,
        directions: Tensor,
        foreground: ForegroundModel | None,
        with_masks: bool,
        seed: int,
    ) -> None:
        super().__init__(backbone, size, len(directions), foreground, with_masks, seed)
        self.kind = kind
        self.directions = directions

    def _found(
        self,
        responses: Tensor,
        grid: Grid,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None,
        objectness: Tensor | None,
    ) -> PartMaps:
        if self.kind == "k-means":
            scores = KAPPA * torch.einsum("kc,chw->khw", self.directions, unit_responses(responses))
        else:
            cells = activations(responses).flatten(1).T
            weights = unfolded(cells, self.directions)
            scores = weights.T.reshape(-1, *responses.shape[1:])
        return PartMaps(scores, grid, foreground, objectness)

    def _described(self) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:
        return {"method": self.kind}, {"directions": self.directions}


def activations(responses: Tensor) -> Tensor:
    """(C, h, w) what is factorized: nothing is below 0."""
    return responses.float().relu()
