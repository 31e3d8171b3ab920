"""The benchmark on PartWorld: its bars are held to, and it runs from renders to verdict."""

from __future__ import annotations

import pytest

from benchmarks import partworld
from partonomy.datasets.partworld import FIGURES
from partonomy.demo import METHODS, OURS
from partonomy.demo.rivals import COLOUR, RANDOM


@pytest.mark.parametrize(
    ("ours", "held"),
    [(40.0, ["yes", "yes"]), (26.9, ["yes", "**NO**"]), (12.0, ["**NO**", "**NO**"])],
)
def test_bars_are_on_the_mean_over_classes_and_seeds(ours: float, held: list[str]) -> None:
    def scores(nmi: float) -> list[tuple[float, float]]:
        return [(nmi - 1, 0.0), (nmi + 1, 0.0)]

    results = {
        name: {OURS: scores(ours + shift), RANDOM: scores(10 + shift), COLOUR: scores(12)}
        for name, shift in (("car", 5), ("bird", -5))
    }
    lines = list(partworld._bars(results))
    assert [line.rsplit(": ", 1)[1] for line in lines] == held
    assert lines[0].startswith(f"FG-NMI above {RANDOM}: {ours - 10:+.1f} (bar +15)")


@pytest.mark.usefixtures("bundled_partworld")
def test_it_runs_on_held_out_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {name: FIGURES[name] for name in ("fish", "house")}
    small = {"FIGURES": figures, "SEEDS": (0, 1), "SIDE": 64, "SIZE": 64}
    for name, value in small.items():
        monkeypatch.setattr(partworld, name, value)
    worlds = []
    write = partworld.write_folder
    monkeypatch.setattr(
        partworld, "write_folder", lambda world, *rest: (worlds.append(world), write(world, *rest))
    )
    introduction, scores, *bars, _, verdict = partworld.run(2)
    assert [(world.split, world.seed) for world in worlds] == [("test", 0), ("test", 1)]
    assert "2 pictures of 64 px of each class, split `test`" in introduction
    rows = [line.split(" | ") for line in scores.splitlines()[2:]]
    assert [row[0] for row in rows] == ["| fish", "| house", "| **mean**"]
    assert all(len(row) == 2 + len(METHODS) for row in rows)
    assert len(bars) == 2
    assert [line.split(" | ")[0] for line in verdict.splitlines()[2:]] == ["| FG-NMI", "| FG-ARI"]
