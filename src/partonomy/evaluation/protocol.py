"""What a protocol is, and which there are: one decorator, one dictionary.

A protocol fixes everything that decides a number: region, size, background and aggregation. Its
version changes when any of that does. A new protocol is one file in ``protocols/``.

What it keeps of a picture is a table that adds up, so that numbers of shards are those of the
whole, and intervals need no picture twice.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.errors import PartonomyError
from partonomy.evaluation import protocols
from partonomy.parts import PartMaps

Table = NDArray[Any]
PictureTable = Callable[[Sequence[Annotation], PartMaps], Table]
"""What is kept of one picture: its objects, all of one class, and what was found in it."""


@dataclass(frozen=True)
class Measure:
    """A number of a protocol.

    Attributes:
        score: of the sum of all pictures' tables.
        interval: kind of its interval, see :func:`partonomy.metrics.bootstrap_interval`.
    """

    score: Callable[[Table], float]
    interval: Literal["basic", "percentile"]


@dataclass(frozen=True)
class Protocol:
    """How parts are scored.

    Attributes:
        name: for ``--protocol``.
        version: raised whenever a number may come out otherwise.
        rules: in plain words.
        measures: by name.
        table: of one picture.
    """

    name: str
    version: int
    rules: str
    measures: Mapping[str, Measure]
    table: PictureTable


_PROTOCOLS: dict[str, Protocol] = {}


def protocol(
    name: str, version: int, rules: str, measures: Mapping[str, Measure]
) -> Callable[[PictureTable], PictureTable]:
    """Register what a protocol keeps of a picture."""

    def register(function: PictureTable) -> PictureTable:
        _PROTOCOLS[name] = Protocol(name, version, rules, measures, function)
        return function

    return register


def all_protocols() -> Mapping[str, Protocol]:
    """Every protocol, by name, in the order of the names."""
    for module in pkgutil.iter_modules(protocols.__path__):
        importlib.import_module(f"{protocols.__name__}.{module.name}")
    return dict(sorted(_PROTOCOLS.items()))


def protocol_of(name: str) -> Protocol:
    """One protocol.

    Raises:
        PartonomyError: there is none of this name.
    """
    known = all_protocols()
    if name not in known:
        raise PartonomyError(f"--protocol {name}: choose from {', '.join(known)}")
    return known[name]
