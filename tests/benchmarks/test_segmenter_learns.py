"""The benchmark of learning: it runs from renders to verdict, and its bar can be missed."""

from __future__ import annotations

import pytest

from benchmarks import segmenter_learns


@pytest.mark.usefixtures("bundled_partworld")
def test_it_runs_on_a_few_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    small = segmenter_learns.CONSTANTS | {"framing": {"size": 32}, "batch": 2}
    monkeypatch.setattr(segmenter_learns, "CONSTANTS", small)
    monkeypatch.setattr(segmenter_learns, "SEEDS", (0,))
    monkeypatch.setattr(segmenter_learns, "SIDE", 64)
    _, seed, looks, verdict = segmenter_learns.run(4)
    assert seed == "Seed 0:"
    steps = [line.strip("| ").split(" | ")[0] for line in looks.splitlines()[2:]]
    assert steps == ["0", "1", "2", "3", "4"]
    assert "| k-means | " in verdict


@pytest.mark.parametrize(("last", "held"), [(30.0, "+2.0: yes"), (27.0, "-1.0: **NO**")])
def test_the_bar_is_on_the_last_look(last: float, held: str) -> None:
    looks = [segmenter_learns.Look(step, {}, 0.0, (nmi, 0.0)) for step, nmi in ((0, 40), (9, last))]
    verdict = segmenter_learns._verdict([looks, looks], [(27.0, 0.0), (29.0, 0.0)])
    assert verdict.endswith(f"FG-NMI above k-means of the same features: {held}.")
