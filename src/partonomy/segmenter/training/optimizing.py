"""One step of the optimizer: the gradient, averaged over devices and clipped, and the step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from partonomy.segmenter.training.launching import Ranks
from partonomy.segmenter.training.schedule import learning_rate_factor
from partonomy.segmenter.training.settings import TrainingSettings
from partonomy.segmenter.training.task import Draw, StepLosses, Task


def make_optimizer(task: Task, settings: TrainingSettings) -> torch.optim.Optimizer:
    """The optimizer of a task's groups of parameters."""
    groups = [
        {"params": list(parameters), "multiple": multiple} for parameters, multiple in task.groups()
    ]
    decay = settings.weight_decay
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            groups, settings.learning_rate, momentum=settings.momentum, weight_decay=decay
        )
    return torch.optim.AdamW(groups, settings.learning_rate, weight_decay=decay)


def set_learning_rate(
    optimizer: torch.optim.Optimizer, step: int, settings: TrainingSettings
) -> float:
    """Set the learning rate of the step after ``step`` steps."""
    learning_rate = settings.learning_rate * learning_rate_factor(
        step,
        settings.schedule_steps or settings.steps,
        settings.schedule,
        warmup=settings.warmup,
        power=settings.power,
    )
    for group in optimizer.param_groups:
        group["lr"] = learning_rate * group["multiple"]
    return learning_rate


def take_step(
    task: Task,
    optimizer: torch.optim.Optimizer,
    draw: Draw,
    ranks: Ranks,
    settings: TrainingSettings,
) -> tuple[StepLosses, Tensor]:
    """One step of the optimizer: its losses, and the norm of the gradient before clipping."""
    with mixed_precision(task, settings):
        losses = task.losses(draw)
    optimizer.zero_grad()
    torch.autograd.backward(losses.total)
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if settings.devices > 1:
        _average(task.module, parameters, ranks)
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = nn.utils.get_total_norm(gradients)
    if settings.clip is not None:
        nn.utils.clip_grads_with_norm_(parameters, settings.clip, norm)
    optimizer.step()
    return losses, norm


def _average(module: nn.Module, parameters: Sequence[nn.Parameter], ranks: Ranks) -> None:
    """Average over the devices the gradients, and running statistics as of normalisation."""
    for parameter in parameters:
        if parameter.grad is None:  # a part of the network that this device's batch did not need
            parameter.grad = torch.zeros_like(parameter)
    buffers = [buffer for buffer in module.buffers() if buffer.is_floating_point()]
    ranks.average_([*(p.grad for p in parameters if p.grad is not None), *buffers])


def mixed_precision(task: Task, settings: TrainingSettings) -> torch.autocast:
    """The context in which losses and the criterion are computed."""
    device = next(task.module.parameters()).device
    return torch.autocast(
        device.type, dtype=torch.bfloat16, enabled=settings.precision == "bfloat16"
    )
