"""Plain words follow the scores, whichever way they come out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from partonomy.demo import METHODS, OURS, Demo, in_brackets, summarise
from partonomy.demo.rivals import COLOUR, RANDOM
from partonomy.metrics import Interval


def scored(demo: Demo, right: dict[str, float]) -> Demo:
    """The demo, as if methods had labelled that share of 20 pictures' pixels rightly."""
    random = np.random.default_rng(0)

    def tables(share: float, n_parts: int) -> np.ndarray:
        mixed = random.integers(30, 50, size=(20, n_parts, n_parts + 1))
        diagonal = np.eye(n_parts, n_parts + 1, 1, dtype=np.int64)
        return np.round((1 - share) * mixed + share * 300 * diagonal).astype(np.int64)

    classes = tuple(
        replace(
            each,
            tables={method: tables(right[method], each.truth.n_parts) for method in METHODS},
        )
        for each in demo.classes
    )
    return replace(demo, classes=classes)


def test_better_than_all(demo: Demo) -> None:
    best = summarise(scored(demo, {OURS: 0.8, RANDOM: 0.1, COLOUR: 0.5}))
    assert [each.better for each in best.findings] == [True, True]
    random, colour = (each.sentence for each in best.findings)
    assert random.startswith(f"Beside {RANDOM}, partonomy is better in FG-NMI (+0.")
    assert ", better in FG-ARI (+0." in colour
    assert best.shortcomings == []
    means = [row.scores["FG-NMI"].value for row in best.rows]
    assert [row.method for row in best.rows] == list(METHODS)
    assert means[0] > means[2] > means[1]


def test_worse_and_no_different_are_said(demo: Demo) -> None:
    poor = summarise(scored(demo, {OURS: 0.3, RANDOM: 0.3, COLOUR: 0.6}))
    random, colour = poor.findings
    assert not random.better
    assert "partonomy is not clearly better in FG-NMI (" in random.sentence
    assert not colour.better
    assert "partonomy is worse in FG-NMI (-0." in colour.sentence
    assert len(poor.shortcomings) == 4
    assert poor.shortcomings[0].startswith(f"car: {COLOUR} has the higher FG-NMI, 0.")
    assert poor.shortcomings[-1].startswith("face: ")


@pytest.mark.parametrize(
    ("bounds", "form", "written"),
    [
        ((0.123, 0.456), "z.2f", "[0.12, 0.46]"),
        ((-0.001, 0.2), "z.2f", "[0.00, 0.20]"),
        ((-0.1, 0.2), "+z.2f", "[-0.10, +0.20]"),
    ],
)
def test_intervals_are_written_in_brackets(
    bounds: tuple[float, float], form: str, written: str
) -> None:
    assert in_brackets(Interval(0.1, *bounds, 0.95), form) == written
