"""The dense protocol, counted by hand on pictures of four quarters."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from partonomy.datasets import AnnotatedPart, Annotation, PartSchema
from partonomy.evaluation import Record, Seen, protocol_of
from partonomy.evaluation.protocols.dense import GRID, at_steps
from partonomy.images import Grid, LayerGeometry, Placement
from partonomy.parts import PartMaps

SIZE = (GRID, GRID)
SCHEMA = PartSchema(("upper", "lower"))
QUARTER = GRID * GRID // 4


def annotation(top: int, bottom: int) -> Annotation:
    """An object in the left half: `upper` in so many of the upper quarter's rows, `lower` below."""
    parts = []
    for name, first, last in (("upper", 0, top), ("lower", GRID // 2, GRID // 2 + bottom)):
        mask = np.zeros(SIZE, bool)
        mask[first:last, : GRID // 2] = True
        parts.append(AnnotatedPart(name, mask=mask))
    return Annotation("a.png", SIZE, "thing", SCHEMA, tuple(parts))


def maps(upper: int, lower: int, object_columns: int) -> PartMaps:
    """The best part of each half, and objectness in so many columns, one cell a pixel."""
    scores = torch.zeros(2, *SIZE)
    scores[upper, : GRID // 2] = scores[lower, GRID // 2 :] = 1
    objectness = torch.full(SIZE, -1.0)
    objectness[:, :object_columns] = 1
    grid = Grid(Placement(SIZE, SIZE, (1, 1)), LayerGeometry((1, 1), (0.5, 0.5), (1, 1)), SIZE)
    return PartMaps(scores, grid, objectness=objectness)


def record(truth: list[Annotation], found: PartMaps) -> Record:
    seen = Seen(tuple(truth), found, tuple(truth), found.grid.placement)
    return protocol_of("dense/foreground").record([seen], False)


def numbers(truth: list[Annotation], found: PartMaps) -> dict[str, float]:
    scores = protocol_of("dense/foreground").numbers([record(truth, found)], [])
    return {name: each.value for name, each in scores.items()}


def test_tables_are_those_counted_by_hand() -> None:
    kept = record([annotation(GRID // 2, GRID // 4)], maps(1, 0, GRID // 4))
    quarter, half = QUARTER, QUARTER // 2
    np.testing.assert_array_equal(kept["foreground"], [[0, 0, 0], [0, 0, quarter], [0, half, 0]])
    np.testing.assert_array_equal(
        kept["whole"],
        [[2 * quarter + half // 2, half // 2, 0], [half, 0, half], [half // 2, half // 2, 0]],
    )


def test_what_is_found_exactly_scores_one_whatever_parts_are_called() -> None:
    for upper, lower in ((0, 1), (1, 0)):
        found = numbers([annotation(GRID // 2, GRID // 2)], maps(upper, lower, GRID // 2))
        assert found == pytest.approx(dict.fromkeys(found, 1.0))


def test_background_is_no_way_out_of_the_foregrounds_scores() -> None:
    truth = [annotation(GRID // 2, GRID // 2)]
    found = numbers(truth, maps(0, 1, 0))
    assert found["FG-NMI"] == found["FG-ARI"] == 1
    assert found["foreground IoU"] == 0
    assert found["NMI"] == 0


def test_one_part_for_all_knows_nothing() -> None:
    found = numbers([annotation(GRID // 2, GRID // 2)], maps(0, 0, GRID // 2))
    assert found["FG-NMI"] == pytest.approx(0)
    assert found["FG-ARI"] == pytest.approx(0)
    assert found["foreground IoU"] == 1


def test_several_objects_are_one_picture() -> None:
    upper, lower = annotation(GRID // 2, 0), annotation(0, GRID // 2)
    whole = annotation(GRID // 2, GRID // 2)
    found = maps(0, 1, GRID // 2)
    for name, table in record([whole], found).items():
        np.testing.assert_array_equal(record([upper, lower], found)[name], table)


@pytest.mark.parametrize("size", [(37, 300), (300, 37), (1, 1), (128, 128)])
def test_steps_are_equal(size: tuple[int, int]) -> None:
    labels = np.random.default_rng(0).integers(0, 200, size).astype(np.uint8)
    found = at_steps(labels)
    for row, column in ((0, 0), (13, 100), (127, 127)):
        y, x = (
            (place + 0.5) / GRID * side for place, side in zip((row, column), size, strict=True)
        )
        assert found[row, column] == labels[int(y), int(x)]
