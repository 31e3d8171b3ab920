"""A decoder on a frozen backbone as a part model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.features import ForegroundModel, KnownObjects
from partonomy.images import Grid
from partonomy.parts import (
    PartMaps,
    ResponsePartModel,
    foreground_loaded,
    foreground_saved,
    save_part_model,
)
from partonomy.segmenter.compact.decoder import Decoder
from partonomy.segmenter.compact.describing import PLACES, Axes, ObjectFrame, lattice, responses_of
from partonomy.segmenter.loading import KIND, recipe_loader

RECIPE, VERSION = "compact", 1


class CompactPartModel(ResponsePartModel):
    """Parts by a decoder that was trained on what a frozen backbone says.

    Args:
        backbone: the network; its layers are looked at as one.
        size: short side of its input, in pixels.
        axes: on which the decoder sees responses.
        decoder: gives the parts' logits.
        recipe: that it was trained by, as JSON values, with its ``name`` and ``version``.
        part_names: names of the parts.
        foreground: what finds the foreground where no mask is given.
        known: objects that it finds.
        with_masks: whether it was trained inside foreground masks.
        sharpen: whether masks follow the pictures' edges.
        seed: that it was trained with.
    """

    def __init__(
        self,
        backbone: Backbone,
        size: int,
        axes: Axes,
        decoder: Decoder,
        recipe: Mapping[str, Any],
        part_names: Sequence[str],
        *,
        foreground: ForegroundModel | None,
        known: KnownObjects,
        with_masks: bool,
        sharpen: bool,
        seed: int,
    ) -> None:
        self.backbone = backbone
        self.size = size
        self.axes = axes
        self.decoder = decoder.eval().requires_grad_(False)
        self.recipe = dict(recipe)
        self.part_names = tuple(part_names)
        self.foreground = foreground
        self.known = known
        self.with_masks = with_masks
        self.sharpen = sharpen
        self.seed = seed

    def _maps_of(self, unit: Tensor, grid: Grid, foreground: NDArray[np.bool_] | None) -> PartMaps:
        weight = None
        if foreground is not None:
            weight = torch.from_numpy(grid.coverage(foreground)).float()
        responses = responses_of(unit, weight, self.foreground, self.known)
        with torch.inference_mode():
            places = ObjectFrame.of(responses).places(lattice(grid.shape))
            logits = self.decoder(self.axes.described(responses, places))  # (h w, K)
        scores = logits.T.reshape(-1, *grid.shape)
        return PartMaps(scores, grid, foreground, responses.objectness)

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        found, foreground = foreground_saved(self.foreground)
        description = {
            "part_names": list(self.part_names),
            "size": self.size,
            "seed": self.seed,
            "with_masks": self.with_masks,
            "sharpen": self.sharpen,
            "known": self.known.least,
            "position": self.axes.position,
            "recipe": self.recipe,
            "scores": {"kind": "logits; softmax gives probability"},
            **foreground,
        }
        tensors = {
            **{f"decoder.{name}": each for name, each in self.decoder.state_dict().items()},
            "axes.relative": self.axes.relative,
            "axes.unit": self.axes.unit,
            "concepts": self.known.concepts,
            **found,
        }
        save_part_model(folder, KIND, description, tensors, self.backbone.spec)


@recipe_loader(RECIPE, VERSION)
def _load(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> CompactPartModel:
    axes = Axes(tensors["axes.relative"], tensors["axes.unit"], float(description["position"]))
    part_names = [str(name) for name in description["part_names"]]
    prefix = "decoder."
    state = {
        name.removeprefix(prefix): each for name, each in tensors.items() if name.startswith(prefix)
    }
    shape = (len(axes.unit), sum(layer.channels for layer in backbone.layers))
    if not axes.unit.shape == axes.relative.shape == shape:
        raise ValueError("the axes are not of the network's layers")
    if state["directions"].shape != (len(part_names), len(axes.unit) + PLACES):
        raise ValueError("the directions are not of the parts and axes")
    decoder = Decoder(state["directions"], len(state["inner.bias"]), torch.Generator())
    try:
        decoder.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"the decoder: {error}") from None
    return CompactPartModel(
        backbone,
        int(description["size"]),
        axes,
        decoder,
        description["recipe"],
        part_names,
        foreground=foreground_loaded(description, tensors),
        known=KnownObjects(tensors["concepts"], float(description["known"])),
        with_masks=bool(description["with_masks"]),
        sharpen=bool(description["sharpen"]),
        seed=int(description["seed"]),
    )
