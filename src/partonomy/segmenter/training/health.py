"""Is a training in trouble, and why? Pure functions over what it measured.

Notation
    K       parts
    share   of the object (the foreground) that a part has, averaged over the batches of a row
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np
from numpy.typing import ArrayLike

from partonomy.errors import PartonomyError
from partonomy.segmenter.training.logs import Row
from partonomy.segmenter.training.settings import TrainingSettings

TAKES_ALL = 0.98
"""Share of the object above which a part leaves nothing to the others."""
ROWS_OF_TAKING_ALL = 10
"""Rows in a row before it counts as trouble: early in a training, parts come and go."""
DIED = 1e-3
"""Share of the object below which a part has died."""
ROWS_OF_DEATH = 20
_GREW = 10.0


class Diverged(PartonomyError):  # noqa: N818 - an outcome, as much as an error
    """A training that came to nothing.

    Attributes:
        step: at which it was noticed, counted from 1.
    """

    def __init__(self, message: str, step: int) -> None:
        super().__init__(message, step)
        self.step = step

    def __str__(self) -> str:
        return str(self.args[0])


def takes_all(shares: ArrayLike, *, above: float = TAKES_ALL) -> tuple[int, int] | None:
    """The part that takes the whole object now, and for how many rows it has.

    Args:
        shares: (n, K) rows of shares, the latest last.
        above: the share that counts as all.

    Returns:
        index of the part from 0, and the rows up to the last in which it took all; None where
        no part does, or there is one part only.
    """
    rows = np.asarray(shares, dtype=np.float64)
    if rows.ndim != 2 or len(rows) == 0 or rows.shape[1] < 2:
        return None
    part = int(rows[-1].argmax())
    less = np.flatnonzero(rows[:, part] <= above)
    in_a_row = len(rows) - 1 - int(less[-1]) if len(less) else len(rows)
    return (part, in_a_row) if in_a_row else None


def dead_parts(
    shares: ArrayLike, *, below: float = DIED, window: int = ROWS_OF_DEATH
) -> tuple[int, ...]:
    """Parts, as indices from 0, that had nearly nothing in each of the last ``window`` rows.

    Args:
        shares: (n, K) rows of shares, the latest last; of fewer rows than ``window``, all.
        below: the share that counts as nothing.
        window: rows looked at.
    """
    rows = np.asarray(shares, dtype=np.float64)[-window:]
    return tuple(map(int, np.flatnonzero((rows < below).all(axis=0)))) if len(rows) else ()


def first_not_finite(steps: ArrayLike) -> int | None:
    """Index of the first row of (n, m) numbers that holds a NaN or an infinity."""
    bad = np.flatnonzero(~np.isfinite(np.asarray(steps)).all(axis=1))
    return int(bad[0]) if len(bad) else None


def why_not_finite(
    before: Sequence[Mapping[str, float]],
    terms: Mapping[str, float],
    settings: TrainingSettings,
) -> str:
    """The likely cause of a loss or gradient that is NaN or infinite.

    Args:
        before: finite terms of the rows and steps before, the latest last.
        terms: those of the step at which it was noticed.
        settings: of the training.
    """
    bad = [name for name, value in terms.items() if not np.isfinite(value)]
    if not before:
        named = f"the term {bad[0]!r}" if bad else "the gradient"
        return f"{named} is not finite on the first batch: look for NaN in pictures and features"
    name, growth = _most_grown(before)
    if growth >= _GREW:
        lower = "lower it" if settings.clip else "lower it, or clip the gradient"
        return (
            f"a learning rate of {settings.learning_rate:g} is too high ({name!r} had grown "
            f"{growth:.3g}-fold): {lower}"
        )
    if 0 < len(bad) < len(terms):
        return (
            f"only the term {bad[0]!r} is not finite: it divides by zero or takes a logarithm of "
            "it, as for an empty mask"
        )
    if settings.precision == "bfloat16":
        return "bfloat16 is too coarse for it: train in float32"
    if not bad:
        return "the loss is finite and its gradient is not, as of a root or a logarithm at zero"
    return f"a learning rate of {settings.learning_rate:g} is too high: lower it"


def why_all_taken(rows: Sequence[Row], in_a_row: int, settings: TrainingSettings) -> str:
    """The likely cause of one part taking all in the last ``in_a_row`` of some rows."""
    names = rows[-1].terms
    if "presence" not in names:
        if "contrast" in names:
            return "'contrast' without 'presence' is lowest so: give 'presence' a weight"
        return "no term keeps the other parts present: give 'presence' a weight"
    before = rows[: max(1, len(rows) - in_a_row)]
    name, growth = _most_grown([row.terms for row in rows])
    if growth >= _GREW:
        return (
            f"a learning rate of {settings.learning_rate:g} is too high ({name!r} grew "
            f"{growth:.3g}-fold): lower it"
        )
    gain = {name: max(row.terms[name] for row in before) - rows[-1].terms[name] for name in names}
    name = max(gain, key=lambda name: gain[name])
    return f"{name!r} gained most by it: lower its weight, or raise that of 'presence'"


def _most_grown(before: Sequence[Mapping[str, float]]) -> tuple[str, float]:
    """The term that is largest now beside its median before, and how many times."""

    def growth(name: str) -> float:
        sizes = [abs(terms[name]) for terms in before]
        return sizes[-1] / max(median(sizes), 1e-12)

    name = max(before[-1], key=growth)
    return name, growth(name)
