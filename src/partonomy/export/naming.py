"""What parts are called: a run's own names, or those that a person gave them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.errors import PartonomyError
from partonomy.parts import Run

BACKGROUND = "background"


@dataclass(frozen=True)
class Categories:
    """How a run's labels become categories.

    Attributes:
        names: of categories 1..K.
        table: (parts + 1,) uint8: the category of each of the run's labels, 0 for the background.
    """

    names: tuple[str, ...]
    table: NDArray[np.uint8]


def part_names(run: Run) -> list[str]:
    """Names of a run's labels 1..K.

    Raises:
        PartonomyError: the run did not finish, or is damaged.
    """
    if run.file.kind == "discover":
        return [str(row["name"]) for row in run.read_table("parts")]
    return [str(name) for name in run.file.config["part_names"]]


def categories(names: Sequence[str], rename: Mapping[str, Any], source: str) -> Categories:
    """Categories from part names and what some of them are to be called instead.

    Parts of the same name become one category; a part with an empty name, background.

    Args:
        names: of the run's labels 1..K.
        rename: new name by old name.
        source: what to call ``rename`` in an error.

    Raises:
        PartonomyError: a part is unknown, a name is no name, or no part is left.
    """
    for old in rename:
        if old not in names:
            raise PartonomyError(f"{source}: there is no part {old!r}; the run has {_range(names)}")
    called = [_name(rename.get(name, name), name, source) for name in names]
    kept = tuple(dict.fromkeys(name for name in called if name))
    if not kept:
        raise PartonomyError(f"{source}: every part has an empty name, so that none is left")
    table = [0, *(kept.index(name) + 1 if name else 0 for name in called)]
    return Categories(kept, np.array(table, np.uint8))


def read_names(path: Path) -> dict[str, Any]:
    """A file of lines ``part_01 = "wheel"``.

    Raises:
        PartonomyError: it cannot be read or is not TOML.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise PartonomyError(f"--rename {path}: {error.strerror or error}") from None
    except ValueError as error:  # damaged TOML, or not UTF-8
        raise PartonomyError(f"--rename {path} is damaged: {error}") from None


def _name(name: Any, part: str, source: str) -> str:
    if not isinstance(name, str):
        raise PartonomyError(f'{source}: {part} must be a text such as "wheel", not {name!r}')
    stripped = name.strip()
    if not all(character.isprintable() for character in stripped):
        raise PartonomyError(f"{source}: {part} = {name!r} must be one line of visible characters")
    if stripped.lower() == BACKGROUND:
        raise PartonomyError(f'{source}: to leave {part} out, give it an empty name: {part} = ""')
    return stripped


def _range(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
