"""Which formats there are: one decorator, one dictionary.

A new format is one file in ``formats/`` with one decorated function.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from partonomy.errors import PartonomyError
from partonomy.export import formats
from partonomy.export.collection import LabelledPictures

Exporter = Callable[[LabelledPictures, Path], str]
"""Writes pictures into an empty folder; gives one sentence on how to import what it wrote.

The folder is moved when it is whole, to another name in the same place.
"""

ALL = "all"

_EXPORTERS: dict[str, Exporter] = {}


def exporter(name: str) -> Callable[[Exporter], Exporter]:
    """Register a function as the exporter of a format."""

    def register(function: Exporter) -> Exporter:
        _EXPORTERS[name] = function
        return function

    return register


def exporters() -> Mapping[str, Exporter]:
    """Every format's exporter, by the format's name, in the order of the names."""
    for module in pkgutil.iter_modules(formats.__path__):
        importlib.import_module(f"{formats.__name__}.{module.name}")
    return dict(sorted(_EXPORTERS.items()))


def chosen_formats(names: Iterable[str]) -> list[str]:
    """The formats that were asked for, each once; ``all`` stands for all of them.

    Raises:
        PartonomyError: a name is no format, or there is none.
    """
    known = list(exporters())
    chosen: dict[str, None] = {}
    for name in names:
        if name != ALL and name not in known:
            raise PartonomyError(f"--format {name}: choose from {', '.join(known)}, {ALL}")
        chosen.update(dict.fromkeys(known if name == ALL else [name]))
    if not chosen:
        raise PartonomyError(f"--format is missing: choose from {', '.join(known)}, {ALL}")
    return list(chosen)
