"""From pictures to a run: masks, a model like any other, tables, and going on where it stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import partonomy as pt
from partonomy.errors import PartonomyError
from partonomy.parts import Run, segment_collection
from partonomy.segmenter.training import Diverged
from segmenter_runs import draw_pictures, small_run

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    draw_pictures(folder)
    return folder


@pytest.fixture(scope="module")
def finished(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return small_run(drawn, tmp_path_factory.mktemp("finished"))


def weights_of(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.model / "weights.safetensors")


def masks_of(run: Run) -> dict[str, np.ndarray]:
    return {path.name: np.asarray(Image.open(path)) for path in sorted(run.masks.iterdir())}


def test_a_run_has_masks_a_model_and_tables(finished, drawn):
    assert finished.file.kind == "train" and finished.file.status == "finished"
    assert finished.file.n_read == 6
    masks = masks_of(finished)
    assert len(masks) == 6
    for name, mask in masks.items():
        inside = np.asarray(Image.open(drawn / "masks" / name))
        assert np.array_equal(mask > 0, inside > 0), "parts are given inside the foreground alone"
    rows = finished.read_table("losses")
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    terms = ("features", "colour", "contrast", "equivariance")
    for row in rows:
        assert row["total"] == pytest.approx(sum(row[name] for name in terms), rel=1e-5)
        assert sum(row["shares"]) == pytest.approx(1, abs=1e-4)
    assert [row["criterion"] is not None for row in rows] == [False, True] * 3
    assert rows[-1]["learning_rate"] < rows[0]["learning_rate"]
    results = finished.file.results
    assert results["criterion"] == rows[-1]["criterion"]
    assert results["seed"] == 1234 and results["step"] == 6 and results["dead_parts"] == []
    assert len(finished.read_table("pictures")) == 6


def test_the_model_segments_as_it_did_in_the_run(finished, drawn, tmp_path):
    model = pt.load(finished.folder, device="cpu")
    again = segment_collection(
        model,
        pt.ImageFolder(drawn / "pictures"),
        tmp_path / "again",
        masks=pt.MaskFolder(drawn / "masks"),
    )
    np.testing.assert_equal(masks_of(again), masks_of(finished))


def test_killed_and_started_again_it_ends_with_the_same_weights(finished, drawn, tmp_path):
    program = Path(__file__).parents[2] / "segmenter_runs.py"
    command = [sys.executable, str(program), str(drawn), str(tmp_path / "run"), "3"]
    child = subprocess.run(command, cwd=program.parent, capture_output=True, text=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert Run(tmp_path / "run").file.status == "running"
    steps = []

    def begin(name, _total):
        return lambda n, _note="": steps.append(n) if name == "training" else None

    run = small_run(drawn, tmp_path / "run", begin=begin)
    assert steps[0] == 2, "the steps up to the last checkpoint are not done again"
    mine, other = weights_of(run), weights_of(finished)
    assert mine.keys() == other.keys()
    assert all(torch.equal(mine[name], other[name]) for name in mine)
    np.testing.assert_equal(masks_of(run), masks_of(finished))
    assert run.read_table("losses") == finished.read_table("losses")


def test_another_training_in_the_folder_begins_anew(drawn, tmp_path):
    run = small_run(drawn, tmp_path / "run", {"steps": 1})
    kept = run.training / "seed-1234" / "last.pt"
    assert kept.exists()
    run.file.status = "running"
    run._write_file()
    (run.training / "mine").touch()
    small_run(drawn, tmp_path / "run", {"steps": 1})
    assert (run.training / "mine").exists(), "the same training goes on"
    other = small_run(drawn, tmp_path / "run", {"steps": 1, "colour": 3})
    assert not (run.training / "mine").exists()
    assert len(other.read_table("losses")) == 1


def test_the_best_of_several_seeds_is_kept(drawn, tmp_path):
    run = small_run(drawn, tmp_path / "run", {"steps": 1}, seeds=(3, 4))
    criteria = {
        seed: pq.read_table(run.training / f"seed-{seed}" / "losses.parquet")["criterion"][
            -1
        ].as_py()
        for seed in (3, 4)
    }
    best = min(criteria, key=lambda seed: criteria[seed])
    assert run.file.results["seed"] == best
    assert run.file.results["criterion"] == criteria[best]
    model = pt.load(run.folder, device="cpu")
    assert model.seed == best and model.recipe["seed"] == best


def test_what_is_left_out_is_told_and_strict_refuses_it(tmp_path):
    draw_pictures(tmp_path)
    Image.fromarray(np.zeros((48, 64), np.uint8)).save(tmp_path / "masks" / "00.png")
    notes: list[str] = []
    run = small_run(tmp_path, tmp_path / "run", {"steps": 1, "batch": 9}, say=notes.append)
    assert [(each.picture, each.reason) for each in run.file.skipped] == [
        ("00.png", "its foreground mask is empty")
    ]
    assert run.file.n_read == 5 and "00.png" not in masks_of(run)
    assert notes == ["there are 5 pictures: a batch has 5, not 9"] == run.file.results["notes"]
    with pytest.raises(PartonomyError, match=r"00\.png"):
        small_run(tmp_path, tmp_path / "strict", strict=True)
    assert not (tmp_path / "strict").exists()


def test_parts_that_died_are_told_with_what_to_do(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr("partonomy.segmenter.training.training.dead_parts", lambda _shares: (1, 2))
    notes: list[str] = []
    run = small_run(drawn, tmp_path / "run", {"steps": 1, "n_parts": 3}, say=notes.append)
    assert run.file.results["dead_parts"] == ["part_02", "part_03"]
    assert notes == run.file.results["notes"]
    assert "2 of 3 parts died" in notes[0] and "part_02, part_03; ask for fewer" in notes[0]


def test_a_training_that_diverged_says_why_and_is_not_done_again(drawn, tmp_path):
    changes = {"learning_rate": 1e30}
    messages = []
    for _ in range(2):
        with pytest.raises(Diverged, match="learning rate") as caught:
            small_run(drawn, tmp_path / "run", changes)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert Run(tmp_path / "run").file.status == "running"


def test_an_earlier_run_is_left_alone_where_weights_cannot_be_had(drawn, tmp_path):
    run = small_run(drawn, tmp_path / "run", {"steps": 1})
    with pytest.raises(PartonomyError, match="the perceptual network: weights file"):
        small_run(drawn, run.folder, {"steps": 2}, perceptual_weights=tmp_path / "none.pt")
    assert len(masks_of(Run(run.folder))) == 6


def test_one_picture_smaller_than_the_crop_is_enough(tmp_path):
    draw_pictures(tmp_path, 1)
    for name in ("pictures", "masks"):
        file = tmp_path / name / "00.png"
        Image.open(file).resize((20, 15), Image.Resampling.NEAREST).save(file)
    run = small_run(tmp_path, tmp_path / "run", {"steps": 1})
    assert masks_of(run)["00.png"].shape == (15, 20)
    assert "contrast" not in run.read_table("losses")[0]
    assert "there is no other to contrast its parts with" in " ".join(run.file.results["notes"])
