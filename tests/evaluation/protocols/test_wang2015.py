"""Part maps as detectors, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from painted import numbers, thing
from partonomy.evaluation import Record, Seen, protocol_of
from partonomy.evaluation.protocols.wang2015 import OPTIMISTIC, on_lattice
from partonomy.images import Grid, LayerGeometry, Placement
from partonomy.parts import PartMaps

SIZE = (224, 448)
CELLS = (14, 28)
KEYPOINTS, PARTS = "wang2015/keypoints", "wang2015/parts"


def maps(*peaks: dict[tuple[int, int], float]) -> PartMaps:
    """A detector for each: scores at some cells of 16 pixels, and below them elsewhere."""
    scores = torch.zeros(len(peaks), *CELLS)
    for part, of_part in enumerate(peaks):
        scores[part] = -torch.linspace(1, 2, CELLS[0] * CELLS[1]).reshape(CELLS)
        for cell, score in of_part.items():
            scores[(part, *cell)] = score
    grid = Grid(Placement(SIZE, SIZE, (1, 1)), LayerGeometry((16, 16), (8, 8), (16, 16)), CELLS)
    return PartMaps(scores, grid)


def record(name: str, found: PartMaps, places: dict[str, tuple[float, float] | None]) -> Record:
    one = thing(SIZE, places, box=(0.0, 0.0, 448.0, 224.0))
    protocol = protocol_of(name)
    (view,) = protocol.views([one], False)
    assert view.placement.input_size == SIZE
    return protocol.record([Seen(view.objects, found, (one,), view.placement)], False)


def test_objects_are_cut_out_in_whole_pixels_at_a_short_side_of_224() -> None:
    one = thing((100, 300), {"eye": (31.0, 30.0)}, box=(20.7, 10.2, 79.3, 89.5))
    (view,) = protocol_of(KEYPOINTS).views([one], False)
    assert view.placement.origin == (10, 20)
    assert view.placement.input_size == (298, 224)  # of 80 x 60
    x, y = view.objects[0].parts[0].keypoint
    assert (x, y) == pytest.approx((11 * 224 / 60, 20 * 298 / 80))


def test_scores_are_taken_at_cells_of_16_pixels() -> None:
    found = maps({(3, 4): 5.0})
    scores, lattice = on_lattice(found)
    assert lattice.shape == CELLS
    np.testing.assert_allclose(scores, found.scores.numpy(), rtol=1e-6)
    fine = PartMaps(
        found.scores.repeat_interleave(4, 1).repeat_interleave(4, 2),
        found.grid.refined((56, 112)),
    )
    coarse, _ = on_lattice(fine)
    np.testing.assert_allclose(coarse, found.scores.numpy(), rtol=1e-6)


def test_a_detection_is_right_within_56_pixels_and_once() -> None:
    """The best detection is 50 pixels from the eye, the second, 100 pixels on, is too far."""
    found = maps({(3, 4): 9.0, (3, 11): 8.0})
    kept = record(KEYPOINTS, found, {"eye": (72.0 + 50, 56.0), "ear": None})
    scores = numbers(KEYPOINTS, [kept], [kept])
    assert scores["mAP"] == pytest.approx(1)
    far = record(KEYPOINTS, found, {"eye": (72.0, 56.0 + 57), "ear": None})
    assert numbers(KEYPOINTS, [far], [kept])["mAP"] < 0.5


def test_a_place_is_found_once() -> None:
    """Two detections are within 56 pixels of the eye, and far enough apart to be both kept."""
    found = maps({(2, 4): 9.0, (8, 4): 8.0, (3, 22): 7.0})
    places = {"eye": (72.0, 88.0), "ear": (360.0, 56.0)}
    kept = record(KEYPOINTS, found, places)
    # eye: found by the first; ear: by the third, after two that are wrong
    assert numbers(KEYPOINTS, [kept], [kept])["mAP"] == pytest.approx((1 + 1 / 3) / 2)


def test_detections_nearer_than_the_box_allows_are_suppressed() -> None:
    found = maps({(3, 4): 9.0, (3, 7): 8.9, (3, 12): 8.8})
    kept = record(KEYPOINTS, found, {"eye": (72.0, 56.0)})
    points = kept["point"][np.argsort(-kept["score"])]
    assert points[0].tolist() == [72, 56]
    assert [120, 56] not in points.tolist()  # 48 pixels on: IoU 0.35
    assert [200, 56] in points.tolist()  # 128 pixels on


def test_the_detector_is_chosen_on_training_objects() -> None:
    left, right = {(3, 4): 9.0}, {(10, 22): 9.0}
    places = {"eye": (72.0, 56.0)}
    training = record(KEYPOINTS, maps(right, left), places)  # the second finds the eye
    test = record(KEYPOINTS, maps(left, right), places)  # here the first would
    scores = numbers(KEYPOINTS, [test], [training])
    assert scores["mAP"] < 0.5
    assert scores[OPTIMISTIC] == pytest.approx(1)


def test_parts_are_found_at_the_middle_of_their_boxes() -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[40:72, 50:94] = 1
    one = thing(SIZE, {}, box=(0.0, 0.0, 448.0, 224.0), masks=(("wheel", mask),))
    protocol = protocol_of(PARTS)
    (view,) = protocol.views([one], False)
    kept = protocol.record([Seen(view.objects, maps({(3, 4): 9.0}), (one,), view.placement)], False)
    np.testing.assert_array_equal(kept["place"], [[72, 56]])
    assert numbers(PARTS, [kept], [kept])["mAP"] == pytest.approx(1)


def test_objects_of_one_picture_are_told_apart() -> None:
    boxes = (0.0, 0.0, 448.0, 224.0)
    objects = [thing(SIZE, {"eye": (72.0, 56.0)}, box=boxes) for _ in range(2)]
    protocol = protocol_of(KEYPOINTS)
    views = protocol.views(objects, False)
    seen = [
        Seen(view.objects, maps(peaks), tuple(objects), view.placement)
        for view, peaks in zip(views, ({(3, 4): 9.0}, {(10, 22): 8.0}), strict=True)
    ]
    kept = protocol.record(seen, False)
    assert int(kept["objects"]) == 2
    # the first object's eye is found first, the other's by nothing near it
    assert 0.5 <= numbers(KEYPOINTS, [kept], [kept])["mAP"] < 1
