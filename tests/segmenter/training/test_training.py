"""The best of several seeds; extras that are missing; TensorBoard's files."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import replace

import pytest
import torch

from partonomy.errors import PartonomyError
from partonomy.segmenter.training import Diverged, TrainingSettings, best_of_seeds, train
from partonomy.segmenter.training.deterministic import deterministic_algorithms
from toy_training import SETTINGS, Clusters, Scripted

SCRIPTED = TrainingSettings(
    steps=6, optimizer="sgd", schedule="constant", log_every=1, check_every=3, checkpoint_every=2
)
CRITERIA = {0: [4.0, 2.0], 1: [9.0, math.nan], 2: [3.0, 1.5], 7: [2.5, 2.4]}


class Seeds:
    """Makes tasks, and remembers them; seed 4 diverges."""

    def __init__(self) -> None:
        self.tasks: dict[int, Scripted] = {}

    def __call__(self, seed: int) -> Scripted:
        bad = math.nan if seed == 4 else 1.0
        task = Scripted(
            terms=lambda step: {"a": bad if step > 4 else 1.0}, criteria=CRITERIA.get(seed, [0, 0])
        )
        self.tasks[seed] = task
        return task


def test_the_best_of_seeds_has_the_lowest_criterion_of_those_that_came_to_something(tmp_path):
    seeds = Seeds()
    best = best_of_seeds(seeds, [0, 1, 2, 4, 7], SCRIPTED, tmp_path)
    assert (best.seed, best.criterion) == (2, 1.5)
    assert best.module is seeds.tasks[2].module
    assert list(best.diverged) == [4]
    assert "diverged at step 5" in best.diverged[4]
    assert [len(task.steps) for task in seeds.tasks.values()] == [6, 6, 6, 5, 6]


def test_seeds_that_are_done_are_not_done_again(tmp_path):
    class Interrupted(Seeds):
        def __call__(self, seed: int) -> Scripted:
            if seed == 7:
                raise KeyboardInterrupt
            return super().__call__(seed)

    with pytest.raises(KeyboardInterrupt):
        best_of_seeds(Interrupted(), [0, 4, 2, 7], SCRIPTED, tmp_path)
    seeds = Seeds()
    best = best_of_seeds(seeds, [0, 4, 2, 7], SCRIPTED, tmp_path)
    assert {seed: bool(task.steps) for seed, task in seeds.tasks.items()} == {
        0: False,
        4: False,
        2: False,
        7: True,
    }
    assert (best.seed, best.criterion, list(best.diverged)) == (2, 1.5, [4])


def test_seeds_train_differently(tmp_path):
    tasks = {}

    def make(seed: int) -> Clusters:
        tasks[seed] = Clusters()
        return tasks[seed]

    best_of_seeds(make, [0, 1], SETTINGS, tmp_path)
    assert {draw.seed for draw in tasks[1].draws} == {1}
    assert not torch.equal(tasks[0].module[0].weight, tasks[1].module[0].weight)


def test_all_seeds_diverging_is_an_error_with_the_first_cause(tmp_path):
    def make(_seed: int) -> Scripted:
        return Scripted(terms=lambda _step: {"a": math.nan})

    with pytest.raises(Diverged, match=r"^all 2 seeds diverged; of seed 5: the training diverged"):
        best_of_seeds(make, [5, 6], SCRIPTED, tmp_path)


def test_tensorboard_gets_what_the_table_has(tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    training = train(Clusters(), replace(SETTINGS, tensorboard=True), tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    for tag, value in [
        ("loss/consistency", lambda row: row.terms["consistency"]),
        ("total", lambda row: row.total),
        ("learning_rate", lambda row: row.learning_rate),
        ("gradient_norm", lambda row: row.gradient_norm),
        ("share/1", lambda row: row.shares[0]),
        ("criterion", lambda row: row.criterion),
    ]:
        wanted = [(row.step, value(row)) for row in training.rows if value(row) is not None]
        found = events.Scalars(tag)
        assert [event.step for event in found] == [step for step, _ in wanted]
        assert [event.value for event in found] == pytest.approx([one for _, one in wanted])


def test_steps_done_twice_are_once_in_tensorboard(tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def interrupt(_n: int, losses: dict[str, float]) -> None:
        done.append(losses)
        if len(done) == 5:
            raise KeyboardInterrupt

    done: list[dict[str, float]] = []
    settings = replace(SETTINGS, tensorboard=True, checkpoint_every=6)
    with pytest.raises(KeyboardInterrupt):
        train(Clusters(), settings, tmp_path, on_progress=interrupt)
    training = train(Clusters(), settings, tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    steps = [event.step for event in events.Scalars("total")]
    assert steps == [row.step for row in training.rows]


def test_a_missing_tensorboard_is_said_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(PartonomyError, match=r'pip install "partonomy\[train\]"') as caught:
        train(Clusters(), replace(SETTINGS, tensorboard=True), tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()
    assert train(Clusters(), SETTINGS, tmp_path / "run").step == 40


def test_one_device_needs_no_fabric_and_several_say_what_they_need(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    assert train(Clusters(), SETTINGS, tmp_path).step == 40
    with pytest.raises(PartonomyError, match=r'Fabric: pip install "partonomy\[train\]"') as caught:
        train(Clusters(), replace(SETTINGS, devices=2), tmp_path)
    assert "\n" not in str(caught.value)


def test_more_devices_than_there_are(tmp_path, monkeypatch):
    task = Clusters()
    task.module.to("meta")
    with pytest.raises(PartonomyError, match="devices 2: only one meta device can train"):
        train(task, replace(SETTINGS, devices=2), tmp_path)


@pytest.mark.parametrize("before", [(False, False), (True, True), (True, False)])
def test_deterministic_algorithms_are_as_before_when_it_is_left(before, monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    torch.use_deterministic_algorithms(before[0], warn_only=before[1])

    def now() -> tuple[bool, bool]:
        return (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        )

    try:
        with pytest.raises(KeyError), deterministic_algorithms():
            assert now() == (True, False)
            raise KeyError
        assert now() == before
        with deterministic_algorithms(wanted=False):
            assert now() == before
        with pytest.raises(RuntimeError, match="of another kind"), deterministic_algorithms():
            raise RuntimeError("of another kind")
    finally:
        torch.use_deterministic_algorithms(False)
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
