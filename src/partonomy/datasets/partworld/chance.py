"""Choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")


def one_of(random: Generator, options: Sequence[T]) -> T:
    """Any, each as likely."""
    return options[int(random.integers(len(options)))]


def often(random: Generator, share: float) -> bool:
    """True in that share of cases."""
    return bool(random.random() < share)


def either_side(random: Generator) -> float:
    """-1 or 1."""
    return 1.0 if random.random() < 0.5 else -1.0


def within(
    random: Generator, low: ArrayLike, high: ArrayLike, size: int | tuple[int, ...] | None = None
) -> NDArray[np.float64]:
    """As ``random.uniform`` between lists of bounds, in half the time; one of each by default."""
    start = np.asarray(low, np.float64)
    numbers = random.random(start.shape if size is None else size)
    numbers *= np.asarray(high, np.float64) - start
    numbers += start
    return numbers


def some(random: Generator, least: int, most: int) -> int:
    """From the least to the most, both included."""
    return int(random.integers(least, most + 1))
