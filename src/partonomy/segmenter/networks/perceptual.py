"""Perceptual features: what a trained network sees in pictures, at the lattices that it has it on.

Notation: layers l of a frozen network give maps phi_l (C_l, h_l, w_l), each with a scale s_l. What
losses compare are the vectors of all s_l phi_l, upsampled to the picture and side by side; they
are never made (:mod:`partonomy.segmenter.losses.upsampling`).

Source: arXiv 2111.06349, whose network is VGG-19.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.errors import PartonomyError

VGG19_LAYERS = {"features.13": 0.33, "features.35": 1.0}
"""relu3_2 and relu5_4 of ``torchvision/vgg19``, and their scales."""


class PerceptualFeatures:
    """Layers of a backbone, with scales.

    Attributes:
        backbone: the network and its layers.
        scales: of each layer.

    Raises:
        PartonomyError: there is not one scale a layer.
    """

    def __init__(self, backbone: Backbone, scales: Sequence[float] | None = None) -> None:
        self.backbone = backbone
        self.scales = tuple(scales or [1.0] * len(backbone.layers))
        if len(self.scales) != len(backbone.layers):
            raise PartonomyError(
                f"{len(self.scales)} scales for {len(backbone.layers)} perceptual layers: "
                "give one a layer"
            )

    def to(self, device: torch.device) -> PerceptualFeatures:
        """Move the network to a device."""
        backbone = self.backbone
        self.backbone = Backbone(backbone.network, backbone.spec, backbone.layers, device)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Without the hooks of the backbone, which no other process can have."""
        backbone = self.backbone
        parts = (backbone.network, backbone.spec, backbone.layers, backbone.device)
        return {"backbone": parts, "scales": self.scales}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.backbone, self.scales = Backbone(*state["backbone"]), state["scales"]

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        """Maps of each layer, without scale.

        Args:
            pictures: (N, H, W, 3) uint8 RGB.

        Returns:
            For each layer (N, C_l, h_l, w_l) float32, without gradient.
        """
        # copies, for what was computed in inference mode can take no part in a gradient's graph
        return [maps.float().clone() for maps in self.backbone.feature_maps(pictures)]
