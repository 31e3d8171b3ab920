"""A training from start to end: begun or resumed, run where it should be, and its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from torch import nn

from partonomy.segmenter.training.checkpoints import Checkpoints
from partonomy.segmenter.training.health import Diverged, dead_parts
from partonomy.segmenter.training.launching import OnProgress, launch
from partonomy.segmenter.training.logs import Row, summary_writer
from partonomy.segmenter.training.loop import descend
from partonomy.segmenter.training.settings import TrainingSettings
from partonomy.segmenter.training.task import Task


@dataclass(frozen=True)
class Training:
    """A training that ended well.

    Attributes:
        module: the task's, with the weights of ``step``: where ``patience`` is set the best by the
            criterion, else the last.
        step: steps after which the module had these weights.
        criterion: of these weights, without labels; lower is better.
        dead: parts, as indices from 0, that had nearly no share of the object at that time.
        rows: of the losses, to the last step done.
        seed: of the training.
        folder: where its checkpoints are.
        diverged: of several seeds, those that diverged, and why.
    """

    module: nn.Module
    step: int
    criterion: float
    dead: tuple[int, ...]
    rows: Sequence[Row]
    seed: int
    folder: Path
    diverged: dict[int, str] = field(default_factory=dict)


def train(
    task: Task,
    settings: TrainingSettings,
    folder: Path,
    *,
    identity: str = "",
    on_progress: OnProgress = lambda _n, _losses: None,
) -> Training:
    """Train a task's module, or go on where the same training stopped.

    Args:
        task: what is trained; on the device that its module's parameters are on. Where several
            devices train, it is left on the CPU.
        settings: of the training.
        folder: of its checkpoints and tables; what another training left in it goes.
        identity: stands for everything about the task that decides the result (pictures, recipe,
            first weights): a training of another identity is never resumed.
        on_progress: called with the steps done since the last call, and the latest losses; first
            with the steps that were done before.

    Returns:
        the training; a finished one is not done again.

    Raises:
        Diverged: a loss or gradient is not finite, or one part takes all; the last checkpoint is
            from before. A training that diverged is not done again either.
        PartonomyError: the folder cannot be written, an extra is not installed, there are not as
            many devices, or an operation is not deterministic and should be.
    """
    if settings.tensorboard:
        summary_writer()
    checkpoints = Checkpoints(folder, settings.digest(identity))
    checkpoints.open()
    given_up = checkpoints.given_up()
    if given_up is not None:
        raise Diverged(*given_up)
    last = checkpoints.last()
    if last is not None and last.progress.finished:
        on_progress(last.progress.step, last.progress.rows[-1].losses())
    else:
        job = partial(descend, settings=settings, checkpoints=checkpoints)
        try:
            launch(job, task, settings.devices, on_progress)
        except Diverged as error:
            raise _give_up(error, settings, checkpoints) from None
    return _result(task, settings, checkpoints)


def best_of_seeds(
    make_task: Callable[[int], Task],
    seeds: Sequence[int],
    settings: TrainingSettings,
    folder: Path,
    *,
    identity: str = "",
    on_progress: OnProgress = lambda _n, _losses: None,
) -> Training:
    """Train with several seeds, each in a folder of its own; what was done before is not repeated.

    Args:
        make_task: a task from a seed.
        seeds: at least one; that of ``settings`` is not used.
        settings: as of :func:`train`, like all that follow.
        folder: has a folder for each seed.
        identity: of all seeds.
        on_progress: called for all seeds.

    Returns:
        of those that did not diverge, the training with the lowest criterion.

    Raises:
        Diverged: all did.
        PartonomyError: as :func:`train`.
    """
    best: Training | None = None
    diverged: dict[int, Diverged] = {}
    for seed in seeds:
        try:
            training = train(
                make_task(seed),
                replace(settings, seed=seed),
                folder / f"seed-{seed}",
                identity=identity,
                on_progress=on_progress,
            )
        except Diverged as error:
            diverged[seed] = error
            continue
        if best is None or training.criterion < best.criterion:
            best = training
    if best is not None:
        return replace(best, diverged={seed: str(error) for seed, error in diverged.items()})
    first = diverged[seeds[0]]
    raise Diverged(f"all {len(seeds)} seeds diverged; of seed {seeds[0]}: {first}", first.step)


def _give_up(error: Diverged, settings: TrainingSettings, checkpoints: Checkpoints) -> Diverged:
    """The error with what is kept, and where; noted, so that the training is not done again."""
    last = checkpoints.last()
    kept = (
        f"the last good checkpoint, of step {last.progress.step}, is {checkpoints.last_file}"
        if last
        else "no checkpoint was written before"
    )
    message = f"the training diverged at step {error.step} of {settings.steps}: {error}; {kept}"
    checkpoints.give_up(message, error.step)
    return Diverged(message, error.step)


def _result(task: Task, settings: TrainingSettings, checkpoints: Checkpoints) -> Training:
    """The training as its finished checkpoints tell it, the weights in the task's module."""
    last = checkpoints.last()
    assert last is not None
    best = checkpoints.best() if settings.patience is not None else None
    kept = best or last
    task.module.load_state_dict(kept.module)
    rows, step = last.progress.rows, kept.progress.step
    criterion = best.progress.best if best else rows[-1].criterion
    assert criterion is not None  # it is looked at after the last step
    return Training(
        module=task.module,
        step=step,
        criterion=criterion,
        dead=dead_parts([row.shares for row in rows if row.step <= step]),
        rows=rows,
        seed=settings.seed,
        folder=checkpoints.folder,
    )
