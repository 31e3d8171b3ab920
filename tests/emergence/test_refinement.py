"""Refined boxes: planted shifts and sizes are found, few pairs give the mean, none nothing."""

import numpy as np
import pytest

from emergence.planted import EXTENT, PICTURE, around_cell, stimuli_of
from partonomy.emergence.refinement import FEWEST, filter_strength, fit_refinement


def planted(n: int, seed: int = 0):
    """One filter that fires two cells left of a part, the more the wider the part is."""
    generator = np.random.default_rng(seed)
    cell = generator.integers(6, 14, (n, 1, 1, 2))
    score = generator.uniform(1, 2, (n, 1, 1))
    truth = around_cell(cell[:, 0] + (0, 2), 16, 40)  # (n, 1, 4)
    middle = (truth[..., 0] + truth[..., 2]) / 2
    width = EXTENT * np.exp(score[:, 0] - 1)
    truth[..., 0], truth[..., 2] = middle - width / 2, middle + width / 2
    return stimuli_of(score, cell), truth


def test_shift_and_size_that_follow_from_the_activation_are_found():
    stimuli, truth = planted(80)
    inside = truth.copy()
    strength = filter_strength(stimuli)
    refine = fit_refinement(stimuli, inside, strength, ridge=1e-6)
    fields = stimuli.grids.boxes(stimuli.cell)
    middle = (fields[..., 0] + fields[..., 2])[:, 0, 0] / 2
    paired = (truth[:, 0, 0] <= middle) & (middle < truth[:, 0, 2])
    assert refine.pairs.tolist() == [paired.sum()], "only parts in which the filter fires"
    assert paired.sum() > FEWEST
    again, wanted = planted(30, seed=1)
    np.testing.assert_allclose(
        refine(again, strength)[:, 0], again.grids.clipped(wanted), atol=0.05
    )


def test_a_large_penalty_leaves_the_mean():
    stimuli, truth = planted(80)
    strength = filter_strength(stimuli)
    weights = fit_refinement(stimuli, truth, strength, ridge=1e12).weights[0]
    assert abs(weights[1:]).max() < 1e-6
    assert weights[0, 0] == pytest.approx(16 / EXTENT, abs=1e-5), "two cells to the right"


def test_few_pairs_give_their_mean_and_none_leave_receptive_fields():
    stimuli, truth = planted(80)
    strength = filter_strength(stimuli)
    middle = stimuli.grids.centres(stimuli.cell)[:, 0, 0, 1]
    paired = np.flatnonzero((truth[:, 0, 0] <= middle) & (middle < truth[:, 0, 2]))
    few = truth.copy()
    few[np.setdiff1d(np.arange(80), paired[: FEWEST - 1])] = np.nan
    refine = fit_refinement(stimuli, few, strength, ridge=1e-6)
    assert refine.pairs.tolist() == [FEWEST - 1]
    assert not refine.weights[0, 1:].any()
    nothing = fit_refinement(stimuli, np.full_like(truth, np.nan), strength)
    fields = stimuli.grids.boxes(stimuli.cell)
    np.testing.assert_allclose(nothing(stimuli, strength), stimuli.grids.clipped(fields), atol=1e-4)


def test_the_strongest_stimulus_in_each_box_is_taken():
    """Two filters, two stimuli each; the strongest lies elsewhere."""
    cell = np.array([[[(2, 2), (10, 10)], [(10, 11), (3, 3)]]] * FEWEST)
    score = np.array([[[5.0, 3.0], [5.0, 3.0]]] * FEWEST)
    stimuli = stimuli_of(score, cell)
    truth = around_cell(np.array([[(10, 10)]] * FEWEST), 24, 24)
    refine = fit_refinement(stimuli, truth, filter_strength(stimuli), ridge=1e-6)
    boxes = refine(stimuli, filter_strength(stimuli))
    np.testing.assert_allclose(boxes[:, 0, 1], truth[:, 0], atol=0.01)
    np.testing.assert_allclose(boxes[:, 1, 0], truth[:, 0], atol=0.01)


def test_boxes_stay_in_the_picture_and_finite():
    generator = np.random.default_rng(0)
    stimuli = stimuli_of(
        generator.uniform(0, 9, (6, 3, 4)),
        generator.integers(0, 20, (6, 3, 4, 2)),
        generator.normal(0, 9, (6, 3, 4, 8)),
    )
    truth = around_cell(generator.integers(0, 20, (6, 2, 2)), 90, 3)
    strength = filter_strength(stimuli)
    boxes = fit_refinement(stimuli, truth, strength, ridge=1e-6)(stimuli, strength)
    assert np.isfinite(boxes).all()
    assert boxes.min() >= 0
    assert boxes.max() <= PICTURE
