"""Trouble found in what a training measured, and its cause."""

from __future__ import annotations

import math
import pickle
import re

import numpy as np
import pytest

from partonomy.segmenter.training import Diverged, Row, TrainingSettings
from partonomy.segmenter.training.health import (
    dead_parts,
    first_not_finite,
    takes_all,
    why_all_taken,
    why_not_finite,
)

SETTINGS = TrainingSettings(steps=100, learning_rate=0.5)
EVEN, ALL = [0.4, 0.3, 0.3], [0.005, 0.99, 0.005]


@pytest.mark.parametrize(
    ("shares", "found"),
    [
        ([], None),
        ([EVEN], None),
        ([EVEN, ALL], (1, 1)),
        ([ALL] * 4, (1, 4)),
        ([ALL, ALL, EVEN, ALL, ALL], (1, 2)),
        ([ALL, ALL, EVEN], None),
        ([[0.99, 0.0, 0.01], ALL], (1, 1)),
        ([[1.0]] * 20, None),
    ],
)
def test_a_part_that_takes_all_is_found_with_the_rows_it_has(shares, found):
    assert takes_all(shares) == found


def test_a_part_is_dead_after_a_window_of_nothing():
    alive = np.full((30, 4), 0.25)
    assert dead_parts(alive) == ()
    alive[10:, 2] = 1e-4
    assert dead_parts(alive) == (2,)
    alive[-3, 2] = 0.01
    assert dead_parts(alive) == ()
    assert dead_parts(alive, window=2) == (2,)
    assert dead_parts([]) == ()


def test_the_first_row_that_is_not_finite():
    numbers = np.ones((5, 3))
    assert first_not_finite(numbers) is None
    numbers[3, 0] = np.inf
    assert first_not_finite(numbers) == 3
    numbers[2, 2] = np.nan
    assert first_not_finite(numbers) == 2


STEADY = [{"contrast": 2.0, "colour": 1.0}] * 8
GROWING = [{"contrast": 2.0, "colour": 3.0**step} for step in range(8)]
BAD = {"contrast": math.nan, "colour": math.nan}


@pytest.mark.parametrize(
    ("before", "terms", "settings", "cause"),
    [
        ([], {"contrast": 1.0, "colour": math.nan}, {}, "'colour' is not finite on the first"),
        ([], {"contrast": 1.0}, {}, "the gradient is not finite on the first"),
        (GROWING, BAD, {}, r"rate of 0.5 is too high \('colour' .* lower it, or clip"),
        (GROWING, BAD, {"clip": 1.0}, "lower it$"),
        (STEADY, {"contrast": math.inf, "colour": 1.0}, {}, "only the term 'contrast'"),
        (STEADY, BAD, {"precision": "bfloat16"}, "train in float32"),
        (STEADY, {"contrast": 1.0, "colour": 1.0}, {}, "the loss is finite and its gradient"),
        (STEADY, BAD, {}, "rate of 0.5 is too high: lower it"),
    ],
)
def test_the_cause_of_a_loss_without_a_value_follows_the_evidence(before, terms, settings, cause):
    settings = TrainingSettings(steps=100, learning_rate=0.5, **settings)
    assert re.search(cause, why_not_finite(before, terms, settings))


def rows(*terms: dict[str, float]) -> list[Row]:
    return [
        Row(step, one, sum(one.values()), [], 1.0, 0.5) for step, one in enumerate(terms, start=1)
    ]


@pytest.mark.parametrize(
    ("history", "cause"),
    [
        (rows(*[{"contrast": 1.0, "colour": 1.0}] * 6), "'contrast' without 'presence'"),
        (rows(*[{"colour": 1.0}] * 6), "no term keeps the other parts present"),
        (rows(*[{"colour": 5.0**n, "presence": 1.0} for n in range(6)]), "'colour' grew"),
        (
            rows(
                *[{"colour": 2.0, "equivariance": 5.0, "presence": 1.0}] * 4,
                *[{"colour": 1.9, "equivariance": 1.0, "presence": 2.0}] * 2,
            ),
            "'equivariance' gained most",
        ),
    ],
)
def test_the_cause_of_one_part_taking_all_follows_the_evidence(history, cause):
    assert cause in why_all_taken(history, 2, SETTINGS)


def test_the_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(Diverged("it did", 7)))
    assert (str(error), error.step) == ("it did", 7)
