"""Within-part consistency by sums, beside the squared distances written out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from partonomy.segmenter.losses import (
    rgb_to_lab,
    within_part_consistency,
    within_part_consistency_of_layers,
)
from soft_masks import batch

EPSILON = 1e-5


def direct(features: Tensor, masks: Tensor, foreground: Tensor, reduction: str = "mean") -> Tensor:
    """Each pixel's distance to the mean of each part, one picture and part after the other."""
    losses = []
    for phi, mask, object_ in zip(features, masks, foreground, strict=True):
        total = phi.new_zeros(())
        for part in mask:
            weight = part * object_[0]  # (H, W)
            mean = (weight * phi).sum((1, 2)) / (weight.sum() + EPSILON)  # (C,)
            total = total + (weight * (phi - mean[:, None, None]) ** 2).sum()
        losses.append(total / (object_.sum() + EPSILON))
    return torch.stack(losses).mean() if reduction == "mean" else torch.stack(losses).sum()


def test_is_what_a_loop_over_pixels_gives() -> None:
    features, logits, foreground = batch(2, 3, 2, (3, 4))
    masks = logits.softmax(1)
    expected = 0.0
    for n in range(2):
        total = 0.0
        for k in range(3):
            places = [(y, x) for y in range(3) for x in range(4)]
            weights = [float(masks[n, k, y, x] * foreground[n, 0, y, x]) for y, x in places]
            vectors = [features[n, :, y, x].tolist() for y, x in places]
            mean = [
                sum(w * v[c] for w, v in zip(weights, vectors, strict=True))
                / (sum(weights) + EPSILON)
                for c in range(2)
            ]
            for w, v in zip(weights, vectors, strict=True):
                total += w * sum((v[c] - mean[c]) ** 2 for c in range(2))
        expected += total / (float(foreground[n].sum()) + EPSILON) / 2
    assert float(within_part_consistency(features, masks, foreground)) == pytest.approx(expected)
    assert float(direct(features, masks, foreground)) == pytest.approx(expected)


