"""What a protocol is, and which there are: one decorator, one dictionary.

A protocol fixes everything that decides a number: what the model is shown of a picture (crop and
size), region, background, what is fitted, and aggregation. Its version changes when any of that
does. A new protocol is one file in ``protocols/``.

What it keeps of a picture is a record, a few small arrays, so that shards put together give the
whole's numbers, and intervals need no picture twice.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.errors import PartonomyError
from partonomy.evaluation import protocols
from partonomy.evaluation.views import View
from partonomy.images import Placement
from partonomy.metrics import Interval
from partonomy.parts import PartMaps

Record = Mapping[str, NDArray[Any]]
"""What is kept of one picture, by name."""


@dataclass(frozen=True)
class Seen:
    """What a model saw in a view.

    Attributes:
        objects: what is annotated, in the view's frame.
        maps: what was found there.
        whole: what is annotated, in the picture.
        placement: how the picture was laid into the view.
    """

    objects: tuple[Annotation, ...]
    maps: PartMaps
    whole: tuple[Annotation, ...]
    placement: Placement


@dataclass(frozen=True)
class Published:
    """What published rows are of; a number is comparable to them on nothing else.

    Attributes:
        datasets: names of the data set.
        split: of it.
        pictures: how many were scored; None where it depends on the class, or is not known.
    """

    datasets: tuple[str, ...]
    split: str
    pictures: int | None = None


class Protocol(ABC):
    """How parts are scored; a subclass is one file.

    Attributes:
        name: for ``--protocol``.
        version: raised whenever a number may come out otherwise.
        title: what it scores, and whose it is, in a line.
        rules: in plain words.
        training: the split that something is fitted on before another is scored; None if nothing
            is.
        split: that is scored if none is asked for; None is all pictures.
        across_classes: whether objects of all classes count together.
        historical: measures that published numbers need and that have a better successor: why.
        published: what its published rows are of; None where there are none.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    title: ClassVar[str]
    rules: ClassVar[str]
    training: ClassVar[str | None] = None
    split: ClassVar[str | None] = None
    across_classes: ClassVar[bool] = False
    historical: ClassVar[Mapping[str, str]] = {}
    published: ClassVar[Published | None] = None

    @abstractmethod
    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        """What the model is to be shown of a picture; nothing leaves the picture out.

        Args:
            objects: what is annotated in it.
            fitting: whether it is a picture of the split that is fitted on.
        """

    @abstractmethod
    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        """What is kept of a picture.

        Args:
            seen: for each view, in order.
            fitting: as above.
        """

    @abstractmethod
    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        """Every measure, by name.

        Args:
            test: records of what is scored.
            training: records of what is fitted on, where the protocol does that.
        """


Kind = TypeVar("Kind", bound=type[Protocol])

_PROTOCOLS: dict[str, Protocol] = {}


def protocol(kind: Kind) -> Kind:
    """Register a protocol."""
    _PROTOCOLS[kind.name] = kind()
    return kind


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
