"""``partonomy compare``: what it prints and writes, its exit status, its one-line errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from finished_audits import SETTINGS, rare, row, write_audit
from partonomy.cli.main import app
from partonomy.errors import PartonomyError

LOST = 3
BEFORE = {"a": [row("wheel", 0.6), row("door", 0.4)], "b": [row("wheel", 0.5), row("door", 0.3)]}


def run(*arguments: object):
    command = ["compare", *map(str, arguments)]
    return CliRunner().invoke(app, command, catch_exceptions=False)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return write_audit(tmp_path / "before", BEFORE)


def after(tmp_path: Path, *rows: dict, **facts) -> Path:
    return write_audit(tmp_path / "after", {"a": list(rows)}, **facts)


def test_an_audit_beside_itself(tmp_path: Path, before: Path) -> None:
    out = tmp_path / "out"
    found = run(before, before, "-o", out, "--fail-if-lost", "*:0")
    assert found.exit_code == 0
    assert "0 lost, 0 gained, of 2 parts" in found.output
    assert "a, 11 pairs of filters: 0.00 (" in found.output
    assert "b, 11 pairs of concepts: 0.00 (" in found.output
    assert f"page: {out / 'compare.html'}" in found.output
    assert {each.name for each in out.iterdir()} == {
        "compare.html",
        "parts.parquet",
        "pairs.parquet",
        "networks.parquet",
    }


def test_a_part_that_is_lost_sets_the_exit_status(tmp_path: Path, before: Path) -> None:
    runs = (before, after(tmp_path, row("wheel", 0.5), row("door", 0.4)), "-o", tmp_path / "out")
    assert run(*runs).exit_code == 0
    found = run(*runs, "--fail-if-lost", "wheel:0.05", "--fail-if-lost", "door:0")
    assert found.exit_code == LOST
    (line,) = found.stderr.splitlines()
    assert line.startswith("lost: car wheel, AP x 100 60.0 before, 50.0 after, change -10.0 [-10.0")
    assert line.endswith("(wheel:0.05)")
    assert "car wheel   60.0   50.0   -10.0 [-10.0, -10.0]  lost" in found.stdout
    assert (tmp_path / "out/compare.html").exists()
    assert run(*runs, "--fail-if-lost", "wheel:0.15").exit_code == 0


def test_what_chance_can_do_does_not_set_it(tmp_path: Path, before: Path) -> None:
    other = after(tmp_path, row("wheel", 0.5, own=0.2), row("door", 0.4))
    found = run(before, other, "-o", tmp_path / "out", "--fail-if-lost", "*:0.05")
    assert (found.exit_code, found.stderr) == (0, "")


def test_a_part_that_is_too_rare_afterwards_sets_it(tmp_path: Path, before: Path) -> None:
    other = after(tmp_path, row("wheel", 0.6), {**rare("door"), "n_test": 20})
    found = run(before, other, "-o", tmp_path / "out", "--fail-if-lost", "*:0.05")
    assert found.exit_code == LOST
    assert found.stderr == "lost: car door, AP x 100 40.0 before, not measured after (*:0.05)\n"
    assert "measured by only before: car door" in found.stdout


def test_any_number_of_networks(tmp_path: Path, before: Path) -> None:
    dino = write_audit(
        tmp_path / "dino", {"x": [row("wheel", 0.9)]}, kinds=["layers"], network="resnet50.dino"
    )
    bare = write_audit(tmp_path / "sub/before", BEFORE, weights_from="random")
    found = run(before, dino, bare, "-o", tmp_path / "out")
    assert found.exit_code == 0
    lines = [" ".join(line.split()) for line in found.output.splitlines()]
    assert any(
        each.startswith(f"{dino} resnet50.dino self-supervised all layers 1") for each in lines
    )
    assert any(each.startswith(f"{bare} resnet18.a1_in1k none b 1.00 2 40.0") for each in lines)
    assert "a and x, 11 pairs of filters: 0.00" in found.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fail-if-lost", "wheel"), "--fail-if-lost wheel: give a part"),
        (("--fail-if-lost", "wing:0.1"), "wing:0.1: no such part .* car wheel, car door"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, before: Path, arguments, message: str) -> None:
    with pytest.raises(PartonomyError, match=message):
        run(before, before, "-o", tmp_path / "out", *arguments)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_compared(tmp_path: Path, before: Path) -> None:
    with pytest.raises(PartonomyError, match="give at least two audits"):
        run(before, "-o", tmp_path / "out")
    with pytest.raises(PartonomyError, match="no finished audit"):
        run(before, tmp_path, "-o", tmp_path / "out")
    other = after(tmp_path, row("wheel", 0.5), settings={**SETTINGS, "seed": 1})
    with pytest.raises(PartonomyError, match="settings, seed: 0 and 1"):
        run(before, other, "-o", tmp_path / "out")
    (tmp_path / "file").touch()
    with pytest.raises(PartonomyError, match=r"-o .*file"):
        run(before, before, "-o", tmp_path / "file")
