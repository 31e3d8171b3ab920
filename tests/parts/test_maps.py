"""Part maps: labels and confidences against a slow reference, whole or in bands."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from partonomy.errors import PartonomyError
from partonomy.images import Grid, LayerGeometry, Placement
from partonomy.parts import PartMaps, maps


def grid(rows: int, columns: int, picture: tuple[int, int]) -> Grid:
    placement = Placement(
        picture, (rows * 8, columns * 8), (rows * 8 / picture[0], columns * 8 / picture[1])
    )
    return Grid(placement, LayerGeometry((8, 8), (4, 4), (20, 20)), (rows, columns))


def reference(part_maps: PartMaps, size: tuple[int, int]) -> NDArray[np.float64]:
    """(K, height, width) scores, interpolated pixel by pixel."""
    scores, lattice = part_maps.scores.double().numpy(), part_maps.grid
    out = np.zeros((len(scores), *size))
    for row in range(size[0]):
        for column in range(size[1]):
            cell = []
            for axis, place in enumerate((row, column)):
                position = np.array((place + 0.5) * lattice.picture_size[axis] / size[axis])
                cell.append(min(max(lattice.cells_at(axis, position), 0), lattice.shape[axis] - 1))
            y, x = (math.floor(place) for place in cell)
            fy, fx = cell[0] - y, cell[1] - x
            for dy, dx, weight in (
                (0, 0, (1 - fy) * (1 - fx)),
                (0, 1, (1 - fy) * fx),
                (1, 0, fy * (1 - fx)),
                (1, 1, fy * fx),
            ):
                if weight:
                    out[:, row, column] += weight * scores[:, y + dy, x + dx]
    return out


@st.composite
def part_maps(draw: st.DrawFn) -> tuple[PartMaps, tuple[int, int]]:
    """Part maps with whole scores, so that ties are common, and a size to sample them at."""
    count, rows, columns = (draw(st.integers(1, 5)) for _ in range(3))
    picture = (draw(st.integers(2, 40)), draw(st.integers(2, 40)))
    generator = np.random.default_rng(draw(st.integers(0, 999)))
    scores = torch.from_numpy(generator.integers(-2, 3, (count, rows, columns))).float()
    size = draw(st.one_of(st.just(picture), st.tuples(st.integers(1, 30), st.integers(1, 30))))
    return PartMaps(scores, grid(rows, columns, picture)), size


@given(part_maps())
def test_labels_are_the_best_part_of_the_interpolated_scores(
    case: tuple[PartMaps, tuple[int, int]],
) -> None:
    found, size = case
    scores = reference(found, size)
    labels = found.labels(size)
    assert labels.shape == size
    assert labels.dtype == np.uint8
    chosen = np.take_along_axis(scores, labels[None].astype(int) - 1, 0)[0]
    np.testing.assert_allclose(chosen, scores.max(axis=0), atol=1e-5)
    clear = np.sort(scores, axis=0)
    clear = clear[-1] - clear[-2] > 1e-5 if len(scores) > 1 else np.ones(size, bool)
    assert (labels == scores.argmax(axis=0) + 1)[clear].all()


@given(part_maps())
def test_confidence_is_the_softmax_of_the_interpolated_scores(
    case: tuple[PartMaps, tuple[int, int]],
) -> None:
    found, size = case
    scores = np.exp(reference(found, size))
    confidence = found.confidence(size)
    np.testing.assert_allclose(confidence, scores.max(axis=0) / scores.sum(axis=0), rtol=1e-4)
    assert confidence.min() >= 1 / len(scores) - 1e-6
    assert confidence.max() <= 1 + 1e-6


@given(part_maps(), st.integers(1, 200))
def test_bands_of_rows_give_what_the_whole_gives(
    case: tuple[PartMaps, tuple[int, int]], values: int
) -> None:
    found, size = case
    labels, confidence = found.labels(size), found.confidence(size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps, "_BAND_VALUES", values)
        np.testing.assert_array_equal(found.labels(size), labels)
        np.testing.assert_allclose(found.confidence(size), confidence, rtol=1e-5)


def test_of_equal_scores_the_first_part_wins() -> None:
    found = PartMaps(torch.zeros(4, 2, 3), grid(2, 3, (9, 12)))
    assert (found.labels() == 1).all()
    np.testing.assert_allclose(found.confidence(), 0.25)
    assert found.mean_confidence() == pytest.approx(0.25)


def test_a_permutation_of_the_parts_permutes_the_labels() -> None:
    scores = torch.from_numpy(np.random.default_rng(0).normal(size=(6, 4, 5))).float()
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    labels = PartMaps(scores, grid(4, 5, (31, 45))).labels()
    permuted = PartMaps(scores[order], grid(4, 5, (31, 45))).labels()
    np.testing.assert_array_equal(order.numpy()[permuted - 1] + 1, labels)


def halves() -> tuple[PartMaps, NDArray[np.bool_]]:
    """Part 1 on the left, part 2 on the right with less confidence; the foreground is the left."""
    scores = torch.zeros(2, 2, 4)
    scores[0, :, :2], scores[1, :, 2:] = 9.0, 1.0
    foreground = np.zeros((16, 32), bool)
    foreground[:, :16] = True
    return PartMaps(scores, grid(2, 4, (16, 32)), foreground), foreground


def test_outside_the_foreground_there_is_nothing() -> None:
    found, foreground = halves()
    assert (found.labels()[~foreground] == 0).all()
    assert (found.labels()[foreground] > 0).all()
    assert (found.confidence()[~foreground] == 0).all()
    assert (found.confidence()[foreground] > 0).all()


@pytest.mark.parametrize("size", [(8, 16), (5, 7), (48, 96), (16, 31)])
def test_the_foreground_is_sampled_at_pixel_centres(size: tuple[int, int]) -> None:
    found, _ = halves()
    centres = (np.arange(size[1]) + 0.5) / size[1] < 0.5
    np.testing.assert_array_equal(found.labels(size) > 0, np.tile(centres, (size[0], 1)))


def test_the_mean_confidence_is_that_of_the_foreground() -> None:
    found, foreground = halves()
    left, right = 1 / (1 + math.exp(-9)), 1 / (1 + math.exp(-1))
    assert found.mean_confidence() == pytest.approx(left)
    everything = PartMaps(found.scores, found.grid)
    assert everything.mean_confidence() == pytest.approx((left + right) / 2)
    other = PartMaps(found.scores, found.grid, ~foreground)
    assert other.mean_confidence() == pytest.approx(right)


def test_without_any_foreground_there_is_no_confidence() -> None:
    found, foreground = halves()
    nothing = PartMaps(found.scores, found.grid, np.zeros_like(foreground))
    assert math.isnan(nothing.mean_confidence())
    assert not nothing.labels().any()


def test_255_parts_have_a_label_each() -> None:
    scores = torch.eye(255).reshape(255, 15, 17)
    found = PartMaps(scores, grid(15, 17, (15, 17)))
    np.testing.assert_array_equal(found.labels(), np.arange(1, 256).reshape(15, 17))


@pytest.mark.parametrize("count", [0, 256])
def test_more_parts_than_labels_are_an_error(count: int) -> None:
    with pytest.raises(PartonomyError, match=f"{count} parts: a label map holds from 1 to 255"):
        PartMaps(torch.zeros(count, 2, 2), grid(2, 2, (8, 8)))
