"""Filters as detectors: chosen on training objects, scored on others, with and without boxes."""

from dataclasses import replace

import numpy as np
import pytest

from emergence.planted import STEP, around_cell, stimuli_of
from partonomy.emergence.filters import Split, score_filters
from partonomy.emergence.parts import Part, TrueBoxes

WHEEL, DOOR, WING = Part("car", "wheel"), Part("car", "door"), Part("bird", "wing")


def split(n: int, seed: int, height: float = 8) -> Split:
    """Filter 1 fires on every wheel, filter 2 where nothing is; no door and no bird anywhere.

    Wheels are a third as high as receptive fields, so that these overlap them by too little.
    """
    generator = np.random.default_rng(seed)
    wheel = generator.integers(3, 9, (n, 1, 2))
    cell = np.stack([wheel, wheel, wheel + 9], axis=1)
    score = generator.uniform(1, 2, (n, 3, 1))
    score[:, 0] = 0
    truth = [
        TrueBoxes(WHEEL, np.arange(n), around_cell(wheel, height, 24)),
        TrueBoxes(DOOR, np.arange(n), np.full((n, 1, 4), np.nan, np.float32)),
        TrueBoxes(WING, np.zeros(0, np.int64), np.full((0, 1, 4), np.nan, np.float32)),
    ]
    return Split(stimuli_of(score, cell), truth)


def test_the_filter_that_fires_on_the_part_is_the_best():
    wheel, door, wing = score_filters(split(30, 0), split(20, 1))
    for plain, refined in (wheel, door, wing):
        assert not plain.refined
        assert refined.refined
    plain, refined = wheel
    assert (refined.best, refined.score, refined.optimistic) == (1, 1.0, 1.0)
    assert refined.test.recall.tolist() == [0, 1, 0]
    assert plain.score == 0.0, "receptive fields are three times as high as wheels"
    assert (plain.n_training, plain.n_test) == (30, 20)


@pytest.mark.parametrize("part", [1, 2])
def test_a_part_that_never_occurs_has_no_best_filter(part: int):
    plain, refined = list(score_filters(split(30, 0), split(20, 1)))[part]
    for each in (plain, refined):
        assert each.best is None
        assert np.isnan(each.score)
        assert np.isnan(each.optimistic)
        assert (each.n_training, each.n_test) == (0, 0)


def test_the_best_is_chosen_on_training_objects():
    """On the test objects another filter is better; that is the optimistic number."""
    training, test = (split(n, seed, height=24) for n, seed in ((30, 0), (20, 1)))
    swapped = Split(test.stimuli.of_filters(np.array([0, 2, 1])), test.truth)
    plain, _ = next(score_filters(training, swapped))
    assert plain.best == 1
    assert plain.score == 0.0
    assert plain.optimistic == 1.0


def test_distances_are_the_same_on_objects_of_every_size():
    """Two objects alike but for their size in the picture are alike in the network's input."""
    score, cell = np.ones((2, 1, 1)), np.full((2, 1, 1, 2), 5)
    small = stimuli_of(score, cell)
    factor = np.array([[1.0, 1.0], [3.0, 2.0]])
    stimuli = replace(small, grids=small.grids.scaled(factor))
    boxes = around_cell(np.array([[[4, 6]], [[4, 6]]]), 16, 24)
    boxes[1] *= np.array([2, 3, 2, 3])
    truth = TrueBoxes(WHEEL, np.arange(2), boxes)
    found = Split(stimuli, [truth]).in_inputs((STEP, STEP))
    middles = found.stimuli.grids.centres(found.stimuli.cell)
    np.testing.assert_allclose(middles[0], middles[1])
    np.testing.assert_allclose(found.truth[0].boxes[0], found.truth[0].boxes[1])
    np.testing.assert_allclose(found.truth[0].boxes[0], boxes[0])
