"""Contrast: InfoNCE row by row, and which pictures positives are drawn from."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from partonomy.segmenter.losses import contrast
from partonomy.segmenter.losses.contrast import drawn_others


def descriptors(pictures: int, parts: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn((pictures, parts, 6), generator=generator, dtype=torch.float64)


def reference(given: Tensor, temperature: float, others: Tensor) -> float:
    pictures, parts, _ = given.shape
    unit = [[vector / vector.norm() for vector in picture] for picture in given]
    rows = []
    for n in range(pictures):
        for k in range(parts):
            here = unit[n][k]
            positive = math.exp(here @ unit[int(others[n, k])][k] / temperature)
            negatives = sum(
                math.exp(here @ unit[m][j] / temperature)
                for m in range(pictures)
                for j in range(parts)
                if j != k
            )
            rows.append(-math.log(positive / (positive + negatives)))
    return sum(rows) / len(rows)


@pytest.mark.parametrize("positives", ["uniform", "paper-code"])
@pytest.mark.parametrize(("pictures", "parts"), [(6, 4), (3, 2), (5, 1)])
@pytest.mark.parametrize("temperature", [0.19, 1.0])
def test_is_what_a_loop_over_rows_gives(
    pictures: int, parts: int, temperature: float, positives: str
) -> None:
    given = descriptors(pictures, parts)
    draws = torch.Generator().manual_seed(5)
    others = drawn_others(pictures, parts, torch.Generator().manual_seed(5), positives)
    found = contrast(given, temperature, draws, positives=positives)
    assert float(found) == pytest.approx(reference(given, temperature, others))


def test_positives_are_uniform_over_the_other_pictures() -> None:
    drawn = drawn_others(4, 9000, torch.Generator().manual_seed(0))
    for n in range(4):
        counts = drawn[n].bincount(minlength=4)
        assert counts[n] == 0
        others = counts[torch.arange(4) != n]
        assert (abs(others - 3000) < 200).all()


def test_the_papers_positives_are_never_the_first_of_the_others() -> None:
    drawn = drawn_others(4, 1000, torch.Generator().manual_seed(0), "paper-code")
    assert [sorted(set(row.tolist())) for row in drawn] == [[2, 3], [2, 3], [1, 3], [1, 2]]


def test_a_batch_of_two_takes_the_other_one() -> None:
    assert drawn_others(2, 3).tolist() == [[1] * 3, [0] * 3]
    given = descriptors(2, 3)
    expected = reference(given, 0.19, torch.tensor([[1] * 3, [0] * 3]))
    assert float(contrast(given)) == pytest.approx(expected)


@pytest.mark.parametrize(("pictures", "positives"), [(1, "uniform"), (2, "paper-code")])
def test_too_few_pictures_are_told(pictures: int, positives: str) -> None:
    with pytest.raises(ValueError, match=f"{pictures} pictures are too few to contrast"):
        contrast(descriptors(pictures, 4), positives=positives)


def test_is_least_where_each_part_means_the_same_everywhere() -> None:
    alike = torch.eye(4).expand(5, 4, 4)
    mixed = torch.stack([torch.eye(4).roll(n, 0) for n in range(5)])
    one = torch.ones(5, 4, 4)
    assert float(contrast(alike)) < 0.1
    assert float(contrast(one)) == pytest.approx(math.log(1 + 5 * 3))
    assert float(contrast(mixed)) > float(contrast(one))


def test_the_length_of_descriptors_does_not_count_and_0_is_no_trouble() -> None:
    given = descriptors(3, 4)
    scaled = given * torch.rand(3, 4, 1, dtype=torch.float64).add(0.1)
    draws = (torch.Generator().manual_seed(1) for _ in range(2))
    torch.testing.assert_close(
        contrast(given, 0.5, next(draws)), contrast(scaled, 0.5, next(draws))
    )
    given[1, 2] = 0
    given.requires_grad_()
    contrast(given).backward()
    assert given.grad.isfinite().all()


def test_gradients_are_right() -> None:
    def loss(given: Tensor) -> Tensor:
        return contrast(given, 0.5, torch.Generator().manual_seed(2))

    assert torch.autograd.gradcheck(loss, descriptors(3, 3).requires_grad_())
