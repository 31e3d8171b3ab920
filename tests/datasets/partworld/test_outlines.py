"""Outlines: what figures are put together from keeps the shape that it is named after."""

import cv2
import numpy as np
import pytest

from partonomy.datasets.partworld.outlines import at, both, round_eye, rounded

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
