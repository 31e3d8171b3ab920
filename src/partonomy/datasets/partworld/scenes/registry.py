"""The kinds of scenes: one decorator to be known by."""

from __future__ import annotations

from collections.abc import Callable

from numpy.random import Generator

from partonomy.datasets.partworld.scenes.stage import Stage

Paint = Callable[[Generator, int], Stage]
"""From random numbers and a side in pixels to a scene with nothing lying about yet."""

SCENES: dict[str, Paint] = {}


def scene(paint: Paint) -> Paint:
    """Make a kind of scene of the function that paints it, under the function's name."""
    SCENES[paint.__name__] = paint
    return paint
