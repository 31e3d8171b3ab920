"""The cost of training is that of whole commands on the real pictures, and is held to its bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks.processes import Measured

from benchmarks import data, segmenter_cost


@pytest.mark.parametrize(
    ("seconds", "peak", "held"),
    [(299, 2.9, "yes"), (301, 2.9, "**NO**"), (299, 3.1, "**NO**")],
)
def test_the_first_command_pays_for_features_and_the_others_are_held_to_the_bars(
    monkeypatch: pytest.MonkeyPatch, seconds: float, peak: float, held: str
) -> None:
    asked: list[Sequence[str]] = []

    def measured(arguments: Sequence[str], *_: Path) -> tuple[Measured, dict[str, float]]:
        asked.append(arguments)
        first = len(asked) == 1
        phases = {"fit": 20.0} if first else {"fit": 20.0, "train": 100.0}
        return Measured(9999 if first else seconds, int(peak * 2**30), ""), phases

    monkeypatch.setattr(data, "car_pictures", lambda _limit: [])
    monkeypatch.setattr(segmenter_cost, "_measured", measured)
    *_, verdict = segmenter_cost.run()
    assert [arguments[0] for arguments in asked] == ["discover", "train", "train"]
    assert [line.split(" | ")[-1].removesuffix(" |") for line in verdict.splitlines()[2:]] == [
        held,
        held,
    ]


@pytest.mark.real
def test_it_runs_on_a_few_pictures(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTONOMY_DATA", str(data))
    _, costs, _ = segmenter_cost.run(3)
    _, *trained = [line.strip("| ").split(" | ") for line in costs.splitlines()[2:]]
    assert len(trained) == 2
    for row in trained:
        seconds, *phases, memory = map(float, row[1:])
        assert seconds >= sum(phases) - 2 and memory > 100
