"""``partonomy train``: what it writes and says, the recipe's constants, and its one-line errors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from typer.testing import CliRunner

from partonomy.cli.constants import constants
from partonomy.cli.main import app
from partonomy.errors import PartonomyError
from segmenter_runs import draw_pictures

DOCUMENTED = Path(__file__).parents[2] / "docs" / "segmenter.md"

TINY = (
    *("--recipe", "choudhury2021", "--parts", "2", "--size", "32", "--steps", "2"),
    *("--set", "network=resnet18", "--set", "batch=4", "--device", "cpu"),
    *("--set", 'perceptual_layers={"1": 0.5, "5": 1}', "--perceptual", "networks:small_network"),
    *("--weights", "random", "--perceptual-weights", "random"),
)


def run(*arguments: str | Path) -> str:
    return CliRunner().invoke(app, ["train", *map(str, arguments)], catch_exceptions=False).output


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    draw_pictures(tmp_path)
    return tmp_path


def test_a_network_is_trained_and_its_masks_are_written(drawn: Path) -> None:
    out = drawn / "run"
    masks = ("--foreground", drawn / "masks", "--set", "framing.margin=0.1", "--seed", 7)
    printed = run(drawn / "pictures", *TINY, *masks, "--set", "batch=8", "-o", out)
    assert "note: there are 6 pictures: a batch has 6, not 8\n" in printed
    assert "2 parts trained in 2 steps on 6 pictures\n" in printed
    assert f"masks: {out / 'masks'}\n" in printed
    assert len(list((out / "masks").iterdir())) == len(list((out / "overlays").iterdir())) == 6
    recipe = json.loads((out / "run.json").read_text())["config"]["recipe"]
    assert recipe["framing"]["size"] == 32 and recipe["framing"]["margin"] == 0.1
    assert recipe["framing"]["jitter"] == 0.05, "what is not given stays as published"
    assert (recipe["seed"], recipe["batch"], recipe["steps"]) == (7, 8, 2)
    assert recipe["perceptual_layers"] == {"1": 0.5, "5": 1}


def test_constants_are_json_or_text_nested_by_dots() -> None:
    given = {"steps": 3, "seed": None, "framing.size": 64}
    texts = ["framing.kind=random", "schedule_steps=null", "steps=9", "a=b=c"]
    assert constants(given, texts) == {
        "steps": 9,
        "framing": {"size": 64, "kind": "random"},
        "schedule_steps": None,
        "a": "b=c",
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--recipe", "scops"], "--recipe scops: choose compact or choudhury2021"),
        (
            [*TINY],
            "--foreground auto: the recipe choudhury2021 trains inside given masks: give "
            "--foreground DIR, or --foreground none for whole pictures",
        ),
        ([*TINY, "--foreground", "none", "--set", "steps"], "--set steps: give NAME=VALUE"),
        (
            [*TINY, "--foreground", "none", "--set", "warping.angle=3"],
            "--set warping.angle: there is no such constant: choose from points, shift_of_points, "
            "rotation, scale, shift",
        ),
        (
            [*TINY, "--foreground", "none", "--set", "steps=0"],
            "--steps: Input should be greater than or equal to 1",
        ),
        (
            [*TINY, "--foreground", "none", "--set", "temperature=warm"],
            "--set temperature: Input should be a valid number, unable to parse string as a number",
        ),
        (
            [*TINY, "--foreground", "none", "--set", "network=3", "--set", "network.depth=3"],
            "--set network.depth: network was given a value of its own before",
        ),
        (
            [*TINY, "--foreground", "none", "--backbone", "resnet50"],
            "--backbone resnet50: the recipe choudhury2021 has no use for it",
        ),
        (
            ["--perceptual", "torchvision/vgg19"],
            "--perceptual torchvision/vgg19: the recipe compact has no use for it",
        ),
        (
            [*TINY, "--foreground", "none", "--devices", "0"],
            "devices 0: it must be at least 1",
        ),
    ],
)
def test_what_makes_no_sense_is_one_line(drawn: Path, options: list[str], message: str) -> None:
    with pytest.raises(PartonomyError) as caught:
        run(drawn / "pictures", *options, "-o", drawn / "run")
    assert str(caught.value) == message
    assert not (drawn / "run").exists()


def test_an_unknown_constant_is_answered_with_those_that_there_are(drawn: Path) -> None:
    with pytest.raises(PartonomyError, match=r"--set lambda_f: .* choose from .*, equivariance, "):
        run(drawn / "pictures", *TINY, "--foreground", "none", "--set", "lambda_f=1", "-o", "run")


def documented_command() -> list[str]:
    """The first command of the recipe in the documentation, as words."""
    (command,) = re.findall(
        r"^partonomy train birds/ .*?[^\\]$", DOCUMENTED.read_text(), re.MULTILINE | re.DOTALL
    )
    return command.replace("\\\n", " ").split()[2:]


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "download_url_to_file", unreachable)
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))


@pytest.mark.usefixtures("no_hub")
def test_the_documented_command_goes_as_far_as_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_pictures(tmp_path / "birds")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "birds" / "masks").rename(tmp_path / "birds_masks")
    words = documented_command()
    with pytest.raises(PartonomyError) as caught:
        run(*words)
    assert str(caught.value) == (
        "the published weights of torchvision/resnet50 could not be fetched (URLError): give a "
        "local file with --weights FILE, or --weights random for an untrained network"
    )
    with pytest.raises(PartonomyError) as caught:
        run(*words, "--weights", "random")
    assert str(caught.value) == (
        "the perceptual network: the published weights of torchvision/vgg19 could not be fetched "
        "(URLError): give a local file with --perceptual-weights FILE, or --perceptual-weights "
        "random for an untrained network"
    )
    assert not (tmp_path / "runs").exists()


def test_found_parts_are_trained_on_as_discover_leaves_them(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    network = ("--backbone", "networks:small_network", "--size", "96", "--foreground", "none")
    options = ("--parts", "3", "--steps", "4", "--set", "batch=4", "--seeds", "2", "--no-overlays")
    printed = run(photos, *network, *options, "-o", out)
    assert "3 parts from" in printed and f"report: {out / 'report.html'}" in printed
    assert 'id="training"' in (out / "report.html").read_text()
    assert len(list((out / "masks").iterdir())) == 12
    config = json.loads((out / "run.json").read_text())["config"]["refinement"]
    assert (config["steps"], config["batch"], config["seeds"]) == (4, 4, [0, 1])
