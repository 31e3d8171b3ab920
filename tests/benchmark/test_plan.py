"""Plans: what they say, and errors that name the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from partonomy.benchmark import METHODS, read_plan
from partonomy.benchmark.plan import filled_in
from partonomy.errors import PartonomyError

NETWORK = """
[[network]]
title = "small"
backbone = "networks:small_network"
"""
DATA = """
[[data]]
title = "world"
protocol = "dense/foreground"
world = { pictures = 4 }
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return read_plan(path)


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    plan = read(tmp_path, NETWORK + DATA)
    assert plan.methods == tuple(METHODS)
    assert plan.seeds == (0, 1, 2)
    assert plan.parts == (8,)
    assert plan.data[0].foreground == "auto"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "network: "),
        (NETWORK, "data: "),
        (NETWORK + NETWORK + DATA, "network: titles must differ"),
        ("methods = ['chance']" + NETWORK + DATA, "methods: choose from partonomy, k-means"),
        (NETWORK + DATA.replace("dense/foreground", "dense"), "protocol: choose from"),
        (NETWORK + DATA + "colour = 1", "data.0.colour: Extra inputs"),
        (NETWORK + DATA + "root = 'here'", "data 'world': give either root or world"),
        ("seeds = [", "is no TOML"),
    ],
)
def test_errors_name_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PartonomyError, match=r"plan\.toml") as error:
        read(tmp_path, text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_no_such_plan(tmp_path: Path) -> None:
    with pytest.raises(PartonomyError, match="No such file"):
        read_plan(tmp_path / "none.toml")


def test_paths_may_hold_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICTURES", "/somewhere")
    assert filled_in("$PICTURES/cars") == filled_in("${PICTURES}/cars") == "/somewhere/cars"
    with pytest.raises(PartonomyError, match="the environment has no MISSING_ONE"):
        filled_in("$MISSING_ONE/cars")
