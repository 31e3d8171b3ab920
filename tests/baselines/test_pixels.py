"""Colour and position of pixels."""

from __future__ import annotations

import numpy as np

from partonomy.baselines import colour_and_position, position


def test_position_is_relative_to_the_foregrounds_box() -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:16, 10:31] = True
    places = position(mask)
    assert places.shape == (mask.sum(), 2)
    np.testing.assert_array_equal(places.min(axis=0), [0, 0])
    np.testing.assert_array_equal(places.max(axis=0), [1, 1])
    assert position(np.zeros((4, 4), bool)).shape == (0, 2)
    np.testing.assert_array_equal(position(np.eye(1, dtype=bool)), [[0, 0]])


def test_other_pixels_lie_relative_to_the_same_box() -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:16, 10:21] = True
    everywhere = position(mask, np.ones_like(mask)).reshape(20, 30, 2)
    np.testing.assert_allclose(everywhere[mask], position(mask))
    np.testing.assert_allclose(everywhere[0, 0], [-0.5, -1])
    nothing = position(np.zeros((5, 9), bool), np.ones((5, 9), bool)).reshape(5, 9, 2)
    np.testing.assert_array_equal(nothing[-1, -1], [1, 1])


def test_colour_is_cie_lab() -> None:
    rgb = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0]]], np.uint8)
    described = colour_and_position(rgb, np.ones((1, 3), bool))
    lab = [[0, 0, 0], [100, 0, 0], [53.24, 80.09, 67.2]]
    np.testing.assert_allclose(described[:, :3], lab, atol=0.5)
    np.testing.assert_allclose(described[:, 4], [0, 0.5, 1])
