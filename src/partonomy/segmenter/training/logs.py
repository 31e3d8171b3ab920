"""What a training measured: rows of losses, kept in a table and shown by TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from partonomy.errors import PartonomyError
from partonomy.segmenter.training.task import StepLosses

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


@dataclass(frozen=True)
class Row:
    """Some steps of a training: means over the steps since the row before.

    Attributes:
        step: the last of them, counted from 1.
        terms: the weighted losses by name; ``total`` is their sum.
        shares: K shares of the object.
        gradient_norm: before it is clipped.
        learning_rate: at the last step, of a group that multiplies it by 1.
        criterion: after the last step; None where it was not looked at.
    """

    step: int
    terms: dict[str, float]
    total: float
    shares: list[float]
    gradient_norm: float
    learning_rate: float
    criterion: float | None = None

    def losses(self) -> dict[str, float]:
        """The terms, and ``total``."""
        return {**self.terms, "total": self.total}

    def flat(self) -> dict[str, Any]:
        """A row of a run's table of losses."""
        row = asdict(self)
        return {"step": row.pop("step"), **row.pop("terms"), **row}

    def scalars(self) -> dict[str, float | None]:
        """Its numbers by the name that they have in tables, without the shares."""
        return {
            "total": self.total,
            **{f"loss_{name}": value for name, value in self.terms.items()},
            "learning_rate": self.learning_rate,
            "gradient_norm": self.gradient_norm,
            "criterion": self.criterion,
        }


class Interval:
    """The steps since the last row.

    Their numbers stay on the device until the row ends, so that no step waits for them.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._steps: list[Tensor] = []

    def add(self, losses: StepLosses, gradient_norm: Tensor) -> None:
        """Note a step.

        Raises:
            ValueError: its terms are not those of the step before.
        """
        names = tuple(losses.terms)
        if self._steps and names != self.names:
            raise ValueError(f"the terms were {self.names} and are now {names}")
        self.names = names
        scalars = [*losses.terms.values(), losses.total, gradient_norm]
        numbers = torch.stack([scalar.detach().float() for scalar in scalars])
        self._steps.append(torch.cat([numbers, losses.shares.detach().float()]))

    def take(self) -> Tensor:
        """(n, terms + 2 + K) float32: the steps' terms, total, gradient norm, shares; forgotten."""
        steps, self._steps = torch.stack(self._steps), []
        return steps

    def row(self, steps: Tensor, step: int, learning_rate: float) -> Row:
        """The row that some steps make; ``step`` is the last of them."""
        means = steps.double().mean(dim=0).tolist()
        n = len(self.names)
        return Row(
            step=step,
            terms=dict(zip(self.names, means[:n], strict=True)),
            total=means[n],
            gradient_norm=means[n + 1],
            shares=means[n + 2 :],
            learning_rate=learning_rate,
        )


def write_losses(rows: Sequence[Row], path: str) -> None:
    """Write rows as Parquet: step, total, loss_NAME, learning_rate, ..., shares (a list)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = [{"step": row.step, **row.scalars(), "shares": row.shares} for row in rows]
    pq.write_table(pa.Table.from_pylist(table), path)


def packed(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as plain values, for a checkpoint."""
    return [asdict(row) for row in rows]


def unpacked(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The reverse of :func:`packed`."""
    return [Row(**row) for row in rows]


class EventLog:
    """TensorBoard's event files.

    Args:
        folder: where they go; None writes nothing.
        step: steps done; what earlier files say of later steps is taken back.

    Raises:
        PartonomyError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path | None, step: int) -> None:
        self._writer: SummaryWriter | None = None
        if folder is not None:
            self._writer = summary_writer()(str(folder), purge_step=step + 1)

    def write(self, row: Row) -> None:
        """Add a row."""
        if self._writer is None:
            return
        for name, value in row.scalars().items():
            if value is not None:
                self._writer.add_scalar(name.replace("loss_", "loss/", 1), value, row.step)
        for part, share in enumerate(row.shares, start=1):
            self._writer.add_scalar(f"share/{part}", share, row.step)

    def __enter__(self) -> EventLog:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()


def summary_writer() -> type[SummaryWriter]:
    """TensorBoard's writer.

    Raises:
        PartonomyError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise PartonomyError(
            'tensorboard is not installed: pip install "partonomy[train]", or train without it'
        ) from None
    return SummaryWriter
