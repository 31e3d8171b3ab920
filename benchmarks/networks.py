"""A network of one's own: the pre-activation ResNet-50 (He et al., 2016), stem and stages 1 to 3.

The keys and the forward pass are those of the weights' ``ORIGIN.md``. Use it as any
network of yours: ``--backbone benchmarks.networks:resnet50_v2_stages --weights FILE``.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn.functional import relu

BLOCKS = (3, 4, 6)


class PreActivationBlock(nn.Module):
    """A bottleneck with normalisation and ReLU before each convolution.

    Args:
        inputs: channels in.
        width: channels of the 3 x 3 convolution; four times as many come out.
        stride: of the 3 x 3 convolution.
        first: whether it opens a stage, so that its shortcut is a convolution.
    """

    def __init__(self, inputs: int, width: int, stride: int, first: bool) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.downsample = nn.Conv2d(inputs, 4 * width, 1, stride, bias=False) if first else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) to (N, 4 width, h / stride, w / stride)."""
        h = relu(self.bn1(x))
        shortcut = x if self.downsample is None else self.downsample(h)
        h = relu(self.bn2(self.conv1(h)))
        h = relu(self.bn3(self.conv2(h)))
        return shortcut + self.conv3(h)


class ResNet50V2Stages(nn.Module):
    """Stem and stages 1 to 3: (N, 3, H, W) to (N, 1024, H / 16, W / 16)."""

    def __init__(self) -> None:
        super().__init__()
        self.data_bn = nn.BatchNorm2d(3)
        self.stem = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(3, 64, 7, 2, padding=3, bias=False),
                bn=nn.BatchNorm2d(64),
                relu=nn.ReLU(),
                pool=nn.MaxPool2d(3, 2, padding=1),
            )
        )
        self.layer1, self.layer2, self.layer3 = (_stage(index) for index in range(3))
        self.post_layer3_bn = nn.BatchNorm2d(1024)
        self.post_layer3_relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Features of RGB in 0..1, normalised with ImageNet's mean and deviation."""
        x = self.stem(self.data_bn(x))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.post_layer3_relu(self.post_layer3_bn(x))


def _stage(index: int) -> nn.Sequential:
    width, stride = 64 * 2**index, 1 if index == 0 else 2
    inputs = 64 if index == 0 else 2 * width
    first = PreActivationBlock(inputs, width, stride, first=True)
    others = [
        PreActivationBlock(4 * width, width, 1, first=False) for _ in range(BLOCKS[index] - 1)
    ]
    return nn.Sequential(first, *others)


def resnet50_v2_stages() -> ResNet50V2Stages:
    """The network, before its weights are loaded."""
    return ResNet50V2Stages()
