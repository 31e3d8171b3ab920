"""What a benchmark is to run: a TOML file."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from partonomy.benchmark.methods import METHODS, OURS, first_of
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


class Row(_Part):
    """A method with options.

    Attributes:
        title: for the page.
        method: of ``METHODS``.
        options: of the method, by name.
    """

    title: str
    method: str
    options: dict[str, Any] = {}

    @field_validator("method")
    @classmethod
    def _known(cls, name: str, info: ValidationInfo) -> str:
        _check_methods([name])
        title = info.data.get("title")
        if title in METHODS and title != name:
            raise ValueError(f"its title, {title}, is the name of another method")
        return name

    @field_validator("options")
    @classmethod
    def _checked(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        name = info.data.get("method")
        return options if name is None else dict(METHODS[name].checked(name, options))


class Plan(_Part):
    """The whole of it.

    Attributes:
        title: for the page.
        seeds: of everything random.
        parts: how many are looked for.
        methods: of ``METHODS``, as they are.
        with_options: (``method``) likewise, with options.
        networks: (``network``)
        data: (``data``)
    """

    title: str = "Benchmark"
    seeds: tuple[int, ...] = (0, 1, 2)
    parts: tuple[int, ...] = (8,)
    methods: tuple[str, ...] = ()
    with_options: tuple[Row, ...] = Field((), alias="method")
    networks: tuple[Network, ...] = Field(alias="network", min_length=1)
    data: tuple[Data, ...] = Field(min_length=1)

    @field_validator("methods")
    @classmethod
    def _methods(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        _check_methods(names)
        _check_titles(names)
        return names

    @field_validator("with_options")
    @classmethod
    def _rows(cls, rows: tuple[Row, ...], info: ValidationInfo) -> tuple[Row, ...]:
        _check_titles([*info.data.get("methods", ()), *(row.title for row in rows)])
        return rows

    @field_validator("networks", "data")
    @classmethod
    def _told_apart(cls, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        _check_titles([part.title for part in parts])
        return parts

    @property
    def rows(self) -> tuple[Row, ...]:
        """The methods, those without options first; all of ``METHODS`` if none is asked for."""
        names = self.methods if self.methods or self.with_options else tuple(METHODS)
        return (*(Row(title=name, method=name) for name in names), *self.with_options)

    @property
    def ours(self) -> str:
        """Title of the row that the others are held against: partonomy's, or else the first."""
        titles = [row.title for row in self.rows]
        return OURS if OURS in titles else titles[0]


def _check_methods(names: Sequence[str]) -> None:
    if not names or not set(names) <= METHODS.keys():
        raise ValueError(f"choose from {', '.join(METHODS)}")


def _check_titles(titles: Sequence[str]) -> None:
    if len(set(titles)) < len(titles):
        raise ValueError("titles must differ")


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
        raise PartonomyError(f"{path}, {first_of(error)}") from None
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
