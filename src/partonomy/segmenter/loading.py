"""How saved models of each recipe are made again.

All trained segmenters are of the kind ``segmenter``; the recipe that their description names says
how to read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from partonomy.backbones import Backbone
from partonomy.errors import PartonomyError
from partonomy.parts import PartModel, part_model_loader
from partonomy.parts.loading import Loader, NetworkMaker

KIND = "segmenter"


@dataclass(frozen=True)
class _Recipe:
    """How models of a recipe are made again, as of :func:`partonomy.parts.part_model_loader`."""

    version: int
    load: Loader
    network: NetworkMaker | None


_RECIPES: dict[str, _Recipe] = {}


def recipe_loader(
    name: str, version: int, network: NetworkMaker | None = None
) -> Callable[[Loader], Loader]:
    """Register how models of a recipe are made from their description, tensors and backbone.

    Args:
        name, version: of the recipe, as the description has them.
        network: where they have networks of their own: makes one from the description.
    """

    def register(loader: Loader) -> Loader:
        _RECIPES[name] = _Recipe(version, loader, network)
        return loader

    return register


def _recipe(description: Mapping[str, Any]) -> _Recipe:
    recipe = description["recipe"]
    name, version = recipe["name"], recipe["version"]
    known = _RECIPES.get(name)
    if known is None or known.version != version:
        raise PartonomyError(
            f"this part model is of the recipe {name}, version {version}, which this version of "
            "partonomy does not know: update partonomy, or train again"
        )
    return known


def _network(description: Mapping[str, Any]) -> nn.Module:
    make = _recipe(description).network
    if make is None:
        raise ValueError("models of this recipe have no network of their own")
    return make(description)


@part_model_loader(KIND, network=_network)
def _load(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> PartModel:
    return _recipe(description).load(description, tensors, backbone)
