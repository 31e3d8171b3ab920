"""Colours: materials as ranges of hue, saturation and value, and the light that falls on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from partonomy.datasets.partworld.fields import Field
from partonomy.datasets.partworld.outlines import Points, at

Colours = NDArray[np.float64]
"""(3,) or (n, 3): sRGB from 0 to 1."""
Range = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The lowest and the highest hue (degrees), saturation and value of a material."""

LEAVES: Range = (75, 0.3, 0.25), (125, 0.6, 0.55)
MEADOWS: tuple[Range, ...] = (
    ((70, 0.4, 0.42), (100, 0.6, 0.62)),
    ((48, 0.3, 0.55), (68, 0.5, 0.72)),
    ((88, 0.3, 0.32), (125, 0.5, 0.5)),
)
AUTUMN: Range = (15, 0.55, 0.45), (50, 0.8, 0.8)
CONIFERS: Range = (100, 0.2, 0.16), (165, 0.45, 0.34)
BLOSSOM: Range = (280, 0.25, 0.7), (410, 0.8, 0.95)
BARK: Range = (18, 0.15, 0.22), (35, 0.4, 0.42)
EARTH: Range = (22, 0.25, 0.35), (38, 0.5, 0.6)
SAND: Range = (28, 0.25, 0.65), (44, 0.5, 0.9)
STONE: Range = (20, 0.03, 0.35), (50, 0.2, 0.68)
ROCK: Range = (200, 0.05, 0.3), (390, 0.25, 0.5)
SNOW: Range = (200, 0.03, 0.8), (225, 0.12, 0.9)
WATER: Range = (170, 0.35, 0.3), (215, 0.65, 0.6)
WOOD: Range = (18, 0.3, 0.35), (36, 0.6, 0.75)
PLASTER: Range = (15, 0.05, 0.6), (60, 0.35, 0.9)
PAPER: Range = (0, 0.05, 0.4), (360, 0.35, 0.85)
PAPERS: tuple[Range, ...] = (
    ((20, 0.1, 0.6), (50, 0.35, 0.88)),
    ((70, 0.12, 0.45), (160, 0.32, 0.8)),
    ((180, 0.12, 0.35), (225, 0.45, 0.8)),
    ((340, 0.1, 0.45), (375, 0.4, 0.8)),
    ((0, 0.02, 0.45), (360, 0.1, 0.9)),
    ((260, 0.1, 0.4), (320, 0.3, 0.7)),
)
BRICK: Range = (5, 0.3, 0.4), (24, 0.6, 0.65)
ASPHALT: Range = (200, 0.02, 0.3), (260, 0.1, 0.5)
METAL: Range = (190, 0.03, 0.2), (240, 0.2, 0.75)
PAINTS: tuple[Range, ...] = (
    ((0, 0.6, 0.5), (14, 0.85, 0.8)),
    ((14, 0.5, 0.6), (30, 0.8, 0.85)),
    ((38, 0.5, 0.7), (50, 0.85, 0.92)),
    ((80, 0.25, 0.4), (140, 0.5, 0.65)),
    ((165, 0.3, 0.4), (190, 0.6, 0.7)),
    ((205, 0.4, 0.4), (225, 0.75, 0.75)),
    ((270, 0.2, 0.35), (330, 0.45, 0.6)),
    ((20, 0.03, 0.8), (50, 0.18, 0.95)),
    ((20, 0.1, 0.15), (260, 0.3, 0.3)),
    ((20, 0.3, 0.35), (36, 0.6, 0.65)),
)

_ENTRIES = 256
_PLACES = np.linspace(0, 1, _ENTRIES)
_SHADES = np.array([-1.0, -0.35, 0.3, 1.0])
_STEPS = _SHADES[:, None] * (0, -0.2, 0.42)
_TURNED = 10 * _SHADES
_TURNS = np.array([5, 3, 1])


def rgb(hsv: ArrayLike) -> Colours:
    """(..., 3) hues (degrees, any turn), saturations and values to sRGB."""
    given = np.asarray(hsv, np.float64)
    value = given[..., 2:]
    place = (_TURNS + given[..., :1] / 60) % 6
    share = np.minimum(np.minimum(place, 4 - place), 1)
    return value - value * given[..., 1:2] * np.maximum(share, 0)


def gradient(field: Field, stops: ArrayLike) -> Field:
    """The colours (..., 3) at each place of a field that goes from 0 to 1 through (n, 3) stops."""
    knots = np.asarray(stops, np.float64)
    marks = np.arange(len(knots)) / (len(knots) - 1)
    table = np.stack([np.interp(_PLACES, marks, channel) for channel in knots.T], axis=1)
    index = field * (_ENTRIES - 1)
    index += 0.5
    colours: Field = np.take(table, index.astype(np.int64), axis=0, mode="clip")
    return colours


