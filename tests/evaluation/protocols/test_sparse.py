"""Parts at keypoints, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from painted import numbers, record, split_halves, thing

SIZE = (40, 60)


def test_keypoints_of_all_objects_count_where_they_are_seen() -> None:
    first = thing(SIZE, {"head": (10.0, 30.0), "tail": (50.0, 5.0)})
    second = thing(SIZE, {"head": (12.0, 35.0), "tail": None})
    found = split_halves(SIZE, background=20)
    kept = record("sparse/keypoints", [first, second], found, 2, best=split_halves(SIZE))
    np.testing.assert_array_equal(kept["parts"], [[2, 0], [0, 1]])
    np.testing.assert_array_equal(kept["whole"], [[0, 2, 0], [1, 0, 0]])
    scores = numbers("sparse/keypoints", [kept])
    assert scores["FG-NMI"] == scores["NMI"] == 1
    assert scores["on object"] == pytest.approx(2 / 3)
