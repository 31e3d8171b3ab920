"""Equivariance: the divergence pixel by pixel, and where its gradients go."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from partonomy.segmenter.losses import equivariance
from soft_masks import batch


def reference(expected: Tensor, found: Tensor, foreground: Tensor, kind: str) -> float:
    p, q = expected.softmax(1).tolist(), found.softmax(1).tolist()
    means = []
    for n, picture in enumerate(foreground.tolist()):
        total = area = 0.0
        for y, row in enumerate(picture[0]):
            for x, weight in enumerate(row):
                pairs = [(p[n][k][y][x], q[n][k][y][x]) for k in range(len(p[n]))]
                forth = sum(a * math.log(a / b) for a, b in pairs)
                back = sum(b * math.log(b / a) for a, b in pairs)
                total += weight * (forth if kind == "one-sided" else (forth + back) / 2)
                area += weight
        means.append(total / area)
    return sum(means) / len(means)


@pytest.mark.parametrize("kind", ["one-sided", "symmetrised"])
def test_is_what_a_loop_over_pixels_gives(kind: str) -> None:
    (_, expected, foreground), (_, found, _) = batch(seed=0), batch(seed=1)
    loss = equivariance(expected, found, foreground, kind=kind)
    assert float(loss) == pytest.approx(reference(expected, found, foreground, kind), rel=1e-5)
    everywhere = equivariance(expected, found, kind=kind)
    ones = torch.ones_like(foreground)
    assert float(everywhere) == pytest.approx(reference(expected, found, ones, kind), rel=1e-5)


@pytest.mark.parametrize("kind", ["one-sided", "symmetrised"])
def test_is_0_for_the_same_parts_and_takes_logarithms_of_probabilities_too(kind: str) -> None:
    (_, expected, foreground), (_, found, _) = batch(seed=0), batch(seed=1)
    assert float(equivariance(expected, expected + 3, foreground, kind=kind)) == pytest.approx(0)
    by_logits = equivariance(expected, found, foreground, kind=kind)
    by_logarithms = equivariance(expected.softmax(1).log(), found, foreground, kind=kind)
    torch.testing.assert_close(by_logits, by_logarithms)


def test_one_sided_moves_what_is_found_only() -> None:
    (_, expected, foreground), (_, found, _) = batch(seed=0), batch(seed=1)
    expected.requires_grad_()
    found.requires_grad_()
    equivariance(expected, found, foreground).backward()
    assert expected.grad is None
    assert found.grad.abs().sum() > 0


def test_symmetrised_does_not_care_which_is_which_and_moves_both() -> None:
    (_, expected, foreground), (_, found, _) = batch(seed=0), batch(seed=1)
    expected.requires_grad_()
    found.requires_grad_()
    one = equivariance(expected, found, foreground, kind="symmetrised")
    other = equivariance(found, expected, foreground, kind="symmetrised")
    torch.testing.assert_close(one, other)
    gradients = torch.autograd.grad(one, (expected, found))
    assert all(each.abs().sum() > 0 for each in gradients)


@pytest.mark.parametrize("kind", ["one-sided", "symmetrised"])
def test_gradients_are_right(kind: str) -> None:
    (_, expected, foreground), (_, found, _) = batch(2, 3, 1, (2, 3)), batch(2, 3, 1, (2, 3), 1)
    expected.requires_grad_(kind == "symmetrised")
    assert torch.autograd.gradcheck(
        lambda p, q: equivariance(p, q, foreground, kind=kind), (expected, found.requires_grad_())
    )


def test_what_is_outside_does_not_count_and_nothing_inside_is_0() -> None:
    (_, expected, foreground), (_, found, _) = batch(seed=0), batch(seed=1)
    elsewhere = found + 9 * (1 - foreground) * torch.randn_like(found)
    torch.testing.assert_close(
        equivariance(expected, elsewhere, foreground), equivariance(expected, found, foreground)
    )
    assert float(equivariance(expected, found, torch.zeros_like(foreground))) == 0


def test_extreme_logits_give_finite_gradients() -> None:
    expected = torch.tensor([1e4, -1e4, 0]).view(1, 3, 1, 1)
    found = torch.tensor([-1e4, 1e4, 0]).view(1, 3, 1, 1).requires_grad_()
    equivariance(expected, found, kind="symmetrised").backward()
    assert found.grad.isfinite().all()


def test_shapes_that_do_not_fit_are_told() -> None:
    _, logits, foreground = batch()
    with pytest.raises(ValueError, match="expected"):
        equivariance(logits[:1], logits)
    with pytest.raises(ValueError, match="foreground of shape"):
        equivariance(logits, logits, foreground[:, 0])
