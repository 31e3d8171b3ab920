"""What a benchmark is to run: a TOML file."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from partonomy.benchmark.methods import METHODS
from partonomy.errors import PartonomyError
from partonomy.evaluation import all_protocols

_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Network(_Part):
    """A network, and how it is looked at.

    Attributes:
        title: for the page.
        backbone: as for ``--backbone``.
        layers: the recommended ones if not given.
        weights: as for ``--weights``; variables of the environment are filled in.
        size: short side of its input, in pixels.
        mean, std: of RGB in 0..1, for all three, where they are not the network's own.
    """

    title: str
    backbone: str
    layers: tuple[str, ...] | None = None
    weights: str | None = None
    size: int = Field(448, ge=1)
    mean: float | None = None
    std: float | None = None


class World(_Part):
    """Rendered pictures, see :class:`partonomy.datasets.partworld.PartWorld`."""

    pictures: int = Field(ge=1)
    classes: tuple[str, ...] = ()
    size: int = 128
    occlusion: int = 0
    seed: int = 0
    split: str = "test"


class Data(_Part):
    """Pictures with truth, and how parts are scored on them.

    Attributes:
        title: for the page.
        dataset: as ``partonomy datasets`` lists it.
        root: its folder; variables of the environment are filled in.
        world: instead of both, pictures that are rendered.
        protocol: as ``partonomy protocols`` lists it.
        fit: the split that parts are found in; all pictures if not given.
        score: the split that they are scored on; the protocol's, or all pictures, if not given.
        class_name: (``class``) of the objects; ``each`` for all, one after another, whose mean
            the page has.
        foreground: what says what is object, for all methods alike: ``auto`` (learned without
            labels) or ``truth``.
        parts: how many are looked for; ``true`` is as many as the class has; the plan's if not
            given.
    """

    title: str
    dataset: str = "coco"
    root: str | None = None
    world: World | None = None
    protocol: str
    fit: str | None = None
    score: str | None = None
    class_name: str | None = Field(None, alias="class")
    foreground: Literal["auto", "truth"] = "auto"
    parts: tuple[int, ...] | Literal["true"] | None = None

    @field_validator("protocol")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in all_protocols():
            raise ValueError(f"choose from {', '.join(all_protocols())}")
        return name


class Plan(_Part):
    """The whole of it.

    Attributes:
        title: for the page.
        seeds: of everything random.
        parts: how many are looked for.
        methods: of ``METHODS``.
        networks: (``network``)
        data: (``data``)
    """

    title: str = "Benchmark"
    seeds: tuple[int, ...] = (0, 1, 2)
    parts: tuple[int, ...] = (8,)
    methods: tuple[str, ...] = tuple(METHODS)
    networks: tuple[Network, ...] = Field(alias="network", min_length=1)
    data: tuple[Data, ...] = Field(min_length=1)

    @field_validator("methods")
    @classmethod
    def _methods(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in METHODS]
        if unknown or not names:
            raise ValueError(f"choose from {', '.join(METHODS)}")
        return names

    @field_validator("networks", "data")
    @classmethod
    def _told_apart(cls, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        titles = [part.title for part in parts]
        if len(set(titles)) < len(titles):
            raise ValueError("titles must differ")
        return parts


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        PartonomyError: it cannot be read, is no TOML, or asks for what there is not.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PartonomyError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise PartonomyError(f"{path} is no TOML: {error}") from None
    try:
        plan = Plan.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(each) for each in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise PartonomyError(f"{path}, {where}: {reason}") from None
    for data in plan.data:
        if (data.root is None) == (data.world is None):
            raise PartonomyError(f"{path}, data {data.title!r}: give either root or world")
    return plan


def filled_in(text: str) -> str:
    """A path with the variables of the environment in it.

    Raises:
        PartonomyError: one of them is not set.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in os.environ:
            raise PartonomyError(f"{text}: the environment has no {name}")
        return os.environ[name]

    return _VARIABLE.sub(value, text)
