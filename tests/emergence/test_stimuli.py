"""Stimuli: local maxima against a loop, the strongest of them, and what lies around."""

import numpy as np
import pytest
import torch

from partonomy.emergence.stimuli import NEIGHBOURS, StimuliTable, find_stimuli
from partonomy.images import Grid, LayerGeometry, Placement

GEOMETRY = LayerGeometry((8.0, 8.0), (3.5, 3.5), (20.0, 20.0))


def grid_of(rows: int, columns: int) -> Grid:
    size = (8 * rows, 8 * columns)
    return Grid(Placement(size, size, (1.0, 1.0)), GEOMETRY, (rows, columns))


def maxima(values: np.ndarray) -> list[tuple[float, int, int]]:
    """Positive cells that no neighbour exceeds, of equal neighbours the first; strongest first."""
    rows, columns = values.shape
    found = []
    for row in range(rows):
        for column in range(columns):
            value = values[row, column]
            near = [
                ((y, x), values[row + y, column + x])
                for y, x in NEIGHBOURS
                if 0 <= row + y < rows and 0 <= column + x < columns
            ]
            if value > 0 and all(value > v if at < (0, 0) else value >= v for at, v in near):
                found.append((float(value), row, column))
    return sorted(found, key=lambda each: -each[0])


@pytest.mark.parametrize("levels", [3, 1000])
def test_local_maxima(levels: int):
    generator = np.random.default_rng(0)
    values = generator.integers(-levels, levels, (6, 7, 9)).astype(np.float32)
    found = find_stimuli(torch.from_numpy(values), grid_of(7, 9), strongest=30)
    for index, expected in enumerate(map(maxima, values)):
        score, cell = found.score[index].numpy(), found.cell[index].numpy()
        count = len(expected)
        assert score[:count].tolist() == [value for value, _, _ in expected]
        assert not score[count:].any()
        places = {tuple(place) for place in cell[:count].tolist()}
        assert places == {(row, column) for _, row, column in expected}
        for value, (row, column), near in zip(
            score[:count], cell[:count], found.around[index].numpy(), strict=False
        ):
            padded = np.pad(values[index], 1)
            wanted = [padded[row + 1 + y, column + 1 + x] / value for y, x in NEIGHBOURS]
            assert near == pytest.approx(wanted, rel=1e-3, abs=1e-3)


def test_only_the_strongest_are_kept():
    values = torch.rand(3, 8, 8)
    some, all_ = (find_stimuli(values, grid_of(8, 8), count) for count in (4, 64))
    assert torch.equal(some.score, all_.score[:, :4])
    assert torch.equal(some.cell, all_.cell[:, :4])


def test_a_table_has_objects_of_any_lattice():
    table = StimuliTable(2, strongest=12)
    shapes = [(3, 3), (5, 4), (1, 2)]
    single = [find_stimuli(torch.rand(2, *shape), grid_of(*shape), 12) for shape in shapes]
    for each in single:
        table.add(each)
    stimuli = table.take()
    assert stimuli.score.shape == (3, 2, 12)
    assert stimuli.around.shape == (3, 2, 12, 8)
    for index, each in enumerate(single):
        np.testing.assert_array_equal(stimuli.score[index], each.score)
        np.testing.assert_array_equal(stimuli.cell[index], each.cell)
    box = stimuli.grids.boxes(stimuli.cell)[1, 0, 0]
    assert box == pytest.approx(single[1].grid.box(*single[1].cell[0, 0].tolist()))
    some = stimuli.of_objects(np.array([2, 0])).of_filters(slice(1, 2))
    np.testing.assert_array_equal(some.score, stimuli.score[[2, 0], 1:2])
    assert len(some.grids) == 2


def test_a_filter_that_never_fires_has_none():
    found = find_stimuli(torch.full((1, 4, 4), -1.0), grid_of(4, 4))
    assert not found.score.any()
    assert torch.isfinite(found.around).all()
