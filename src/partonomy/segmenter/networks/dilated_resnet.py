"""The dilated residual network that Choudhury et al. train as a part segmenter.

Notation: for a picture (3, H, W) the residual stages give features x (C, h, w) at stride 8; the
logits of K parts are

    l = b + sum_r  W_r *_r x[C/2:],    r in 6, 12, 18, 24,

where ``*_r`` is a 3x3 convolution of dilation r. The first half of the channels is left unused.

Source: Choudhury, Laina, Rupprecht, Vedaldi, "Unsupervised part discovery from contrastive
reconstruction", NeurIPS 2021 (arXiv 2111.06349), which takes its network from Hung et al., "SCOPS",
CVPR 2019; the parallel convolutions are those of Chen et al., "DeepLab", 2016. The max-pooling
rounds up, so that the lattice has H/8 + 1 cells, the outermost of which lie on the picture's edges.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from partonomy.backbones import load_backbone
from partonomy.errors import PartonomyError

Statistics = Literal["batch", "frozen"]

DILATIONS = (6, 12, 18, 24)
"""Of the classifier's parallel convolutions."""

_STAGES = {"layer3": 2, "layer4": 4}
"""Dilations of the stages that keep stride 8."""

_DEVIATION = 0.01
_Normalisation = nn.modules.batchnorm._BatchNorm


class DilatedClassifier(nn.Module):
    """The sum of parallel dilated convolutions of the second half of the channels.

    Attributes:
        weight: (R * K, C/2, 3, 3), for each dilation the filters of all parts.
        bias: (K,).

    Args:
        channels: C of the features.
        n_parts: K.
        generator: of the first weights, which are normally distributed; the bias begins at 0.
    """

    def __init__(self, channels: int, n_parts: int, generator: torch.Generator) -> None:
        super().__init__()
        inputs = channels - channels // 2
        self.weight = nn.Parameter(torch.empty(len(DILATIONS) * n_parts, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(n_parts))
        nn.init.normal_(self.weight, std=_DEVIATION, generator=generator)

    def forward(self, features: Tensor) -> Tensor:
        """(N, K, h, w) logits of features (N, C, h, w).

        All filters are one matrix product, whose results are then shifted: libraries are several
        times slower at spread filters that give few channels.
        """
        half = features[:, features.shape[1] // 2 :]
        height, width = half.shape[2:]
        each = self.weight.reshape(len(DILATIONS), -1, *self.weight.shape[1:])  # (R, K, C/2, 3, 3)
        filters = each.permute(0, 3, 4, 1, 2).flatten(0, 3)  # (R * 3 * 3 * K, C/2)
        margin = max(DILATIONS)
        responses = F.pad(F.conv2d(half, filters[..., None, None]), (margin,) * 4)
        shifts = [
            (margin + dilation * down, margin + dilation * across)
            for dilation in DILATIONS
            for down in (-1, 0, 1)
            for across in (-1, 0, 1)
        ]
        logits = self.bias[:, None, None]
        for (y, x), shifted in zip(shifts, responses.chunk(len(shifts), dim=1), strict=True):
            logits = logits + shifted[:, :, y : y + height, x : x + width]
        return logits


class DilatedResNet(nn.Module):
    """A residual network of torchvision's at stride 8, with a classifier of parts.

    Its modules have torchvision's names, and in place of ``fc`` there is ``classifier``. Scale and
    shift of the batch normalisation are never trained.

    Args:
        network: a ``torchvision.models.ResNet``, whose modules are taken over and changed.
        n_parts: K.
        generator: of the classifier's first weights.
        statistics: what batch normalisation goes by in training: ``"batch"``, as published, and
            the only choice for a network that begins at random; or ``"frozen"``, what the network
            came with.

    Raises:
        PartonomyError: it is no residual network of torchvision's.
    """

    def __init__(
        self,
        network: nn.Module,
        n_parts: int,
        generator: torch.Generator,
        statistics: Statistics = "batch",
    ) -> None:
        from torchvision.models import ResNet

        super().__init__()
        if not isinstance(network, ResNet):
            raise PartonomyError(
                f"{type(network).__name__} is no residual network of torchvision's: "
                "choose resnet18, resnet34, resnet50, resnet101, ..."
            )
        if statistics not in get_args(Statistics):
            raise ValueError(f"statistics are {' or '.join(get_args(Statistics))}: {statistics!r}")
        self.statistics = statistics
        self.conv1, self.bn1, self.relu = network.conv1, network.bn1, network.relu
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
        self.layer1, self.layer2 = network.layer1, network.layer2
        self.layer3, self.layer4 = network.layer3, network.layer4
        for stage, dilation in _STAGES.items():
            _dilate(getattr(self, stage), dilation)
        self.classifier = DilatedClassifier(network.fc.in_features, n_parts, generator)
        for module in self.modules():
            if isinstance(module, _Normalisation):
                module.requires_grad_(False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of the parts.

        Args:
            pictures: (N, 3, H, W), normalised.

        Returns:
            (N, K, h, w); with sides that are multiples of 8, h = H/8 + 1 and w = W/8 + 1.
        """
        features = self.maxpool(self.relu(self.bn1(self.conv1(pictures))))  # (N, C, H/4, W/4)
        features = self.layer2(self.layer1(features))  # (N, C, h, w), as all that follows
        return self.classifier(self.layer4(self.layer3(features)))

    def train(self, mode: bool = True) -> DilatedResNet:
        """Training or evaluation mode; frozen statistics stay as they are in both."""
        super().train(mode)
        if self.statistics == "frozen":
            for module in self.modules():
                if isinstance(module, _Normalisation):
                    module.eval()
        return self

    def residual_parameters(self) -> list[nn.Parameter]:
        """What is trained of the residual network."""
        own = {id(parameter) for parameter in self.classifier.parameters()}
        return [each for each in self.parameters() if each.requires_grad and id(each) not in own]


def dilated_resnet(
    name: str,
    n_parts: int,
    weights: str | Path | None = None,
    *,
    generator: torch.Generator,
    statistics: Statistics = "batch",
) -> DilatedResNet:
    """A dilated residual network with weights of torchvision's, and a classifier at random.

    Args:
        name: ``resnet50``, or another residual network of torchvision's.
        n_parts: K.
        weights: a file with all weights of the network, by torchvision's names; ``"random"``;
            torchvision's published ones, fetched on first use, if not given.
        generator: of the classifier's first weights.
        statistics: see :class:`DilatedResNet`.

    Raises:
        PartonomyError: there is no such network, or the weights cannot be had or do not fit.
    """
    loaded = load_backbone(f"torchvision/{name}", None, weights, device="cpu", precision="float32")
    network = loaded.network.requires_grad_(True)
    return DilatedResNet(network, n_parts, generator, statistics).train()


def _dilate(stage: nn.Module, dilation: int) -> None:
    """Have a stage keep its lattice: no strides, and spread filters."""
    for module in stage.modules():
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
            if module.kernel_size != (1, 1):
                module.padding = module.dilation = (dilation, dilation)
