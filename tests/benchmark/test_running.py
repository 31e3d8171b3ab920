"""A benchmark runs its plan once, goes on where it stopped, and says what came out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel, Field

from partonomy.benchmark import read_plan, run_benchmark, tables_of, write_results
from partonomy.benchmark.methods import METHODS, OURS, RANDOM, Fitting, Method, Options
from partonomy.benchmark.running import Result
from partonomy.benchmark.writing import findings
from partonomy.concepts import VisualConcepts
from partonomy.errors import PartonomyError
from partonomy.parts import PartModel
from partonomy.segmenter.training import Diverged

Look = Callable[..., Any]

NETWORK = """
[[network]]
title = "small"
backbone = "networks:small_network"
layers = ["3"]
size = 64
"""

GIVEN = """
[[data]]
title = "given"
protocol = "dense/foreground"
world = { pictures = 8, classes = ["face"], size = 64 }
foreground = "truth"
"""

PLAN = f"""
title = "A <small> trial"
seeds = [0, 1]
parts = [3]
methods = {json.dumps([name for name in METHODS if name != "compact"])}

[[method]]
title = "compact"
method = "compact"
options = {{ steps = 5 }}
{NETWORK}
[[data]]
title = "given"
protocol = "dense/foreground"
world = {{ pictures = 16, classes = ["face", "car"], size = 64 }}
class = "each"
foreground = "truth"
parts = "true"

[[data]]
title = "found"
protocol = "dense/foreground"
world = {{ pictures = 8, classes = ["face"], size = 64 }}
class = "face"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("benchmark")
    (folder / "plan.toml").write_text(PLAN)
    return folder


@pytest.fixture(scope="module")
def results(folder: Path) -> list[Result]:
    return run_benchmark(read_plan(folder / "plan.toml"), folder)


def test_every_method_is_scored_by_every_seed(results: list[Result]) -> None:
    assert [(each.cell.data.title, each.cell.class_name) for each in results] == [
        ("given", "car"),
        ("given", "face"),
        ("found", "face"),
    ]
    for result in results:
        found = {(score.method, score.seed) for score in result.scores}
        assert found == {(method, seed) for method in METHODS for seed in (0, 1)}
        assert {score.measure for score in result.scores} >= {"FG-NMI", "FG-ARI", "NMI", "ARI"}
    assert {score.n_parts for score in results[0].scores} == {8}
    assert {score.n_parts for score in results[2].scores} == {3}


def test_given_objects_are_kept_to(results: list[Result]) -> None:
    for score in results[0].scores:
        if score.measure == "foreground IoU":
            assert score.interval.value > 0.95


