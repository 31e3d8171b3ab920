"""Where parts are: keypoints or centres, and the cells around them."""

from __future__ import annotations

import numpy as np
import pytest

from partonomy.concepts.detectors import distances, part_places
from partonomy.concepts.detectors.places import nearest_cells
from partonomy.datasets import AnnotatedPart, Annotation, PartSchema
from partonomy.errors import PartonomyError
from planted_objects import grid_of


def annotation() -> Annotation:
    mask = np.zeros((100, 80), bool)
    mask[10:30, 40:50] = True
    parts = (
        AnnotatedPart("wheel", box=(10, 20, 30, 60), mask=mask, keypoint=(11.0, 12.0)),
        AnnotatedPart("door", mask=mask),
        AnnotatedPart("wheel", keypoint=(85.0, 3.0)),
        AnnotatedPart("door", box=(0, 0, 4, 6), keypoint=(1.0, 99.0), visible=False),
    )
    return Annotation("a.png", (100, 80), "car", PartSchema(("door", "wheel")), parts)


def test_centres_are_those_of_boxes_or_else_of_masks() -> None:
    places = part_places(annotation(), "centres")
    assert places.part.tolist() == [1, 0, 0]
    assert places.point.tolist() == [[20, 40], [45, 20], [2, 3]]
    assert places.visible.tolist() == [True, True, False]
    assert places.seen().part.tolist() == [1, 0]


def test_keypoints_outside_the_crop_are_no_places() -> None:
    places = part_places(annotation(), "keypoints")
    assert places.part.tolist() == [1, 0]
    assert places.point.tolist() == [[11, 12], [1, 99]]


def test_nothing_annotated_is_no_place() -> None:
    bare = Annotation("a.png", (9, 9), "car", PartSchema(("door",)))
    assert part_places(bare, "centres").point.shape == (0, 2)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(PartonomyError, match="--parts corners: choose from keypoints, centres"):
        part_places(annotation(), "corners")  # type: ignore[arg-type]


def test_distances_and_nearest_cells_agree_with_a_loop() -> None:
    grid, generator = grid_of((5, 7)), np.random.default_rng(0)
    point = generator.uniform((0, 0), (112, 80), (20, 2))
    apart = distances(grid, point)
    for (x, y), of_point, cell in zip(point, apart, nearest_cells(grid, point), strict=True):
        slow = [[np.hypot(8 + 16 * c - x, 8 + 16 * r - y) for c in range(7)] for r in range(5)]
        assert np.allclose(of_point, slow)
        assert of_point[tuple(cell)] == of_point.min()
