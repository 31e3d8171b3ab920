"""Polygons draw the very pixels that they were made of, pieces, holes and all."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from partonomy.export.polygons import coordinates, polygons

Mask = NDArray[np.bool_]

masks = arrays.arrays(
    bool, arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)
).filter(lambda mask: mask.any())


def drawn(mask: Mask, whole: Callable) -> Mask:
    """What a reader draws that makes coordinates whole in some way."""
    canvas = np.zeros(mask.shape, np.int32)
    columns, rows = coordinates(mask.shape[1]), coordinates(mask.shape[0])
    for polygon in polygons(mask):
        corners = np.stack([columns[polygon[:, 0]], rows[polygon[:, 1]]], axis=1)
        piece = np.zeros(mask.shape, np.uint8)
        cv2.fillPoly(piece, [whole(corners).astype(np.int32)], 1)
        canvas += piece
    assert canvas.max() == 1, "pieces overlap"
    return canvas.astype(bool)


@pytest.mark.parametrize("whole", [np.trunc, np.round])
@given(mask=masks)
def test_any_mask_is_drawn_again_to_the_pixel(whole: Callable, mask: Mask) -> None:
    np.testing.assert_array_equal(drawn(mask, whole), mask)


@given(mask=masks)
def test_there_is_a_polygon_of_four_corners_or_more_a_piece(mask: Mask) -> None:
    count, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    found = polygons(mask)
    assert len(found) == count - 1
    assert min(map(len, found)) >= 4


@given(mask=masks, divisions=st.integers(2, 7))
def test_points_put_on_the_edges_change_nothing(mask: Mask, divisions: int) -> None:
    """Ultralytics does so before it cuts coordinates off."""

    def divided(corners: NDArray[np.float64]) -> NDArray[np.float64]:
        share = np.arange(divisions)[:, None] / divisions
        edges = zip(corners, np.roll(corners, -1, axis=0), strict=True)
        return np.trunc(np.concatenate([one + (other - one) * share for one, other in edges]))

    np.testing.assert_array_equal(drawn(mask, divided), mask)


@given(mask=masks)
def test_edges_go_along_rows_and_columns(mask: Mask) -> None:
    for polygon in polygons(mask):
        step = np.roll(polygon, -1, axis=0) - polygon
        assert ((step == 0).sum(axis=1) == 1).all()


def test_a_rectangle_has_four_corners_and_a_frame_a_cut() -> None:
    mask = np.zeros((20, 30), bool)
    mask[3:12, 5:25] = True
    (polygon,) = polygons(mask)
    assert sorted(map(tuple, polygon.tolist())) == [(15, 9), (15, 35), (74, 9), (74, 35)]
    mask[6:9, 10:12] = False
    (polygon,) = polygons(mask)
    assert len(polygon) < 16
