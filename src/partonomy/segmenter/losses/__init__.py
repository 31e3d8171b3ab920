"""Losses that part masks are trained by: pure functions of tensors, all differentiable."""

from partonomy.segmenter.losses.balance import entropy, presence
from partonomy.segmenter.losses.colour import rgb_to_lab
from partonomy.segmenter.losses.consistency import (
    Reduction,
    within_part_consistency,
    within_part_consistency_of_layers,
)
from partonomy.segmenter.losses.contrast import Positives, contrast
from partonomy.segmenter.losses.descriptors import layer_descriptors, part_descriptors
from partonomy.segmenter.losses.equivariance import Kind, equivariance

__all__ = [
    "Kind",
    "Positives",
    "Reduction",
    "contrast",
    "entropy",
    "equivariance",
    "layer_descriptors",
    "part_descriptors",
    "presence",
    "rgb_to_lab",
    "within_part_consistency",
    "within_part_consistency_of_layers",
]