@pytest.mark.parametrize("reduction", ["mean", "paper-code"])
@pytest.mark.parametrize("soft", [False, True])
def test_has_the_value_and_the_gradients_of_the_direct_form(reduction: str, soft: bool) -> None:
    features, logits, foreground = batch(3, 4, 5, (9, 8))
    if soft:
        foreground = torch.rand_like(foreground)
    features.requires_grad_()
    logits.requires_grad_()
    found = within_part_consistency(features, logits.softmax(1), foreground, reduction=reduction)
    expected = direct(features, logits.softmax(1), foreground, reduction)
    torch.testing.assert_close(found, expected)
    for mine, theirs in zip(
        torch.autograd.grad(found, (features, logits)),
        torch.autograd.grad(expected, (features, logits)),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


def test_gradients_through_the_means_are_right_where_a_part_is_small() -> None:
    """Where a part's area is of epsilon's order its mean does not cancel from the gradient."""
    features, logits, foreground = batch(2, 3, 2, (3, 3))
    masks = logits.softmax(1)
    masks[:, 0] *= 1e-5
    masks = masks.detach().requires_grad_()
    found = within_part_consistency(features, masks, foreground)
    expected = direct(features, masks, foreground)
    torch.testing.assert_close(
        torch.autograd.grad(found, masks), torch.autograd.grad(expected, masks)
    )


def test_gradients_are_the_differences_quotients() -> None:
    features, logits, foreground = batch(2, 2, 2, (3, 3))
    inputs = (features.requires_grad_(), logits.softmax(1).detach().requires_grad_(), foreground)
    assert torch.autograd.gradcheck(within_part_consistency, inputs)


@pytest.mark.parametrize("offset", [0.0, 1e2, 1e4])
def test_features_far_from_0_lose_no_digits(offset: float) -> None:
    """In float32, where squared lengths less squared means would cancel."""
    features, logits, foreground = batch(2, 4, 6, (64, 64))
    features, masks = features + offset, logits.softmax(1).requires_grad_()
    expected = direct(features, masks, foreground)
    narrow = masks.float()
    found = within_part_consistency(features.float(), narrow, foreground.float())
    layered = within_part_consistency_of_layers([features.float()], narrow, foreground.float())
    (gradient,) = torch.autograd.grad(expected, masks)
    for value in (found, layered):
        assert value.item() == pytest.approx(expected.item(), rel=1e-4)
        (mine,) = torch.autograd.grad(value, narrow, retain_graph=True)
        assert float((mine - gradient).norm() / gradient.norm()) < 1e-3


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(
    "sizes", [[(3, 2), (6, 7)], [(1, 1), (5, 4)], [(1, 3)], [(13, 16)], [(2, 20), (6, 1)]]
)
def test_of_layers_is_that_of_their_upsampled_features(
    sizes: list[tuple[int, int]], align_corners: bool
) -> None:
    _, logits, foreground = batch()
    logits.requires_grad_()
    layers = [
        batch(size=size, seed=seed, channels=2 + seed)[0].requires_grad_()
        for seed, size in enumerate(sizes)
    ]
    scales = [0.33, 2.0][: len(layers)]
    upsampled = [
        scale * F.interpolate(each, (6, 7), mode="bilinear", align_corners=align_corners)
        for scale, each in zip(scales, layers, strict=True)
    ]
    expected = direct(torch.cat(upsampled, dim=1), logits.softmax(1), foreground)
    found = within_part_consistency_of_layers(
        layers, logits.softmax(1), foreground, scales=scales, align_corners=align_corners
    )
    torch.testing.assert_close(found, expected)
    for mine, theirs in zip(
        torch.autograd.grad(found, (logits, *layers)),
        torch.autograd.grad(expected, (logits, *layers)),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


def test_many_channels_are_taken_in_several_goes() -> None:
    """Enough of them that they are not one chunk."""
    features, logits, foreground = batch(2, 2, 70, (130, 120), dtype=torch.float32)
    masks = logits.softmax(1)
    expected = direct(features, masks, foreground)
    torch.testing.assert_close(within_part_consistency(features, masks, foreground), expected)
    layered = within_part_consistency_of_layers([features], masks, foreground)
    torch.testing.assert_close(layered, expected)


def test_is_0_where_parts_are_even_and_where_there_is_no_foreground() -> None:
    labels = torch.tensor([[0, 0, 1], [2, 1, 1]])
    masks = F.one_hot(labels, 3).permute(2, 0, 1)[None].double()
    features = torch.randn(1, 4, 3, dtype=torch.float64) @ masks.flatten(2)
    even = features.view(1, 4, 2, 3)
    assert float(within_part_consistency(even, masks)) == pytest.approx(0, abs=1e-9)
    assert float(within_part_consistency(even.roll(1, 3), masks)) > 0.1
    nothing = torch.zeros(1, 1, 2, 3)
    assert float(within_part_consistency(even, masks, nothing)) == 0
    assert float(within_part_consistency_of_layers([even], masks, nothing)) == 0


def test_a_foreground_of_nothing_has_gradients_of_0() -> None:
    features, logits, foreground = batch()
    foreground[1] = 0
    logits.requires_grad_()
    within_part_consistency(features, logits.softmax(1), foreground).backward()
    assert (logits.grad[1] == 0).all()
    assert logits.grad.isfinite().all()


def test_the_papers_reduction_sums_over_pictures() -> None:
    features, logits, foreground = batch(3)
    masks = logits.softmax(1)
    mean = within_part_consistency(features, masks, foreground)
    summed = within_part_consistency(features, masks, foreground, reduction="paper-code")
    torch.testing.assert_close(summed, 3 * mean)


def test_without_a_foreground_all_pixels_count() -> None:
    features, logits, foreground = batch()
    masks = logits.softmax(1)
    everywhere = within_part_consistency(features, masks, torch.ones_like(foreground))
    torch.testing.assert_close(within_part_consistency(features, masks), everywhere)


def test_of_colours_prefers_parts_of_one_colour() -> None:
    pictures = torch.zeros(1, 3, 4, 4)
    pictures[:, 0, :, :2] = 1  # red beside black
    halves = torch.zeros(1, 2, 4, 4)
    halves[:, 0, :, :2] = halves[:, 1, :, 2:] = 1
    lab = rgb_to_lab(pictures)
    assert float(within_part_consistency(lab, halves)) < 1e-2
    assert float(within_part_consistency(lab, halves.transpose(2, 3))) > 1e3


def test_half_precision_is_summed_in_float32() -> None:
    features, logits, foreground = batch(2, 4, 5, (64, 64), dtype=torch.float32)
    features = features.half().float()
    masks = logits.softmax(1)
    expected = within_part_consistency(features, masks, foreground)
    with torch.autocast("cpu", torch.bfloat16):
        found = within_part_consistency(features.half(), masks, foreground)
        layered = within_part_consistency_of_layers([features.half()], masks, foreground)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(layered, expected)


def test_shapes_that_do_not_fit_are_told() -> None:
    features, logits, foreground = batch()
    masks = logits.softmax(1)
    with pytest.raises(ValueError, match="features of shape"):
        within_part_consistency(features[:2], masks)
    with pytest.raises(ValueError, match="foreground of shape"):
        within_part_consistency(features, masks, foreground[..., 1:])
