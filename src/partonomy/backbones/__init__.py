"""Networks in: by name, with weights, as dense maps of their layers and where those lie."""

from partonomy.backbones.backbone import (
    DEFAULT_BACKBONE,
    SAVED,
    Backbone,
    BackboneSpec,
    load_backbone,
    own_backbone,
)
from partonomy.backbones.layers import Layer, list_layers, recommended_layers
from partonomy.backbones.registry import is_own_function
from partonomy.backbones.threads import picture_threads

__all__ = [
    "DEFAULT_BACKBONE",
    "SAVED",
    "Backbone",
    "BackboneSpec",
    "Layer",
    "is_own_function",
    "list_layers",
    "load_backbone",
    "own_backbone",
    "picture_threads",
    "recommended_layers",
]
