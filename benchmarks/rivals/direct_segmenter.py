"""The losses of arXiv 2111.06349 as its equations read, in float32: what they cost without thought.

Perceptual features are upsampled to the pictures' size and put side by side; the distance of every
pixel to the mean of every part is made, picture by picture and part by part; each view goes through
the network alone, and each branch of its classifier is a convolution of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from partonomy.images import IMAGENET_MEAN, IMAGENET_STD
from partonomy.segmenter.choudhury import Choudhury2021, ChoudhuryTask, Views
from partonomy.segmenter.losses import rgb_to_lab
from partonomy.segmenter.losses.contrast import drawn_others
from partonomy.segmenter.networks.dilated_resnet import DILATIONS, DilatedResNet
from partonomy.segmenter.training import Draw


class Branches(nn.Module):
    """A convolution for each dilation, with the weights of partonomy's classifier."""

    def __init__(self, network: DilatedResNet) -> None:
        super().__init__()
        weights = network.classifier.weight.detach().chunk(len(DILATIONS))
        self.branches = nn.ModuleList()
        for dilation, weight in zip(DILATIONS, weights, strict=True):
            parts, channels = weight.shape[:2]
            branch = nn.Conv2d(channels, parts, 3, padding=dilation, dilation=dilation)
            branch.weight.data.copy_(weight)
            branch.bias.data.zero_()
            self.branches.append(branch)

    def forward(self, features: Tensor) -> Tensor:
        half = features[:, features.shape[1] // 2 :]
        return sum(branch(half) for branch in self.branches)


class DirectSegmenter:
    """The same networks, weights and constants as a task of partonomy's.

    Args:
        task: whose; VGG-19 is its perceptual network.
    """

    def __init__(self, task: ChoudhuryTask) -> None:
        self.recipe: Choudhury2021 = task.recipe
        self.network = copy.deepcopy(task.module).to(memory_format=torch.contiguous_format)
        self.network.classifier = Branches(task.module)
        self.network.train()
        perceptual = copy.deepcopy(task.perceptual.backbone.network.features)
        self.perceptual = perceptual.to(memory_format=torch.contiguous_format)

    def terms(self, views: Views, draw: Draw) -> dict[str, Tensor]:
        """Weighted losses, by name."""
        recipe = self.recipe
        foreground = views.batch.foreground
        clean = views.batch.pictures.permute(0, 3, 1, 2).float() / 255
        with torch.no_grad():
            features = self.features(clean) * foreground
            lab = rgb_to_lab(clean)
        logits = self.logits(views.first)
        masks = logits.softmax(1)
        align = recipe.align_warp
        warped = views.warp.of_maps(logits, align_corners=align)
        expected = warped.detach().log_softmax(1)
        found = self.logits(views.second).log_softmax(1)
        descriptors = torch.einsum("nkhw,nchw->nkc", masks * foreground, features)
        descriptors = descriptors / ((masks * foreground).sum((2, 3)) + 1e-7)[..., None]
        losses = {
            "features": torch.stack(distances(features, masks, foreground)),
            "colour": torch.stack(distances(lab, masks, foreground)),
            "contrast": contrast(descriptors, recipe, draw),
            "equivariance": divergence(expected, found, views.warped_foreground),
        }
        return {name: getattr(recipe, name) * loss.mean() for name, loss in losses.items()}

    def logits(self, pictures: Tensor) -> Tensor:
        """(N, K, S, S)."""
        return upsampled(self.network(normalised(pictures)), pictures, self.recipe.align_logits)

    def features(self, pictures: Tensor) -> Tensor:
        """(N, 768, S, S) scaled layers of VGG-19."""
        maps, seen, left = normalised(pictures), [], dict(self.recipe.perceptual_layers)
        for number, module in enumerate(self.perceptual):
            maps = module(maps)
            scale = left.pop(f"features.{number}", None)
            if scale is not None:
                align = self.recipe.align_features
                large = F.interpolate(
                    maps, pictures.shape[2:], mode="bilinear", align_corners=align
                )
                seen.append(scale * large)
            if not left:
                break
        return torch.cat(seen, dim=1)


def normalised(pictures: Tensor) -> Tensor:
    """As networks of torchvision's want them."""
    mean, std = (pictures.new_tensor(each)[:, None, None] for each in (IMAGENET_MEAN, IMAGENET_STD))
    return (pictures - mean) / std


def upsampled(maps: Tensor, pictures: Tensor, align: bool) -> Tensor:
    """Maps at the size of the pictures."""
    return F.interpolate(maps, pictures.shape[2:], mode="bilinear", align_corners=align)


def distances(features: Tensor, masks: Tensor, foreground: Tensor) -> list[Tensor]:
    """Of each picture, the squared distances to the parts' means, over the object's area."""
    losses = []
    for phi, parts, inside in zip(features, masks, foreground, strict=True):
        loss = torch.zeros(())
        for mask in parts:
            weight = mask * inside  # (1, S, S)
            mean = (weight * phi).sum((1, 2)) / (weight.sum() + 1e-5)
            loss = loss + ((phi - mean[:, None, None]) ** 2 * weight).sum()
        losses.append(loss / (inside.sum() + 1e-5))
    return losses


def contrast(descriptors: Tensor, recipe: Choudhury2021, draw: Draw) -> Tensor:
    """Cross-entropy of the drawn positive of each part among all other parts."""
    pictures, parts, _ = descriptors.shape
    unit = F.normalize(descriptors, dim=2)
    generator = draw.torch(purpose="contrast")
    others = drawn_others(pictures, parts, generator, recipe.positives)
    losses = []
    for n in range(pictures):
        for k in range(parts):
            positive = unit[others[n, k], k]
            negatives = unit[:, [j for j in range(parts) if j != k]].flatten(0, 1)
            scores = torch.cat([positive[None], negatives]) @ unit[n, k] / recipe.temperature
            losses.append(F.cross_entropy(scores[None], torch.tensor([0])))
    return torch.stack(losses).mean()


def divergence(expected: Tensor, found: Tensor, foreground: Tensor) -> Tensor:
    """Of each picture, how far what is found is from what is expected, both log-probabilities."""
    pixels = (expected.exp() * (expected - found)).sum(1, keepdim=True)
    return (pixels * foreground).sum((1, 2, 3)) / (foreground.sum((1, 2, 3)) + 1e-5)


def parameters(segmenter: DirectSegmenter) -> Sequence[nn.Parameter]:
    """What is trained."""
    return [each for each in segmenter.network.parameters() if each.requires_grad]
