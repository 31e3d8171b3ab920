"""Agreement of labellings: scikit-learn's figures, exact over parts, and no overflow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from partonomy.metrics import adjusted_rand_index, contingency


@given(st.integers(2, 60), st.integers(1, 5), st.integers(1, 5), st.integers(0, 10_000))
def test_scikit_learn_says_the_same(count: int, rows: int, columns: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    first, second = generator.integers(rows, size=count), generator.integers(columns, size=count)
    table = contingency(first, second, (rows, columns))
    present = table[table.any(axis=1)][:, table.any(axis=0)]
    np.testing.assert_array_equal(present, contingency_matrix(first, second))
    assert adjusted_rand_index(table) == pytest.approx(adjusted_rand_score(first, second), abs=1e-9)


def test_names_of_labels_do_not_matter() -> None:
    first = np.random.default_rng(0).integers(4, size=500)
    renamed = np.array([2, 0, 3, 1])[first]
    assert adjusted_rand_index(contingency(first, renamed, (4, 4))) == pytest.approx(1)


def test_chance_gives_nothing() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.integers(4, size=(2, 100_000))
    assert abs(adjusted_rand_index(contingency(first, second, (4, 4)))) < 1e-3


def test_tables_of_shards_add_up() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.integers(3, size=(2, 999))
    shards = [
        contingency(part, other, (3, 3))
        for part, other in zip(np.split(first, 3), np.split(second, 3), strict=True)
    ]
    np.testing.assert_array_equal(sum(shards), contingency(first, second, (3, 3)))


def test_pixels_of_a_large_collection_do_not_overflow() -> None:
    small = np.array([[30, 5], [2, 40]])
    large = small * 10**11
    assert adjusted_rand_index(large) == pytest.approx(adjusted_rand_index(small * 10**6), rel=1e-6)


def test_one_thing_or_one_group_agrees() -> None:
    assert adjusted_rand_index(np.array([[1]])) == 1
    assert adjusted_rand_index(np.array([[7]])) == 1


def test_labels_outside_the_table_are_refused() -> None:
    with pytest.raises(ValueError, match="invalid entry"):
        contingency(np.array([0, 3]), np.array([0, 1]), (2, 2))
    with pytest.raises(ValueError, match="cannot be compared"):
        contingency(np.array([0]), np.array([0, 1]), (2, 2))
