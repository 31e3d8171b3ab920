"""What parts are made of: colours that go together, and patterns on them.

Materials are drawn anew for every picture and go to parts at random, so that no colour tells a
part; often several parts share one, as on animals.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld.fields import Box, Field, cloud, clouds, ramp, wave

Colour = NDArray[np.float64]
"""(3,) sRGB from 0 to 1."""

Ranges = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""Of hue, saturation and value."""

_EARTH = (0.03, 0.13)
_RANGES: tuple[Ranges, ...] = (
    (_EARTH, (0.2, 0.6), (0.25, 0.85)),  # fur
    ((0.0, 1.0), (0.55, 0.9), (0.45, 0.95)),  # lacquer
    ((0.0, 1.0), (0.15, 0.4), (0.75, 0.97)),  # pastel
    ((0.55, 0.65), (0.0, 0.12), (0.15, 0.95)),  # grey
    ((0.14, 0.42), (0.25, 0.65), (0.3, 0.8)),  # leafy
    ((0.45, 0.72), (0.25, 0.7), (0.3, 0.9)),  # cool
)
"""Kinds of palette."""
_SKIN = (0.04, 0.08), (0.25, 0.55), (0.4, 0.97)
_NATURAL = 0.8
"""How often skin is of its own colour; else anything goes, as on toys."""


@dataclass(frozen=True)
class Materials:
    """The materials of one picture's parts.

    Attributes:
        colours: (parts, 3) of each part.
        strengths: (patterns, parts) of each pattern on each part.
        box: of the picture, where they are to be seen.
        patterns: each (rows, columns) there, about -1 to 1.
        gloss: of the highlights, 0 for what is dull.
    """

    colours: Field
    strengths: Field
    box: Box
    patterns: tuple[Field, ...]
    gloss: float


def materials(
    random: Generator, parts: int, size: int, box: Box, skin: Sequence[int] = ()
) -> Materials:
    """Materials for so many parts in a box, some of which (their indices) may be of skin."""
    colours = np.array(_palette(random, 1 + int(random.integers(1, parts + 1))))
    worn = random.integers(0, len(colours), size=parts)
    tones = random.uniform(0.85, 1.15, size=(parts, 1))
    chosen = random.permutation(len(_PATTERNS))[:2]
    patterns = [_PATTERNS[index](random, size, box) for index in chosen]
    patterns.append(clouds(random, size, 16, 3, box=box))
    # below zero means none
    strengths = random.uniform(-0.25, 0.3, size=(len(patterns), parts)).clip(0)
    strengths[-1] = random.uniform(0.04, 0.14, size=parts)
    made = colours[worn] * tones
    if skin and random.random() < _NATURAL:
        made[list(skin)] = _colour(random, _SKIN, random.random()) * tones[list(skin)] ** 0.3
    gloss = max(0.0, random.uniform(-0.3, 0.5))
    return Materials(made.clip(0, 1), strengths, box, tuple(patterns), gloss)


def _palette(random: Generator, count: int) -> list[Colour]:
    """Colours of one kind, now and then the last of another; light and dark in turn."""
    kinds = random.integers(len(_RANGES), size=2)
    values = random.permutation((np.arange(count) + random.uniform(0, 1, size=count)) / count)
    accent = random.random() < 0.5
    return [
        _colour(random, _RANGES[kinds[int(accent and index == count - 1)]], value)
        for index, value in enumerate(values)
    ]


def _colour(random: Generator, ranges: Ranges, value: float) -> Colour:
    hues, saturations, values = ranges
    hue, saturation = random.uniform(*hues), random.uniform(*saturations)
    lightness = values[0] + (values[1] - values[0]) * value
    return np.array(colorsys.hsv_to_rgb(hue, saturation, lightness))


def _stripes(random: Generator, size: int, box: Box) -> Field:
    waves = np.pi * random.uniform(4, 16)
    across = ramp(size, random.uniform(0, 360), box)
    return np.sin(waves * across + 2 * cloud(random, size, 5, box=box))


def _checks(random: Generator, size: int, box: Box) -> Field:
    waves, angle = np.pi * random.uniform(4, 12), random.uniform(0, 90)
    across, down = (wave(size, angle + turn, waves, box) for turn in (0, 90))
    checks: Field = np.tanh(4 * across * down)
    return checks


def _spots(random: Generator, size: int, box: Box) -> Field:
    field = cloud(random, size, random.uniform(10, 26), box=box)
    spots: Field = np.tanh(8 * (field - random.uniform(0.1, 0.3)))
    return spots


def _shading(random: Generator, size: int, box: Box) -> Field:
    return ramp(size, random.uniform(0, 360), box)


_PATTERNS = (_stripes, _checks, _spots, _shading)
