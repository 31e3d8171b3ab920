"""Guesses without any part, beside a slow loop over planted landmarks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from partonomy.evaluation.without_parts import BEST, rules_of, without_parts
from partonomy.metrics import Frame, KeypointErrors, Landmarks, box_frame

NAMES = ("beak", "throat", "tail", "wing")


def birds(n, seed, *, noise=0.1, unseen=0.3):
    """Keypoints that follow, more or less, from the throat, in boxes anywhere, measured in 20s."""
    world = np.random.default_rng(7)
    offsets, stretch = world.normal(size=(4, 2)) / 5, world.uniform(0.5, 1.5, (4, 1))
    offsets[1], stretch[1] = 0, 1
    generator = np.random.default_rng(seed)
    corner, side = generator.uniform(0, 50, (n, 2)), generator.uniform(20, 90, (n, 2))
    throat = generator.uniform(0.2, 0.8, (n, 1, 2))
    keypoints = throat * stretch + offsets + noise * generator.normal(size=(n, 4, 2))
    keypoints[:, 1] = throat[:, 0]
    visible = generator.random((n, 4)) >= unseen
    keypoints[~visible] = 1e6  # must not be looked at
    frame = Frame(corner, side, np.full((n, 2), 20.0))
    return Landmarks(
        np.zeros((n, 1, 2)),
        np.zeros((n, 1)),
        corner[:, None] + keypoints * side[:, None],
        visible,
        frame,
    )


def in_frame(each, row, keypoint):
    return (each.keypoints[row, keypoint] - each.frame.origin[row]) / each.frame.side[row]


def apart(test, row, keypoint, found):
    """How far a place in the frame is from the truth, in 20s of a pixel."""
    place = test.frame.origin[row] + found * test.frame.side[row]
    return np.linalg.norm((place - test.keypoints[row, keypoint]) / test.frame.unit[row])


def mean_by_loop(training, keypoint):
    seen = [row for row in range(len(training.visible)) if training.visible[row, keypoint]]
    return np.mean([in_frame(training, row, keypoint) for row in seen], axis=0)


def alone_by_loop(training, test, given):
    """(n, P) errors of keypoints regressed from one, axis after axis by the normal equations."""
    mean = mean_by_loop(training, given)

    def inputs(each, row):
        return in_frame(each, row, given) if each.visible[row, given] else mean

    errors = np.zeros(test.visible.shape)
    for keypoint in range(test.visible.shape[1]):
        shown = [row for row in range(len(training.visible)) if training.visible[row, keypoint]]
        x = np.array([inputs(training, row) for row in shown])
        y = np.array([in_frame(training, row, keypoint) for row in shown])
        x_mean, x_deviation, y_mean = x.mean(axis=0), x.std(axis=0), y.mean(axis=0)
        z = (x - x_mean) / x_deviation
        coefficients = np.linalg.inv(z.T @ z) @ z.T @ (y - y_mean)
        for row in range(len(test.visible)):
            if test.visible[row, keypoint]:
                found = (inputs(test, row) - x_mean) / x_deviation @ coefficients + y_mean
                errors[row, keypoint] = apart(test, row, keypoint, found)
    return errors


def middle_of(test):
    return np.tile([60.0, 40.0], (len(test.visible), 1))


def guesses(training, test, single="throat") -> dict[str, KeypointErrors]:
    return without_parts(training, test, middle_of(test), NAMES, single)


def test_the_guesses_are_those_of_a_slow_loop() -> None:
    training, test = birds(40, 1), birds(25, 2)
    found = guesses(training, test)
    assert list(found) == ["image midpoint", "mean keypoint", "throat alone"]
    expected = {name: np.zeros(test.visible.shape) for name in found}
    for row, keypoint in np.argwhere(test.visible):
        off = (middle_of(test)[row] - test.keypoints[row, keypoint]) / 20
        expected["image midpoint"][row, keypoint] = np.linalg.norm(off)
        mean = mean_by_loop(training, keypoint)
        expected["mean keypoint"][row, keypoint] = apart(test, row, keypoint, mean)
    expected["throat alone"] = alone_by_loop(training, test, 1)
    for name, errors in found.items():
        np.testing.assert_array_equal(errors.visible, test.visible)
        np.testing.assert_allclose(errors.total, expected[name], atol=1e-9)


def test_what_follows_from_the_single_keypoint_is_found_where_that_is_visible() -> None:
    training, test = birds(40, 1, noise=0, unseen=0), birds(25, 2, noise=0)
    errors = guesses(training, test)["throat alone"].total
    seen = test.visible[:, 1]
    assert errors[seen].max() < 1e-9
    assert errors[~seen].max() > 0.1
    # where it is not, the others are at their mean places
    mean = guesses(training, test)["mean keypoint"].total
    np.testing.assert_allclose(errors[~seen], mean[~seen])


def test_without_a_name_the_best_keypoint_of_training_pictures_is_taken_not_of_test_ones() -> None:
    training, test = birds(60, 1, unseen=0.1), birds(40, 2, unseen=0.1)
    of = {each: alone_by_loop(training, training, each) for each in range(4)}
    best = min(of, key=lambda each: of[each].sum())
    for single in (None, "hoof"):
        *_, name = guesses(training, test, single)
        assert name == f"{NAMES[best]} alone"
    # in these test pictures another one is better, which the choice does not see
    hidden = test.visible.copy()
    other = (best + 1) % 4
    hidden[:, [each for each in range(4) if each != other]] = False
    rarely = replace(test, visible=hidden)
    assert alone_by_loop(training, rarely, other).sum() < 1e-9
    assert alone_by_loop(training, rarely, best).sum() > 1
    *_, name = guesses(training, rarely, None)
    assert name == f"{NAMES[best]} alone"


def test_a_keypoint_never_seen_while_fitting_says_nothing() -> None:
    training, test = birds(40, 1), birds(25, 2)
    training.visible[:, 1] = False
    found = guesses(training, test)
    assert np.isfinite(found["throat alone"].total).all()
    known = [0, 2, 3]
    np.testing.assert_allclose(
        found["throat alone"].total[:, known], found["mean keypoint"].total[:, known]
    )


def test_nothing_visible_has_no_error() -> None:
    one = birds(10, 1, unseen=1.0)
    for errors in guesses(one, one, None).values():
        assert np.isnan(errors.mean)


def test_errors_are_in_the_unit_of_the_regression() -> None:
    training, test = birds(40, 1), birds(25, 2)
    corner, side = test.frame.origin, test.frame.side
    boxed = replace(test, frame=box_frame(np.concatenate([corner, corner + side], axis=1)))
    for name, errors in guesses(training, boxed).items():
        assert errors.mean != pytest.approx(guesses(training, test)[name].mean)


def test_the_rules_name_the_keypoint() -> None:
    assert f"alone, the throat (of data without it, {BEST})" in rules_of("throat")
    assert f"alone, {BEST}, which" in rules_of()
