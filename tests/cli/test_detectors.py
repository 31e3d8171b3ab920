"""``partonomy detectors``: what it prints and writes, and its one-line errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from partonomy.cli.main import app
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError

SMALL = ("--backbone", "networks:small_network", "--layer", "5", "--size", "64", "--concepts", "8")


def run(*arguments: str) -> str:
    return CliRunner().invoke(app, ["detectors", *arguments], catch_exceptions=False).output


def test_a_rendered_world_is_scored_at_every_level(tmp_path: Path) -> None:
    output = run("partworld", "--class", "fish", "--objects", "8", *SMALL, "-o", str(tmp_path))
    written = json.loads((tmp_path / "detectors.json").read_text())
    assert list(written["tests"]) == [f"test, occlusion {level}" for level in range(4)]
    assert (tmp_path / "average_precision.parquet").exists()
    lines = output.splitlines()
    assert lines[0] == "fish, 7 parts: fitted and chosen on 8 objects"
    assert sum(line.startswith("linear SVM") for line in lines) == 4
    first = written["tests"]["test, occlusion 0"]["rows"]["single filter"]
    (line,) = [each for each in lines if each.startswith("single filter")][:1]
    assert f"{100 * first['mAP']['value']:.1f}" in line
    assert f"{100 * first['optimistic']:.1f}" in line


def test_a_data_set_is_scored_on_its_test_split(tmp_path: Path) -> None:
    for split in ("training", "test"):
        write_folder(PartWorld(8, ("fish",), 64, split=split), tmp_path / split, 0)
    root = ("--root", str(tmp_path))
    out = ("-o", str(tmp_path / "out"))
    output = run("coco", *root, "--parts", "centres", *SMALL, *out)
    assert "test: 8 objects of 8 pictures" in output
    with pytest.raises(PartonomyError, match="--train val: coco has test, training"):
        run("coco", *root, "--train", "val", *SMALL, *out)
    with pytest.raises(PartonomyError, match="--test training: choose another split than --train"):
        run("coco", *root, "--test", "training", *SMALL, *out)
    with pytest.raises(PartonomyError, match="training: nothing to find"):
        run("coco", *root, "--parts", "keypoints", *SMALL, *out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("coco",), "--root is missing: where is coco?"),
        (("coco", "--root", "nowhere"), "--root nowhere: no such folder"),
        (("partworld",), "--class is missing: choose from aircraft"),
        (("partworld", "--class", "dog"), "--class dog: choose from aircraft"),
        (("partworld", "--parts", "corners"), "--parts corners: choose from keypoints, centres"),
        (("partworld", "--class", "car", "--test", "training"), "--test training: choose another"),
    ],
)
def test_errors_are_one_line(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(PartonomyError, match=message.replace("?", r"\?")):
        run(*arguments, "-o", str(tmp_path))
