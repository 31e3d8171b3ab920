"""The benchmark of parts in filters: rivals that do the same, and parts that run at a tiny size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("deap")

from benchmarks.emergence import footprint, precision, search
from benchmarks.processes import Measured
from benchmarks.rivals.deap_search import Detections, deap_search

from partonomy.emergence.evidence import LEVELS, Evidence
from partonomy.emergence.search import GENETIC, greedy_search


def cells(markdown: str) -> dict[str, str]:
    """The first row of a table by its header."""
    header, _, row = (line.strip("| ").split(" | ") for line in markdown.splitlines()[:3])
    return dict(zip(header, row, strict=True))


def evidence(seed: int = 0, filters: int = 30, places: int = 200) -> Evidence:
    generator = np.random.default_rng(seed)
    levels = generator.integers(1, LEVELS + 1, (filters, places))
    levels *= generator.random(levels.shape) < 0.2
    return Evidence(levels.astype(np.uint16), places // 4, places // 3)


def test_the_loop_over_pairs_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "LOOPED", 12)
    _, shown = precision.run(30)
    assert float(cells(shown)["apart"]) < 1e-9


def test_deap_searches_by_the_same_fitness() -> None:
    table = evidence()
    detections = Detections.of(table)
    generator = np.random.default_rng(1)
    for size in (0, 1, 2, 7, 30):
        chosen = generator.permutation(30)[:size]
        assert detections.fitness(chosen.tolist()) == pytest.approx(table.fitness(chosen))


def test_deap_starts_from_the_same_sets_and_keeps_the_best() -> None:
    table = evidence()
    known = greedy_search(table, GENETIC.greedy).filters_by_size
    settings = replace(GENETIC, population=20, generations=3)
    found = deap_search(Detections.of(table), known, 0, settings)
    assert found.fitness >= max(table.fitness(each) for each in known)
    assert found.fitness == pytest.approx(table.fitness(found.filters))


def test_both_searches_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "GENETIC", replace(GENETIC, population=10, generations=3))
    monkeypatch.setattr(search, "ALIKE", 2)
    _, shown = search.timed(20)
    assert float(cells(shown)["apart"]) < 1e-9


def test_peaks_are_those_that_the_audit_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(command: list[str]) -> Measured:
        return Measured(1.0, 9 << 30, f"something\n{int(command[3]) << 29}\n")

    monkeypatch.setattr(footprint, "measure", measure)
    _, shown = footprint.run(4)
    assert cells(shown)["peak, MB"] == "2147"
    assert [row.split("|")[-2].strip() for row in shown.splitlines()[2:]] == ["yes", "**NO**"]
