"""Balance: parts that are somewhere, and pixels that are decided."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from partonomy.segmenter.losses import entropy, presence
from soft_masks import batch


def reference_presence(weights: Tensor, border: int) -> float:
    pictures, parts, height, width = weights.shape
    largest = []
    for k in range(parts):
        means = [
            float(weights[n, k, y : y + 3, x : x + 3].mean())
            for n in range(pictures)
            for y in range(border, height - border - 2)
            for x in range(border, width - border - 2)
        ]
        largest.append(max(means))
    return 1 - sum(largest) / parts


@pytest.mark.parametrize("border", [0, 1, 2])
def test_presence_is_what_a_loop_over_squares_gives(border: int) -> None:
    _, logits, foreground = batch(size=(9, 8))
    masks = logits.softmax(1)
    found = presence(masks, foreground, border=border)
    assert float(found) == pytest.approx(reference_presence(masks * foreground, border))
    assert float(presence(masks, border=border)) == pytest.approx(reference_presence(masks, border))


def test_presence_is_0_where_each_part_fills_a_square_of_any_picture() -> None:
    masks = torch.zeros(2, 2, 7, 7)
    masks[0, 0, 2:5, 2:5] = masks[1, 1, 2:5, 2:5] = 1
    assert float(presence(masks)) == pytest.approx(0)
    masks[1, 1] = 0
    assert float(presence(masks)) == pytest.approx(0.5)
    masks[1, 1, :2] = 1  # within the border
    assert float(presence(masks)) == pytest.approx(0.5)


def test_presence_pulls_at_each_parts_best_square_however_weak_it_is() -> None:
    masks = 1e-6 * torch.rand((2, 2, 8, 8), generator=torch.Generator().manual_seed(0))
    masks[0, 0, 2:5, 3:6] = 0.9
    masks[1, 1, 3:6, 2:5] = 1e-3
    masks.requires_grad_()
    presence(masks).backward()
    expected = torch.zeros_like(masks)
    expected[0, 0, 2:5, 3:6] = expected[1, 1, 3:6, 2:5] = -1 / (2 * 9)
    torch.testing.assert_close(masks.grad, expected)


def test_presence_of_maps_within_the_border_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"maps of 6 x 9 cells are too small for a border of 2"):
        presence(torch.rand(1, 2, 6, 9))


def test_entropy_is_what_a_loop_over_pixels_gives() -> None:
    _, logits, foreground = batch()
    masks = logits.softmax(1)
    means = []
    for picture, object_ in zip(masks.tolist(), foreground.tolist(), strict=True):
        total = area = 0.0
        for y, row in enumerate(object_[0]):
            for x, weight in enumerate(row):
                shares = [part[y][x] for part in picture]
                total -= weight * sum(share * math.log(share) for share in shares)
                area += weight
        means.append(total / area)
    found = entropy(masks, foreground)
    assert float(found) == pytest.approx(sum(means) / len(means), rel=1e-5)
    everywhere = entropy(masks, torch.ones_like(foreground))
    assert float(entropy(masks)) == pytest.approx(float(everywhere), rel=1e-5)


def test_entropy_is_log_k_where_nothing_is_decided_and_0_where_all_is() -> None:
    assert float(entropy(torch.full((2, 5, 3, 3), 0.2))) == pytest.approx(math.log(5))
    decided = torch.zeros(1, 3, 2, 2)
    decided[:, 1] = 1
    assert float(entropy(decided)) == 0


def test_entropy_of_a_softmax_that_is_0_has_finite_gradients() -> None:
    logits = torch.tensor([0.0, 500.0, 1.0]).view(1, 3, 1, 1).requires_grad_()
    entropy(logits.softmax(1)).backward()
    assert logits.grad.isfinite().all()


def test_gradients_are_right() -> None:
    _, logits, foreground = batch(2, 3, 1, (7, 7))
    masks = logits.softmax(1).detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda m: entropy(m, foreground), masks)
    assert torch.autograd.gradcheck(lambda m: presence(m, foreground), masks)
