"""Figures laid into a picture: turned, mirrored, foreshortened, scaled and shifted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from partonomy.datasets.partworld.figures import Figure
from partonomy.datasets.partworld.outlines import Detail, Points, Shape, at, turn

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
    outlines = [piece for shape in shapes for piece in (shape.outline, *_details(shape))]
    corners = turn(np.concatenate(outlines) * askew, tilt, at(0, 0))
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = random.uniform(*FILL) * size / (high - low).max()
    corner = random.uniform(0.02, 0.98, size=2) * (size - scale * (high - low)) - low * scale
    # all corners at once: there are hundreds of outlines
    ends = np.cumsum([len(outline) for outline in outlines])
    laid = iter(map(slice, [0, *ends], ends))
    corners = corners * scale + corner
    return [
        replace(
            shape,
            outline=corners[next(laid)],
            details=tuple(Detail(detail.tone, corners[next(laid)]) for detail in shape.details),
            keypoint=None
            if shape.keypoint is None
            else turn(shape.keypoint * askew, tilt, at(0, 0)) * scale + corner,
        )
        for shape in shapes
    ]


def _details(shape: Shape) -> list[Points]:
    return [detail.outline for detail in shape.details]
