"""What stimuli are on, from masks, boxes and nothing; six of ten."""

import numpy as np
import pytest
import torch

from partonomy.datasets import AnnotatedPart, Annotation, PartSchema
from partonomy.emergence.agreement import (
    NO_STIMULUS,
    OFF_OBJECT,
    ON_OBJECT,
    judge,
    label_stimuli,
    strongest_objects,
)
from partonomy.emergence.stimuli import StimuliTable, find_stimuli
from partonomy.images import Grid, LayerGeometry, Placement

SCHEMA = PartSchema(("wheel", "door"))
GEOMETRY = LayerGeometry((8.0, 8.0), (4.0, 4.0), (20.0, 20.0))
GRID = Grid(Placement((80, 96), (80, 96), (1.0, 1.0)), GEOMETRY, (10, 12))


def region(y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    mask = np.zeros((80, 96), bool)
    mask[y0:y1, x0:x1] = True
    return mask


CAR = Annotation(
    "car.png",
    (80, 96),
    "car",
    SCHEMA,
    parts=(
        AnnotatedPart("wheel", mask=region(16, 40, 16, 40)),
        AnnotatedPart("door", box=(56.0, 40.0, 80.0, 64.0)),
    ),
    mask=region(8, 72, 8, 88),
)


def peaks(*cells: tuple[int, int]) -> torch.Tensor:
    """One filter a cell, firing there alone."""
    values = torch.zeros(len(cells), 10, 12)
    for index, (row, column) in enumerate(cells):
        values[index, row, column] = 1.0
    return values


def test_stimuli_are_on_parts_on_the_object_or_beside_it():
    values = torch.cat([peaks((3, 3), (6, 8), (7, 2), (0, 0)), torch.zeros(1, 10, 12)])
    labels = label_stimuli(find_stimuli(values, GRID, 2), CAR)
    assert labels[:, 0].tolist() == [0, 1, ON_OBJECT, OFF_OBJECT, NO_STIMULUS]
    assert (labels[:, 1] == NO_STIMULUS).all()


def test_the_region_decides_and_not_the_peak_alone():
    """The peak is on the wheel, the five strong cells beside it are not."""
    values = peaks((3, 4))
    values[0, 2:5, 5] = 0.9
    values[0, 5 - 1, 4] = 0.1
    values[0, 2, 5] = 0.9
    assert label_stimuli(find_stimuli(values, GRID, 1), CAR)[0, 0] == ON_OBJECT
    values[0, 2:5, 5] = 0.4
    assert label_stimuli(find_stimuli(values, GRID, 1), CAR)[0, 0] == 0


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0] * 6 + [1] * 4, "part: wheel"),
        ([0] * 5 + [1] * 5, "several parts"),
        ([0] * 3 + [ON_OBJECT] * 3 + [OFF_OBJECT] * 4, "several parts"),
        ([OFF_OBJECT] * 6 + [0] * 4, "background"),
        ([OFF_OBJECT] * 5 + [1] * 5, "nothing"),
        ([NO_STIMULUS] * 10, "nothing"),
        ([1] * 6, "part: door"),
    ],
)
def test_six_of_ten(labels, expected):
    assert str(judge(labels, SCHEMA.names)) == expected


def test_the_strongest_are_one_an_object():
    table = StimuliTable(1, strongest=3)
    for scale in (1.0, 3.0, 2.0):
        table.add(find_stimuli(scale * peaks((3, 3)) + scale * peaks((7, 7)), GRID, 3))
    stimuli = table.take()
    assert strongest_objects(stimuli, np.arange(3)).tolist() == [[1, 2, 0]]
    assert strongest_objects(stimuli, np.array([0, 2])).tolist() == [[2, 0]]
