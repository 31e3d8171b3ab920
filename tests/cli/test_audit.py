"""``partonomy audit``: what it prints and writes, how it goes on, and its one-line errors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from unittest.mock import ANY

import pytest
from typer.testing import CliRunner

from partonomy.cli.main import app
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError

SMALL = ("networks:small_network", "--size", "64", "--no-sets", "--weights", "random")


def run(*arguments: str) -> str:
    return CliRunner().invoke(app, ["audit", *arguments], catch_exceptions=False).output


def test_rendered_objects_of_two_classes(tmp_path: Path) -> None:
    options = (*SMALL, "--dataset", "partworld", "--class", "car", "--class", "fish")
    arguments = (*options, "--objects", "24", "-o", str(tmp_path))
    output = run(*arguments, "--layers", "[35]")
    assert re.findall(r"^(\d): \d+ parts", output, re.MULTILINE) == ["3", "5"]
    assert "car wheel" in output
    assert (tmp_path / "audit.html").exists()
    for table in ("parts", "filters", "sets", "stimuli"):
        assert (tmp_path / f"layers/5/{table}.parquet").exists()
    assert "1 of 1 layers were there already" in run(*arguments, "--layers", "5")


def test_a_data_set_whose_parts_are_too_few(tmp_path: Path) -> None:
    for split in ("training", "test"):
        write_folder(PartWorld(4, ("fish",), 64, split=split), tmp_path / split, 0)
    data = ("--dataset", "coco", "--root", str(tmp_path), "-o", str(tmp_path / "out"))
    output = run(*SMALL, *data, "--layers", "5")
    assert "5: 0 parts" in output
    assert "too few to say anything of: fish " in output
    assert "Too few to say anything of" in (tmp_path / "out/audit.html").read_text()


def test_what_decides_a_class_by_the_output_that_is_named(tmp_path: Path) -> None:
    options = ("scoring_networks:Plain", "--dataset", "partworld", "--class", "car", "--no-sets")
    few = ("--objects", "12", "--size", "64", "--decide", "3", "--no-null", "--concepts", "0")
    run(*options, *few, "--layers", "*", "--score", "car=2", "--ablate", "fi*", "-o", str(tmp_path))
    facts = json.loads((tmp_path / "audit.json").read_text())
    assert facts["outputs"] == {"car": {"index": 2, "given": True, "probability": ANY}}
    assert facts["ablated"] == ["first"]
    assert facts["kinds"] == ["layers"]
    assert (tmp_path / "ablation/first/drops.parquet").exists()


def test_half_precision(tmp_path: Path) -> None:
    options = ("resnet18", "--weights", "random", "--dataset", "partworld", "--class", "car")
    few = ("--objects", "4", "--size", "64", "--decide", "0", "--no-null", "--concepts", "0")
    output = run(
        *options, *few, "--layers", "layer4", "--precision", "bfloat16", "-o", str(tmp_path)
    )
    assert "layer4: 0 parts" in output
    assert json.loads((tmp_path / "audit.json").read_text())["precision"] == "bfloat16"


def test_discovered_parts_in_the_place_of_annotated_ones(tmp_path: Path) -> None:
    """Without labels: a run's masks are the parts, its pictures are halved."""
    write_folder(PartWorld(24, ("car",), 64), tmp_path / "pictures", 0)
    discover = ["discover", str(tmp_path / "pictures"), "-o", str(tmp_path / "found")]
    network = ["--backbone", "scoring_networks:Plain", "--layer", "second", "--size", "64"]
    shape = ["--parts", "2", "--concepts", "4", "--foreground", "none"]
    CliRunner().invoke(app, [*discover, *network, *shape], catch_exceptions=False)
    data = ("--dataset", "run", "--root", str(tmp_path / "found"), "--decide", "4")
    small = ("scoring_networks:Plain", "--size", "64", "--no-sets", "--layers", "second")
    output = run(*small, *data, "-o", str(tmp_path / "audit"))
    assert "run has no splits: its pictures are halved by their names" in output
    page = (tmp_path / "audit/audit.html").read_text()
    assert "Parts that decide" in page
    assert "part_01" in page


def test_filters_are_judged_by_people(tmp_path: Path) -> None:
    options = (*SMALL, "--dataset", "partworld", "--class", "car", "--objects", "12")
    arguments = (*options, "--layers", "5", "-o", str(tmp_path / "run"))
    output = run(*arguments, "--study", "3")
    form = tmp_path / "run/study/5/index.html"
    assert f"to judge: {form}" in output.replace("\n", "")
    study = json.loads((form.parent / "study.json").read_text())
    assert [len(study["pairs"]), study["network"]] == [3, "networks:small_network"]
    answers = {pair["name"]: pair["automatic"] for pair in study["pairs"]}
    for judge in ("Anna", "Ben"):
        said = {"study": study["digest"], "judge": judge, "answers": answers}
        (tmp_path / f"{judge}.json").write_text(json.dumps(said))
    run(*arguments, "--judgements", str(tmp_path / "*.json"))
    (judged,) = json.loads((tmp_path / "run/judgements.json").read_text())
    assert (judged["judges"], judged["as the automatic rule"]) == (["Anna", "Ben"], 3)
    assert "Anna, Ben" in (tmp_path / "run/audit.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--dataset", "coco"), "--root is missing: where is coco?"),
        (("--dataset", "partworld", "--class", "dog"), "dog"),
        (("--dataset", "coco", "--class", "car"), "--class is of partworld alone"),
        (("--dataset", "partworld", "--test", "training"), "--test training: choose another"),
        (
            ("--dataset", "partworld", "--judgements", "none.json"),
            "--judgements none.json: no such",
        ),
        (("--dataset", "partworld", "--layers", "conv*"), r"--layers conv\*: no such layer"),
        (("--dataset", "partworld", "--layers", "5", "--ablate", "3"), "--ablate 3: no such layer"),
        (("--dataset", "partworld", "--score", "car"), "--score car: give CLASS=INDEX"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(PartonomyError, match=message):
        run(*SMALL, *arguments, "-o", str(tmp_path))
