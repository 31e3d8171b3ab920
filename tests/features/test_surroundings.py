"""Surroundings that are alike: a walk that keeps to its own stuff."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import normalize

from partonomy.features import surroundings
from partonomy.features.population import population_responses
from partonomy.features.surroundings import (
    LEAST_WEIGHT,
    REACH,
    STEPS,
    TEMPERATURE,
    alike_responses,
    surrounded,
)


def maps(seed: int = 0, shape: tuple[int, int] = (6, 9), channels: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(channels, *shape, generator=generator), dim=0)


def weights(seed: int = 1, shape: tuple[int, int] = (6, 9)) -> torch.Tensor:
    drawn = torch.rand(*shape, generator=torch.Generator().manual_seed(seed))
    return torch.where(drawn < 0.3, 0.0, drawn)


def walked_literally(unit: torch.Tensor, weight: torch.Tensor, reach: float) -> torch.Tensor:
    """Cell by cell and step by step."""
    _, rows, columns = unit.shape
    places = [(i, j) for i in range(rows) for j in range(columns)]
    width = reach * min(rows, columns)
    now = {place: unit[:, *place].double() for place in places}
    for _ in range(STEPS):
        after = {}
        for here in places:
            total, mass = torch.zeros(len(unit)).double(), 0.0
            for there in places:
                if weight[there] <= LEAST_WEIGHT:
                    continue
                alike = float(unit[:, *here] @ unit[:, *there]) / TEMPERATURE
                far = math.dist(here, there) ** 2 / (2 * width**2)
                step = float(weight[there]) * math.exp(alike - far)
                total, mass = total + step * now[there], mass + step
            after[here] = total / mass
        now = after
    found = torch.zeros_like(unit)
    for place in places:
        found[:, *place] = normalize(now[place], dim=0).float()
    return found


@pytest.mark.parametrize("weighted", [True, False])
def test_it_is_the_walk_of_its_definition(weighted, monkeypatch):
    # wide enough for steps to count on so small a lattice
    monkeypatch.setattr(surroundings, "REACH", 0.2)
    surroundings._nearness.cache_clear()
    weight = weights() if weighted else torch.ones(6, 9)
    found = alike_responses(maps(), weight if weighted else None)
    surroundings._nearness.cache_clear()
    torch.testing.assert_close(found, walked_literally(maps(), weight, 0.2), atol=1e-5, rtol=1e-4)


def test_a_border_between_two_stuffs_is_not_crossed():
    """Noisy stuffs left and right: beside the border an even mean mixes them, the walk does not."""
    left, right = torch.eye(24)[0], torch.eye(24)[1]
    planted = torch.where(torch.arange(30) < 15, left[:, None], right[:, None])[:, None]
    noise = torch.randn(24, 30, 30, generator=torch.Generator().manual_seed(0))
    unit = normalize(planted + 0.15 * noise, dim=0)

    def own_side(responses: torch.Tensor) -> torch.Tensor:
        """(30, 30) how much more of its own stuff than of the other there is in a cell."""
        more = responses[0] - responses[1]
        return torch.where(torch.arange(30) < 15, more, -more)

    alike, even = own_side(alike_responses(unit)), own_side(population_responses(unit, REACH))
    assert alike.min() > 0.7
    assert even[:, 14:16].mean() < 0.55 < 0.9 < alike[:, 14:16].mean()
    single = own_side(unit)
    assert alike.std() < single.std() / 2, "and what is noise in single cells goes"


def test_cells_that_do_not_count_are_walked_from_and_never_to():
    unit, weight = maps(), weights()
    other = unit.clone()
    other[:, weight == 0] = maps(7)[:, weight == 0]
    one, two = alike_responses(unit, weight), alike_responses(other, weight)
    torch.testing.assert_close(one[:, weight > 0], two[:, weight > 0])
    torch.testing.assert_close(one.norm(dim=0), torch.ones(6, 9))


def test_a_cell_counts_by_its_weight():
    """Of two neighbours the heavier one is what a cell between them is surrounded by."""
    unit = torch.zeros(3, 30, 30)
    unit[0], unit[1, :, :15], unit[2, :, 15:] = 1, 1, 1
    unit = normalize(unit, dim=0)
    weight = torch.ones(30, 30)
    weight[:, 15:] = 0.05
    found = alike_responses(unit, weight)
    assert (found[1, :, 15:17] > alike_responses(unit)[1, :, 15:17]).all()


def test_where_nothing_counts_there_is_nothing():
    found = alike_responses(maps(), torch.full((6, 9), LEAST_WEIGHT / 2))
    assert torch.equal(found, torch.zeros(5, 6, 9))


def test_a_cell_that_sees_no_channel_is_given_what_is_around_and_nothing_is_not_a_number():
    unit = maps()
    unit[:, 2, 3] = 0
    found = alike_responses(unit)
    assert found.isfinite().all()
    assert not alike_responses(torch.zeros(5, 6, 9)).any()


def test_it_turns_with_the_picture_and_does_not_mind_the_channels_order():
    unit, weight = maps(), weights()
    found = alike_responses(unit, weight)
    turned = alike_responses(unit.mT.contiguous(), weight.T.contiguous())
    torch.testing.assert_close(turned.mT, found)
    mirrored = alike_responses(unit.flip(2), weight.flip(1))
    torch.testing.assert_close(mirrored.flip(2), found)
    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(alike_responses(unit[order], weight), found[order])


def test_what_is_given_is_left_as_it_is():
    unit, weight = maps(), weights()
    before = unit.clone(), weight.clone()
    alike_responses(unit, weight)
    assert torch.equal(unit, before[0]) and torch.equal(weight, before[1])


def test_the_width_is_of_even_surroundings_alone():
    unit, weight = maps(), weights()
    for context in (0.0, 0.3):
        assert torch.equal(
            surrounded(unit, "alike", context, weight), alike_responses(unit, weight)
        )
        assert torch.equal(
            surrounded(unit, "even", context, weight), population_responses(unit, context, weight)
        )
