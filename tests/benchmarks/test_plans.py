"""The plans that come with the project can be run as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT
from partonomy.benchmark import read_plan

PLANS = sorted((ROOT / "benchmarks").glob("*.toml"))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_is_read_and_says_how_it_is_run(path: Path) -> None:
    plan = read_plan(path)
    assert plan.seeds == (0, 1, 2), "quality is a mean over three seeds"
    assert f"partonomy benchmark benchmarks/{path.name} -o runs/{path.stem}\n" in path.read_text()
