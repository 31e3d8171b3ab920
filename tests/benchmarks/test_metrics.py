"""The benchmarks' scores against scikit-learn and planted cases."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.metrics import BoundaryCounts, boundary_counts, contingency, mask_iou
from sklearn.metrics import adjusted_rand_score

from partonomy.metrics import adjusted_rand_index


def test_tables_add_up_over_pictures_and_lose_the_background_with_their_first_row() -> None:
    generator = np.random.default_rng(0)
    truths = generator.integers(0, 4, (3, 8, 8)).astype(np.uint8)
    founds = generator.integers(0, 6, (3, 8, 8)).astype(np.uint8)
    table = sum(contingency(t, f) for t, f in zip(truths, founds, strict=True))
    assert (table == contingency(truths, founds)).all()
    inside = truths > 0
    expected = adjusted_rand_score(truths[inside], founds[inside])
    assert adjusted_rand_index(table[1:]) == pytest.approx(expected)


def test_masks_overlap_by_their_intersection_over_union() -> None:
    truth, found = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    assert mask_iou(truth, found) == 1
    truth[:2], found[1:3] = True, True
    assert mask_iou(truth, found) == pytest.approx(1 / 3)


def halves(column: int, shape: tuple[int, int] = (20, 30)) -> np.ndarray:
    """Two parts that meet at a column."""
    labels = np.ones(shape, np.uint8)
    labels[:, column:] = 2
    return labels


@pytest.mark.parametrize(("column", "f_score"), [(15, 1.0), (17, 1.0), (13, 1.0), (18, 0.0)])
def test_a_boundary_is_met_up_to_two_pixels_away(column: int, f_score: float) -> None:
    assert boundary_counts(halves(15), halves(column)).f_score == f_score


def test_which_parts_meet_does_not_matter_and_the_outline_does_not_count() -> None:
    truth, found = halves(15), 7 - halves(15)
    truth[:5] = found[:5] = 0
    counts = boundary_counts(truth, found)
    assert counts == BoundaryCounts(found=15, right=15, true=15, met=15)
    found[:5] = 9
    assert boundary_counts(truth, found) == counts


def test_boundaries_too_many_cost_precision_and_boundaries_too_few_recall() -> None:
    stripes = halves(15)
    stripes[:, 5:10] = 3
    assert boundary_counts(halves(15), stripes) == BoundaryCounts(60, 20, 20, 20)
    assert boundary_counts(halves(15), stripes).f_score == pytest.approx(0.5)
    assert boundary_counts(stripes, halves(15)).f_score == pytest.approx(0.5)
    nothing = np.ones_like(stripes)
    assert boundary_counts(stripes, nothing) == BoundaryCounts(true=60)
    assert boundary_counts(stripes, nothing).f_score == 0


def test_boundaries_are_pooled_over_pictures() -> None:
    good, bad = boundary_counts(halves(15), halves(15)), boundary_counts(halves(15), halves(25))
    assert (good + bad).f_score == pytest.approx(0.5)
