"""Part maps: labels and confidences against a slow reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from partonomy.errors import PartonomyError
from partonomy.images import Grid, LayerGeometry, Placement, halved
from partonomy.parts import PartMaps


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


@given(part_maps(), st.integers(1, 12), st.integers(1, 12))
def test_cells_that_tile_the_picture_are_interpolated_alike(
    case: tuple[PartMaps, tuple[int, int]], rows: int, columns: int
) -> None:
    """They are enlarged in another way, which is faster."""
    other, size = case
    scores = np.random.default_rng(rows * 13 + columns).normal(size=(4, rows, columns))
    even = PartMaps(torch.from_numpy(scores).float(), other.grid.refined((rows, columns)))
    assert even.grid.tiles_picture
    expected = reference(even, size)
    np.testing.assert_allclose(
        even.confidence(size),
        np.exp(expected).max(axis=0) / np.exp(expected).sum(axis=0),
        rtol=1e-3,
    )
    first, second = np.sort(expected, axis=0)[-2:][::-1]
    clear = first - second > 1e-3
    np.testing.assert_array_equal(even.labels(size)[clear], expected.argmax(axis=0)[clear] + 1)


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


def with_objectness(found: PartMaps, seed: int = 0) -> PartMaps:
    generator = torch.Generator().manual_seed(seed)
    odds = torch.randn(found.grid.shape, generator=generator)
    return PartMaps(found.scores, found.grid, found.foreground, odds)


@given(part_maps(), st.integers(0, 99))
def test_what_is_no_object_is_background(case: tuple[PartMaps, tuple[int, int]], seed: int) -> None:
    plain, size = case
    found = with_objectness(plain, seed)
    assert found.objectness is not None
    (odds,) = reference(PartMaps(found.objectness[None], found.grid), size)
    labels, confidence = found.labels(size), found.confidence(size)
    clear = abs(odds) > 1e-5
    np.testing.assert_array_equal((labels > 0)[clear], (odds > 0)[clear])
    np.testing.assert_array_equal(labels > 0, confidence > 0)
    inside = labels > 0
    np.testing.assert_array_equal(labels[inside], plain.labels(size)[inside])
    np.testing.assert_allclose(confidence[inside], plain.confidence(size)[inside], rtol=1e-5)


def test_a_given_foreground_wins_over_what_is_found() -> None:
    found, foreground = halves()
    objectness = torch.full((2, 4), -5.0)
    objectness[:, 3] = 5.0
    both = PartMaps(found.scores, found.grid, foreground, objectness)
    np.testing.assert_array_equal(both.labels(), found.labels())
    np.testing.assert_array_equal(both.confidence(), found.confidence())
    assert both.mean_confidence() == found.mean_confidence()


def test_the_mean_confidence_is_that_of_the_objects_cells() -> None:
    found, _ = halves()
    objectness = torch.tensor([[-1.0, -1.0, 2.0, 0.1], [0.0, -1.0, -3.0, 0.1]])
    right = 1 / (1 + math.exp(-1))
    inside = PartMaps(found.scores, found.grid, objectness=objectness)
    assert inside.mean_confidence() == pytest.approx(right)


def test_where_no_object_is_found_there_is_nothing() -> None:
    found, _ = halves()
    nothing = PartMaps(found.scores, found.grid, objectness=torch.full((2, 4), -0.5))
    for each in (nothing, nothing.sharpened(halved(np.zeros((16, 32, 3), np.uint8)))):
        assert not each.labels().any()
        assert not each.confidence().any()
        assert math.isnan(each.mean_confidence())


INPUT = (192, 256)


def sides(picture: tuple[int, int] = INPUT, *, stride: int = 16) -> PartMaps:
    """Part 1 left of the middle, part 2 right of it, at 16 input pixels a cell."""
    rows, columns = INPUT[0] // stride, INPUT[1] // stride
    scores = torch.full((2, rows, columns), -2.0)
    scores[0, :, : columns // 2] = scores[1, :, columns // 2 :] = 2.0
    scale = (INPUT[0] / picture[0], INPUT[1] / picture[1])
    geometry = LayerGeometry((stride, stride), (stride / 2, stride / 2), (99, 99))
    return PartMaps(scores, Grid(Placement(picture, INPUT, scale), geometry, (rows, columns)))


def flat() -> NDArray[np.uint8]:
    return np.full((*INPUT, 3), 90, np.uint8)


def split(column: int) -> NDArray[np.uint8]:
    """A picture of two colours that meet at a column."""
    picture = flat()
    picture[:, column:] = (200, 120, 60)
    return picture


def textured(seed: int = 0) -> NDArray[np.uint8]:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (*INPUT, 3)).astype(np.uint8)


def random_maps(count: int = 4, objectness: bool = True) -> PartMaps:
    generator = torch.Generator().manual_seed(3)
    grid = sides((150, 211)).grid
    scores = 3 * torch.randn(count, *grid.shape, generator=generator)
    odds = torch.randn(grid.shape, generator=generator) if objectness else None
    return PartMaps(scores, grid, objectness=odds)


@pytest.mark.parametrize("picture", [INPUT, (96, 128), (500, 313)])
def test_sharpened_maps_have_half_the_inputs_size_and_lie_where_they_did(
    picture: tuple[int, int],
) -> None:
    found = sides(picture)
    fine = found.sharpened(halved(flat()))
    assert fine.scores.shape == (2, 96, 128)
    assert fine.grid.placement == found.grid.placement
    assert fine.labels().shape == picture
    width = picture[1]
    away = abs((np.arange(width) + 0.5) / width - 0.5) > 1 / 256
    np.testing.assert_array_equal(fine.labels()[:, away], found.labels()[:, away])


def test_on_a_flat_picture_parts_keep_their_place() -> None:
    """Means over windows move borders that curve; away from borders nothing changes."""
    found = random_maps(3, objectness=False)
    blocks = torch.zeros(3, 12, 16)
    blocks[0, :6], blocks[1, 6:, :8], blocks[2, 6:, 8:] = 4.0, 4.0, 4.0
    found = PartMaps(blocks, found.grid)
    before, after = found.labels(), found.sharpened(halved(flat())).labels()
    window = round(150 / 7)
    near = np.zeros(before.shape, bool)
    for axis in (0, 1):
        for line in np.argwhere(np.diff(before.astype(int), axis=axis)):
            place = [slice(max(0, at - window), at + window) for at in line]
            near[tuple(place)] = True
    assert (~near).mean() > 0.3
    np.testing.assert_array_equal(after[~near], before[~near])


@pytest.mark.parametrize("edge", [123, 126, 131, 133])
def test_borders_of_parts_move_onto_edges_of_the_picture(edge: int) -> None:
    """From the middle, at 128, to within a pixel of the edge, which is a third of a cell away."""
    labels = sides().sharpened(halved(split(edge))).labels()
    borders = (labels == 1).sum(axis=1)
    assert abs(borders - edge).max() <= 1


@pytest.mark.parametrize("edge", [123, 131])
def test_outlines_of_objects_move_onto_edges_of_the_picture(edge: int) -> None:
    found = sides()
    object_alone = PartMaps(found.scores[:1], found.grid, objectness=found.scores[0])
    labels = object_alone.sharpened(halved(split(edge))).labels()
    assert abs((labels == 1).sum(axis=1) - edge).max() <= 1


def test_an_edge_that_is_far_from_a_border_does_not_draw_it() -> None:
    labels = sides().sharpened(halved(split(190))).labels()
    assert abs((labels == 1).sum(axis=1) - 128).max() <= 1


@pytest.mark.parametrize("axis", [0, 1])
def test_flipping_the_picture_flips_the_labels(axis: int) -> None:
    found, pixels = random_maps(), textured()
    assert found.objectness is not None
    flipped = PartMaps(
        found.scores.flip(axis + 1), found.grid, objectness=found.objectness.flip(axis)
    )
    there = flipped.sharpened(halved(np.flip(pixels, axis).copy())).labels()
    same = np.flip(there, axis) == found.sharpened(halved(pixels)).labels()
    assert same.mean() > 0.999  # but for ties


def test_a_permutation_of_the_parts_permutes_sharpened_labels() -> None:
    found, pixels = random_maps(5), textured()
    order = torch.tensor([3, 1, 4, 0, 2])
    permuted = PartMaps(found.scores[order], found.grid, objectness=found.objectness)
    labels, others = (
        found.sharpened(halved(pixels)).labels(),
        permuted.sharpened(halved(pixels)).labels(),
    )
    named = np.concatenate([[0], order.numpy() + 1])
    np.testing.assert_array_equal(named[others], labels)


def test_a_given_foreground_is_kept_to_the_pixel() -> None:
    foreground = np.random.default_rng(0).random((150, 211)) < 0.5
    found = random_maps(objectness=False)
    inside = PartMaps(found.scores, found.grid, foreground)
    sharpened = inside.sharpened(halved(textured()))
    np.testing.assert_array_equal(sharpened.labels() > 0, foreground)
    np.testing.assert_array_equal(sharpened.confidence() > 0, foreground)
    everywhere = found.sharpened(halved(textured())).labels()
    np.testing.assert_array_equal(sharpened.labels()[foreground], everywhere[foreground])


def test_without_any_foreground_sharpened_maps_label_everything() -> None:
    labels = random_maps(objectness=False).sharpened(halved(textured())).labels()
    assert labels.min() == 1


@pytest.mark.parametrize("objectness", [True, False])
def test_sharpened_scores_are_probabilities(objectness: bool) -> None:
    found = random_maps(objectness=objectness).sharpened(halved(textured()))
    assert found.scores.isfinite().all()
    assert found.objectness is None or bool(found.objectness.isfinite().all())
    total = found.scores.exp().sum(dim=0)
    assert total.min() > 0.9
    assert total.mean() < 1.1  # one by one, but for what is held within 0 and 1
    confidence = found.confidence()
    assert confidence.min() >= 0
    assert confidence.max() <= 1


@pytest.mark.parametrize("size", [(8, 8), (8, 400), (40, 8), (1, 1), (3, 5)])
def test_inputs_of_any_size_are_sharpened(size: tuple[int, int]) -> None:
    placement = Placement((37, 53), size, (size[0] / 37, size[1] / 53))
    lattice = Grid(placement, LayerGeometry((8, 8), (4, 4), (20, 20)), (1, 1))
    found = PartMaps(torch.tensor([1.0, 0.0])[:, None, None], lattice, objectness=torch.ones(1, 1))
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    assert (found.sharpened(halved(pixels)).labels() == 1).all()
