"""The benchmark of part detectors: the order is judged pair by pair, and it runs to its tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import detectors
from partonomy.evaluation.detectors.scoring import CollectionScore, RowScore
from partonomy.evaluation.detectors.table import CONCEPT, FILTER, ROWS, SVM, VOTING
from partonomy.metrics import Interval


def scores(**means: float) -> CollectionScore:
    """A collection on which rows have some mAP, and all others 0.5."""
    rows = {
        row: RowScore(
            ["a"],
            np.zeros(1, int),
            np.full((1, 1), 0.5),
            Interval(means.get(row.replace(" ", "_"), 0.5), 0, 1, 0.95),
            None,
            None,
        )
        for row in ROWS
    }
    return CollectionScore(1, 1, np.ones(1, int), 0, 0.8, 0.5, rows, ())


def test_where_the_order_breaks_is_named() -> None:
    good = {"things": [scores(linear_SVM=0.9, single_concept=0.4, single_filter=0.2)]}
    bad = {
        "things": [scores(linear_SVM=0.4, voting=0.6, unary=0.4, mixture=0.4, single_filter=0.3)]
    }
    _, lines = detectors._order(good, [good, bad])
    holds, breaks = lines.splitlines()[2:]
    assert holds == "| things | holds |"
    assert breaks.startswith(f"| things, level 1 | {SVM} 40.0 < {VOTING} 60.0; unary 40.0 < ")
    assert f"{CONCEPT} 50.0" in breaks
    assert FILTER not in breaks


@pytest.mark.real
def test_it_runs_on_renders_and_photographs(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"CLASSES": ("fish",), "SEEDS": (0, 1), "SIDE": 64, "SIZE": 64}
    for name, value in small.items():
        monkeypatch.setattr(detectors, name, value)
    monkeypatch.setenv("PARTONOMY_DATA", str(data))
    introduction, _, clear, _, occluded, _, order, _, relations = detectors.run(4)
    assert "4 objects of each class" in introduction
    assert [line.split(" | ")[0][2:] for line in clear.splitlines()[2:]] == list(ROWS)
    assert clear.splitlines()[0] == "| row | fish | car photographs |"
    assert [line.split(" | ")[0][2:] for line in occluded.splitlines()[2:]] == list(ROWS)
    assert len(order.splitlines()) == 2 + 2 + 3
    assert len(relations.splitlines()) == 2 + 2
