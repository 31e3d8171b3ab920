"""Figures laid into a picture: turned, mirrored, foreshortened, scaled and shifted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.figures import Figure
from partonomy.datasets.partworld.outlines import Shape, at, bounds, moved, turn

FORESHORTENED = 0.8
"""Width or height of what is seen most askew, relative to what is seen straight on."""
FILL = 0.5, 0.92
"""The figure's longer side, relative to the picture's."""


def placed(figure: Figure, shapes: list[Shape], random: Generator, size: int) -> list[Shape]:
    """Shapes in the picture's pixels (centres at +0.5), whole within it.

    In the mirror, left parts are called right ones.
    """
    tilt = random.uniform(-figure.lean, figure.lean)
    askew = random.uniform(FORESHORTENED, 1, size=2)
    if random.random() < 0.5:
        shapes = [replace(shape, part=figure.schema.mirror(shape.part)) for shape in shapes]
        askew = askew * (-1, 1)
    middle = at(0, 0)
    corners = np.concatenate([outline for shape in shapes for outline in shape.outlines])
    corners = turn(corners * askew, tilt, middle)
    low, high = bounds(corners)
    scale = random.uniform(*FILL) * size / (high - low).max()
    corner = random.uniform(0.02, 0.98, size=2) * (size - scale * (high - low)) - low * scale
    return moved(shapes, lambda points: turn(points * askew, tilt, middle) * scale + corner)
