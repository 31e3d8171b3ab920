"""The learning rate over a training."""

from __future__ import annotations

import math

import pytest

from partonomy.segmenter.training.schedule import learning_rate_factor

SCHEDULES = ["constant", "cosine", "poly"]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 7, 100])
def test_it_starts_at_its_highest_and_never_rises_nor_ends(schedule, steps):
    factors = [learning_rate_factor(step, steps, schedule) for step in range(steps)]
    assert factors[0] == 1
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] > 0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_is_linear_and_the_fall_takes_the_steps_that_are_left(schedule):
    warm = [learning_rate_factor(step, 24, schedule, warmup=4) for step in range(24)]
    assert warm[:4] == [0.25, 0.5, 0.75, 1]
    assert warm[4:] == [learning_rate_factor(step, 20, schedule) for step in range(20)]


def test_the_formulas():
    assert learning_rate_factor(25, 100, "poly", power=0.9) == pytest.approx(0.75**0.9)
    assert learning_rate_factor(25, 100, "cosine") == pytest.approx((1 + math.sqrt(0.5)) / 2)
    assert learning_rate_factor(50_000, 100_000, "poly", power=2) == pytest.approx(0.25)
