"""Small things to train: points that fall into three clusters, and tasks that follow a script."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from partonomy.segmenter.training import (
    Draw,
    StepLosses,
    Training,
    TrainingSettings,
    checkpoints,
    train,
)

N_PARTS = 3


def points() -> torch.Tensor:
    """(96, 4), three clusters."""
    generator = torch.Generator().manual_seed(5)
    centres = 3 * torch.randn(3, 4, generator=generator)
    return centres.repeat(32, 1) + 0.3 * torch.randn(96, 4, generator=generator)


class Clusters:
    """Soft clusters of points, by a network with running statistics."""

    def __init__(self, seed: int = 0) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.module = nn.Sequential(
                nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, N_PARTS)
            )
        self.points = points()
        self.draws: list[Draw] = []

    def groups(self):
        body, head = self.module[:3], self.module[3]
        return [(list(body.parameters()), 1.0), (list(head.parameters()), 10.0)]

    def losses(self, draw: Draw) -> StepLosses:
        self.draws.append(draw)
        chosen = torch.from_numpy(draw.numpy("batch").integers(0, 96, 24))
        noise = torch.randn(24, 4, generator=draw.torch("cpu", "noise"))
        x = self.points[chosen] + 0.1 * noise
        masks = self.module(x).softmax(dim=1)
        return StepLosses(
            terms={
                "consistency": spread(x, masks),
                "presence": 0.5 * (1 - masks.max(dim=0).values.mean()),
            },
            shares=masks.mean(dim=0),
        )

    def criterion(self) -> float:
        self.module.eval()
        with torch.no_grad():
            value = float(spread(self.points, self.module(self.points).softmax(dim=1)))
        self.module.train()
        return value

    def to(self, device: torch.device) -> None:
        self.module.to(device)
        self.points = self.points.to(device)


def spread(x: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    means = (masks.T @ x) / masks.sum(dim=0)[:, None]
    return (masks * (x[:, None] - means).square().sum(dim=2)).sum(dim=1).mean()


class Scripted:
    """A task whose terms, shares and criteria are as a test wants them; steps count from 1."""

    def __init__(
        self,
        terms: Callable[[int], dict[str, float]] = lambda _step: {"consistency": 1.0},
        shares: Callable[[int], list[float]] = lambda _step: [0.5, 0.3, 0.2],
        criteria: list[float] | None = None,
    ) -> None:
        self.module = nn.Linear(2, 1, bias=False)
        nn.init.ones_(self.module.weight)
        self.script = terms, shares
        self.criteria = criteria
        self.weights_at_checks: list[torch.Tensor] = []
        self.steps: list[int] = []

    def groups(self):
        return [(list(self.module.parameters()), 1.0)]

    def losses(self, draw: Draw) -> StepLosses:
        terms, shares = self.script
        step = draw.step + 1
        self.steps.append(step)
        value = self.module.weight.sum()
        return StepLosses(
            terms={name: factor * value for name, factor in terms(step).items()},
            shares=torch.tensor(shares(step)),
        )

    def criterion(self) -> float:
        self.weights_at_checks.append(self.module.weight.detach().clone())
        checks = len(self.weights_at_checks)
        return self.criteria[checks - 1] if self.criteria else float(-checks)

    def to(self, device: torch.device) -> None:
        self.module.to(device)


SETTINGS = TrainingSettings(
    steps=40, learning_rate=0.02, log_every=2, check_every=5, checkpoint_every=4, seed=3
)


class NanOnOneDevice(Clusters):
    """From step 6 on, the loss of the second device is no number."""

    def losses(self, draw: Draw) -> StepLosses:
        losses = super().losses(draw)
        bad = draw.rank == 1 and draw.step >= 5
        terms = {name: term * (float("nan") if bad else 1) for name, term in losses.terms.items()}
        return StepLosses(terms, losses.shares)


def train_clusters(folder: Path, die: str = "", count: int = 0) -> Training:
    """Train; die by SIGKILL at a moment: at the start of step ``count``, halfway through writing
    the ``count``-th ``last.pt`` or ``best.pt``, or before the ``count``-th table of losses."""
    task = Clusters()
    left = count

    def reached() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if die == "step":
        losses = task.losses

        def dying_losses(draw: Draw) -> StepLosses:
            reached()
            return losses(draw)

        task.losses = dying_losses
    elif die:
        write = checkpoints.write_atomically

        def dying_write(path: Path, write_to: Callable[[str], object]) -> None:
            def half(part: str) -> None:
                write_to(part)
                if path.name == die:
                    os.truncate(part, Path(part).stat().st_size // 2)
                    reached()
                    write_to(part)

            write(path, half)

        checkpoints.write_atomically = dying_write
    return train(task, SETTINGS, folder)
