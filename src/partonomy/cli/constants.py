"""A recipe's constants by name, as ``--set NAME=VALUE`` gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    Recipe = TypeVar("Recipe", bound=BaseModel)

OPTIONS = {
    "n_parts": "--parts",
    "steps": "--steps",
    "seed": "--seed",
    "perceptual": "--perceptual",
    "framing.size": "--size",
}
"""Constants that have options of their own."""


def constants(options: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    """Constants as a recipe takes them: those of one within another in a table of their own.

    Args:
        options: values of options by the constant's name, dots between nested names; None is left
            out.
        texts: of ``--set``, which come after; values are JSON, or else text.

    Raises:
        PartonomyError: a text has no name and value, or a name stands for a value and a table.
    """
    found: dict[str, Any] = {}
    for name, value in options.items():
        if value is not None:
            _put(found, name, value)
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign):
            raise PartonomyError(f"--set {text}: give NAME=VALUE")
        _put(found, name.strip(), _value(value.strip()))
    return found


def made(recipe: type[Recipe], changes: Mapping[str, Any]) -> Recipe:
    """A recipe with some constants changed.

    Raises:
        PartonomyError: it has no such constant, or a value is out of its range.
    """
    from pydantic import ValidationError

    try:
        return recipe(**changes)
    except ValidationError as error:
        raise PartonomyError(_in_words(recipe, error)) from None


def _put(table: dict[str, Any], name: str, value: Any) -> None:
    *outer, last = name.split(".")
    for each in outer:
        table = table.setdefault(each, {})
        if not isinstance(table, dict):
            raise PartonomyError(f"--set {name}: {each} was given a value of its own before")
    table[last] = value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _in_words(recipe: type[BaseModel], error: ValidationError) -> str:
    """The first error, by the option that caused it."""
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    option = OPTIONS.get(name, f"--set {name}".strip())
    if first["type"] != "extra_forbidden":
        return f"{option}: {first['msg'].removeprefix('Value error, ')}"
    table: Any = recipe
    for outer in first["loc"][:-1]:
        table = table.model_fields[outer].annotation
    return f"{option}: there is no such constant: choose from {', '.join(table.model_fields)}"
