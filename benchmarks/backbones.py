"""The networks of the quality tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import partonomy as pt
from benchmarks import data


@dataclass(frozen=True)
class Network:
    """A network of the tables.

    Attributes:
        title: for the table.
        name: what ``--backbone`` is given.
        weights: folder of the weights file.
        centre: mean and deviation of its input, where they are not ImageNet's.
        baselines: FG-NMI and FG-ARI of plain k-means at 4, 8, 16 parts on all pictures squashed
            to 448 x 448, by data set, as ``BASELINES.md`` beside the pictures has them.
    """

    title: str
    name: str
    weights: str
    centre: float | None = None
    baselines: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)

    def load(self, *, random: bool = False) -> pt.Backbone:
        """The network at its recommended layer, with weights as before training if ``random``."""
        centre = None if self.centre is None else (self.centre,) * 3
        weights = "random" if random else data.weights(self.weights)
        return pt.load_backbone(self.name, weights=weights, mean=centre, std=centre)


NETWORKS = (
    Network(
        "SqueezeNet 1.1",
        "torchvision/squeezenet1_1",
        "squeezenet1_1",
        baselines={
            "cars": ((21.2, 16.4), (21.0, 13.0), (21.0, 10.1)),
            "clothing": ((14.1, 5.7), (17.4, 8.5), (18.6, 9.1)),
        },
    ),
    Network("MobileNetV2", "torchvision/mobilenet_v2", "mobilenet_v2", centre=0.5),
    Network(
        "ViT-Tiny",
        "vit_tiny_patch16_224",
        "vit_tiny_patch16_224",
        centre=0.5,
        baselines={
            "cars": ((25.3, 15.1), (27.3, 17.1), (29.3, 14.1)),
            "clothing": ((22.3, 10.1), (26.9, 13.0), (28.5, 12.9)),
        },
    ),
    Network(
        "ResNet-50 v2 stages",
        "benchmarks.networks:resnet50_v2_stages",
        "resnet50_v2_stages1to3",
        baselines={
            "cars": ((10.1, 5.1), (20.6, 11.8), (23.4, 10.1)),
            "clothing": ((16.9, 6.2), (17.7, 7.9), (20.9, 9.1)),
        },
    ),
)
