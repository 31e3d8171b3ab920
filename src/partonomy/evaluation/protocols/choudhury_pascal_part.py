"""PASCAL-Part after arXiv 2111.06349, one class at a time.

Sources: the paper, section 4 and table 4, and its dataset code. The code that made the table was
never released; what it leaves open is taken from the same paper's DeepFashion evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.evaluation.protocol import Protocol, Published, Record, Seen, protocol
from partonomy.evaluation.regions import Labels, inside
from partonomy.evaluation.scores import agreement, stacked
from partonomy.evaluation.views import WHITE, View, framed, square_around
from partonomy.metrics import Interval, contingency

SIDE = 256
MARGIN = 0.05
LEAST_SHARE = 0.2
"""Of the picture that an object's box must cover."""


@protocol
class ChoudhuryPascalPart(Protocol):
    """Records: ``whole`` (T + 1, K + 1) table of all chosen objects of a picture."""

    name = "choudhury2021/pascal-part"
    version = 1
    title = "objects of one class, pixel by pixel (arXiv 2111.06349)"
    rules = f"""\
Objects of one class whose box covers more than {LEAST_SHARE:.0%} of the picture, each cut out by \
its box with {MARGIN:.0%} on each side, made square, {SIDE} pixels, white beyond the picture. \
Pixels are compared, in one table of all objects: the parts' names without their numbers, of parts \
that overlap the one that the file names first, and background; found, K parts and background, \
which is all that lies beyond the picture. How the published table was made was never released: \
region and background are those of the same paper's DeepFashion evaluation."""
    split = "validation"
    published = Published(("pascal-part-raw",), "validation")

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        return [
            framed([each], square_around(each.size, each.box, MARGIN, SIDE), WHITE)
            for each in objects
            if each.box is not None and _share(each) > LEAST_SHARE
        ]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        return {"whole": np.sum([_table(each) for each in seen], axis=0)}

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        return agreement(stacked(test, "whole"), background=True)


def _share(each: Annotation) -> float:
    assert each.box is not None
    x0, y0, x1, y1 = each.box
    return (x1 - x0) * (y1 - y0) / (each.size[0] * each.size[1])


def _table(seen: Seen) -> NDArray[np.int64]:
    (only,) = seen.objects
    found = seen.maps.labels()
    found[~inside(seen.placement)] = 0
    shape = (len(only.schema.names) + 1, len(seen.maps.scores) + 1)
    return contingency(_labels(only), found, shape)


def _labels(only: Annotation) -> Labels:
    """(height, width); of parts that overlap, the one named first is seen."""
    labels = np.zeros(only.size, np.uint8)
    for part in reversed(only.parts):
        if part.mask is not None:
            labels[part.mask] = only.schema.label(part.name)
    return labels
