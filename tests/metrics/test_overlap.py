"""Overlap: by brute force over all pairings, and what is left over counts."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import jaccard_score

from partonomy.metrics import (
    contingency,
    intersection_over_union,
    matched_labels,
    mean_intersection_over_union,
)


def random_table(rows, columns, seed):
    return np.random.default_rng(seed).integers(0, 20, (rows, columns))


@given(st.integers(0, 1000))
def test_each_pair_is_scikit_learns_jaccard(seed):
    generator = np.random.default_rng(seed)
    truth, found = generator.integers(3, size=(2, 40))
    iou = intersection_over_union(contingency(truth, found, (3, 3)))
    for i in range(3):
        for j in range(3):
            expected = jaccard_score(truth == i, found == j, zero_division=0)
            assert iou[i, j] == pytest.approx(expected)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 1000))
def test_no_other_pairing_is_better(rows, columns, seed):
    table = random_table(rows, columns, seed)
    iou = intersection_over_union(table)
    short = iou if rows <= columns else iou.T
    best = max(
        sum(short[i, j] for i, j in enumerate(chosen))
        for chosen in permutations(range(short.shape[1]), len(short))
    )
    assert iou[matched_labels(table)].sum() == pytest.approx(best)
    assert len(set(matched_labels(table)[1])) == min(rows, columns)


def test_what_is_unpaired_counts_as_missed_and_what_is_absent_does_not():
    table = np.array([[10, 0], [0, 10], [0, 0], [5, 0]])  # the third label does not occur
    paired = mean_intersection_over_union(table)
    assert paired == pytest.approx((10 / 15 + 1 + 0) / 3)
    assert np.isnan(mean_intersection_over_union(np.zeros((2, 2), int)))


def test_names_of_found_labels_do_not_matter():
    table = random_table(4, 5, 0)
    shuffled = table[:, [3, 1, 4, 0, 2]]
    there, here = (mean_intersection_over_union(each) for each in (shuffled, table))
    assert there == pytest.approx(here)
