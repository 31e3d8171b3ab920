"""What the baselines have in common: the network, the foreground, and how they are kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.features import ForegroundModel
from partonomy.features.population import unit_responses
from partonomy.images import Grid, Placement
from partonomy.parts import FeaturePartModel, PartMaps, foreground_saved, save_part_model

KIND = "baselines"


class Baseline(FeaturePartModel):
    """A part model with the same foreground as partonomy's, and nothing else of it.

    Args:
        backbone: the network; where no features are used, what finds the foreground.
        size: short side of its input, in pixels.
        n_parts: K.
        foreground: what finds the foreground where no mask is given.
        with_masks: whether it was fitted inside foreground masks.
        seed: that it was fitted with.
    """

    def __init__(
        self,
        backbone: Backbone,
        size: int,
        n_parts: int,
        foreground: ForegroundModel | None,
        with_masks: bool,
        seed: int,
    ) -> None:
        self.backbone = backbone
        self.size = size
        self.part_names: Sequence[str] = tuple(f"part_{part + 1:02d}" for part in range(n_parts))
        self.foreground = foreground
        self.with_masks = with_masks
        self.seed = seed

    def part_maps_from(
        self,
        maps: Sequence[Tensor],
        placement: Placement,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None = None,
    ) -> PartMaps:
        """Part maps of one picture, see :class:`partonomy.parts.FeaturePartModel`."""
        responses, grid = self.responses(maps, placement)
        objectness = None
        if foreground is None and self.foreground is not None:
            objectness = self.foreground.objectness(unit_responses(responses))
        return self._found(responses, grid, picture, foreground, objectness)

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        more, tensors = self._described()
        found, foreground = foreground_saved(self.foreground)
        description = {
            "part_names": list(self.part_names),
            "size": self.size,
            "seed": self.seed,
            "with_masks": self.with_masks,
            **more,
            **foreground,
        }
        save_part_model(folder, KIND, description, {**tensors, **found}, self.backbone.spec)

    @abstractmethod
    def _found(
        self,
        responses: Tensor,
        grid: Grid,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None,
        objectness: Tensor | None,
    ) -> PartMaps:
        """Part maps of one picture.

        Args:
            responses: (C, h, w) of all layers as one.
            grid: where their cells lie.
            picture: (H, W, 3) uint8 at input size.
            foreground: (height, width) in original pixels, where it is given.
            objectness: (h, w) log-odds, where it is found.
        """

    @abstractmethod
    def _described(self) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:
        """What to keep of it."""
