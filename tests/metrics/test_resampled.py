"""Average precision of resamples: as if pictures that are drawn twice were there twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partonomy.metrics import average_precision, picture_weights, weighted_average_precision


@given(st.integers(0, 10_000), st.sampled_from([0, 2, 9]))
def test_weights_of_whole_numbers_are_copies(seed: int, dropped: int) -> None:
    """Nothing but copies in a row: what is right counts with the precision after its last copy."""
    generator = np.random.default_rng(seed)
    right = np.flatnonzero(generator.random(20) < 0.4)
    ones = np.ones((1, 20))
    plain = weighted_average_precision(ones, right, np.array([len(right) + 1.0]), dropped)[0]
    assert plain == pytest.approx(average_precision(right + 1, len(right) + 1, dropped))
    double = weighted_average_precision(2 * ones, right, np.array([2.0 * len(right) + 2]), 0)[0]
    assert double == pytest.approx(average_precision(right + 1, len(right) + 1))


def test_pictures_are_drawn_with_replacement_and_seeded() -> None:
    weights = picture_weights(30, 200, 1)
    assert weights.shape == (200, 30)
    assert (weights.sum(axis=1) == 30).all()
    assert weights.std() > 0.5
    assert (weights == picture_weights(30, 200, 1)).all()
