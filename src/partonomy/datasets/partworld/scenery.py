"""The backgrounds of PartWorld: a scene, things that lie about in it, and a lens."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.chance import one_of, some, within
from partonomy.datasets.partworld.fields import Field, blurred, cloud, ramp, tinted
from partonomy.datasets.partworld.scenes import SCENES
from partonomy.datasets.partworld.scenes.props import scatter
from partonomy.errors import PartonomyError


def scenery(random: Generator, size: int, kind: str | None = None) -> Field:
    """A background (size, size, 3), sRGB from 0 to 1.

    The same random numbers give the same scene at any size, but for what pixels cannot show.

    Args:
        random: all that is left to chance is drawn from it.
        size: height and width in pixels, from 32.
        kind: of scene, one of ``SCENES``; by default any, each as likely.

    Raises:
        PartonomyError: there is no such kind.
    """
    name = one_of(random, list(SCENES)) if kind is None else kind
    if name not in SCENES:
        raise PartonomyError(f"unknown scene {name!r}; PartWorld has {', '.join(SCENES)}")
    stage = SCENES[name](random, size)
    scatter(stage, some(random, 4, 12))
    stage.perform()
    return _through_a_lens(random, stage.picture())


def _through_a_lens(random: Generator, picture: Field) -> Field:
    """More or less out of focus, contrasty or pale, in warm or cool light, with grain."""
    size = len(picture)
    low, high = (-1, 0.95, 0.38, -0.05, 0.01), (1, 1.25, 0.46, 0.25, 0.06)
    warm, contrast, grey, slope, grain = within(random, low, high)
    deviation = 0.03 * size * random.random() ** 5
    seen = blurred(picture, deviation) if deviation > 0.4 else picture
    tint = np.array([1 + 0.07 * warm, 1.0, 1 - 0.1 * warm])
    lit = seen.reshape(size, -1) * np.tile(contrast * tint, size)
    lit += np.tile((1 - contrast) * grey * tint, size)
    # As with a photographer's graduated filter the sky is mostly held back.
    shade = 1 + slope * ramp(size, random.uniform(45, 135))
    shade += grain * cloud(random, size, 90)
    lit *= tinted(shade).reshape(size, -1)
    return lit.clip(0, 1, out=lit).reshape(picture.shape)
