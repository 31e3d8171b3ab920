"""The kinds of things that lie, stand and hang about: one decorator to be known by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from partonomy.datasets.partworld.chance import one_of, within
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes.stage import Stage

Put = Callable[[Stage, Points, float], None]
"""Paints one onto a stage, over its foot or, if it hangs or flies, around a point, so high."""


@dataclass(frozen=True)
class Prop:
    """A kind of thing, none of PartWorld's classes, though some of their parts look alike.

    Attributes:
        put: paints one.
        heights: the least and the greatest, for one at the picture's lower border.
        stands: on the ground; others are anywhere.
    """

    put: Put
    heights: tuple[float, float]
    stands: bool


PROPS: dict[str, list[Prop]] = {}
"""What suits each kind of surroundings."""


def prop(low: float, high: float, *where: str, stands: bool = True) -> Callable[[Put], Put]:
    """Make a kind of thing of the function that paints one, and say where such things are."""

    def register(put: Put) -> Put:
        for surroundings in where:
            PROPS.setdefault(surroundings, []).append(Prop(put, (low, high), stands))
        return put

    return register


def scatter(stage: Stage, count: int) -> None:
    """Put so many things that suit a scene anywhere in it."""
    random = stage.random
    suited = [each for surroundings in stage.props for each in PROPS[surroundings]]
    feet = stage.feet(random.uniform(0, 1.15, size=count))
    aloft = within(random, (-0.1, -0.1, 0.3), (1.1, 1.1, 1.2), size=(count, 3))
    for foot, (x, y, size) in zip(feet, aloft, strict=True):
        each = one_of(random, suited)
        tall = random.uniform(*each.heights)
        if each.stands:
            tall *= stage.near * stage.scale(foot)
            stage.stand(foot, partial(each.put, stage, foot, tall))
        else:
            stage.stand(foot, partial(each.put, stage, at(x, y), tall * float(size)))
