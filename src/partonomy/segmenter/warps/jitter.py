"""Photometric jitter: each picture in other light and colours, its shapes where they were.

Source of the constants: the published code of arXiv 2111.06349, whose brightness, contrast,
saturation and hue change with probability 0.8, in any order, before it turns grey with 0.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as colours

_CHANGES = (
    colours.adjust_brightness,
    colours.adjust_contrast,
    colours.adjust_saturation,
    colours.adjust_hue,
)


@dataclass(frozen=True)
class PhotometricJitter:
    """Changes the colours of each picture of a batch in its own way.

    Attributes:
        brightness: most by which the factor differs from 1.
        contrast: most by which the factor differs from 1.
        saturation: most by which the factor differs from 1.
        hue: most by which hues turn, of a whole turn.
        probability: that a picture's colours are changed at all.
        grey: probability that a picture loses its colours.
    """

    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.2
    hue: float = 0.2
    probability: float = 0.8
    grey: float = 0.2

    def __call__(self, pictures: Tensor, generator: torch.Generator) -> Tensor:
        """Jitter pictures, wherever they are.

        Args:
            pictures: (N, 3, H, W) float in 0..1.
            generator: where the draws come from, on the CPU.

        Returns:
            (N, 3, H, W) in 0..1.
        """
        n = len(pictures)
        even = torch.tensor([1.0, 1.0, 1.0, 0.0])
        spread = torch.tensor([self.brightness, self.contrast, self.saturation, self.hue])
        least = torch.maximum(even - spread, torch.tensor([0.0, 0.0, 0.0, -0.5]))
        draws = torch.rand((n, len(_CHANGES)), generator=generator)
        factors = least + (even + spread - least) * draws
        orders = torch.rand((n, len(_CHANGES)), generator=generator).argsort(dim=1)
        whether = torch.rand((n, 2), generator=generator)
        changed, grey = whether[:, 0] < self.probability, whether[:, 1] < self.grey
        jittered = []
        for index, picture in enumerate(pictures):
            if changed[index]:
                for change in orders[index].tolist():
                    picture = _CHANGES[change](picture, float(factors[index, change]))
            if grey[index]:
                picture = colours.rgb_to_grayscale(picture, num_output_channels=3)
            jittered.append(picture)
        return torch.stack(jittered)
