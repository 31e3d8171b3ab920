"""What is object in a picture: log-odds cell by cell, and the objects that are kept."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from partonomy.features import ForegroundModel
from partonomy.features.objectness import CONTEXT, main_objects, object_labels, turned_down
from partonomy.features.population import unit_responses

MADE_UP = {"#": 2.0, ".": -1.0, "o": 0.5}


def odds_of(*rows: str) -> Tensor:
    """Log-odds drawn as text: # and o are object, a point is not."""
    return torch.tensor([[MADE_UP[cell] for cell in row] for row in rows])


def drawn(odds: Tensor) -> list[str]:
    return ["".join("#" if cell > 0 else "." for cell in row) for row in odds.tolist()]


def test_log_odds_are_those_of_a_loop_over_cells() -> None:
    """Own and surrounding unit response of each cell against the weights; a bias; nothing else."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(5, 6, 9, generator=generator)
    features[:, 2, 3] = 0  # a dead cell: neither has it a direction, nor do others learn from it
    weights = torch.randn(2, 5, generator=generator)
    model = ForegroundModel(weights, bias=0.3)
    unit = {
        (i, j): features[:, i, j] / max(float(features[:, i, j].norm()), 1e-6)
        for i in range(6)
        for j in range(9)
    }
    width = CONTEXT * 6
    expected = torch.zeros(6, 9)
    for i, j in unit:
        around = torch.zeros(5)
        for (row, column), response in unit.items():
            distance = (i - row) ** 2 + (j - column) ** 2
            around += math.exp(-distance / (2 * width**2)) * response
        around /= max(float(around.norm()), 1e-6)
        expected[i, j] = weights[0] @ unit[i, j] + weights[1] @ around + 0.3
    found = model.objectness(unit_responses(features))
    assert found.shape == (6, 9)
    # what is small beside the main object is turned down, and its size is kept
    torch.testing.assert_close(found.abs(), expected.abs(), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found, main_objects(expected), atol=1e-4, rtol=1e-4)


def test_two_objects_of_like_size_stay_and_the_small_one_goes() -> None:
    odds = odds_of(
        "###....##.",
        "###....##.",
        "###....##.",
        "..........",
        ".oo.......",
    )
    assert drawn(main_objects(odds)) == [
        "###....##.",
        "###....##.",
        "###....##.",
        "..........",
        "..........",
    ]
    assert main_objects(odds)[4, 1] == -0.5, "turned down by as much as it was up"
    untouched = odds != 0.5
    torch.testing.assert_close(main_objects(odds)[untouched], odds[untouched])


def test_an_object_at_three_tenths_of_the_largest_is_kept() -> None:
    assert drawn(main_objects(odds_of("##########.###"))) == ["##########.###"]
    assert drawn(main_objects(odds_of("##########.##."))) == ["##########...."]


def test_nothing_found_stays_nothing_and_everything_everything() -> None:
    for odds in (odds_of("...", "..."), odds_of("###", "###"), odds_of("#"), odds_of(".")):
        assert torch.equal(main_objects(odds), odds)


def test_objects_touch_along_sides_not_corners() -> None:
    labels = object_labels(odds_of("##..", "##..", "..##", "..##"))
    assert len(set(np.unique(labels))) == 3
    assert labels[0, 0] != labels[2, 2]
    assert labels[0, 2] == 0
    joined = object_labels(odds_of("##..", "####", "..##"))
    assert set(np.unique(joined)) == {0, 1}


def test_log_odds_of_0_are_background() -> None:
    assert not object_labels(torch.zeros(2, 3)).any()


def test_turning_down_twice_is_turning_down_once() -> None:
    odds = odds_of("#o.", "..#")
    cells = np.array([[True, False, True], [False, False, True]])
    once = turned_down(odds, cells)
    assert drawn(once) == [".#.", "..."]
    assert torch.equal(turned_down(once, cells), once)
    assert torch.equal(turned_down(odds, np.zeros((2, 3), bool)), odds)


def test_the_key_tells_models_apart() -> None:
    weights = torch.arange(6.0).reshape(2, 3)
    model = ForegroundModel(weights, 0.5)
    assert model.key == ForegroundModel(weights.clone(), 0.5).key
    assert model.key != ForegroundModel(weights, 0.25).key
    assert model.key != ForegroundModel(weights + 1, 0.5).key
