"""Part models that read the layers of a backbone: many of them share one look through it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.features import fused, round_to_storage, storage_dtype
from partonomy.features.population import unit_responses
from partonomy.images import Grid, Placement, Preprocessing, halved
from partonomy.parts.hub import HubModel
from partonomy.parts.maps import PartMaps
from partonomy.parts.model import PartModel


class FeaturePartModel(HubModel, ABC):
    """A part model whose part maps follow from a backbone's maps.

    Attributes:
        backbone: the network; its layers are looked at as one.
        size: short side of its input, in pixels.
        part_names: names of the parts.
        with_masks: whether it was fitted inside foreground masks.
        seed: that it was fitted with.
    """

    backbone: Backbone
    size: int
    part_names: Sequence[str]
    with_masks: bool
    seed: int

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures are prepared."""
        return self.backbone.preprocessing(self.size)

    def part_maps(
        self,
        pictures: Tensor,
        placements: Sequence[Placement],
        foregrounds: Sequence[NDArray[np.bool_] | None] | None = None,
    ) -> list[PartMaps]:
        """Part maps of a batch.

        Args:
            pictures: (N, H, W, 3) uint8 RGB at input size.
            placements: for each, how it was laid into the input.
            foregrounds: for each, (height, width) bool in original pixels, where it is known.
        """
        return [
            self.part_maps_from(maps, placement, picture, foreground)
            for *maps, placement, picture, foreground in zip(
                *_layers(self.backbone, pictures),
                placements,
                pictures.numpy(),
                foregrounds or [None] * len(placements),
                strict=True,
            )
        ]

    def responses(self, maps: Sequence[Tensor], placement: Placement) -> tuple[Tensor, Grid]:
        """(C, h, w) of all layers as one, and where its cells lie."""
        grids = [
            Grid(placement, layer.geometry, (each.shape[1], each.shape[2]))
            for layer, each in zip(self.backbone.layers, maps, strict=True)
        ]
        return fused(maps, grids), grids[0]

    @abstractmethod
    def part_maps_from(
        self,
        maps: Sequence[Tensor],
        placement: Placement,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None = None,
    ) -> PartMaps:
        """Part maps of one picture.

        Args:
            maps: (C, h, w) of each layer, as features are stored.
            placement: how it was laid into the input.
            picture: (H, W, 3) uint8 RGB at input size.
            foreground: (height, width) bool in original pixels, where it is known.
        """

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model into a folder."""


class ResponsePartModel(FeaturePartModel):
    """A part model that reads unit responses, and can sharpen its maps along the picture's edges.

    Attributes:
        sharpen: whether masks follow the pictures' edges.
    """

    sharpen: bool

    def part_maps_from(
        self,
        maps: Sequence[Tensor],
        placement: Placement,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None = None,
    ) -> PartMaps:
        """Part maps of one picture, see :class:`FeaturePartModel`."""
        responses, grid = self.responses(maps, placement)
        return self.part_maps_of(unit_responses(responses), grid, halved(picture), foreground)

    def part_maps_of(
        self,
        unit: Tensor,
        grid: Grid,
        guide: NDArray[np.uint8] | None = None,
        foreground: NDArray[np.bool_] | None = None,
    ) -> PartMaps:
        """Part maps from what the layers say.

        Args:
            unit: (C, h, w) unit responses, see :func:`partonomy.features.fused`.
            grid: where their cells lie.
            guide: (H, W, 3) uint8, the picture at half the input's size, along whose edges maps are
                sharpened; they are left at the layer's resolution if not given.
            foreground: (height, width) bool in original pixels, where it is known.
        """
        maps = self._maps_of(unit, grid, foreground)
        return maps.sharpened(guide) if self.sharpen and guide is not None else maps

    @abstractmethod
    def _maps_of(self, unit: Tensor, grid: Grid, foreground: NDArray[np.bool_] | None) -> PartMaps:
        """Part maps at the layer's resolution."""


def part_maps_of_each(
    models: Sequence[PartModel],
    picture: NDArray[np.uint8],
    placement: Placement,
    foreground: NDArray[np.bool_] | None = None,
) -> list[PartMaps]:
    """What each of several models finds in one picture; each backbone looks at it once.

    Args:
        models: that have the same preprocessing.
        picture: (H, W, 3) uint8 RGB at input size.
        placement: how it was laid into the input.
        foreground: (height, width) bool in original pixels, where it is known.
    """
    batch = torch.from_numpy(picture)[None]
    looked: dict[int, list[Tensor]] = {}
    found = []
    for model in models:
        if not isinstance(model, FeaturePartModel):
            found += model.part_maps(batch, [placement], [foreground])
            continue
        backbone = model.backbone
        if id(backbone) not in looked:
            looked[id(backbone)] = [maps[0] for maps in _layers(backbone, batch)]
        found.append(model.part_maps_from(looked[id(backbone)], placement, picture, foreground))
    return found


def _layers(backbone: Backbone, pictures: Tensor) -> list[Tensor]:
    """For each layer (N, C, h, w), rounded as features on disk are."""
    dtype = storage_dtype(backbone.spec.precision)
    return [round_to_storage(maps, dtype) for maps in backbone.feature_maps(pictures)]
