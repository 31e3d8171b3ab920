"""Agreement of labellings: scikit-learn's figures, exact over parts, and no overflow."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from partonomy.metrics import (
    adjusted_rand_index,
    contingency,
    foreground,
    normalised_mutual_information,
)

labellings = given(st.integers(2, 60), st.integers(1, 5), st.integers(1, 5), st.integers(0, 10_000))


def two(count, rows, columns, seed, dtype=np.int64):
    generator = np.random.default_rng(seed)
    return (
        generator.integers(rows, size=count).astype(dtype),
        generator.integers(columns, size=count).astype(dtype),
    )


@labellings
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_scikit_learn_says_the_same(dtype, count, rows, columns, seed):
    first, second = two(count, rows, columns, seed, dtype)
    table = contingency(first, second, (rows, columns))
    present = table[table.any(axis=1)][:, table.any(axis=0)]
    np.testing.assert_array_equal(present, contingency_matrix(first, second))
    assert adjusted_rand_index(table) == pytest.approx(adjusted_rand_score(first, second), abs=1e-9)
    expected = normalized_mutual_info_score(first, second)
    assert normalised_mutual_information(table) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("score", [adjusted_rand_index, normalised_mutual_information])
class TestBoth:
    def test_names_of_labels_do_not_matter(self, score):
        first = np.random.default_rng(0).integers(4, size=500)
        renamed = np.array([2, 0, 3, 1])[first]
        assert score(contingency(first, renamed, (4, 4))) == pytest.approx(1)

    def test_chance_gives_nothing(self, score):
        first, second = two(100_000, 4, 4, 0)
        assert abs(score(contingency(first, second, (4, 4)))) < 1e-3

    def test_neither_labelling_is_special(self, score):
        first, second = two(300, 4, 3, 0)
        there, back = contingency(first, second, (4, 3)), contingency(second, first, (3, 4))
        assert score(there) == pytest.approx(score(back))

    def test_a_thousand_million_pixels_and_more_do_not_overflow(self, score):
        small = np.array([[30, 5], [2, 40]])
        for times in (10**9, 10**16):
            assert score(small * times) == pytest.approx(score(small * 10**6), rel=1e-6)

    def test_one_thing_or_one_group_agrees(self, score):
        assert score(np.array([[1]])) == 1
        assert score(np.array([[7]])) == 1
        assert score(np.zeros((2, 2), np.int64)) == 1, "nothing disagrees"

    def test_one_group_against_several_is_no_agreement(self, score):
        assert score(np.array([[3, 4, 5]])) == pytest.approx(0)


@labellings
def test_tables_of_shards_add_up(count, rows, columns, seed):
    first, second = two(count, rows, columns, seed)
    whole = contingency(first, second, (rows, columns))
    cut = seed % (count + 1)
    parts = [
        contingency(first[part], second[part], (rows, columns))
        for part in (slice(cut), slice(cut, None))
    ]
    np.testing.assert_array_equal(sum(parts), whole)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
def test_many_pixels_are_counted_in_little_memory(dtype):
    """More than are counted at a time, and more in one cell than a 32-bit float can count."""
    first = np.zeros((4500, 4096), dtype)
    first[::3] = 49
    second = np.broadcast_to(np.arange(4096, dtype=np.int64) % 2, first.shape).astype(dtype)
    tracemalloc.start()
    table = contingency(first, second, (50, 50))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6, "an index of each pixel alone would take 147 MB"
    expected = np.zeros((50, 50), np.int64)
    expected[0, :2], expected[49, :2] = 3000 * 2048, 1500 * 2048
    np.testing.assert_array_equal(table, expected)


def test_all_bytes_can_be_labels():
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(contingency(every, every, (256, 256)), np.eye(256, dtype=int))
    wide = contingency(every, every[::-1].copy(), (300, 256))
    assert wide.shape == (300, 256)
    assert wide.sum() == 256


def test_labellings_may_be_of_nothing_and_of_any_layout():
    nothing = np.zeros((0, 4), np.uint8)
    assert not contingency(nothing, nothing, (2, 3)).any()
    first, second = two(12, 3, 2, 0, np.uint8)
    there = contingency(first.reshape(3, 4).T, second.reshape(3, 4).T, (3, 2))
    np.testing.assert_array_equal(there, contingency(first, second, (3, 2)))


def test_the_foreground_is_what_is_true_of_no_background():
    truth, found = np.array([0, 0, 1, 2]), np.array([1, 0, 1, 0])
    table = foreground(contingency(truth, found, (3, 2)))
    np.testing.assert_array_equal(table, [[0, 1], [1, 0]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_labels_outside_the_table_are_refused(dtype):
    with pytest.raises(ValueError, match=r"outside the table|invalid entry"):
        contingency(np.array([0, 3], dtype), np.array([0, 1], dtype), (2, 2))
    with pytest.raises(ValueError, match="cannot be compared"):
        contingency(np.array([0], dtype), np.array([0, 1], dtype), (2, 2))
