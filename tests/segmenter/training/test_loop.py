"""What the loop does at each step, and when it stops."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
import torch

from partonomy.errors import PartonomyError
from partonomy.segmenter.training import Diverged, Draw, StepLosses, TrainingSettings, train
from partonomy.segmenter.training.checkpoints import Checkpoints
from partonomy.segmenter.training.launching import Ranks
from partonomy.segmenter.training.loop import descend
from partonomy.segmenter.training.schedule import learning_rate_factor
from toy_training import SETTINGS, Clusters, Scripted

SCRIPTED = TrainingSettings(
    steps=12, optimizer="sgd", schedule="constant", log_every=1, check_every=1, checkpoint_every=1
)
EVEN, ALL = [0.5, 0.3, 0.2], [0.005, 0.99, 0.005]


def weights(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def reference(settings: TrainingSettings) -> Clusters:
    """The loop without anything beside the steps."""
    task = Clusters()
    kind = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[settings.optimizer]
    more = {"momentum": settings.momentum} if settings.optimizer == "sgd" else {}
    groups = task.groups()
    optimizers = [
        kind(list(parameters), 1.0, weight_decay=settings.weight_decay, **more)
        for parameters, _ in groups
    ]
    for step in range(settings.steps):
        terms = task.losses(Draw(settings.seed, step)).terms
        task.module.zero_grad()
        (terms["consistency"] + terms["presence"]).backward()
        if settings.clip:
            torch.nn.utils.clip_grad_norm_(task.module.parameters(), settings.clip)
        factor = learning_rate_factor(
            step,
            settings.schedule_steps or settings.steps,
            settings.schedule,
            warmup=settings.warmup,
            power=settings.power,
        )
        for optimizer, (_, multiple) in zip(optimizers, groups, strict=True):
            optimizer.param_groups[0]["lr"] = settings.learning_rate * factor * multiple
            optimizer.step()
    return task


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"weight_decay": 0.1, "schedule": "poly", "warmup": 5},
        {"schedule": "poly", "schedule_steps": 60},
        {"optimizer": "sgd", "learning_rate": 1e-3, "momentum": 0.5, "clip": 0.5},
    ],
    ids=["adamw", "decay", "longer schedule", "sgd"],
)
def test_it_takes_the_steps_of_a_plain_loop(tmp_path, changes):
    settings = replace(SETTINGS, **changes)
    training = train(Clusters(), settings, tmp_path)
    want = weights(reference(settings).module)
    for name, value in weights(training.module).items():
        torch.testing.assert_close(value, want[name], atol=1e-5, rtol=1e-4)


def test_it_learns_and_says_so(tmp_path):
    task = Clusters()
    before = task.criterion()
    training = train(task, SETTINGS, tmp_path)
    assert training.step == 40
    assert training.criterion == pytest.approx(task.criterion())
    assert training.criterion < 0.5 * before
    assert training.dead == ()
    assert training.rows[-1].terms["consistency"] < 0.5 * training.rows[0].terms["consistency"]


def test_each_step_draws_by_its_number_alone(tmp_path):
    task = Clusters()
    train(task, SETTINGS, tmp_path)
    assert task.draws == [Draw(3, step, 0) for step in range(40)]


def test_a_longer_schedule_is_left_where_the_steps_end(tmp_path):
    settings = replace(
        SCRIPTED, steps=6, schedule="poly", schedule_steps=12, power=1.0, learning_rate=0.5
    )
    rates = [row.learning_rate for row in train(Scripted(), settings, tmp_path).rows]
    assert rates == pytest.approx([0.5 * (1 - step / 12) for step in range(6)])


def test_gradients_are_clipped_to_the_norm_and_small_ones_left(tmp_path):
    def moved(clip: float | None) -> float:
        settings = replace(
            SCRIPTED, steps=1, learning_rate=1.0, momentum=0.0, clip=clip, weight_decay=0.0
        )
        task = Scripted(terms=lambda _step: {"a": 3.0})
        train(task, settings, tmp_path / str(clip))
        return float((task.module.weight - 1).detach().norm())

    norm = 3 * math.sqrt(2)
    assert moved(None) == pytest.approx(norm)
    assert moved(0.5) == pytest.approx(0.5, rel=1e-4)
    assert moved(10.0) == pytest.approx(norm)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_mixed_precision_computes_in_bfloat16_and_keeps_float32_weights(tmp_path, precision):
    seen = set()

    class Watched(Clusters):
        def losses(self, draw: Draw) -> StepLosses:
            seen.add(self.module[0](self.points).dtype)
            return super().losses(draw)

        def criterion(self) -> float:
            seen.add(self.module[0](self.points).dtype)
            assert not torch.is_grad_enabled()
            return super().criterion()

    training = train(Watched(), replace(SETTINGS, steps=10, precision=precision), tmp_path)
    assert seen == {getattr(torch, precision)}
    assert {p.dtype for p in training.module.parameters()} == {torch.float32}


def test_rows_are_means_over_the_steps_since_the_row_before(tmp_path):
    task = Scripted(
        terms=lambda step: {"a": float(step)}, shares=lambda step: [step / 100, 1 - step / 100]
    )
    settings = replace(
        SCRIPTED, learning_rate=1e-12, log_every=4, check_every=5, checkpoint_every=12
    )
    training = train(task, settings, tmp_path)
    assert [row.step for row in training.rows] == [4, 5, 8, 10, 12]
    assert [row.terms["a"] for row in training.rows] == pytest.approx([5, 10, 14, 19, 23])
    assert [row.shares[0] for row in training.rows] == pytest.approx(
        [0.025, 0.05, 0.07, 0.095, 0.115]
    )
    assert [row.criterion for row in training.rows] == [None, -1, None, -2, -3]


def test_without_patience_the_last_weights_are_kept(tmp_path):
    task = Scripted(criteria=[5, 4, 3, *[6] * 9])
    training = train(task, SCRIPTED, tmp_path)
    assert (training.step, training.criterion) == (12, 6)
    assert torch.equal(task.module.weight, task.weights_at_checks[-1])


def test_it_stops_after_patience_and_holds_the_best_weights(tmp_path):
    task = Scripted(criteria=[5, 4, 4.5, 3, 3, 3.1, 3.2, 1, 1, 1, 1, 1])
    training = train(task, replace(SCRIPTED, patience=3), tmp_path)
    assert task.steps == list(range(1, 8))
    assert (training.step, training.criterion) == (4, 3)
    assert torch.equal(task.module.weight, task.weights_at_checks[3])
    assert not torch.equal(task.module.weight, task.weights_at_checks[4])
    again = Scripted(criteria=[])
    resumed = train(again, replace(SCRIPTED, patience=3), tmp_path)
    assert again.steps == []
    assert (resumed.step, resumed.criterion) == (4, 3)
    assert torch.equal(again.module.weight, task.module.weight)


def test_a_criterion_without_a_value_is_never_the_best(tmp_path):
    task = Scripted(criteria=[5, math.nan, 4, *[math.nan] * 9])
    training = train(task, replace(SCRIPTED, patience=20), tmp_path)
    assert (training.step, training.criterion) == (3, 4)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_without_a_value_stops_it_and_the_last_good_checkpoint_stays(tmp_path, bad):
    settings = replace(SCRIPTED, log_every=5, check_every=12, checkpoint_every=3)
    task = Scripted(terms=lambda step: {"a": 1.0, "b": bad if step >= 8 else 0.5})
    with pytest.raises(Diverged, match=r"at step 8 of 12: the loss .*'b'.* of step 6, is") as e:
        train(task, settings, tmp_path)
    assert "\n" not in str(e.value)
    assert str(tmp_path / "last.pt") in str(e.value)
    kept = torch.load(tmp_path / "last.pt", weights_only=True)
    assert kept["progress"]["step"] == 6
    assert kept["module"]["weight"].isfinite().all()


def test_a_training_that_diverged_is_not_done_again(tmp_path):
    with pytest.raises(Diverged) as first:
        train(Scripted(terms=lambda _step: {"a": math.nan}), SCRIPTED, tmp_path)
    assert "no checkpoint was written before" in str(first.value)
    task = Scripted()
    with pytest.raises(Diverged) as second:
        train(task, SCRIPTED, tmp_path)
    assert task.steps == []
    assert (str(second.value), second.value.step) == (str(first.value), first.value.step)
    assert train(task, replace(SCRIPTED, learning_rate=0.1), tmp_path).step == 12


def test_a_gradient_without_a_value_is_told_from_a_loss(tmp_path):
    class Rooted(Scripted):
        def losses(self, draw: Draw) -> StepLosses:
            losses = super().losses(draw)
            root = (self.module.weight.sum() * (0.0 if draw.step == 4 else 1.0)).sqrt()
            return StepLosses({"a": root}, losses.shares)

    with pytest.raises(Diverged, match="at step 5 of 12: the gradient is not finite"):
        train(Rooted(), SCRIPTED, tmp_path)


def test_a_learning_rate_that_is_too_high_is_blamed(tmp_path):
    class Bowl(Scripted):
        def losses(self, draw: Draw) -> StepLosses:
            losses = super().losses(draw)
            return StepLosses({"colour": self.module.weight.square().sum()}, losses.shares)

    with pytest.raises(Diverged, match=r"learning rate of 1e[+]06 is too high .'colour' had grown"):
        train(Bowl(), replace(SCRIPTED, learning_rate=1e6), tmp_path)


def test_weights_that_the_last_step_made_infinite_are_not_kept(tmp_path):
    settings = replace(SCRIPTED, steps=1, learning_rate=1e38)
    with pytest.raises(Diverged, match="weights are not finite"):
        train(Scripted(terms=lambda _step: {"a": 1e3}), settings, tmp_path)
    assert not (tmp_path / "last.pt").exists()


def test_one_part_taking_all_stops_it_and_the_checkpoints_are_from_before(tmp_path):
    settings = replace(SCRIPTED, steps=40, patience=30)
    task = Scripted(
        terms=lambda _step: {"contrast": 1.0}, shares=lambda step: ALL if step > 6 else EVEN
    )
    with pytest.raises(Diverged) as caught:
        train(task, settings, tmp_path)
    message = str(caught.value)
    assert caught.value.step == 16
    assert "part 2 of 3 takes 99.0% of the object" in message
    assert "'contrast' without 'presence'" in message
    for name in ("last.pt", "best.pt"):
        kept = torch.load(tmp_path / name, weights_only=True)
        assert kept["progress"]["step"] == 6
    assert "of step 6, is" in message


def test_a_part_that_gives_back_in_time_is_no_trouble(tmp_path):
    task = Scripted(shares=lambda step: ALL if step % 10 else EVEN)
    settings = replace(SCRIPTED, steps=39)
    assert train(task, settings, tmp_path).step == 39


def test_a_dead_part_is_a_warning(tmp_path):
    task = Scripted(shares=lambda step: [0.6, 0.4, 0.0] if step > 10 else EVEN)
    assert train(task, replace(SCRIPTED, steps=40), tmp_path / "a").dead == (2,)
    assert train(task, replace(SCRIPTED, steps=25), tmp_path / "b").dead == ()
    # the best weights are from before it died
    settings = replace(SCRIPTED, steps=40, patience=40)
    task.weights_at_checks, task.criteria = [], [*[9.0] * 4, 1.0, *[9.0] * 35]
    training = train(task, settings, tmp_path / "c")
    assert (training.step, training.dead) == (5, ())


def test_progress_counts_every_step_once(tmp_path):
    seen = []
    train(Clusters(), SETTINGS, tmp_path, on_progress=lambda n, losses: seen.append((n, losses)))
    assert sum(n for n, _ in seen) == 40
    assert seen[-1][1].keys() == {"consistency", "presence", "total"}
    again = []
    train(Clusters(), SETTINGS, tmp_path, on_progress=lambda n, losses: again.append((n, losses)))
    assert again == [(40, seen[-1][1])]


def test_the_table_has_a_row_for_each_row(tmp_path):
    training = train(Clusters(), SETTINGS, tmp_path)
    table = pq.read_table(tmp_path / "losses.parquet").to_pylist()
    assert [row["step"] for row in table] == [row.step for row in training.rows]
    first, row = table[0], training.rows[0]
    assert first["loss_consistency"] == row.terms["consistency"]
    assert first["total"] == pytest.approx(first["loss_consistency"] + first["loss_presence"])
    assert first["shares"] == pytest.approx(row.shares)
    assert first["learning_rate"] == row.learning_rate
    assert first["gradient_norm"] == row.gradient_norm > 0
    assert [row["criterion"] for row in table] == [row.criterion for row in training.rows]


def test_terms_that_come_and_go_and_shares_without_a_value_are_mistakes(tmp_path):
    changing = Scripted(terms=lambda step: {"a" if step == 1 else "b": 1.0})
    with pytest.raises(ValueError, match="terms were"):
        train(
            changing, replace(SCRIPTED, log_every=12, check_every=12, checkpoint_every=12), tmp_path
        )
    with pytest.raises(ValueError, match="shares"):
        train(Scripted(shares=lambda _step: [math.nan, 1.0]), SCRIPTED, tmp_path)


def test_deterministic_mode_refuses_and_names_itself(tmp_path):
    class Scattering(Scripted):
        def losses(self, draw: Draw) -> StepLosses:
            torch.zeros(3).put_(torch.tensor([0]), torch.ones(1))
            return super().losses(draw)

    with pytest.raises(PartonomyError, match=r"^deterministic: put_ does not have a determ") as e:
        train(Scattering(), replace(SCRIPTED, deterministic=True), tmp_path)
    assert "\n" not in str(e.value)
    assert not torch.are_deterministic_algorithms_enabled()
    assert train(Scattering(), SCRIPTED, tmp_path).step == 12


def test_a_device_that_is_not_the_first_trains_and_writes_nothing(tmp_path):
    class Second(Ranks):
        rank = 1

        def from_first(self, value: float) -> float:
            return 1.0

    class Unjudging(Clusters):
        def criterion(self) -> float:
            raise AssertionError("only the first device looks at the criterion")

    task = Unjudging()
    before = copy.deepcopy(weights(task.module))
    checkpoints = Checkpoints(tmp_path, "")
    descend(task, Second(), lambda _n, _losses: None, settings=SETTINGS, checkpoints=checkpoints)
    assert task.draws == [Draw(3, step, 1) for step in range(40)]
    assert not same(before, weights(task.module))
    assert list(tmp_path.iterdir()) == []
