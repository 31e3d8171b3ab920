"""Tables of grids say what each grid says."""

import numpy as np
import pytest

from partonomy.images import Grid, LayerGeometry, Placement
from partonomy.images.grids import CELLS_SEEN, Grids


def grids() -> list[Grid]:
    geometry = LayerGeometry((16.0, 8.0), (7.5, 3.0), (40.0, 24.0))
    return [
        Grid(
            Placement((90, 130), (64, 96), (0.5, 0.75), (4.0, 9.0), (3.0, 0.0)), geometry, (4, 12)
        ),
        Grid(Placement((50, 70), (64, 96), (2.0, 1.5)), geometry, (4, 12)),
    ]


def test_centres_and_boxes_are_those_of_each_grid():
    cells = np.random.default_rng(0).integers(0, 4, (2, 5, 2))
    table = Grids.of_rows(np.stack([Grids.row(each) for each in grids()]))
    middles, boxes = table.centres(cells), table.boxes(cells)
    for index, grid in enumerate(grids()):
        for k, (row, column) in enumerate(cells[index]):
            expected = grid.centres(0)[row], grid.centres(1)[column]
            assert middles[index, k] == pytest.approx(expected, rel=1e-6)
            assert boxes[index, k] == pytest.approx(grid.box(row, column), rel=1e-5, abs=1e-4)


def test_select_and_clip():
    table = Grids.of_rows(np.stack([Grids.row(each) for each in grids()])).select(np.array([1]))
    assert len(table) == 1
    boxes = np.array([[[-3, -4, 80, 20], [5, 6, 7, 60]]], np.float32)
    assert table.clipped(boxes).tolist() == [[[0, 0, 70, 20], [5, 6, 7, 50]]]


def test_a_cell_that_sees_everything_has_a_box_of_some_strides():
    geometry = LayerGeometry((16.0, 16.0), (7.5, 7.5), (np.inf, np.inf))
    grid = Grid(Placement((50, 70), (64, 96), (2.0, 2.0)), geometry, (4, 6))
    table = Grids.of_rows(Grids.row(grid)[None])
    cell = np.array([[[1, 2]]])
    assert table.boxes(cell)[0, 0] == pytest.approx(grid.box(1, 2, CELLS_SEEN * 16))
