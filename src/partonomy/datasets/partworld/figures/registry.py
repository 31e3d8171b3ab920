"""The classes of PartWorld: one file a class, one decorator to be known by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps

from numpy.random import Generator

from partonomy.datasets.annotation import PartSchema
from partonomy.datasets.partworld.outlines import Shape
from partonomy.errors import PartonomyError

Draw = Callable[[Generator, str], list[Shape]]
"""From random numbers and a style to the shapes of one figure in a random pose, the rearmost first.

Coordinates are the figure's own, see :mod:`partonomy.datasets.partworld.outlines`. Figures that are
seen from the side look to the right; mirroring, turning and scaling come later.
"""

STANDING, ANYHOW = 14.0, 180.0
"""Degrees by which what stands may lean, and what flies, swims or crawls."""


@dataclass(frozen=True)
class Figure:
    """One class of PartWorld.

    Attributes:
        name: of the class.
        schema: its parts.
        styles: kinds within the class, each with a geometry of its own.
        draw: draws one; raises a :class:`PartonomyError` if there is no such style.
        lean: degrees by which it may lean to either side.
        skin: parts that are mostly of one colour, that of skin.
    """

    name: str
    schema: PartSchema
    styles: tuple[str, ...]
    draw: Draw
    lean: float = STANDING
    skin: tuple[str, ...] = ()

    @property
    def grounded(self) -> bool:
        """Whether it stands on something."""
        return self.lean < ANYHOW


FIGURES: dict[str, Figure] = {}


def figure(
    *,
    parts: Sequence[str],
    styles: Sequence[str],
    parents: Mapping[str, str] | None = None,
    mirrored: Mapping[str, str] | None = None,
    lean: float = STANDING,
    skin: Sequence[str] = (),
) -> Callable[[Draw], Draw]:
    """Make a class of the function that draws it, under the function's name.

    Args:
        parts: names in the order of their labels 1, 2, ...
        styles: names.
        parents: the wider part that a part belongs to.
        mirrored: what a part becomes in the mirror, one way round.
        lean, skin: see :class:`Figure`.
    """
    pairs = dict(mirrored or {})
    both = pairs | {after: before for before, after in pairs.items()}

    def register(draw: Draw) -> Draw:
        name = draw.__name__

        @wraps(draw)
        def checked(random: Generator, style: str) -> list[Shape]:
            if style not in styles:
                raise PartonomyError(
                    f"{name} has no style {style!r}: choose from {', '.join(styles)}"
                )
            return draw(random, style)

        schema = PartSchema(tuple(parts), dict(parents or {}), both)
        FIGURES[name] = Figure(name, schema, tuple(styles), checked, lean, tuple(skin))
        return checked

    return register
