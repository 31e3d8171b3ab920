"""Which data sets there are: one decorator, one dictionary.

A new data set is one file in ``readers/`` with one decorated function.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from partonomy.datasets import readers
from partonomy.datasets.reading import DataSet, Fault, Item, Problems, inside
from partonomy.errors import PartonomyError


@dataclass(frozen=True)
class Expected:
    """Files that a complete download has.

    Attributes:
        pattern: below the data set's folder, as of ``Path.glob``.
        what: what they are.
        count: how many there are at least; 1 where it is not known.
    """

    pattern: str
    what: str
    count: int = 1


@dataclass(frozen=True)
class Card:
    """What one must know of a data set before using it.

    Attributes:
        name: for ``--dataset``.
        title: its name and its paper.
        layout: what lies where.
        labels: the parts, and how labels are coded.
        licence: under which terms.
        obtain: how to get it.
        traps: what others fell into.
        expected: what a complete download has.
        pictures_elsewhere: pictures lie where the data set's files say, in its folder or not.
    """

    name: str
    title: str
    layout: str
    labels: str
    licence: str
    obtain: str
    traps: tuple[str, ...]
    expected: tuple[Expected, ...]
    pictures_elsewhere: bool = False


Reader = Callable[[Path, Problems], list[Item]]
"""Lists the pictures of a data set's folder; what is annotated is read later."""

_DATA_SETS: dict[str, tuple[Card, Reader]] = {}


def dataset(card: Card) -> Callable[[Reader], Reader]:
    """Register a function as the reader of a data set."""

    def register(function: Reader) -> Reader:
        _DATA_SETS[card.name] = (card, function)
        return function

    return register


def cards() -> Mapping[str, Card]:
    """Every data set's card, by name, in the order of the names."""
    return {name: card for name, (card, _) in _registered().items()}


def card_of(name: str) -> Card:
    """One data set's card.

    Raises:
        PartonomyError: there is no such data set.
    """
    return _named(name)[0]


def missing(name: str, root: str | Path) -> list[str]:
    """What a folder lacks of a data set, by listing it alone; nothing if it is complete.

    Raises:
        PartonomyError: there is no such data set, or no such folder.
    """
    card, folder = card_of(name), _folder(root)
    lacking = []
    for each in card.expected:
        found = sum(1 for _ in folder.glob(each.pattern))
        if found < each.count:
            lacking.append(f"{each.what}: {each.pattern} ({found} of {each.count})")
    return lacking


def read_dataset(name: str, root: str | Path) -> DataSet:
    """A data set in its official layout.

    Args:
        name: of the data set, one of :func:`cards`.
        root: its folder.

    Raises:
        PartonomyError: there is no such data set or folder, files are missing altogether, labels or
            identities in it cannot be trusted, or a picture's name leads out of the folder.
    """
    card, reader = _named(name)
    folder, problems = _folder(root), Problems()
    for each in card.expected:
        if next(folder.glob(each.pattern), None) is None:
            raise PartonomyError(
                f"--root {root}: {each.what} is missing ({each.pattern}); "
                f"`partonomy datasets check {name} {root}` lists what {name} needs"
            )
    items = reader(folder, problems)
    names = set()
    for item in items:
        if item.name in names:
            problems.stop(Fault.DUPLICATE, f"{name}, {item.name}")
        names.add(item.name)
        # here, for all readers: whoever takes an item may open its picture before its annotations
        if not card.pictures_elsewhere:
            inside(folder, str(item.path.absolute()), problems)
    return DataSet(card, folder, tuple(items), problems)


def _registered() -> dict[str, tuple[Card, Reader]]:
    for module in pkgutil.iter_modules(readers.__path__):
        importlib.import_module(f"{readers.__name__}.{module.name}")
    return dict(sorted(_DATA_SETS.items()))


def _named(name: str) -> tuple[Card, Reader]:
    known = _registered()
    if name not in known:
        raise PartonomyError(f"--dataset {name}: choose from {', '.join(known)}")
    return known[name]


def _folder(root: str | Path) -> Path:
    folder = Path(root)
    if not folder.is_dir():
        raise PartonomyError(f"--root {root}: no such folder")
    return folder
