"""Points, boxes, masks and pixels move alike, whatever the crop, the size and the mirror."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from partonomy.images import Placement
from partonomy.images.moving import (
    crop_placement,
    mirror_boxes,
    mirror_points,
    place_boxes,
    place_mask,
    place_pixels,
    place_points,
    tight_box,
)

HEIGHT, WIDTH = 40, 60
SIZE = (HEIGHT, WIDTH)

whole_crops = st.builds(
    lambda x, y, w, h: (float(x), float(y), float(x + w), float(y + h)),
    st.integers(-20, 50),
    st.integers(-20, 30),
    st.integers(1, 50),
    st.integers(1, 50),
)


def rectangle(box):
    mask = np.zeros(SIZE, bool)
    x0, y0, x1, y1 = map(int, box)
    mask[y0:y1, x0:x1] = True
    return mask


@given(whole_crops)
def test_a_crop_at_its_own_size_is_a_slice(crop):
    """Of the picture with a wide margin around it."""
    generator = np.random.default_rng(0)
    rgb = generator.integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    mask = generator.random(SIZE) < 0.5
    placement = crop_placement(SIZE, crop)
    x0, y0, x1, y1 = (int(side) + 60 for side in crop)
    margins = ((60, 60), (60, 60))
    np.testing.assert_array_equal(
        place_pixels(rgb, placement, 7),
        np.pad(rgb, (*margins, (0, 0)), constant_values=7)[y0:y1, x0:x1],
    )
    np.testing.assert_array_equal(place_mask(mask, placement), np.pad(mask, margins)[y0:y1, x0:x1])
    corner = np.array([crop[0], crop[1]])
    np.testing.assert_allclose(place_points(np.array([5.5, 7.5]), placement), [5.5, 7.5] - corner)


@given(whole_crops, st.integers(1, 3))
def test_masks_and_boxes_go_to_the_same_place(crop, times):
    """Exactly, where a pixel becomes whole pixels."""
    box = (10.0, 8.0, 30.0, 20.0)
    width, height = (round(crop[i + 2] - crop[i]) * times for i in (0, 1))
    placement = crop_placement(SIZE, crop, (height, width))
    x0, y0, x1, y1 = place_boxes(np.array(box), placement).clip(0, [width, height, width, height])
    expected = (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
    assert tight_box(place_mask(rectangle(box), placement)) == expected


@given(st.integers(10, 200), st.integers(10, 200))
def test_at_any_size_they_differ_by_less_than_a_pixel(height, width):
    box = np.array([10.0, 8.0, 30.0, 20.0])
    placement = crop_placement(SIZE, (0.0, 0.0, WIDTH, HEIGHT), (height, width))
    found = tight_box(place_mask(rectangle(box), placement))
    assert found is not None
    assert np.abs(np.array(found) - place_boxes(box, placement)).max() <= 0.5 + 1e-9


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(1, 60), st.floats(1, 60))
def test_pixels_and_points_go_to_the_same_place(x, y, width, height):
    """The centre of mass of a bright disc lands where its centre lands."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    rgb = np.zeros((*SIZE, 3), np.uint8)
    rgb[(rows - 20) ** 2 + (columns - 30) ** 2 < 64] = 255
    placement = crop_placement(SIZE, (x - 40, y - 40, x + 40 + width, y + 40 + height), (120, 160))
    centre = place_points(np.array([30.0, 20.0]), placement)
    placed = place_pixels(rgb, placement, 0)[..., 0].astype(float)
    if not placed.any() or min(*centre, 160 - centre[0], 120 - centre[1]) < 25:
        return
    rows, columns = np.mgrid[:120, :160] + 0.5
    mass = placed.sum()
    found = np.array([(placed * columns).sum(), (placed * rows).sum()]) / mass
    assert np.abs(found - centre).max() < 0.6


@given(whole_crops, st.integers(0, 100))
def test_a_crop_of_a_crop_is_a_crop(crop, seed):
    mask = np.random.default_rng(seed).random(SIZE) < 0.5
    first = crop_placement(SIZE, crop)
    inner = (3.0, 2.0, 21.0, 19.0)
    second = crop_placement(first.input_size, inner)
    at_once = crop_placement(SIZE, (crop[0] + 3, crop[1] + 2, crop[0] + 21, crop[1] + 19))
    twice, once = place_mask(place_mask(mask, first), second), place_mask(mask, at_once)
    kept = np.zeros(once.shape, bool)  # the first crop knows nothing beyond itself
    kept[: max(0, first.input_size[0] - 2), : max(0, first.input_size[1] - 3)] = True
    np.testing.assert_array_equal(twice, once & kept)


def test_reduced_pictures_are_averaged_not_picked():
    stripes = np.zeros((40, 60, 3), np.uint8)
    stripes[:, ::2] = 200
    placed = place_pixels(stripes, crop_placement(SIZE, (0.0, 0.0, 60.0, 40.0), (10, 15)))
    assert np.abs(placed.astype(int) - 100).max() < 8


def test_mirrors_undo_themselves_and_agree_with_pixels():
    points, boxes = np.array([[5.5, 3.0], [59.5, 0.5]]), np.array([[10.0, 8.0, 30.0, 20.0]])
    np.testing.assert_allclose(mirror_points(mirror_points(points, WIDTH), WIDTH), points)
    np.testing.assert_allclose(mirror_boxes(mirror_boxes(boxes, WIDTH), WIDTH), boxes)
    mirrored = rectangle(boxes[0])[:, ::-1]
    assert tight_box(mirrored) == tuple(mirror_boxes(boxes, WIDTH)[0])


def test_identity_changes_nothing():
    rgb = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    same = Placement(SIZE, SIZE, (1.0, 1.0))
    np.testing.assert_array_equal(place_pixels(rgb, same), rgb)
    assert Image.fromarray(place_pixels(rgb, same)).size == (WIDTH, HEIGHT)


def test_nothing_has_no_box_and_cannot_be_cut_out():
    assert tight_box(np.zeros(SIZE, bool)) is None
    with pytest.raises(ValueError, match="nothing can be cut out"):
        crop_placement(SIZE, (5.0, 5.0, 5.0, 9.0))
    with pytest.raises(ValueError, match="nothing can be cut out"):
        crop_placement(SIZE, (5.0, 5.0, 8.0, 9.0), (0, 3))
