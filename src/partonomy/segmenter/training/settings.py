"""How a training goes: everything that decides it, beside the task."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from partonomy.errors import PartonomyError
from partonomy.images import digest

Optimizer = Literal["adamw", "sgd"]
Schedule = Literal["constant", "cosine", "poly"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a training.

    Attributes:
        steps: of the optimizer.
        optimizer: ``adamw`` or ``sgd``.
        learning_rate: at its highest; a group of parameters multiplies it.
        weight_decay: of either optimizer.
        momentum: of ``sgd``.
        schedule: how the learning rate falls from the end of the warm-up to the last step.
        schedule_steps: over how many steps it would fall to nothing; ``steps`` if not given.
        power: of ``poly``.
        warmup: steps over which the learning rate rises.
        clip: gradients of a larger norm are scaled down to it; None leaves them.
        precision: ``bfloat16`` computes losses in mixed precision.
        deterministic: refuse operations that do not give the same bits each time.
        devices: how many train together, each on batches of its own.
        log_every: steps averaged in a row of the losses.
        checkpoint_every: steps between checkpoints.
        check_every: steps between looks at the criterion; it is always looked at in the end.
        patience: looks at the criterion without a gain after which the training ends, with the
            weights that were best; None trains to the last step and keeps its weights.
        seed: of everything random.
        tensorboard: write event files for TensorBoard too.

    Raises:
        PartonomyError: a setting is out of its range.
    """

    steps: int
    optimizer: Optimizer = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    momentum: float = 0.9
    schedule: Schedule = "cosine"
    schedule_steps: int | None = None
    power: float = 0.9
    warmup: int = 0
    clip: float | None = None
    precision: Precision = "float32"
    deterministic: bool = False
    devices: int = 1
    log_every: int = 10
    checkpoint_every: int = 200
    check_every: int = 100
    patience: int | None = None
    seed: int = 0
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for choices, name in (
            (Optimizer, "optimizer"),
            (Schedule, "schedule"),
            (Precision, "precision"),
        ):
            known = get_args(choices)
            self._require(
                name, lambda value, known=known: value in known, f"one of {', '.join(known)}"
            )
        for name in ("steps", "devices", "log_every", "checkpoint_every", "check_every"):
            self._require(name, lambda value: value >= 1, "at least 1")
        for name in ("weight_decay", "momentum", "power", "seed"):
            self._require(name, lambda value: value >= 0, "at least 0")
        self._require(
            "schedule_steps",
            lambda value: value is None or value >= self.steps,
            "at least steps, or None",
        )
        self._require("learning_rate", lambda value: value > 0, "above 0")
        self._require("warmup", lambda value: 0 <= value < self.steps, "at least 0 and below steps")
        self._require("clip", lambda value: value is None or value > 0, "above 0, or None")
        self._require("patience", lambda value: value is None or value >= 1, "at least 1, or None")

    def _require(self, name: str, holds: Callable[..., bool], wanted: str) -> None:
        value = getattr(self, name)
        if not holds(value):
            raise PartonomyError(f"{name} {value}: it must be {wanted}")

    def logs(self, step: int) -> bool:
        """Whether a row of losses ends with a step; steps count from 1."""
        return step % self.log_every == 0 or self.checks(step) or self.saves(step)

    def checks(self, step: int) -> bool:
        """Whether the criterion is looked at after a step."""
        return step % self.check_every == 0 or step == self.steps

    def saves(self, step: int) -> bool:
        """Whether a checkpoint is due after a step."""
        return step % self.checkpoint_every == 0 or step == self.steps

    def digest(self, identity: str) -> str:
        """Content address of all that decides a training; ``identity`` stands for the task."""
        decides = {name: value for name, value in asdict(self).items() if name != "tensorboard"}
        return digest(json.dumps([decides, identity], sort_keys=True).encode())
