import numpy as np
import pytest
import torch

from partonomy.features.population import (
    COMMON,
    common_response,
    population_responses,
    relative_responses,
    unit_responses,
    unit_rows,
)


def test_unit_responses_are_each_cells_direction():
    maps = torch.randn(5, 4, 6)
    unit = unit_responses(maps.half())
    torch.testing.assert_close(unit, maps / maps.norm(dim=0), atol=2e-3, rtol=2e-3)
    assert population_responses(unit, 0) is unit, "without context it is all that is known"


def test_what_is_given_is_left_as_it_is():
    maps = torch.full((2, 3, 3), 2.0)
    unit = unit_responses(maps)
    population_responses(unit, 0.5)
    assert (maps == 2).all()
    torch.testing.assert_close(unit, torch.full((2, 3, 3), 0.5**0.5))


def test_context_is_a_gaussian_mean_of_unit_responses():
    """Against a loop over all pairs of cells."""
    torch.manual_seed(0)
    maps, weight = torch.randn(3, 5, 7), torch.rand(5, 7)
    unit = maps / maps.norm(dim=0)
    width = 0.2 * 5
    expected = torch.zeros_like(unit)
    for i in range(5):
        for j in range(7):
            total = torch.zeros(3)
            for y in range(5):
                for x in range(7):
                    near = np.exp(-((i - y) ** 2 + (j - x) ** 2) / (2 * width**2))
                    total += float(near) * weight[y, x] * unit[:, y, x]
            expected[:, i, j] = total / total.norm()
    torch.testing.assert_close(
        population_responses(unit, 0.2, weight), expected, atol=1e-5, rtol=1e-4
    )


def test_what_has_no_weight_does_not_matter():
    maps, weight = torch.randn(4, 8, 8), torch.zeros(8, 8)
    weight[2:6, 2:6] = 1
    other = maps.clone()
    other[:, weight == 0] = torch.randn(4, int((weight == 0).sum()))
    torch.testing.assert_close(
        population_responses(unit_responses(maps), 0.1, weight),
        population_responses(unit_responses(other), 0.1, weight),
    )


def test_dead_cells_stay_zero_and_finite():
    responses = population_responses(unit_responses(torch.zeros(4, 3, 3)), 0.1)
    assert torch.equal(responses, torch.zeros(4, 3, 3))


def test_common_is_the_mean_over_the_object():
    unit = unit_responses(torch.randn(4, 3, 5))
    unit[:, 0, 0] = 0  # a dead cell is no part of it
    weight = torch.rand(3, 5)
    alive = weight.clone()
    alive[0, 0] = 0
    expected = (unit * alive).sum(dim=(1, 2)) / alive.sum()
    torch.testing.assert_close(common_response(unit, weight), expected)
    evenly = unit.flatten(1)[:, 1:].mean(dim=1)
    torch.testing.assert_close(common_response(unit), evenly)
    assert torch.equal(common_response(unit, torch.zeros(3, 5)), torch.zeros(4))


def test_relative_responses_lose_part_of_what_they_have_in_common():
    rows = torch.nn.functional.normalize(torch.randn(6, 4), dim=1)
    rows[2] = 0
    common = torch.randn(6, 4)
    relative = relative_responses(rows, common)
    for row, mean, found in zip(rows, common, relative, strict=True):
        expected = row - COMMON * mean if row.any() else row
        length = expected.norm() if row.any() else 1.0
        torch.testing.assert_close(found, expected / length)
    torch.testing.assert_close(
        relative_responses(rows, common[0]), relative_responses(rows, common[:1].expand(6, 4))
    )


def test_parts_of_unlike_objects_are_nearer_in_relative_responses():
    """Two parts on two objects that differ as wholes more than their parts do."""
    part, whole = torch.eye(4)[:2], torch.eye(4)[2:]
    cells = [torch.nn.functional.normalize(part + 1.2 * each, dim=1) for each in whole]
    one, other = (relative_responses(each, each.mean(dim=0)) for each in cells)
    assert (cells[0] @ cells[1].T).diag().max() < (cells[0][0] @ cells[0][1]), "else a bad example"
    assert (one @ other.T).diag().min() > (one[0] @ one[1])


def test_unit_rows_leaves_zero_rows():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
