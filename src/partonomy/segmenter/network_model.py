"""A trained network as a part model: its logits are the part maps.

Source: arXiv 2111.06349, section 3; the network is that of
:mod:`partonomy.segmenter.networks.dilated_resnet`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from partonomy.backbones import Backbone, own_backbone
from partonomy.backbones.registry import build
from partonomy.images import Placement
from partonomy.parts import FeaturePartModel, PartMaps, network_tensors, save_part_model
from partonomy.segmenter.loading import KIND, recipe_loader
from partonomy.segmenter.networks import DilatedResNet

if TYPE_CHECKING:  # what trains is not imported where a trained model is loaded
    from partonomy.segmenter.choudhury import ChoudhuryTask
    from partonomy.segmenter.training import Training

RECIPE, VERSION = "choudhury2021", 1
LAYER = "classifier"


class NetworkPartModel(FeaturePartModel):
    """A network that was trained to segment parts; its last layer gives their logits.

    Args:
        backbone: the network, see :func:`partonomy.backbones.own_backbone`, with the one layer
            that gives the logits.
        size: short side of its input, in pixels.
        recipe: that it was trained by, as JSON values, with its ``name`` and ``version``.
        part_names: names of the parts; ``part_01``, ... if not given.
        with_masks: whether it was trained inside foreground masks.
        seed: that it was trained with.

    Raises:
        ValueError: there is not one name a part.
    """

    def __init__(
        self,
        backbone: Backbone,
        size: int,
        recipe: Mapping[str, Any],
        part_names: Sequence[str] | None = None,
        *,
        with_masks: bool,
        seed: int,
    ) -> None:
        n_parts = backbone.layers[0].channels
        names = part_names or [f"part_{part:02d}" for part in range(1, n_parts + 1)]
        if len(names) != n_parts:
            raise ValueError(f"{len(names)} names of {n_parts} parts")
        self.backbone = backbone
        self.size = size
        self.recipe = dict(recipe)
        self.part_names: Sequence[str] = tuple(names)
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
        logits, grid = self.responses(maps, placement)
        return PartMaps(logits.float(), grid, foreground)

    def save(self, folder: Path) -> None:
        """Write the model into a folder, with its network."""
        description = {
            "part_names": list(self.part_names),
            "size": self.size,
            "seed": self.seed,
            "with_masks": self.with_masks,
            "recipe": self.recipe,
            "scores": {"kind": "logits; softmax gives probability"},
        }
        save_part_model(
            folder, KIND, description, network_tensors(self.backbone), self.backbone.spec
        )


def part_model_of(
    task: ChoudhuryTask, training: Training, part_names: Sequence[str] | None = None
) -> NetworkPartModel:
    """The network that a training gave, as a part model; the task's stays as it is.

    Args:
        task: what was trained.
        training: its result.
        part_names: see :class:`NetworkPartModel`.
    """
    recipe = task.recipe
    backbone = own_backbone(training.module, LAYER, device=str(task.device), precision="float32")
    return NetworkPartModel(
        backbone,
        recipe.framing.size,
        recipe.model_dump(mode="json"),
        part_names,
        with_masks=task.with_masks,
        seed=training.seed,
    )


def _network(description: Mapping[str, Any]) -> nn.Module:
    recipe = description["recipe"]
    residual = build(f"torchvision/{recipe['network']}", pretrained=False, weights=None).network
    return DilatedResNet(residual, int(recipe["n_parts"]), torch.Generator())


@recipe_loader(RECIPE, VERSION, network=_network)
def _load(
    description: Mapping[str, Any], _tensors: Mapping[str, Tensor], backbone: Backbone
) -> NetworkPartModel:
    return NetworkPartModel(
        backbone,
        int(description["size"]),
        description["recipe"],
        [str(name) for name in description["part_names"]],
        with_masks=bool(description["with_masks"]),
        seed=int(description["seed"]),
    )
