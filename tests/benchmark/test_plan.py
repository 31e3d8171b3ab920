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
    assert [row.title for row in plan.rows] == [row.method for row in plan.rows] == list(METHODS)
    assert not any(row.options for row in plan.rows)
    assert plan.ours == "partonomy"
    assert plan.seeds == (0, 1, 2)
    assert plan.parts == (8,)
    assert plan.data[0].foreground == "auto"


SOFT = """
[[method]]
title = "soft"
method = "partonomy"
options = { sharpen = false }
"""


def test_methods_with_options_stand_below_those_by_name(tmp_path: Path) -> None:
    plan = read(tmp_path, "methods = ['k-means', 'partonomy']" + SOFT + NETWORK + DATA)
    assert [(row.title, row.method, row.options) for row in plan.rows] == [
        ("k-means", "k-means", {}),
        ("partonomy", "partonomy", {}),
        ("soft", "partonomy", {"sharpen": False}),
    ]
    assert plan.ours == "partonomy"


def test_a_plan_of_methods_with_options_alone_has_no_others(tmp_path: Path) -> None:
    plan = read(tmp_path, SOFT + SOFT.replace("soft", "sharp") + NETWORK + DATA)
    assert [row.title for row in plan.rows] == ["soft", "sharp"]
    assert plan.ours == "soft"  # the first, where partonomy itself is no row


def options(text: str, method: str = "partonomy") -> str:
    """A plan with one row of options."""
    return SOFT.replace("partonomy", method).replace("sharpen = false", text) + NETWORK + DATA


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("context = 0", {"context": 0}),
        ("context = 'auto', n_concepts = 40", {"context": "auto", "n_concepts": 40}),
        ("clustering = 'vmf'", {"clustering": "vmf"}),
    ],
)
def test_only_options_that_are_given_are_passed_on(tmp_path: Path, text: str, found: dict) -> None:
    assert read(tmp_path, options(text)).rows[0].options == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (options("parts = 3", "k-means"), "k-means takes no options: leave out parts"),
        (
            options("equivariance = 0"),
            "partonomy has no option equivariance: choose from n_concepts, surroundings, context,",
        ),
        (options("clustering = 'ward'"), "partonomy, clustering: Input should be 'kmeans' or"),
        (options("context = 2"), "partonomy, context.constrained-float: Input should be less"),
        (options("n_concepts = 0"), "partonomy, n_concepts.constrained-int: Input should be"),
        (options("", "chance"), "method.0.method: choose from partonomy"),
        (options("").replace("'partonomy'", "'k-means'").replace("soft", "k-means"), "another"),
        (SOFT + SOFT + NETWORK + DATA, "method: titles must differ"),
        ("methods = ['k-means', 'k-means']" + NETWORK + DATA, "methods: titles must differ"),
        (
            "methods = ['partonomy']" + SOFT.replace("soft", "partonomy") + NETWORK + DATA,
            "method: titles must differ",
        ),
        ("methods = []" + NETWORK + DATA, "methods: choose from partonomy, compact, k-means"),
        (SOFT + "seed = 1" + NETWORK + DATA, "method.0.seed: Extra inputs"),
    ],
)
def test_options_that_do_not_exist_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PartonomyError, match=r"plan\.toml, method") as error:
        read(tmp_path, text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "network: "),
        (NETWORK, "data: "),
        (NETWORK + NETWORK + DATA, "network: titles must differ"),
        (
            "methods = ['chance']" + NETWORK + DATA,
            "methods: choose from partonomy, compact, k-means",
        ),
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
