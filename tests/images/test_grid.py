"""Cells, input pixels and original pixels: each way there leads back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from partonomy.images import Grid, LayerGeometry, Placement

SCALE = st.floats(0.05, 8)
SHIFT = st.floats(-300, 300)
STRIDE = st.floats(1, 64)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Grids of small pictures with any crop, padding, scale, stride and offset."""

    def pair(values: st.SearchStrategy[float]) -> tuple[float, float]:
        return (draw(values), draw(values))

    def size(largest: int) -> tuple[int, int]:
        return (draw(st.integers(1, largest)), draw(st.integers(1, largest)))

    placement = Placement(
        size(40), (64, 64), scale=pair(SCALE), origin=pair(SHIFT), padding=pair(SHIFT)
    )
    return Grid(placement, LayerGeometry(pair(STRIDE), pair(SHIFT), (99, 99)), size(12))


def plain(picture: tuple[int, int], input_: tuple[int, int], stride: int = 16) -> Grid:
    """The usual case: resized without a crop, cells in the middle of their strides."""
    scale = (input_[0] / picture[0], input_[1] / picture[1])
    geometry = LayerGeometry((stride, stride), (stride / 2, stride / 2), (100, 100))
    shape = (input_[0] // stride, input_[1] // stride)
    return Grid(Placement(picture, input_, scale), geometry, shape)


@given(grids(), st.sampled_from([0, 1]))
def test_cells_to_the_original_and_back(grid: Grid, axis: int) -> None:
    cells = grid.cells_at(axis, grid.centres(axis))
    np.testing.assert_allclose(cells, np.arange(grid.shape[axis]), atol=1e-6)


@given(grids(), st.sampled_from([0, 1]), st.lists(st.floats(-1e3, 1e3), min_size=1))
def test_the_original_to_input_and_back(grid: Grid, axis: int, where: list[float]) -> None:
    position = np.array(where)
    there = grid.placement.to_input(axis, position)
    np.testing.assert_allclose(grid.placement.to_original(axis, there), position, atol=1e-6)


def test_placement_by_hand() -> None:
    """Cropped at (10, 20), doubled along y, halved along x, laid at (3, 4)."""
    placement = Placement((100, 100), (64, 64), (2, 0.5), origin=(10, 20), padding=(3, 4))
    assert placement.to_input(0, np.array([10.0, 11.0])).tolist() == [3, 5]
    assert placement.to_input(1, np.array([20.0, 24.0])).tolist() == [4, 6]
    assert placement.to_original(0, np.array([5.0])).tolist() == [11]
    assert placement.to_original(1, np.array([6.0])).tolist() == [24]


def test_boxes_of_vgg_pool4() -> None:
    """Stride 16, field 100; the first cell's patch starts at -42 (methods 1.2)."""
    geometry = LayerGeometry((16, 16), (8, 8), (100, 100))
    grid = Grid(Placement((224, 224), (224, 224), (1, 1)), geometry, (14, 14))
    assert grid.box(0, 0) == (-42, -42, 58, 58)
    assert grid.box(2, 5) == (16 * 5 - 42, 16 * 2 - 42, 16 * 5 + 58, 16 * 2 + 58)
    assert grid.box(1, 1, extent=16) == (16, 16, 32, 32)


def test_boxes_in_a_picture_of_another_size() -> None:
    grid = plain((448, 112), (224, 224))  # halved along y, doubled along x
    assert grid.box(0, 0) == (4 - 25, 16 - 100, 4 + 25, 16 + 100)
    assert grid.picture_size == (448, 112)


def test_a_box_of_a_global_layer_needs_an_extent() -> None:
    geometry = LayerGeometry((16, 16), (8, 8), (np.inf, np.inf))
    grid = Grid(Placement((64, 64), (64, 64), (1, 1)), geometry, (4, 4))
    with pytest.raises(ValueError, match="give an extent"):
        grid.box(0, 0)
    assert grid.box(0, 0, extent=32) == (-8, -8, 24, 24)


@given(grids(), st.sampled_from([0, 1]), st.integers(1, 60))
def test_interpolation_is_a_mean(grid: Grid, axis: int, length: int) -> None:
    weights = grid.interpolation(axis, length)
    assert weights.shape == (length, grid.shape[axis])
    assert weights.dtype == np.float32
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert ((weights > 0).sum(axis=1) <= 2).all()


@given(grids(), st.sampled_from([0, 1]), st.integers(1, 60))
def test_interpolation_is_exact_on_lines_and_holds_the_border(
    grid: Grid, axis: int, length: int
) -> None:
    centres = grid.centres(axis)
    positions = (np.arange(length) + 0.5) * grid.picture_size[axis] / length
    expected = positions.clip(centres[0], centres[-1])
    result = grid.interpolation(axis, length).astype(np.float64) @ centres
    tolerance = 1e-5 * (1 + abs(centres).max() + np.ptp(centres))
    np.testing.assert_allclose(result, expected, atol=tolerance)


@pytest.mark.parametrize("size", [(96, 128), (24, 40), (7, 300), (6, 8)])
def test_interpolation_agrees_with_torch(size: tuple[int, int]) -> None:
    values = torch.rand(2, 3, 6, 8)
    grid = plain((211, 307), (96, 128))
    down, across = grid.interpolation(0, size[0]), grid.interpolation(1, size[1])
    ours = torch.from_numpy(down) @ values @ torch.from_numpy(across).T
    theirs = torch.nn.functional.interpolate(values, size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def slow_coverage(grid: Grid, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each pixel's overlap with each cell's stride box, one by one."""
    shares = np.zeros(grid.shape)
    y, x = grid.centres(0), grid.centres(1)
    height, width = (grid.geometry.stride[axis] / grid.placement.scale[axis] for axis in (0, 1))
    for row in range(grid.shape[0]):
        for column in range(grid.shape[1]):
            top, left = y[row] - height / 2, x[column] - width / 2
            for i, j in np.argwhere(mask):
                down = max(0, min(top + height, i + 1) - max(top, i))
                across = max(0, min(left + width, j + 1) - max(left, j))
                shares[row, column] += down * across / (height * width)
    return shares


@pytest.mark.parametrize(
    "grid",
    [
        plain((30, 44), (48, 64)),
        plain((9, 7), (64, 48)),  # cells smaller than pixels
        Grid(
            Placement((20, 30), (32, 32), (1.3, 0.8), origin=(4.2, -3), padding=(1, 2.5)),
            LayerGeometry((8, 4), (3.5, 2), (9, 9)),
            (4, 7),
        ),
    ],
)
def test_coverage_agrees_with_counting_pixels(grid: Grid) -> None:
    mask = np.random.default_rng(0).random(grid.picture_size) < 0.4
    np.testing.assert_allclose(grid.coverage(mask), slow_coverage(grid, mask), atol=1e-9)


def test_coverage_of_everything_and_nothing() -> None:
    grid = plain((30, 44), (48, 64))
    np.testing.assert_allclose(grid.coverage(np.ones((30, 44), bool)), 1)
    assert (grid.coverage(np.zeros((30, 44), bool)) == 0).all()


def test_outside_the_picture_nothing_is_covered() -> None:
    geometry = LayerGeometry((16, 16), (0, 8), (100, 100))  # half of row 0 is above the picture
    grid = Grid(Placement((32, 32), (32, 32), (1, 1)), geometry, (2, 2))
    assert grid.coverage(np.ones((32, 32), bool)).tolist() == [[0.5, 0.5], [1, 1]]


def test_coverage_wants_a_mask_of_the_pictures_size() -> None:
    with pytest.raises(ValueError, match=r"the mask is \(44, 30\), the picture \(30, 44\)"):
        plain((30, 44), (48, 64)).coverage(np.ones((44, 30), bool))


@pytest.mark.parametrize("shape", [(48, 64), (5, 9), (1, 1), (200, 3)])
def test_refined_cells_cover_the_input_without_overlap(shape: tuple[int, int]) -> None:
    placement = Placement((30, 44), (48, 64), (48 / 30, 64 / 44))
    fine = Grid(placement, LayerGeometry((16, 16), (8, 8), (100, 100)), (3, 4)).refined(shape)
    assert fine.shape == shape
    assert fine.placement == placement
    left, top, *_ = fine.box(0, 0)
    *_, right, bottom = fine.box(shape[0] - 1, shape[1] - 1)
    assert (left, top, right, bottom) == pytest.approx((0, 0, 44, 30), abs=1e-9)
    for axis in (0, 1):
        steps = np.diff(fine.centres(axis))
        np.testing.assert_allclose(steps, placement.picture_size[axis] / shape[axis])
    np.testing.assert_allclose(fine.coverage(np.ones((30, 44), bool)), 1)


def test_a_refined_grid_at_the_pictures_size_has_a_cell_a_pixel() -> None:
    fine = plain((30, 44), (48, 64)).refined((30, 44))
    np.testing.assert_allclose(fine.centres(0), np.arange(30) + 0.5)
    np.testing.assert_allclose(fine.interpolation(1, 44), np.eye(44), atol=1e-6)


def test_a_refined_grid_of_a_crop_covers_the_crop() -> None:
    """The input holds the original's pixels from 10 to 42 across and from 5 to 21 down."""
    placement = Placement((40, 60), (32, 64), (2, 2), origin=(5, 10))
    fine = Grid(placement, LayerGeometry((8, 8), (4, 4), (9, 9)), (4, 8)).refined((16, 32))
    assert fine.box(0, 0) == (10, 5, 11, 6)
    assert fine.box(15, 31) == (41, 20, 42, 21)