def between(one: ArrayLike, other: ArrayLike, share: ArrayLike) -> Colours:
    """Colours so far on the way from one to another; ``share`` is a number or (n,)."""
    weight = np.asarray(share, np.float64)[..., None]
    start: Colours = np.asarray(one, np.float64)
    return start + weight * (np.asarray(other) - start)


@dataclass(frozen=True)
class Light:
    """The time of day and the weather.

    Attributes:
        zenith: the sky's colour above; haze: at the horizon, what far things fade into.
        cast: what it makes of white.
        sun: the direction (2,) that it comes from.
    """

    zenith: Colours
    haze: Colours
    cast: Colours
    sun: Points

    def tones(self, random: Generator, material: Range, count: int) -> Colours:
        """(count, 3) colours of a material in this light."""
        return rgb(random.uniform(*material, size=(count, 3))) * self.cast

    def tone(self, random: Generator, material: Range) -> Colours:
        """(3,), one of them."""
        return self.tones(random, material, 1)[0]

    def shades(self, random: Generator, material: Range, contrast: float = 1.0) -> Colours:
        """(4, 3): one piece of the material from its shadows, cooler, to where the sun meets it."""
        return self.shaded(random.uniform(*material), contrast)

    def shaded(self, hsv: NDArray[np.float64], contrast: float = 1.0) -> Colours:
        """(..., 4, 3) the same of hues, saturations and values (..., 3)."""
        ramp = hsv[..., None, :] * (1 + contrast * _STEPS)
        # Light draws colours towards yellow.
        ramp[..., 0] += contrast * np.sign(60 - hsv[..., :1]) * _TURNED
        np.minimum(ramp[..., 1:], 1, out=ramp[..., 1:])
        return np.minimum(rgb(ramp) * self.cast, 1)


_SKIES: Mapping[str, tuple[Range, Range, tuple[float, float, float]]] = {
    "noon": (
        ((203, 0.45, 0.55), (218, 0.7, 0.82)),
        ((195, 0.08, 0.85), (212, 0.25, 0.96)),
        (1.05, 1.02, 0.96),
    ),
    "overcast": (
        ((200, 0.04, 0.5), (220, 0.14, 0.72)),
        ((195, 0.02, 0.74), (210, 0.07, 0.9)),
        (0.88, 0.92, 0.96),
    ),
    "evening": (
        ((208, 0.25, 0.42), (235, 0.5, 0.62)),
        ((22, 0.35, 0.82), (42, 0.6, 0.97)),
        (1.0, 0.84, 0.68),
    ),
    "morning": (
        ((200, 0.2, 0.62), (225, 0.4, 0.78)),
        ((12, 0.12, 0.85), (48, 0.28, 0.95)),
        (1.0, 0.95, 0.9),
    ),
    "storm": (
        ((205, 0.15, 0.25), (225, 0.3, 0.42)),
        ((190, 0.06, 0.55), (215, 0.16, 0.75)),
        (0.72, 0.77, 0.8),
    ),
    "dusk": (
        ((225, 0.4, 0.2), (250, 0.55, 0.38)),
        ((5, 0.35, 0.55), (32, 0.55, 0.82)),
        (0.58, 0.52, 0.6),
    ),
    "night": (
        ((220, 0.5, 0.07), (240, 0.75, 0.16)),
        ((210, 0.4, 0.2), (235, 0.6, 0.36)),
        (0.26, 0.32, 0.46),
    ),
}
DAY = ("noon", "noon", "overcast", "evening", "morning", "storm", "dusk")


def outdoors(random: Generator, times: tuple[str, ...] = DAY) -> Light:
    """The light at one of some times of day."""
    zenith, haze, cast = _SKIES[times[random.integers(len(times))]]
    return Light(_one(random, zenith), _one(random, haze), np.array(cast), _sun(random))


def indoors(random: Generator) -> Light:
    """The light of a window or of a lamp, strong or faint."""
    warm, strong = random.uniform((-0.7, 0.68), (1.0, 1.08))
    cast = strong * np.array([1 + 0.08 * warm, 1.0, 1 - 0.16 * warm])
    return Light(np.full(3, 0.9), np.full(3, 0.8), cast, _sun(random))


def _sun(random: Generator) -> Points:
    side, angle = random.uniform((-1, 0.3), (1, 1.2))
    return at(np.sign(side) * np.sin(angle), -np.cos(angle))


def _one(random: Generator, material: Range) -> Colours:
    return rgb(random.uniform(*material))
