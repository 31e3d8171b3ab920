"""The demo as a whole: what it leaves behind, and that a killed one ends the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from partonomy import Run
from partonomy.datasets.partworld import FIGURES, PartWorld
from partonomy.demo import METHODS, Demo, DemoSettings, Summary, run_demo, write_demo_page
from partonomy.demo import demo as module
from partonomy.demo.truth import read_labels
from partonomy.errors import PartonomyError


def test_pictures_are_held_out_and_of_the_asked_classes(demo: Demo) -> None:
    settings = demo.settings
    count = settings.n_pictures * len(settings.classes)
    world = list(PartWorld(count, settings.classes, settings.side, seed=3, split="demo"))
    for result in demo.classes:
        mine = [each for each in world if each.annotation.class_name == result.truth.name]
        assert len(mine) == len(result.truth.pictures)
        for index, rendering in enumerate(mine):
            np.testing.assert_array_equal(result.truth.pixels(index), rendering.picture)
            np.testing.assert_array_equal(result.truth.labels[index], rendering.annotation.labels())


def test_each_class_has_its_run_within_the_given_foreground(demo: Demo) -> None:
    assert [each.truth.name for each in demo.classes] == ["car", "face"]
    for result in demo.classes:
        run = Run(demo.output / "runs" / result.truth.name)
        assert run.file.status == "finished"
        assert run.file.command == "partonomy demo <script>"
        assert run.file.results["n_parts"] == len(FIGURES[result.truth.name].schema.names)
        assert run.report.is_file()
        masks = [read_labels(path) for path in sorted(run.masks.iterdir())]
        np.testing.assert_array_equal(masks, result.found)
        np.testing.assert_array_equal(np.array(result.found) > 0, np.array(result.truth.labels) > 0)


def test_all_methods_are_scored_on_all_pixels_of_the_objects(demo: Demo) -> None:
    for method in METHODS:
        tables = demo.tables(method)
        assert tables.shape == (4, 2, 9, 10)  # faces have 9 parts
        for index, result in enumerate(demo.classes):
            pixels = [(labels > 0).sum() for labels in result.truth.labels]
            np.testing.assert_array_equal(tables[:, index].sum(axis=(1, 2)), pixels)


@pytest.mark.parametrize("killed_in", ["discover", "rivals"])
def test_a_killed_demo_ends_the_same(
    demo: Demo, summary: Summary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    whole, settings = write_demo_page(demo, summary), demo.settings
    real, calls = getattr(module, killed_in), []

    def killed(*arguments: object, **options: object) -> object:
        calls.append(None)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, killed_in, killed)
        run_demo(tmp_path, settings, command=demo.command)
    again = run_demo(tmp_path, settings, command=demo.command)
    for before, after in zip(demo.classes, again.classes, strict=True):
        for method in METHODS:
            np.testing.assert_array_equal(before.tables[method], after.tables[method])
    assert write_demo_page(again, summary).read_bytes() == whole.read_bytes()


def test_another_demo_in_the_same_folder_replaces_it(demo: Demo, tmp_path: Path) -> None:
    fewer = replace(demo.settings, classes=("face",), n_pictures=2)
    run_demo(tmp_path, replace(fewer, seed=1))
    second = run_demo(tmp_path, fewer)
    np.testing.assert_array_equal(second.classes[0].truth.labels, demo.classes[1].truth.labels[:2])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (DemoSettings(("unicorn",)), "unknown class 'unicorn'"),
        (DemoSettings(n_pictures=0), "at least one picture"),
        (DemoSettings(seed=-1), "a seed is 0 or more"),
    ],
)
@pytest.mark.usefixtures("bundled_partworld")
def test_what_cannot_be_drawn_is_refused_at_once(
    tmp_path: Path, settings: DemoSettings, message: str
) -> None:
    with pytest.raises(PartonomyError, match=message):
        run_demo(tmp_path / "demo", settings)
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("place", ["world", "runs/face"])
@pytest.mark.usefixtures("bundled_partworld")
def test_folders_of_something_else_are_left_alone(demo: Demo, tmp_path: Path, place: str) -> None:
    foreign = tmp_path / place / "thesis.tex"
    foreign.parent.mkdir(parents=True)
    foreign.touch()
    with pytest.raises(PartonomyError, match="not empty and holds no"):
        run_demo(tmp_path, replace(demo.settings, classes=("face",), n_pictures=2))
    assert list(foreign.parent.iterdir()) == [foreign]


def test_progress_is_told(demo: Demo, tmp_path: Path) -> None:
    told: dict[str, list[int]] = {}

    def begin(name: str, total: int) -> object:
        told[name] = [total]
        return told[name].append

    run_demo(tmp_path, replace(demo.settings, n_pictures=2), begin=begin)  # type: ignore[arg-type]
    assert {name: (total, sum(steps)) for name, (total, *steps) in told.items()} == {
        "pictures": (4, 4),
        "methods": (6, 6),
    }
