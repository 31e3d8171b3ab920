"""Colours: materials as ranges of hue, saturation and value."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from partonomy.datasets.partworld.fields import Field

Colours = NDArray[np.float64]
"""(3,) or (..., 3): sRGB from 0 to 1."""
Range = tuple[tuple[float, float, float], tuple[float, float, float]]
"""The lowest and the highest hue (degrees), saturation and value of a material."""

LEAVES: Range = (72, 0.3, 0.34), (125, 0.6, 0.64)
AUTUMN: Range = (15, 0.55, 0.45), (50, 0.8, 0.8)
CONIFERS: Range = (100, 0.2, 0.2), (165, 0.45, 0.4)
BLOSSOM: Range = (280, 0.25, 0.7), (410, 0.8, 0.95)
BARK: Range = (18, 0.15, 0.22), (35, 0.4, 0.42)
LAWN: Range = (70, 0.4, 0.5), (100, 0.6, 0.72)
STRAW: Range = (48, 0.3, 0.55), (68, 0.5, 0.72)
MOSS: Range = (88, 0.3, 0.42), (125, 0.5, 0.62)
EARTH: Range = (22, 0.25, 0.42), (38, 0.5, 0.7)
SAND: Range = (28, 0.25, 0.65), (44, 0.5, 0.9)
STONE: Range = (20, 0.03, 0.35), (50, 0.2, 0.68)
ROCK: Range = (200, 0.05, 0.3), (390, 0.25, 0.5)
SNOW: Range = (200, 0.03, 0.8), (225, 0.12, 0.9)
WATER: Range = (170, 0.35, 0.38), (215, 0.65, 0.7)
WOOD: Range = (18, 0.3, 0.42), (36, 0.6, 0.82)
PLASTER: Range = (15, 0.05, 0.6), (60, 0.35, 0.9)
BRICK: Range = (5, 0.3, 0.4), (24, 0.6, 0.65)
ASPHALT: Range = (200, 0.02, 0.38), (260, 0.1, 0.62)
METAL: Range = (190, 0.03, 0.2), (240, 0.2, 0.75)
FABRIC: Range = (0, 0.05, 0.4), (360, 0.35, 0.85)

RED: Range = (0, 0.6, 0.5), (14, 0.85, 0.8)
ORANGE: Range = (14, 0.5, 0.6), (30, 0.8, 0.85)
YELLOW: Range = (38, 0.5, 0.7), (50, 0.85, 0.92)
GREEN: Range = (80, 0.25, 0.4), (140, 0.5, 0.65)
TEAL: Range = (165, 0.3, 0.4), (190, 0.6, 0.7)
BLUE: Range = (205, 0.4, 0.4), (225, 0.75, 0.75)
PLUM: Range = (270, 0.2, 0.35), (330, 0.45, 0.6)
WHITE: Range = (20, 0.03, 0.8), (50, 0.18, 0.95)
BLACK: Range = (20, 0.1, 0.15), (260, 0.3, 0.3)
BROWN: Range = (20, 0.3, 0.35), (36, 0.6, 0.65)

MEADOWS = (LAWN, STRAW, MOSS)
PAINTS = (RED, ORANGE, YELLOW, GREEN, TEAL, BLUE, PLUM, WHITE, BLACK, BROWN)
PAPERS: tuple[Range, ...] = (
    ((20, 0.1, 0.6), (50, 0.35, 0.88)),
    ((70, 0.12, 0.45), (160, 0.32, 0.8)),
    ((180, 0.12, 0.35), (225, 0.45, 0.8)),
    ((340, 0.1, 0.45), (375, 0.4, 0.8)),
    ((0, 0.02, 0.45), (360, 0.1, 0.9)),
    ((260, 0.1, 0.4), (320, 0.3, 0.7)),
)
LAMPLIGHT = np.array([1.0, 0.8, 0.45])

_ENTRIES = 256
_PLACES = np.arange(_ENTRIES) / (_ENTRIES - 1)
_THIRDS = np.array([5, 3, 1])


def rgb(hsv: ArrayLike) -> Colours:
    """(..., 3) hues (degrees, any turn), saturations and values to sRGB."""
    given = np.asarray(hsv, np.float64)
    value = given[..., 2:]
    place = (_THIRDS + given[..., :1] / 60) % 6
    share = np.minimum(np.minimum(place, 4 - place), 1)
    return value - value * given[..., 1:2] * np.maximum(share, 0)


def gradient(field: Field, stops: Colours) -> Field:
    """The colours (rows, columns, 3) of a field that goes from 0 to 1 through (n, 3) stops."""
    marks = np.arange(len(stops)) / (len(stops) - 1)
    table = np.stack([np.interp(_PLACES, marks, channel) for channel in stops.T], axis=1)
    index = field * (_ENTRIES - 1)
    index += 0.5
    entry = index.clip(0, _ENTRIES - 1, out=index).astype(np.uint8)
    return cv2.LUT(cv2.merge([entry] * 3), table[None])


def between(one: ArrayLike, other: ArrayLike, share: ArrayLike) -> Colours:
    """Colours so far on the way from one to another; ``share`` is a number or (n,)."""
    weight = np.asarray(share, np.float64)[..., None]
    start: Colours = np.asarray(one, np.float64)
    return start + weight * (np.asarray(other) - start)
