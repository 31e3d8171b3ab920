"""Part descriptors: masked means, and those of layers that are never upsampled."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from partonomy.segmenter.losses import layer_descriptors, part_descriptors
from soft_masks import batch


def reference(features: Tensor, masks: Tensor, foreground: Tensor, epsilon: float) -> Tensor:
    pictures, parts = masks.shape[:2]
    height, width = masks.shape[2:]
    found = torch.zeros(pictures, parts, features.shape[1], dtype=features.dtype)
    for n in range(pictures):
        for k in range(parts):
            total, area = 0, epsilon
            for y in range(height):
                for x in range(width):
                    weight = masks[n, k, y, x] * foreground[n, 0, y, x]
                    total = total + weight * features[n, :, y, x]
                    area = area + weight
            found[n, k] = total / area
    return found


def test_are_the_means_that_a_loop_over_pixels_gives() -> None:
    features, logits, foreground = batch()
    masks = logits.softmax(1)
    for epsilon in (1e-7, 0.5):
        found = part_descriptors(features, masks, foreground, epsilon)
        torch.testing.assert_close(found, reference(features, masks, foreground, epsilon))


def test_without_a_foreground_all_pixels_count() -> None:
    features, logits, foreground = batch()
    masks = logits.softmax(1)
    everywhere = part_descriptors(features, masks, torch.ones_like(foreground))
    torch.testing.assert_close(part_descriptors(features, masks), everywhere)


def test_of_a_part_that_is_nowhere_are_0() -> None:
    features, logits, foreground = batch()
    masks = logits.softmax(1)
    masks[:, 1] = 0
    assert (part_descriptors(features, masks, foreground)[:, 1] == 0).all()
    assert (part_descriptors(features, masks, torch.zeros_like(foreground)) == 0).all()


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(
    "sizes", [[(3, 2), (6, 7)], [(1, 1), (5, 4)], [(1, 3)], [(13, 16)], [(2, 20), (6, 1)]]
)
def test_of_layers_are_those_of_their_upsampled_features(
    sizes: list[tuple[int, int]], align_corners: bool
) -> None:
    _, logits, foreground = batch()
    masks = logits.softmax(1).requires_grad_()
    layers = [batch(size=size, seed=seed, channels=2 + seed)[0] for seed, size in enumerate(sizes)]
    scales = [0.33, 2.0][: len(layers)]
    upsampled = upsampled_features(layers, scales, align_corners)
    expected = part_descriptors(upsampled, masks, foreground)
    found = layer_descriptors(layers, masks, foreground, scales=scales, align_corners=align_corners)
    torch.testing.assert_close(found, expected)
    towards = torch.randn_like(expected)
    (gradient,) = torch.autograd.grad((found * towards).sum(), masks)
    torch.testing.assert_close(gradient, torch.autograd.grad((expected * towards).sum(), masks)[0])


def upsampled_features(layers: list[Tensor], scales: list[float], align_corners: bool) -> Tensor:
    """To 6 x 7 pixels."""
    return torch.cat(
        [
            scale * F.interpolate(each, (6, 7), mode="bilinear", align_corners=align_corners)
            for scale, each in zip(scales, layers, strict=True)
        ],
        dim=1,
    )


def test_gradients_are_right() -> None:
    features, logits, foreground = batch(2, 2, 2, (3, 3))
    masks = logits.softmax(1).detach().requires_grad_()
    features.requires_grad_()
    assert torch.autograd.gradcheck(part_descriptors, (features, masks, foreground))
    assert torch.autograd.gradcheck(lambda f, m: layer_descriptors([f], m), (features, masks))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_summed_in_float32(dtype: torch.dtype) -> None:
    """A sum of 200 x 200 ones is beyond float16, and beyond bfloat16's digits."""
    features = torch.ones((1, 1, 200, 200), dtype=dtype)
    masks = torch.ones((1, 1, 200, 200), dtype=dtype)
    with torch.autocast("cpu", dtype):
        for found in (part_descriptors(features, masks), layer_descriptors([features], masks)):
            assert found.dtype == torch.float32
            torch.testing.assert_close(found, torch.ones(1, 1, 1))


def test_can_be_trained_after_a_first_use_in_inference() -> None:
    layer = torch.rand(1, 2, 3, 11)
    masks = torch.rand(1, 2, 9, 17)
    with torch.inference_mode():
        layer_descriptors([layer], masks)
    masks.requires_grad_()
    layer_descriptors([layer], masks).sum().backward()
    assert masks.grad is not None


def test_shapes_that_do_not_fit_are_told() -> None:
    features, logits, foreground = batch()
    masks = logits.softmax(1)
    with pytest.raises(ValueError, match=r"features of shape \(3, 5, 6, 6\)"):
        part_descriptors(features[..., :6], masks)
    with pytest.raises(
        ValueError, match=r"foreground of shape \(1, 1, 6, 7\), want \(3, 1, 6, 7\)"
    ):
        part_descriptors(features, masks, foreground[:1])
    with pytest.raises(ValueError, match="1 scales for 2 layers"):
        layer_descriptors([features, features], masks, scales=[1])
    with pytest.raises(ValueError, match="layers of"):
        layer_descriptors([features[:2]], masks)
