"""Training a part segmenter: steps, looks at its health and at a criterion, checkpoints.

    for each step:
        draw a batch; its loss is a sum of weighted terms
        gradients, averaged over the devices, clipped
        a step of the optimizer at the scheduled learning rate
        now and then:
            a row of losses; give up if they are not finite, or one part takes all
            the criterion; keep the weights if they are the best so far; stop without gain
            a checkpoint, unless trouble has begun

On a CPU, a training that is killed at any moment and run again ends with the bits of one that was
not: all randomness comes from the number of the step, and all else from the checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from partonomy.segmenter.training.checkpoints import Checkpoints, Progress
from partonomy.segmenter.training.deterministic import deterministic_algorithms
from partonomy.segmenter.training.health import (
    ROWS_OF_TAKING_ALL,
    Diverged,
    first_not_finite,
    takes_all,
    why_all_taken,
    why_not_finite,
)
from partonomy.segmenter.training.launching import OnProgress, Ranks
from partonomy.segmenter.training.logs import EventLog, Interval, Row
from partonomy.segmenter.training.optimizing import (
    make_optimizer,
    mixed_precision,
    set_learning_rate,
    take_step,
)
from partonomy.segmenter.training.settings import TrainingSettings
from partonomy.segmenter.training.task import Draw, Task


def descend(
    task: Task,
    ranks: Ranks,
    on_progress: OnProgress,
    *,
    settings: TrainingSettings,
    checkpoints: Checkpoints,
) -> None:
    """Do the steps that are left, on one device among ``ranks``; the result is in the folder.

    Raises:
        Diverged: a loss or gradient is not finite, or one part takes all.
        PartonomyError: a checkpoint cannot be written.
    """
    optimizer = make_optimizer(task, settings)
    progress = _resume(task.module, optimizer, checkpoints)
    if progress.rows:
        on_progress(progress.step, progress.rows[-1].losses())
    writes = ranks.rank == 0
    events = EventLog(
        checkpoints.events if settings.tensorboard and writes else None, progress.step
    )
    interval = Interval()
    with events, deterministic_algorithms(settings.deterministic):
        while not progress.finished:
            learning_rate = set_learning_rate(optimizer, progress.step, settings)
            draw = Draw(settings.seed, progress.step, ranks.rank)
            interval.add(*take_step(task, optimizer, draw, ranks, settings))
            progress.step += 1
            if not settings.logs(progress.step):
                continue
            steps = interval.take()
            ranks.average_([steps])
            _require_finite(steps, interval.names, progress, settings)
            row = interval.row(steps, progress.step, learning_rate)
            trouble = _one_takes_all([*progress.rows, row], settings)
            if settings.checks(progress.step):
                row = replace(row, criterion=_criterion(task, ranks, settings))
                gained = _judge(row, progress, settings, trouble)
                if gained and writes:
                    checkpoints.save_best(task.module, progress)
            progress.rows.append(row)
            progress.finished |= progress.step == settings.steps
            if progress.finished or (settings.saves(progress.step) and not trouble):
                _require_finite_weights(task.module, progress.step)
                if writes:
                    checkpoints.save(task.module, optimizer, progress)
            events.write(row)
            on_progress(len(steps), row.losses())


def _resume(
    module: nn.Module, optimizer: torch.optim.Optimizer, checkpoints: Checkpoints
) -> Progress:
    """Put module and optimizer where the last checkpoint left them."""
    last = checkpoints.last()
    if last is None:
        return Progress()
    module.load_state_dict(last.module)
    optimizer.load_state_dict(last.optimizer)
    return last.progress


def _criterion(task: Task, ranks: Ranks, settings: TrainingSettings) -> float:
    """The criterion as the first device finds it; infinite where it has no value."""
    criterion = math.inf
    if ranks.rank == 0:
        with torch.no_grad(), mixed_precision(task, settings):
            found = float(task.criterion())
        criterion = math.inf if math.isnan(found) else found
    return ranks.from_first(criterion)


def _judge(row: Row, progress: Progress, settings: TrainingSettings, trouble: bool) -> bool:
    """Note a criterion: whether it is the best so far, and whether to stop for want of gain."""
    assert row.criterion is not None
    if row.criterion < progress.best and not trouble:
        progress.best, progress.checks_without_gain = row.criterion, 0
        return True
    progress.checks_without_gain += 1
    progress.finished = progress.checks_without_gain == settings.patience
    return False


def _one_takes_all(rows: Sequence[Row], settings: TrainingSettings) -> bool:
    """Whether one part takes all now; Diverged if it has for too long."""
    taken = takes_all([row.shares for row in rows[-ROWS_OF_TAKING_ALL:]])
    if taken is None:
        return False
    part, in_a_row = taken
    if in_a_row < ROWS_OF_TAKING_ALL:
        return True
    shares = rows[-1].shares
    raise Diverged(
        f"part {part + 1} of {len(shares)} takes {shares[part]:.1%} of the object; probably "
        f"{why_all_taken(rows, in_a_row, settings)}",
        rows[-1].step,
    )


def _require_finite(
    steps: Tensor, names: Sequence[str], progress: Progress, settings: TrainingSettings
) -> None:
    """Diverged if a loss or gradient of the steps (n, terms + 2 + K) of a row is not finite."""
    bad = first_not_finite(steps.cpu())
    if bad is None:
        return
    terms = [dict(zip(names, values, strict=False)) for values in steps[: bad + 1].tolist()]
    gradient_only = all(map(math.isfinite, terms[-1].values()))
    if gradient_only and bool(steps[bad, : len(names) + 2].isfinite().all()):
        raise ValueError("the task's shares are not finite")
    before = [*(row.terms for row in progress.rows), *terms[:-1]]
    raise Diverged(
        f"the {'gradient' if gradient_only else 'loss'} is not finite; probably "
        f"{why_not_finite(before, terms[-1], settings)}",
        progress.step - len(steps) + bad + 1,
    )


def _require_finite_weights(module: nn.Module, step: int) -> None:
    """Keep weights out of checkpoints that the last step made infinite."""
    values = [value for value in module.state_dict().values() if value.is_floating_point()]
    if not all(bool(value.isfinite().all()) for value in values):
        raise Diverged("the weights are not finite; probably the learning rate is too high", step)
