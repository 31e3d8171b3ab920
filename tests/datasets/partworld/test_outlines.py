"""Outlines: what figures are put together from keeps the shape that it is named after."""

import cv2
import numpy as np
import pytest

from partonomy.datasets.partworld.outlines import (
    at,
    both,
    bounds,
    curve,
    moved,
    round_eye,
    rounded,
    tube,
    turn,
)

CUT = (1 - 2 / 3 * (1 - 1 / 25)) / 2
"""What rounding takes off a right angle, by the squared radius: a triangle less a parabola's
segment, which is two thirds of it, in 5 straight pieces."""


def area(outline):
    return cv2.contourArea(outline.astype(np.float32))


def test_both_halves_are_mirror_images_and_meet_in_single_knots():
    half = at([0, 2, 3, 0], [-1, 0, 4, 5])
    expected = at([0, 2, 3, 0, -3, -2], [-1, 0, 4, 5, 4, 0])
    np.testing.assert_array_equal(both(half), expected)


def test_what_lies_between_leads_from_the_right_half_to_the_left_one():
    half, between = at([0, 3], [-1, 2]), at([1, -2], [5, 6])
    expected = at([0, 3, 1, -2, -3], [-1, 2, 5, 6, 2])
    np.testing.assert_array_equal(both(half, between), expected)


@pytest.mark.parametrize("radius", [0.25, [0.25] * 4])
def test_rounding_takes_a_little_off_each_corner(radius):
    square = at([0, 2, 2, 0], [0, 0, 2, 2])
    found = rounded(square, radius)
    assert found.min() >= 0
    assert found.max() <= 2
    assert area(found) == pytest.approx(4 - 4 * CUT * 0.25**2)


def test_each_corner_may_have_its_own_radius_and_none_reaches_beyond_half_an_edge():
    square = at([0, 2, 2, 0], [0, 0, 2, 2])
    found = rounded(square, [0, 0, 0, 100])
    for corner in square[:3]:
        assert (found == corner).all(axis=1).any()
    assert area(found) == pytest.approx(4 - CUT * 0.9**2)


def test_a_round_eye_is_a_part_with_its_place_its_ring_and_its_pupil():
    shape = round_eye(at(3, -1), 0.2, 0.4, instance=1)
    assert (shape.part, shape.instance, shape.tone) == ("eye", 1, 0.4)
    np.testing.assert_array_equal(shape.keypoint, (3, -1))
    np.testing.assert_allclose(np.linalg.norm(shape.outline - (3, -1), axis=1), 0.2)
    pupil, glint = shape.details
    assert pupil.tone < 0 < glint.tone
    assert area(glint.outline) < area(pupil.outline) < 0.6 * area(shape.outline)


@pytest.mark.parametrize("closed", [True, False])
def test_a_curve_goes_through_its_knots_and_of_several_there_are_as_many(closed):
    knots = np.random.default_rng(0).uniform(-1, 1, size=(3, 6, 2))
    curves = curve(knots, closed, steps=5)
    for found, given in zip(curves, knots, strict=True):
        np.testing.assert_allclose(found[::5], given)
        np.testing.assert_allclose(found, curve(given, closed, steps=5))


def test_a_curve_through_knots_in_a_row_is_straight():
    line = curve(at([0, 1, 2, 3], [1, 3, 5, 7]), closed=False)
    np.testing.assert_allclose(line[:, 1], 1 + 2 * line[:, 0])


@pytest.mark.parametrize("knots", [2, 3, 5])
def test_a_band_along_a_line_is_as_wide_as_asked_and_round_at_its_ends(knots):
    """The line lies askew, so that up is told from across."""
    straight = at(np.linspace(0, 4, knots), 0)
    band = turn(tube(turn(straight, 30, at(0, 0)), [0.4, 0.8]), -30, at(0, 0))
    low, high = bounds(band)
    assert low[0] == pytest.approx(-0.2, abs=0.02)
    assert high[0] == pytest.approx(4.4, abs=0.02)
    half = np.interp(band[:, 0].clip(0, 4), [0, 4], [0.2, 0.4])
    beyond = np.maximum(np.maximum(-band[:, 0], band[:, 0] - 4), 0)
    np.testing.assert_allclose(np.hypot(beyond, band[:, 1]), half, atol=1e-6)


def test_a_change_of_coordinates_moves_outline_details_and_place_alike():
    eyes = [round_eye(at(x, 1), 0.2, 0.4, instance=x) for x in (2, 5)]
    for before, after in zip(eyes, moved(eyes, lambda points: 3 * points + (1, 0)), strict=True):
        for old, new in zip(before.outlines, after.outlines, strict=True):
            np.testing.assert_allclose(new, 3 * old + (1, 0))
        np.testing.assert_allclose(after.keypoint, 3 * before.keypoint + (1, 0))
        assert (after.part, after.tone, after.instance) == ("eye", 0.4, before.instance)
        assert [detail.tone for detail in after.details] == [d.tone for d in before.details]
