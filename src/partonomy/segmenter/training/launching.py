"""Where a training runs: here, or on several devices through Lightning Fabric.

On several devices each has a process of its own, which gets a copy of the task, draws its own
batches, and averages with the others what it measured: all then take the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor
from torch.multiprocessing.spawn import ProcessException

from partonomy.errors import PartonomyError
from partonomy.segmenter.training.task import Task

if TYPE_CHECKING:
    from lightning_fabric import Fabric

OnProgress = Callable[[int, Mapping[str, float]], None]
"""Called with the steps done since the last call, and the latest losses by name."""


class Ranks:
    """The devices that train together: this one alone."""

    rank = 0

    def average_(self, tensors: Sequence[Tensor]) -> None:
        """Put, in place, the mean over all devices into each of some tensors."""

    def from_first(self, value: float) -> float:
        """The value that the first device has."""
        return value


class FabricRanks(Ranks):
    """The devices that train together, through Lightning Fabric."""

    def __init__(self, fabric: Fabric) -> None:
        self.rank = fabric.global_rank
        self._fabric = fabric

    def average_(self, tensors: Sequence[Tensor]) -> None:
        """One message for all tensors: a network has hundreds of small ones."""
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        mean: Tensor = self._fabric.all_reduce(flat, reduce_op="mean")
        parts = torch.split(mean, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def from_first(self, value: float) -> float:
        """The value that the first device has."""
        return self._fabric.broadcast(value)


class Job(Protocol):
    """What each device does; it can be pickled."""

    def __call__(self, task: Task, ranks: Ranks, on_progress: OnProgress) -> None: ...


def launch(job: Job, task: Task, devices: int, on_progress: OnProgress) -> None:
    """Do a job on the task's device, or on several of its kind at the same time.

    Args:
        job: what is done.
        task: moved to the CPU where several devices train, which get copies of it.
        devices: how many.
        on_progress: called in this process, whichever does the job.

    Raises:
        PartonomyError: Fabric is not installed, there are not as many devices, or the job's own.
    """
    if devices == 1:
        job(task, Ranks(), on_progress)
        return
    fabric = _fabric(next(task.module.parameters()).device.type, devices)
    task.to(torch.device("cpu"))
    context = torch.multiprocessing.get_context("spawn")
    # a pipe for each: unlike a queue, none is left locked by a process that is ended
    pipes = [context.Pipe(duplex=False) for _ in range(devices)]
    errors: list[PartonomyError] = []
    relay = Thread(target=_relay, args=([pipe[0] for pipe in pipes], on_progress, errors))
    relay.start()
    writers = [pipe[1] for pipe in pipes]
    failure: Exception | None = None
    try:
        fabric.launch(_do, job, task, writers)
    except ProcessException as error:
        failure = error
    finally:
        for writer in writers:
            writer.close()
        relay.join()
    if errors:
        raise errors[0]
    if failure is not None:
        raise failure


def _do(fabric: Fabric, job: Job, task: Task, writers: Sequence[Connection]) -> None:
    """The job in one of the processes; progress and errors go to the one that launched it."""
    ranks = FabricRanks(fabric)
    writer = writers[ranks.rank]
    # tensors arrive in memory that all processes share: good for pictures, not for what is trained
    for tensor in (*task.module.parameters(), *task.module.buffers()):
        tensor.data = tensor.data.clone()
    task.to(fabric.device)

    def on_progress(steps: int, losses: Mapping[str, float]) -> None:
        if ranks.rank == 0:
            writer.send((steps, dict(losses)))

    try:
        job(task, ranks, on_progress)
    except PartonomyError as error:
        writer.send(error)
        raise


def _relay(
    readers: list[Connection], on_progress: OnProgress, errors: list[PartonomyError]
) -> None:
    """Pass on what the processes send, until none can send any more."""
    while readers:
        for reader in wait(readers):
            assert isinstance(reader, Connection)
            try:
                message = reader.recv()
            except (EOFError, OSError):
                readers.remove(reader)
                continue
            if isinstance(message, PartonomyError):
                errors.append(message)
            else:
                on_progress(*message)


def _fabric(kind: str, devices: int) -> Fabric:
    if kind == "cuda" and torch.cuda.device_count() < devices:
        raise PartonomyError(f"devices {devices}: there are {torch.cuda.device_count()} here")
    if kind not in ("cuda", "cpu"):
        raise PartonomyError(f"devices {devices}: only one {kind} device can train")
    try:
        from lightning_fabric import Fabric
    except ImportError:
        raise PartonomyError(
            f"devices {devices}: training on several needs Lightning Fabric: "
            'pip install "partonomy[train]"'
        ) from None
    return Fabric(accelerator=kind, devices=devices, strategy="ddp_spawn")