def test_finished_cells_are_not_run_again(
    folder: Path, results: list[Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    from partonomy.benchmark import running

    monkeypatch.setattr(running, "run_cell", None)
    said: list[str] = []
    again = run_benchmark(read_plan(folder / "plan.toml"), folder, say=said.append)
    assert len(said) == 3
    assert all(line.startswith("done before") for line in said)
    for mine, theirs in zip(again, results, strict=True):
        assert mine.scores[0].interval == theirs.scores[0].interval
        np.testing.assert_array_equal(
            mine.scores[0].interval.draws, theirs.scores[0].interval.draws
        )


def test_another_seed_is_another_cell(folder: Path, results: list[Result]) -> None:
    from partonomy.benchmark.cells import key_of

    plan = read_plan(folder / "plan.toml")
    other = plan.model_copy(update={"seeds": (5,)})
    assert key_of(plan, results[0].cell) != key_of(other, results[0].cell)


ABLATION = (
    """
seeds = [0]
parts = [3]
methods = ["position"]

[[method]]
title = "probe"
method = "probe"
options = { steps = 3 }

[[method]]
title = "soft"
method = "partonomy"
options = { sharpen = false }

[[method]]
title = "sharp"
method = "partonomy"
"""
    + NETWORK
    + GIVEN
)


class Recipe(BaseModel):
    """Of a method that takes a recipe."""

    steps: int = Field(10, ge=1)
    weight: float = 1.0


def values_of(result: Result) -> dict[str, list[float]]:
    """Each method's numbers."""
    found: dict[str, list[float]] = {}
    for score in result.scores:
        found.setdefault(score.method, []).append(score.interval.value)
    return found


def test_a_method_is_given_its_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Options] = []

    def probe(of: Fitting, options: Options) -> PartModel:
        given.append(options)
        return METHODS["position"].fit(of, {})

    monkeypatch.setitem(METHODS, "probe", Method(probe, Recipe))
    path = tmp_path / "plan.toml"
    path.write_text(ABLATION)
    plan = read_plan(path)
    (result,) = run_benchmark(plan, tmp_path)
    assert given == [{"steps": 3}]
    values = values_of(result)
    assert list(values) == ["position", "probe", "soft", "sharp"]
    assert values["probe"] == values["position"]
    assert values["soft"] != values["sharp"]

    path.write_text(ABLATION.replace("steps = 3", "steps = 0"))
    with pytest.raises(PartonomyError, match=r"method\.0\.options: probe, steps: Input should be"):
        read_plan(path)

    # findings are about the first row, where partonomy by its defaults is none
    tables = tables_of(plan, [result])
    assert [title for title, _ in tables[0].rows] == ["position", "probe", "soft", "sharp"]
    for finding in findings(tables, plan.ours):
        assert ", position " in finding
    _, text, _ = write_results(plan, ABLATION, tables, tmp_path)
    assert "## Where another row is better than position" in text.read_text(encoding="utf-8")


def test_a_training_that_came_to_nothing_is_said_and_spoils_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe(of: Fitting, options: Options) -> PartModel:
        if of.seed == 1:
            raise Diverged("one part took all", 7)
        return METHODS["position"].fit(of, {})

    monkeypatch.setitem(METHODS, "probe", Method(probe, Recipe))
    text = f"""
        seeds = [0, 1]
        parts = [3]
        methods = ["probe", "position"]
        {NETWORK}
        {GIVEN}
    """
    path = tmp_path / "plan.toml"
    path.write_text(text)
    plan = read_plan(path)
    results = run_benchmark(plan, tmp_path)
    tables = tables_of(plan, results)
    for table in tables:
        ((probe_entry,), (position_entry,)) = (entries for _, entries in table.rows)
        assert position_entry.best and not probe_entry.best and probe_entry.real
    page, markdown, _ = write_results(plan, text, tables, tmp_path)
    assert markdown.read_text().count("| probe | diverged |") == len(tables)
    assert page.read_text().count("diverged</span>") == len(tables)
    again = run_benchmark(plan, tmp_path)
    assert [np.isnan(score.interval.value) for score in again[0].scores].count(True) == len(tables)

    path.write_text(text.replace('"probe", "position"', '"probe"').replace("[0, 1]", "[1]"))
    with pytest.raises(Diverged, match="one part took all"):
        run_benchmark(read_plan(path), tmp_path)


def test_other_options_are_another_cell(tmp_path: Path, results: list[Result]) -> None:
    from partonomy.benchmark.cells import key_of

    def key(text: str) -> str:
        path = tmp_path / "plan.toml"
        path.write_text(text)
        return key_of(read_plan(path), results[0].cell)

    plain = ABLATION.replace('"probe"', '"k-means"').replace("{ steps = 3 }", "{ }")
    keys = {key(plain), key(plain.replace("false", "true")), key(plain.replace("soft", "mild"))}
    assert len(keys) == 3


def test_tables_are_means_over_seeds_and_classes(folder: Path, results: list[Result]) -> None:
    tables = tables_of(read_plan(folder / "plan.toml"), results)
    table = next(each for each in tables if (each.data, each.measure) == ("given", "FG-NMI"))
    assert (table.n_parts, table.classes, table.pictures) == (None, 2, 16)
    (entry,) = dict(table.rows)[OURS]
    values = np.array(
        [
            [
                score.interval.value
                for score in result.scores
                if (score.method, score.measure, score.seed) == (OURS, "FG-NMI", seed)
            ]
            for result in results[:2]
            for seed in (0, 1)
        ]
    ).reshape(2, 2)
    assert entry.interval.value == pytest.approx(values.mean())
    assert entry.spread == pytest.approx(values.mean(axis=0).std(ddof=1))
    for each in tables:
        entries = [entries[0] for _, entries in each.rows]
        best = [entry for entry in entries if entry.best]
        assert len(best) == 1
        assert best[0].interval.value == max(entry.interval.value for entry in entries)
        assert not best[0].real


def test_the_pages_say_what_came_out(folder: Path, results: list[Result]) -> None:
    plan = read_plan(folder / "plan.toml")
    tables = tables_of(plan, results)
    page, text, rows = write_results(plan, PLAN, tables, folder)
    markdown = text.read_text(encoding="utf-8")
    assert "## given, as many parts as there are" in markdown
    assert "## found, 3 parts" in markdown
    assert PLAN.strip() in markdown
    assert f"| {RANDOM} |" in markdown
    assert markdown.count("**") == 2 * (len(tables) + 1)  # and the legend's own
    found = pq.read_table(rows).to_pylist()
    assert len(found) == len(tables) * len(METHODS)
    assert "&lt;small&gt;" in page.read_text(encoding="utf-8")
    assert "<small>" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_shows_in_a_browser(
    look: Look, folder: Path, results: list[Result], width: int
) -> None:
    plan = read_plan(folder / "plan.toml")
    path, *_ = write_results(plan, PLAN, tables_of(plan, results), folder)
    page, told, asked = look(path, width)
    assert told == []
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.locator("h1").all_inner_texts() == ["A <small> trial"]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("table").count() == 10


def test_nothing_to_fit_on_is_said(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(f'methods = ["position"]\n{NETWORK}{GIVEN}class = "ship"\n')
    with pytest.raises(PartonomyError, match="data 'given': no picture to find parts in"):
        run_benchmark(read_plan(plan), tmp_path)


COMPACT_PLAN = f"""
seeds = [0]
parts = [3]
methods = ["position"]

[[method]]
title = "whole"
method = "compact"
options = {{ steps = 3, dimensions = 8, hidden = 4, pictures = 6 }}

[[method]]
title = "no equivariance"
method = "compact"
options = {{ steps = 3, dimensions = 8, hidden = 4, pictures = 6, equivariance = 0 }}
{NETWORK}{GIVEN}"""


def test_trained_parts_are_scored_with_and_without_each_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from partonomy.segmenter.compact import CompactTraining

    weights: list[float] = []
    train = CompactTraining.__call__

    def noted(self: CompactTraining, *given: Any) -> Any:
        weights.append(self.recipe.equivariance)
        return train(self, *given)

    fitted = 0
    fit = VisualConcepts.fit_features

    def counted(self: VisualConcepts, *given: Any) -> VisualConcepts:
        nonlocal fitted
        fitted += 1
        return fit(self, *given)

    monkeypatch.setattr(CompactTraining, "__call__", noted)
    monkeypatch.setattr(VisualConcepts, "fit_features", counted)
    path = tmp_path / "plan.toml"
    path.write_text(COMPACT_PLAN)
    (result,) = run_benchmark(read_plan(path), tmp_path)
    values = values_of(result)
    assert list(values) == ["position", "whole", "no equivariance"]
    assert np.isfinite(list(values.values())).all()
    assert weights[0] > 0 == weights[1]
    assert fitted == 1, "both begin with the same parts"


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("colours = 1", "compact has no option colours: choose from .*equivariance"),
        ("steps = 0", "compact, steps: Input should be greater"),
        ("consistency = 0, equivariance = 0", "compact, all weights are 0"),
    ],
)
def test_options_that_trained_parts_cannot_have_are_refused(
    tmp_path: Path, option: str, why: str
) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(COMPACT_PLAN.replace("steps = 3, dimensions = 8", option, 1))
    with pytest.raises(PartonomyError, match=rf"method\.0\.options: {why}") as caught:
        read_plan(path)
    assert "\n" not in str(caught.value)
