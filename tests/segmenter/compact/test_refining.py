"""From pictures to a run with trained parts: its model and tables, going on, and bad input."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch.nn.functional import normalize

import partonomy as pt
from compact_runs import compact_run, small_training
from conftest import made_up_picture
from partonomy.errors import PartonomyError
from partonomy.parts import Run
from partonomy.segmenter.compact import CompactPartModel
from partonomy.segmenter.compact.examples import Example
from partonomy.segmenter.compact.refining import mean_directions
from segmenter_runs import draw_pictures

TESTS = Path(__file__).parents[2]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    for index in range(8):
        Image.fromarray(made_up_picture(index)).save(folder / f"{index:02d}.png")
    return folder


@pytest.fixture(scope="module")
def finished(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return compact_run(drawn, tmp_path_factory.mktemp("finished") / "run")


def weights_of(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.model / "weights.safetensors")


def same_weights(one: Run, other: Run) -> bool:
    mine, theirs = weights_of(one), weights_of(other)
    return mine.keys() == theirs.keys() and all(torch.equal(mine[k], theirs[k]) for k in mine)


def masks_of(run: Run) -> dict[str, np.ndarray]:
    return {path.name: np.asarray(Image.open(path)) for path in sorted(run.masks.iterdir())}


def phases(seen: list[tuple[str, int]]) -> Any:
    """Progress that notes what was done of each phase."""
    return lambda name, _total: lambda n, _note="": seen.append((name, n))


def test_a_run_has_masks_a_model_and_the_table_of_losses(finished, drawn):
    assert finished.file.status == "finished"
    assert finished.file.config["refinement"]["name"] == "compact"
    assert list(finished.file.timings) == ["fit", "train", "segment"]
    masks = masks_of(finished)
    assert list(masks) == [path.name for path in sorted(drawn.iterdir())]
    assert {label for mask in masks.values() for label in np.unique(mask)} == {0, 1, 2, 3}
    rows = finished.read_table("losses")
    assert [row["step"] for row in rows] == list(range(1, 21))
    for row in rows:
        assert row["total"] == pytest.approx(row["consistency"] + row["equivariance"], rel=1e-5)
        assert sum(row["shares"]) == pytest.approx(1, abs=1e-4)
    assert [row["step"] for row in rows if row["criterion"] is not None] == [10, 20]
    results = finished.file.results["training"]
    assert results["criterion"] == rows[-1]["criterion"] < rows[9]["criterion"]
    assert (results["recipe"], results["training_seed"], results["diverged"]) == ("compact", 0, {})
    assert 4 <= results["trained_on"] <= 8
    assert finished.file.results["n_parts"] == 3


def test_training_changes_the_parts_that_were_found(drawn, tmp_path):
    """With a learning rate of next to nothing nearly all cells keep the part they had."""
    still, moved = (
        compact_run(drawn, tmp_path / name, small_training(learning_rate=rate, dimensions=32))
        for name, rate in (("still", 1e-12), ("moved", 0.5))
    )
    plain = pt.discover(
        pt.load_backbone("networks:small_network", "5", precision="float32", device="cpu"),
        pt.ImageFolder(drawn),
        tmp_path / "plain",
        pt.DiscoverSettings(n_parts=3, n_concepts=10, size=96, surroundings="alike"),
    )
    theirs = masks_of(plain)

    def agrees(run: Run) -> float:
        return float(
            np.mean([np.mean(mask == theirs[name]) for name, mask in masks_of(run).items()])
        )

    assert agrees(still) > 0.95
    assert agrees(moved) < 0.9


def test_the_model_segments_as_it_did_in_the_run_and_new_pictures(finished, drawn, tmp_path):
    model = pt.load(finished.folder, backbone="networks:small_network", device="cpu")
    assert isinstance(model, CompactPartModel)
    again = pt.segment_collection(model, pt.ImageFolder(drawn), tmp_path / "again")
    np.testing.assert_equal(masks_of(again), masks_of(finished))
    (tmp_path / "new").mkdir()
    Image.fromarray(made_up_picture(77)).save(tmp_path / "new" / "a.png")
    Image.fromarray(made_up_picture(78, 96, 96)).save(tmp_path / "new" / "b.png")
    new = pt.segment_collection(model, pt.ImageFolder(tmp_path / "new"), tmp_path / "fresh")
    assert [mask.shape for mask in masks_of(new).values()] == [(96, 128), (96, 96)]
    assert all(mask.any() and not mask[0].any() for mask in masks_of(new).values())


@pytest.fixture(scope="module")
def killed(
    finished: Run, drawn: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A process that loads the finished model first, and is killed in a training of its own."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    program = (
        "import runpy, sys; import partonomy as pt\n"
        "for name in ('lightning_fabric', 'tensorboard'): sys.modules[name] = None\n"
        f"model = pt.load({str(finished.folder)!r}, backbone='networks:small_network')\n"
        "print(type(model).__name__, *model.part_names, flush=True)\n"
        "runpy.run_path('compact_runs.py', run_name='__main__')"
    )
    command = [sys.executable, "-c", program, str(drawn), str(folder), "12"]
    return folder, subprocess.run(command, cwd=TESTS, capture_output=True, text=True)


def test_a_process_that_knows_no_recipe_and_has_no_extras_loads_the_model(killed):
    _, child = killed
    parts = ["part_01", "part_02", "part_03"]
    assert child.stdout.split() == ["CompactPartModel", *parts], child.stderr


def test_killed_in_training_and_started_again_it_ends_with_the_same_bits(finished, drawn, killed):
    folder, child = killed
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert Run(folder).file.status == "running"
    assert not (folder / "model").exists()
    seen: list[tuple[str, int]] = []
    run = compact_run(drawn, folder, begin=phases(seen))
    steps = [n for name, n in seen if name == "training"]
    assert steps[0] == 10, "the steps up to the last checkpoint are not done again"
    assert sum(steps) == 20
    assert same_weights(run, finished)
    np.testing.assert_equal(masks_of(run), masks_of(finished))
    assert run.read_table("losses") == finished.read_table("losses")


def test_the_same_command_gives_the_same_bits_and_another_recipe_another_model(
    finished, drawn, tmp_path
):
    """In the folder of a training that was finished and whose run was not."""
    run = compact_run(drawn, tmp_path / "run")
    assert same_weights(run, finished)

    def again(refinement: Any = None) -> list[int]:
        run.file.status = "running"
        run._write_file()
        seen: list[tuple[str, int]] = []
        compact_run(drawn, tmp_path / "run", refinement, begin=phases(seen))
        return [n for name, n in seen if name == "training"]

    assert again() == [20], "finished before: nothing is trained again"
    assert again(small_training(equivariance=1.0))[0] < 20
    assert not same_weights(run, finished)


def test_a_checkpoint_of_another_recipe_is_never_gone_on_with(drawn, tmp_path):
    """Even where the settings of the training are the same, and the folder too."""
    backbone = pt.load_backbone("networks:small_network", "5", precision="float32", device="cpu")
    extractor = pt.features.FeatureExtractor(backbone, 96)
    found = (
        pt.VisualConcepts(10, 3, size=96, surroundings="alike")
        .fit_features(extractor, pt.ImageFolder(drawn))
        .part_model_
    )

    def trained(**changes: float) -> list[int]:
        seen: list[tuple[str, int]] = []
        small_training(**changes)(found, extractor, pt.ImageFolder(drawn), tmp_path, phases(seen))
        return [n for name, n in seen if name == "training"]

    first = trained()
    assert trained() == [20]
    assert trained(equivariance=1.0) == first
    assert trained(rotation=5.0) == first


def test_the_best_of_several_seeds_is_kept(drawn, tmp_path):
    several = small_training(training={"seeds": (3, 4)})
    run = compact_run(drawn, tmp_path / "run", several)
    criteria = {
        seed: pq.read_table(run.training / f"seed-{seed}" / "losses.parquet")["criterion"][
            -1
        ].as_py()
        for seed in (3, 4)
    }
    results = run.file.results["training"]
    assert results["training_seed"] == min(criteria, key=lambda seed: criteria[seed])
    assert results["criterion"] == min(criteria.values())


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("lightning_fabric") is None,
    reason="Lightning Fabric is not installed",
)
def test_two_devices_train_on_other_batches_and_end_with_one_model(finished, drawn, tmp_path):
    two = compact_run(drawn, tmp_path / "run", small_training(training={"devices": 2}))
    alone, together = weights_of(finished), weights_of(two)
    assert alone.keys() == together.keys()
    for name, value in together.items():
        assert torch.isfinite(value).all(), name
    changed = [name for name in alone if not torch.equal(alone[name], together[name])]
    assert changed and all(name.startswith("decoder.") for name in changed)
    assert [row["step"] for row in two.read_table("losses")][-1] == 20


def test_training_begins_at_the_means_of_the_cells_that_parts_have_and_of_their_places():
    """Part 0 has the first two cells, 1 the third, 2 none; the place is in the last two numbers."""
    half = torch.tensor([[1, 0, 0, 2, 0], [0.8, 0.6, 0, 0, 0], [0, 1, 0, 0, -1]])
    example = Example(
        torch.cat([half, half], 1).half(), torch.tensor([1, 0.5, 1]), torch.ones(3, 5), ()
    )
    found = mean_directions(torch.eye(3), [example, example])
    expected = [[1 + 0.4, 0.3, 0, 2, 0], [0, 1, 0, 0, -1], [0, 0, 1, 0, 0]]
    torch.testing.assert_close(found, normalize(torch.tensor(expected), dim=1), atol=1e-3, rtol=0)


def test_parts_found_among_even_surroundings_are_refused(drawn, tmp_path):
    with pytest.raises(ValueError, match="surroundings='alike'"):
        compact_run(drawn, tmp_path / "run", surroundings="even")


def test_given_masks_are_kept_to_and_a_mask_of_another_size_is_left_out(tmp_path):
    draw_pictures(tmp_path, 6)
    Image.fromarray(np.ones((9, 9), np.uint8)).save(tmp_path / "masks" / "02.png")
    run = compact_run(tmp_path / "pictures", tmp_path / "run", foreground=tmp_path / "masks")
    assert run.file.results["training"]["trained_on"] == 5
    assert [each.picture for each in run.file.skipped] == ["02.png"]
    for name, mask in masks_of(run).items():
        inside = np.asarray(Image.open(tmp_path / "masks" / name))
        np.testing.assert_array_equal(mask > 0, inside > 0)


def test_empty_masks_everywhere_say_so_in_one_line(tmp_path):
    draw_pictures(tmp_path, 3)
    for path in (tmp_path / "masks").iterdir():
        Image.fromarray(np.zeros((48, 64), np.uint8)).save(path)
    with pytest.raises(PartonomyError, match="foreground") as caught:
        compact_run(tmp_path / "pictures", tmp_path / "run", foreground=tmp_path / "masks")
    assert "\n" not in str(caught.value)


def test_pictures_that_show_nothing_are_not_trained_on(drawn, tmp_path):
    """Where the parts were found elsewhere: nothing left is an error in one line."""
    draw_pictures(tmp_path, 3)
    masks = tmp_path / "masks"
    backbone = pt.load_backbone("networks:small_network", "5", precision="float32", device="cpu")

    def extractor() -> Any:
        return pt.features.FeatureExtractor(backbone, 96, masks=pt.MaskFolder(masks))

    pictures = pt.ImageFolder(tmp_path / "pictures")
    estimator = pt.VisualConcepts(6, 2, size=96, surroundings="alike", foreground=None)
    found = estimator.fit_features(extractor(), pictures).part_model_
    nothing = Image.fromarray(np.zeros((48, 64), np.uint8))
    nothing.save(masks / "00.png")
    seen: list[tuple[str, int]] = []
    refined = small_training()(found, extractor(), pictures, tmp_path / "a", phases(seen))
    assert refined.results["trained_on"] == 2
    for path in masks.iterdir():
        nothing.save(path)
    with pytest.raises(PartonomyError, match=r"nothing to train on: .* foreground") as caught:
        small_training()(found, extractor(), pictures, tmp_path / "b", phases(seen))
    assert "\n" not in str(caught.value)
    for path in (tmp_path / "pictures").iterdir():
        path.write_bytes(b"torn")
    with pytest.raises(PartonomyError, match="no picture to train on: none could be read"):
        small_training()(found, extractor(), pictures, tmp_path / "c", phases(seen))


@pytest.mark.parametrize("foreground", ["auto", None])
def test_one_picture_is_enough(tmp_path, foreground):
    folder = tmp_path / "one"
    folder.mkdir()
    Image.fromarray(made_up_picture(0)).save(folder / "a.png")
    whole = small_training(contrast=1.0, presence=1.0, colour=1.0, entropy=0.1, balance=0.1)
    run = compact_run(folder, tmp_path / "run", whole, foreground=foreground)
    assert run.file.results["training"]["trained_on"] == 1
    assert "contrast" not in run.read_table("losses")[0]
    (mask,) = masks_of(run).values()
    assert set(np.unique(mask)) - {0} and mask.shape == (96, 128)


def test_a_single_part_is_nothing_to_train(drawn, tmp_path):
    with pytest.raises(PartonomyError, match=r"^a single part .*--parts.*--method") as caught:
        compact_run(drawn, tmp_path / "run", n_parts=1)
    assert "\n" not in str(caught.value)


def test_as_many_parts_as_concepts_are_trained_and_those_that_vanish_are_told(
    tmp_path, monkeypatch
):
    """More than two-coloured objects have: parts are left over, but none is made up."""
    draw_pictures(tmp_path, 4)
    monkeypatch.setattr("partonomy.segmenter.training.training.dead_parts", lambda _shares: (1, 4))
    notes: list[str] = []
    run = compact_run(
        tmp_path / "pictures", tmp_path / "run", n_parts=12, n_concepts=12, say=notes.append
    )
    n_parts = run.file.results["n_parts"]
    assert 2 < n_parts <= 12
    assert max(mask.max() for mask in masks_of(run).values()) <= n_parts
    assert run.file.results["training"]["dead_parts"] == ["part_02", "part_05"]
    assert notes[0].startswith("part_02 nearly vanished in training: ask for fewer parts")
    assert len(notes) == 2


def test_more_parts_than_there_are_positions_is_said(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    Image.fromarray(made_up_picture(0)).save(folder / "a.png")
    with pytest.raises(PartonomyError, match="position") as caught:
        compact_run(folder, tmp_path / "run", n_parts=200, n_concepts=250)
    assert "\n" not in str(caught.value)


def test_pictures_smaller_than_the_input_and_of_many_shapes(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    for index, (height, width) in enumerate([(50, 50), (60, 90), (90, 52), (52, 64)]):
        Image.fromarray(made_up_picture(index, height, width)).save(folder / f"{index}.png")
    run = compact_run(folder, tmp_path / "run")
    shapes = [mask.shape for mask in masks_of(run).values()]
    assert shapes == [(50, 50), (60, 90), (90, 52), (52, 64)]


def test_a_part_of_the_collection_is_trained_on_spread_evenly(drawn, tmp_path):
    seen: list[tuple[str, int]] = []
    run = compact_run(drawn, tmp_path / "run", small_training(pictures=4), begin=phases(seen))
    assert sum(n for name, n in seen if name == "views") == 4
    assert run.file.results["training"]["trained_on"] <= 4
    assert len(masks_of(run)) == 8
