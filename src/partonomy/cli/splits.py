"""Two splits of a data set, as commands that fit on one and score on the other take them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.datasets import DataSet

PARTWORLD = "partworld"
SIDE = 256
"""Height and width of rendered pictures."""


def two_splits(dataset: str, root: Path | None, train: str, test: str) -> tuple[DataSet, DataSet]:
    """A data set's pictures to fit on, and those to score on.

    A data set that has no splits, such as a run, is halved by its pictures' names.

    Raises:
        PartonomyError: there is no such data set or split, or both are one.
    """
    from partonomy.datasets import read_dataset

    if root is None:
        raise PartonomyError(f"--root is missing: where is {dataset}?")
    data = read_dataset(dataset, root)
    check_apart(train, test)
    if not data.splits:
        print(f"{dataset} has no splits: its pictures are halved by their names")
        return _halves(data)
    for option, split in (("--train", train), ("--test", test)):
        if split not in data.splits:
            known = ", ".join(data.splits)
            raise PartonomyError(f"{option} {split}: {dataset} has {known}")
    return data.of_split(train), data.of_split(test)


def _halves(data: DataSet) -> tuple[DataSet, DataSet]:
    """Two halves that do not depend on which other pictures there are."""
    odd = [crc32(item.name.encode()) % 2 == 1 for item in data.items]
    first, second = (
        replace(
            data, items=tuple(i for i, each in zip(data.items, odd, strict=True) if each == half)
        )
        for half in (False, True)
    )
    return first, second


def check_apart(train: str, test: str) -> None:
    """See that two splits are not one.

    Raises:
        PartonomyError: they are.
    """
    if train == test:
        raise PartonomyError(f"--test {test}: choose another split than --train")
