"""Where a picture goes in the input, and how it looks there."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from partonomy.images import Pixels, Preprocessing
from partonomy.images.preprocess import MAX_ASPECT

SIDES = st.integers(1, 20_000)


@given(SIDES, SIDES, st.integers(16, 1024), st.sampled_from([1, 8, 14, 16, 32]))
def test_both_sides_are_within_half_a_multiple_of_the_exact_scale(
    height: int, width: int, size: int, multiple: int
) -> None:
    placement = Preprocessing(size, multiple).place((height, width))
    exact = min(size / min(height, width), MAX_ASPECT * size / max(height, width))
    for axis, side in enumerate((height, width)):
        length = placement.input_size[axis]
        assert length % multiple == 0
        assert length >= multiple
        assert abs(length - side * exact) <= multiple / 2 + 1e-6 or length == multiple
        assert length <= MAX_ASPECT * size + multiple / 2
        assert placement.scale[axis] == length / side
    assert placement.picture_size == (height, width)
    assert placement.origin == placement.padding == (0, 0)


@given(SIDES, SIDES)
def test_corners_go_to_corners(height: int, width: int) -> None:
    placement = Preprocessing(224, 16).place((height, width))
    for axis, side in enumerate((height, width)):
        ends = placement.to_input(axis, np.array([0.0, side]))
        np.testing.assert_allclose(ends, [0, placement.input_size[axis]], rtol=1e-12)


def test_the_short_side_has_the_size() -> None:
    assert Preprocessing(448, 16).place((600, 800)).input_size == (448, 592)
    assert Preprocessing(448, 16).place((800, 600)).input_size == (592, 448)
    assert Preprocessing(448, 14).place((3000, 3000)).input_size == (448, 448)


def test_extreme_aspects_are_capped() -> None:
    assert Preprocessing(448, 16).place((100, 10_000)).input_size == (16, 4 * 448)
    assert Preprocessing(448, 16).place((10_000, 1)).input_size == (4 * 448, 16)


def test_tiny_pictures_are_enlarged() -> None:
    preprocessing = Preprocessing(64, 16)
    assert preprocessing.place((1, 1)).input_size == (64, 64)
    resized = preprocessing.resize(Pixels(np.full((1, 1, 3), 9, np.uint8), (1, 1)))
    assert resized.shape == (64, 64, 3)
    assert (resized == 9).all()


def test_resizing_keeps_places() -> None:
    """A bright quarter stays a quarter, whatever fraction the picture was decoded at."""
    preprocessing = Preprocessing(64, 16)
    for factor in (1, 2):
        rgb = np.zeros((120 // factor, 160 // factor, 3), np.uint8)
        rgb[: 60 // factor, 80 // factor :] = 255
        resized = preprocessing.resize(Pixels(rgb, (120, 160)))
        assert resized.shape == (64, 80, 3)
        assert resized.dtype == np.uint8
        bright = resized[..., 0] > 127
        assert bright[:32, 40:].all()
        assert bright.sum() == 32 * 40


def test_a_picture_of_the_right_size_is_left_alone() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    np.testing.assert_array_equal(Preprocessing(64, 16).resize(Pixels(rgb, (64, 80))), rgb)


def test_torch_takes_the_pixels_without_a_warning(recwarn: object) -> None:
    resized = Preprocessing(64, 16).resize(Pixels(np.zeros((30, 40, 3), np.uint8), (30, 40)))
    torch.from_numpy(resized)[0, 0, 0] = 7
    assert resized[0, 0, 0] == 7
    assert not list(recwarn)  # type: ignore[call-overload]
