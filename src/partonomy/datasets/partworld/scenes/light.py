"""The light that falls on a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from partonomy.datasets.partworld.chance import either_side, one_of, within
from partonomy.datasets.partworld.outlines import Points, at
from partonomy.datasets.partworld.scenes.palette import Colours, Range, rgb

_SHADES = np.array([-1.0, -0.35, 0.3, 1.0])
_STEPS = _SHADES[:, None] * (0, -0.2, 0.42)
_TURNED = 10 * _SHADES


@dataclass(frozen=True)
class Light:
    """The time of day and the weather.

    Attributes:
        zenith: the sky's colour above.
        haze: the colour at the horizon, that far things fade into.
        cast: what it makes of white.
        sun: the direction (2,) that it comes from.
    """

    zenith: Colours
    haze: Colours
    cast: Colours
    sun: Points

    @property
    def side(self) -> float:
        """-1 if it comes from the left, 1 if from the right."""
        return float(np.sign(self.sun[0]))

    @property
    def dark(self) -> bool:
        """Whether lamps are lit."""
        return bool(self.cast[0] < 0.75)

    def tones(self, random: Generator, material: Range, count: int) -> Colours:
        """(count, 3) colours of a material in this light."""
        return rgb(within(random, *material, size=(count, 3))) * self.cast

    def tone(self, random: Generator, material: Range) -> Colours:
        """(3,), one of them."""
        return self.tones(random, material, 1)[0]

    def shades(self, random: Generator, material: Range, contrast: float = 1.0) -> Colours:
        """(4, 3): one piece of the material from its shadows, cooler, to where the sun meets it."""
        return self.shaded(within(random, *material), contrast)

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
        (0.66, 0.58, 0.64),
    ),
    "night": (
        ((218, 0.5, 0.1), (238, 0.72, 0.22)),
        ((208, 0.35, 0.25), (235, 0.55, 0.42)),
        (0.34, 0.4, 0.52),
    ),
}
"""Of a time of day or a weather: the zenith, the haze, and what it makes of white."""

DAY = ("noon", "noon", "noon", "morning", "morning", "overcast", "evening", "storm", "dusk")


def outdoors(random: Generator, times: tuple[str, ...] = DAY) -> Light:
    """The light at one of some times of day."""
    zenith, haze, cast = _SKIES[one_of(random, times)]
    above, far = rgb(within(random, *zenith)), rgb(within(random, *haze))
    return Light(above, far, np.array(cast), _sun(random))


def indoors(random: Generator) -> Light:
    """The light of a window or of a lamp, strong or faint."""
    warm, strong = within(random, (-0.7, 0.72), (1.0, 1.08))
    cast = strong * np.array([1 + 0.08 * warm, 1.0, 1 - 0.16 * warm])
    return Light(np.full(3, 0.9), np.full(3, 0.8), cast, _sun(random))


def under_water(random: Generator) -> Light:
    """What is left of daylight: the zenith is the water's colour near its surface."""
    shallow = rgb(within(random, (165, 0.3, 0.65), (200, 0.6, 0.92)))
    deep = rgb(within(random, (185, 0.6, 0.12), (222, 0.85, 0.42)))
    cast, haze = 0.75 + 0.25 * deep, 0.55 * deep + 0.45 * shallow
    return Light(shallow, haze, cast, at(random.uniform(-0.6, 0.6), -0.8))


def _sun(random: Generator) -> Points:
    angle = either_side(random) * random.uniform(0.3, 1.2)
    return at(np.sin(angle), -np.cos(angle))
