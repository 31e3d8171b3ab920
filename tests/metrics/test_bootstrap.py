"""Intervals: against pictures drawn one by one, and they hold what they promise."""

import numpy as np
import pytest

from partonomy.metrics import adjusted_rand_index, bootstrap_interval, combination, contingency


def tables(n=40, seed=0):
    """Contingency tables of pictures whose labellings agree in part."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        truth = generator.integers(3, size=50)
        found = np.where(generator.random(50) < 0.6, truth, generator.integers(3, size=50))
        made.append(contingency(truth, found, (3, 3)))
    return np.stack(made)


def test_weights_say_what_drawing_pictures_one_by_one_says():
    each = tables()
    generator = np.random.default_rng(5)
    scores = [
        adjusted_rand_index(each[generator.integers(len(each), size=len(each))].sum(axis=0))
        for _ in range(2000)
    ]
    found = bootstrap_interval(each, adjusted_rand_index, resamples=2000)
    low, high = np.quantile(scores, [0.025, 0.975])
    assert found.value == adjusted_rand_index(each.sum(axis=0))
    assert found.low == pytest.approx(low, abs=0.01)
    assert found.high == pytest.approx(high, abs=0.01)


def test_nine_of_ten_intervals_hold_the_mean_that_was_planted():
    """Of a mean of 60 values each, as sums and counts."""
    held = 0
    for seed in range(200):
        values = np.random.default_rng(seed).normal(3, 1, 60)
        sums = np.stack([values, np.ones(60)], axis=1)
        found = bootstrap_interval(
            sums, lambda s: float(s[0] / s[1]), resamples=300, level=0.9, seed=seed
        )
        held += found.low <= 3 <= found.high
    assert 165 <= held <= 195


def test_same_seed_same_interval_and_more_certain_is_wider():
    each = tables()
    one, again = (bootstrap_interval(each, adjusted_rand_index, seed=3) for _ in range(2))
    assert one == again
    wide = bootstrap_interval(each, adjusted_rand_index, seed=3, level=0.99)
    assert wide.low < one.low < one.value < one.high < wide.high


def test_tables_of_resamples_are_whole_numbers_however_large():
    each = tables() * 10**12

    def whole(table):
        assert table.dtype == np.int64
        assert (table % 10**12 == 0).all()
        return adjusted_rand_index(table)

    large = bootstrap_interval(each, whole, resamples=100)
    small = bootstrap_interval(tables(), adjusted_rand_index, resamples=100)
    assert large.low == pytest.approx(small.low, rel=0.01)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int32])
def test_tables_of_a_narrow_type_score_as_wide_ones(dtype):
    """Though that type may hold no sum of them."""
    largest = 1 if dtype == np.bool_ else np.iinfo(dtype).max
    counts = np.random.default_rng(0).integers(0, largest, (40, 3), endpoint=True)
    narrow, wide = counts.astype(dtype), counts.astype(np.int64)

    def share(table):
        return float(table[0] / table.sum())

    found = bootstrap_interval(narrow, share, resamples=200)
    assert found == bootstrap_interval(wide, share, resamples=200)
    assert found.low < found.value < found.high


def test_pictures_that_may_have_no_score_are_not_left_out_unsaid():
    seen = np.zeros((10, 2))
    seen[0] = 1  # a third of all resamples lack the one picture that counts

    def mean(table):
        return float(table[0] / table[1]) if table[1] else float("nan")

    with pytest.raises(ValueError, match=r"[1-9]\d+ of 100 resamples have no score"):
        bootstrap_interval(seen, mean, resamples=100)


def test_one_picture_says_nothing_of_its_spread():
    found = bootstrap_interval(tables(1), adjusted_rand_index, resamples=10)
    assert found.low == found.value == found.high


def test_nothing_to_resample_is_refused():
    with pytest.raises(ValueError, match="no pictures"):
        bootstrap_interval(np.zeros((0, 2, 2), int), adjusted_rand_index)
    with pytest.raises(ValueError, match="level 1"):
        bootstrap_interval(tables(3), adjusted_rand_index, level=1)
    with pytest.raises(ValueError, match="resamples 0"):
        bootstrap_interval(tables(3), adjusted_rand_index, resamples=0)


def test_basic_intervals_are_the_others_reflected_and_hold_the_score() -> None:
    each = tables(8)
    one = bootstrap_interval(each, adjusted_rand_index)
    other = bootstrap_interval(each, adjusted_rand_index, kind="basic")
    assert other.value == one.value
    assert other.low == pytest.approx(min(2 * one.value - one.high, one.value))
    assert other.high == pytest.approx(max(2 * one.value - one.low, one.value))
    assert other.low <= other.value <= other.high


def test_combinations_of_scores_of_the_same_pictures_lose_what_they_share() -> None:
    generator = np.random.default_rng(0)
    shared = generator.normal(0, 10, 200)
    first, second = (
        bootstrap_interval(
            (shared + shift + generator.normal(0, 0.1, 200)), lambda s: float(s) / 200
        )
        for shift in (1.0, 0.0)
    )
    gain = combination([(1, first), (-1, second)])
    assert gain.value == pytest.approx(first.value - second.value)
    assert 0.9 < gain.low < gain.value < gain.high < 1.1
    assert first.low < second.high  # which alone would say nothing
    mean = combination([(0.5, first), (0.5, second)])
    assert mean.value == pytest.approx((first.value + second.value) / 2)
    assert combination([(1, first)]).figures() == first.figures()
    nothing = combination([(1, first), (float("nan"), second)])
    assert np.isnan(list(nothing.figures().values())[:3]).all() and np.isnan(nothing.draws).all()
    with pytest.raises(ValueError, match="different levels"):
        combination([(1, first), (1, bootstrap_interval(shared, float, level=0.5))])
