"""Score maps as detectors: suppression, matching and AP by hand, choice, intervals, relations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from partonomy.evaluation.detectors.detections import (
    OVERLAP,
    Found,
    average_precisions,
    best_detectors,
    box_side,
    close_detectors,
    close_parts,
    strongest,
    suppressed,
    true_parts,
    within,
)
from partonomy.evaluation.detectors.intervals import (
    mean_average_precision,
)
from partonomy.images import Grid, LayerGeometry, Placement
from partonomy.metrics import average_precision, box_iou
from partonomy.parts import PartMaps
from planted_objects import grid_of

STRIDE = (16.0, 16.0)


def test_boxes_are_the_receptive_fields_of_the_paper() -> None:
    assert [box_side(stride) for stride in (2, 4, 8, 16, 32)] == [6, 16, 44, 100, 212]


def slow_strongest(scores: np.ndarray, stride: tuple[float, float]) -> list[tuple[int, float]]:
    """Greedy suppression of one map, box by box."""
    rows, columns = scores.shape
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    candidates = [cell for cell in cells if scores[cell] >= np.median(scores)]
    candidates.sort(key=lambda cell: -scores[cell])
    kept: list[tuple[int, int]] = []

    def box(cell: tuple[int, int]) -> np.ndarray:
        y, x = cell[0] * stride[0], cell[1] * stride[1]
        half = box_side(stride[0]) / 2, box_side(stride[1]) / 2
        return np.array([[x - half[1], y - half[0], x + half[1], y + half[0]]])

    for cell in candidates:
        if all(box_iou(box(cell), box(other))[0] <= OVERLAP for other in kept):
            kept.append(cell)
    return [(row * columns + column, float(scores[row, column])) for row, column in kept]


@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 9), st.sampled_from([4, 16]))
def test_suppression_of_many_maps_is_that_of_each(
    seed: int, rows: int, columns: int, levels: int
) -> None:
    generator = np.random.default_rng(seed)
    stride = (float(generator.choice([4, 8, 16])), 16.0)
    scores = (generator.integers(0, levels, (3, rows, columns)) / 4).astype(np.float32)
    detector, cell, score = strongest(scores, stride)
    for index in range(3):
        mine = detector == index
        found = list(zip(cell[mine].tolist(), score[mine].tolist(), strict=True))
        assert found == slow_strongest(scores[index], stride)


def test_a_map_by_hand() -> None:
    scores = np.zeros((1, 1, 12))
    scores[0, 0, [2, 5, 7, 11]] = [3, 4, 2, 1]
    # boxes of 100 px: of two 5 cells apart (80 px) 20 of 180 px are shared, 4 cells apart 36 of 164
    detector, cell, score = strongest(scores, STRIDE)
    assert cell.tolist() == [5, 11, 0]
    assert score.tolist() == [4, 1, 0]
    assert not detector.any()


def test_each_box_drops_itself_whatever_the_lattice() -> None:
    for shape in ((1, 1), (3, 4)):
        drops = suppressed(shape, (1.0, 32.0))
        assert drops.diagonal().all()
        assert (drops == drops.T).all()


def test_minus_infinity_is_a_score_and_nan_is_none() -> None:
    scores = np.full((3, 12, 12), -np.inf)
    scores[1, 2, 2] = 0
    scores[2] = -scores[2]
    detector, cell, _ = strongest(scores, STRIDE)
    assert (detector == 0).sum() == (detector == 2).sum() > 1
    assert cell[detector == 1][0] == 2 * 12 + 2
    scores[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not numbers"):
        strongest(scores, STRIDE)


def test_detections_matching_and_average_precision_by_hand() -> None:
    grid = grid_of((1, 20))
    first, second = np.zeros((1, 1, 20)), np.zeros((1, 1, 20))
    first[0, 0, 3], first[0, 0, 13] = 9, 5
    second[0, 0, 6] = 7
    found = Found(1)
    found.add(0, first, grid)
    found.add(1, second, grid)
    detections = found.of(0)
    assert detections.picture.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert detections.box[0].tolist() == [56, 8, 56, 8]
    # the best detection of picture 1 is 48 px from its place
    places = [
        (np.array([0]), np.array([[56.0, 8.0]])),
        (np.array([0]), np.array([[104.0 + 48, 8.0]])),
    ]
    assert average_precisions(found, true_parts(places, 1), within(56)).tolist() == [[1.0]]
    far = [places[0], (np.array([0]), np.array([[104.0 + 57, 8.0]]))]
    (average,) = average_precisions(found, true_parts(far, 1), within(56))[0]
    # the second place is taken by none of 9, 7 and 5, but by the zero at 184 px, the seventh of all
    assert average == pytest.approx((1 + 2 / 7) / 2)


def test_maps_that_are_too_many_are_refused() -> None:
    with pytest.raises(ValueError, match="2 maps of 3 detectors"):
        Found(3).add(0, np.zeros((2, 4, 4)), grid_of((4, 4)))


def planted(
    shuffled: bool, count: int = 30
) -> tuple[Found, list[tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """Two detectors that know a part each, or whose maps are shuffled."""
    generator = np.random.default_rng(0)
    found, places = Found(2), []
    for index in range(count):
        cells = generator.choice(4, (2, 2)) * 3 + 1
        while (cells[0] == cells[1]).all():
            cells = generator.choice(4, (2, 2)) * 3 + 1
        scores = generator.random((2, 12, 12))
        scores[np.arange(2), cells[:, 0], cells[:, 1]] += 1
        if shuffled:
            scores = generator.permuted(scores.reshape(2, -1), axis=1).reshape(scores.shape)
        found.add(index, torch.from_numpy(scores), grid_of((12, 12)))
        places.append((np.arange(2), cells[:, ::-1] * 16.0 + 8))
    return found, places, np.arange(count)


def test_planted_parts_are_found_and_shuffled_ones_by_chance() -> None:
    found, places, _ = planted(False)
    averages = average_precisions(found, true_parts(places, 2), within(56))
    assert np.allclose(averages.diagonal(), 1)
    assert averages[0, 1] < 0.4
    assert best_detectors(averages).tolist() == [0, 1]
    found, places, _ = planted(True)
    averages = average_precisions(found, true_parts(places, 2), within(56))
    assert (averages < 0.4).all()


def test_part_maps_of_any_origin_can_be_put_through() -> None:
    """Maps of a whole picture at another scale: places are in its own pixels."""
    size, inputs = (300, 400), (192, 256)
    placement = Placement(size, inputs, (0.64, 0.64))
    grid = Grid(placement, LayerGeometry((16, 16), (8, 8), (16, 16)), (12, 16))
    scores = torch.zeros(2, 12, 16)
    scores[0, 3, 4], scores[1, 8, 12] = 1, 1
    maps, found = PartMaps(scores, grid), Found(2)
    found.add(0, maps.scores, maps.grid)
    point = np.array([[4.5 * 25, 3.5 * 25], [12.5 * 25, 8.5 * 25]])
    averages = average_precisions(found, true_parts([(np.arange(2), point)], 2), within(1))
    assert averages.diagonal().tolist() == [1, 1]
    assert averages[0, 1] + averages[1, 0] < 0.2


def test_the_choice_looks_at_nothing_else() -> None:
    averages = np.array([[0.2, 0.5, np.nan], [0.9, 0.5, np.nan], [0.9, 0.1, np.nan]])
    assert best_detectors(averages).tolist() == [1, 0, -1]


def test_relations_count_what_is_close() -> None:
    averages = np.array([[1.0, 0.7, 0.6, np.nan], [0.2, 0.9, 0.64, np.nan]])
    assert close_parts(averages).tolist() == [2, 2]
    assert close_detectors(averages).tolist() == [1, 2, 2, 0]


def literal_voc(right: np.ndarray, count: int, n_true: int) -> float:
    """As the code of the paper does it: the curve from its tenth point on."""
    hit = np.isin(np.arange(count), right).cumsum()
    recall, precision = (hit / n_true)[9:], (hit / np.arange(1, count + 1))[9:]
    recall = np.concatenate([[0], recall, [1]])
    precision = np.concatenate([[0], precision, [0]])
    for index in range(len(precision) - 2, -1, -1):
        precision[index] = max(precision[index], precision[index + 1])
    steps = np.flatnonzero(np.diff(recall)) + 1
    return float(((recall[steps] - recall[steps - 1]) * precision[steps]).sum())


@given(st.integers(0, 10_000))
def test_dropping_nine_points_is_what_the_code_of_the_paper_does(seed: int) -> None:
    generator = np.random.default_rng(seed)
    right = np.flatnonzero(generator.random(40) < 0.4)
    average = average_precision(right + 1, 30, dropped=9)
    assert average == pytest.approx(literal_voc(right, 40, 30))


def test_intervals_hold_the_value_and_go_by_picture() -> None:
    found, places, pictures = planted(True, 40)
    truth = true_parts(places, 2)
    averages = average_precisions(found, truth, within(56))
    chosen = np.array([1, 0])
    mean = mean_average_precision(found, chosen, truth, within(56), pictures)
    assert mean.value == pytest.approx(np.mean([averages[1, 0], averages[0, 1]]))
    assert mean.low < mean.value < mean.high
    alone = mean_average_precision(found, np.array([1, -1]), truth, within(56), pictures)
    assert alone.value == pytest.approx(averages[1, 0])
    one = mean_average_precision(found, chosen, truth, within(56), np.zeros(40, int))
    assert one.low == pytest.approx(one.value) == pytest.approx(one.high)
    none = mean_average_precision(found, np.array([-1, -1]), truth, within(56), pictures)
    assert np.isnan(none.value)
