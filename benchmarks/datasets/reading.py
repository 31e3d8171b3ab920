"""The data sets of the quality benchmarks, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from benchmarks.datasets import LabelledPicture, cars, clothing

DATA_SETS: Mapping[str, Callable[[int | None], Sequence[LabelledPicture]]] = {
    "cars": cars.read,
    "clothing": clothing.read,
}
"""Read the pictures of both splits; so many of each split only, if it is not None."""
