"""A training that is stopped in any way goes on where it was, and loses nothing."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from partonomy.errors import PartonomyError
from partonomy.segmenter.training import Diverged, train
from toy_training import SETTINGS, Clusters, Scripted, train_clusters


def content(folder: Path, name: str = "last.pt") -> dict:
    return torch.load(folder / name, weights_only=True)


def assert_same_bits(one: object, other: object) -> None:
    if isinstance(one, torch.Tensor):
        assert isinstance(other, torch.Tensor)
        assert one.dtype == other.dtype
        assert one.numpy().tobytes() == other.numpy().tobytes()
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same_bits(one[key], other[key])
    elif isinstance(one, list | tuple):
        for mine, its in zip(one, other, strict=True):
            assert_same_bits(mine, its)
    else:
        assert one == other


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    train_clusters(folder)
    return folder


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    """A server that has imported everything once, and forks the processes to be killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        context = multiprocessing.get_context("forkserver")
        # what optimizers and tables import when they are first used
        lazy = ["torch._dynamo", "pandas", "pyarrow.parquet"]
        context.set_forkserver_preload(["toy_training", *lazy])
        yield context


@pytest.mark.parametrize(
    "moments",
    [
        [("step", 1)],
        [("step", 4), ("step", 1), ("step", 5), ("step", 20)],
        [("last.pt", 1), ("last.pt", 3)],
        [("best.pt", 1), ("best.pt", 2)],
        [("losses.parquet", 2), ("last.pt", 2), ("losses.parquet", 5)],
    ],
    ids=lambda moments: "+".join(f"{name}-{count}" for name, count in moments),
)
def test_killed_and_run_again_it_ends_with_the_same_bits(
    tmp_path, never_killed, processes, moments
):
    for moment in moments:
        process = processes.Process(target=train_clusters, args=(tmp_path, *moment))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    training = train_clusters(tmp_path)
    for name in ("last.pt", "best.pt"):
        assert_same_bits(content(tmp_path, name), content(never_killed, name))
    assert_same_bits(dict(training.module.state_dict()), content(never_killed)["module"])
    tables = [pq.read_table(folder / "losses.parquet") for folder in (tmp_path, never_killed)]
    assert tables[0].equals(tables[1])
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "best.pt", "losses.parquet"}


def test_killed_from_outside_it_goes_on_where_it_was(tmp_path, never_killed, processes):
    process = processes.Process(target=train_clusters, args=(tmp_path,))
    process.start()
    while not (tmp_path / "last.pt").exists():
        time.sleep(0.001)
    process.kill()
    process.join()
    task = Clusters()
    train(task, SETTINGS, tmp_path)
    assert len(task.draws) <= 36
    assert_same_bits(content(tmp_path), content(never_killed))


def test_patience_is_not_forgotten_by_stopping(tmp_path):
    settings = replace(SETTINGS, log_every=1, check_every=1, checkpoint_every=1, patience=4)

    def interrupt(n_steps: int, _losses: object) -> None:
        done.append(n_steps)
        if sum(done) == 5:
            raise KeyboardInterrupt

    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        train(Scripted(criteria=[5, 4, 3, 3, 3]), settings, tmp_path, on_progress=interrupt)
    rest = Scripted(criteria=[3.5, 3.5])
    training = train(rest, settings, tmp_path)
    assert rest.steps == [6, 7]
    assert (training.step, training.criterion) == (3, 3)


@pytest.mark.parametrize("change", ["settings", "identity"])
def test_another_training_is_never_resumed(tmp_path, change):
    train(Clusters(), replace(SETTINGS, patience=3), tmp_path, identity="one")
    (tmp_path / "tensorboard").mkdir()
    settings = replace(SETTINGS, patience=3, learning_rate=0.01 if change == "settings" else 0.02)
    task = Clusters()
    train(task, settings, tmp_path, identity="one" if change == "settings" else "other")
    assert len(task.draws) == task.draws[-1].step + 1 > 0
    assert not (tmp_path / "tensorboard").exists()


def test_the_folder_of_another_training_is_cleared_before_it_starts(tmp_path):
    train(Clusters(), replace(SETTINGS, patience=3), tmp_path)
    with pytest.raises(Diverged, match="no checkpoint was written before"):
        train(Scripted(terms=lambda _step: {"a": float("nan")}), SETTINGS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["diverged.json"]


@pytest.mark.parametrize("name", ["last.pt", "best.pt", "diverged.json"])
def test_a_damaged_file_is_named(tmp_path, name):
    train(Clusters(), SETTINGS, tmp_path)
    (tmp_path / name).write_bytes(b"{nothing")
    with pytest.raises(PartonomyError, match=f"{name} is damaged: delete it") as caught:
        train(Clusters(), SETTINGS, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_full_disk_stops_it_in_one_line_and_it_goes_on_later(tmp_path, never_killed):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    done = 0

    def fill(n_steps: int, _losses: object) -> None:
        nonlocal done
        done += n_steps
        if done >= 8:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))

    try:
        with pytest.raises(PartonomyError, match=r"cannot be kept in .*: free some space") as e:
            train(Clusters(), SETTINGS, tmp_path, on_progress=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(e.value)
    assert content(tmp_path)["progress"]["step"] == 8
    train(Clusters(), SETTINGS, tmp_path)
    assert_same_bits(content(tmp_path), content(never_killed))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PartonomyError, match=r"cannot be kept in .*file/run \(Not a dir") as caught:
        train(Clusters(), SETTINGS, tmp_path / "file" / "run")
    assert "\n" not in str(caught.value)


def test_checkpoints_hold_nothing_but_tensors_and_plain_values(never_killed):
    last, best = content(never_killed), content(never_killed, "best.pt")
    assert last["digest"] == best["digest"] == SETTINGS.digest("")
    assert last["progress"]["step"] == 40
    assert last["progress"]["finished"]
    assert last["progress"]["best"] == best["progress"]["best"]
    criteria = [row["criterion"] for row in last["progress"]["rows"] if row["criterion"]]
    assert last["progress"]["best"] == min(criteria)
    assert len(criteria) == 8
