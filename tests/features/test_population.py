import numpy as np
import pytest
import torch

from partonomy.features.population import population_responses, unit_responses, unit_rows


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


def test_unit_rows_leaves_zero_rows():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))
