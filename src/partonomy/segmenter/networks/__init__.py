"""Networks of the segmenter: what is trained, and what it is judged by."""

from partonomy.segmenter.networks.dilated_resnet import (
    DilatedClassifier,
    DilatedResNet,
    Statistics,
    dilated_resnet,
)
from partonomy.segmenter.networks.perceptual import VGG19_LAYERS, PerceptualFeatures

__all__ = [
    "VGG19_LAYERS",
    "DilatedClassifier",
    "DilatedResNet",
    "PerceptualFeatures",
    "Statistics",
    "dilated_resnet",
]
