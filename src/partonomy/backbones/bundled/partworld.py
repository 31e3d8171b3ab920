"""A small residual classifier of PartWorld's classes; ``training/`` trains it."""

from __future__ import annotations

from torch import Tensor, nn

CLASSES = (
    "aircraft",
    "bicycle",
    "bird",
    "car",
    "chair",
    "face",
    "fish",
    "house",
    "insect",
    "person",
    "quadruped",
    "ship",
)
"""In the order of the scores."""
CHANNELS = (24, 48, 96, 192)
"""Of the stem and the three stages after it, at strides 2, 4, 8 and 16."""


class PartWorldNetwork(nn.Module):
    """Stem, three stages of residual blocks, mean over the picture, class scores.

    Takes (N, 3, H, W), RGB normalised with ImageNet's mean and deviation, of any size; gives
    (N, classes). ``stage3`` has one vector of 192 channels for 16 x 16 pixels.
    """

    def __init__(self) -> None:
        super().__init__()
        stem, first, second, third = CHANNELS
        self.stem = nn.Sequential(*_convolution(3, stem, 2), nn.ReLU())
        self.stage1 = nn.Sequential(_Block(stem, first, 2))
        self.stage2 = nn.Sequential(_Block(first, second, 2), _Block(second, second, 1))
        self.stage3 = nn.Sequential(_Block(second, third, 2), _Block(third, third, 1))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(third, len(CLASSES))

    def forward(self, pictures: Tensor) -> Tensor:
        features = self.stage3(self.stage2(self.stage1(self.stem(pictures))))
        scores: Tensor = self.classifier(self.pool(features).flatten(1))
        return scores


class _Block(nn.Module):
    """Two convolutions beside a shortcut; He et al., arXiv 1512.03385, figure 2."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(channels_in, channels_out, stride),
            nn.ReLU(),
            *_convolution(channels_out, channels_out, 1),
        )
        self.shortcut = (
            nn.Identity()
            if (channels_in, stride) == (channels_out, 1)
            else nn.Sequential(*_convolution(channels_in, channels_out, stride, size=1))
        )
        self.join = nn.ReLU()

    def forward(self, features: Tensor) -> Tensor:
        joined: Tensor = self.join(self.body(features) + self.shortcut(features))
        return joined


def _convolution(
    channels_in: int, channels_out: int, stride: int, size: int = 3
) -> tuple[nn.Module, nn.Module]:
    return (
        nn.Conv2d(channels_in, channels_out, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(channels_out),
    )
