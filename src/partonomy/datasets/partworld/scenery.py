"""The backgrounds of PartWorld: a scene, things that lie about in it, and a lens."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.fields import Field, blurred, cloud, ramp
from partonomy.datasets.partworld.scenes import SCENES, Paint
from partonomy.datasets.partworld.scenes.props import scatter


def scenery(random: Generator, size: int) -> Field:
    """A picture (size, size, 3), sRGB from 0 to 1, of any kind of scene."""
    kinds = list(SCENES.values())
    return pictured(random, size, kinds[random.integers(len(kinds))])


def pictured(random: Generator, size: int, paint: Paint) -> Field:
    """A picture (size, size, 3) of one kind of scene."""
    stage = paint(random, size)
    scatter(stage, int(random.integers(4, 13)))
    return _through_a_lens(random, stage.picture())


def _through_a_lens(random: Generator, picture: Field) -> Field:
    """More or less out of focus, in warm or cool light, with grain."""
    size = len(picture)
    warm, strong, slope, grain = random.uniform((-1, 0.85, 0, 0.01), (1, 1.15, 0.12, 0.06))
    shade = strong + slope * ramp(size, random.uniform(0, 360))
    shade += grain * cloud(random, size, 90)
    deviation = 0.03 * size * random.random() ** 4
    seen = blurred(picture, deviation) if deviation > 0.4 else picture
    lit = seen.reshape(size, -1) * np.repeat(shade, 3, axis=1)
    lit *= np.tile([1 + 0.07 * warm, 1.0, 1 - 0.1 * warm], size)
    return lit.clip(0, 1, out=lit).reshape(picture.shape)
