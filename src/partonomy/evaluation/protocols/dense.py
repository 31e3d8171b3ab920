"""Every pixel of the true object, on a grid of equal steps: ours, for data with part masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.evaluation.protocol import Measure, Table, protocol
from partonomy.metrics import (
    adjusted_rand_index,
    contingency,
    normalised_mutual_information,
)
from partonomy.parts import PartMaps

GRID = 128
"""Steps of each side of a picture, so that every picture counts alike."""
FOREGROUND, WHOLE = 0, 1
"""What the two tables of a picture are of."""


def _foreground(score: Measure) -> Measure:
    return Measure(lambda table: score.score(table[FOREGROUND]), score.interval)


def _whole(score: Measure) -> Measure:
    return Measure(lambda table: score.score(table[WHOLE]), score.interval)


def _overlap(table: Table) -> float:
    """Intersection over union of what is part of anything, found and true."""
    both = table[1:, 1:].sum()
    either = table.sum() - table[0, 0]
    return float(both / either) if either else 1.0


NMI = Measure(normalised_mutual_information, "basic")
ARI = Measure(adjusted_rand_index, "basic")

RULES = f"""\
Truth and parts are compared at the centres of {GRID} x {GRID} equal steps of each picture, in one \
table of all pictures. FG-NMI and FG-ARI: only where there is truly a part, and there the best of \
the K parts, whatever the model takes for background. NMI and ARI: everywhere, background being a \
label of both. Foreground IoU: of any part, found and true, over all pictures' steps together."""


@protocol(
    "dense/foreground",
    1,
    RULES,
    {
        "FG-NMI": _foreground(NMI),
        "FG-ARI": _foreground(ARI),
        "NMI": _whole(NMI),
        "ARI": _whole(ARI),
        "foreground IoU": _whole(Measure(_overlap, "percentile")),
    },
)
def dense(annotations: Sequence[Annotation], maps: PartMaps) -> Table:
    """(2, T + 1, K + 1) how often true and found labels meet, in the foreground and everywhere."""
    shape = (len(annotations[0].schema.names) + 1, len(maps.scores) + 1)
    truth = at_steps(_labels(annotations))
    found = maps.labels((GRID, GRID))
    best = replace(maps, foreground=None, objectness=None).labels((GRID, GRID))
    inside = contingency(truth, best, shape)
    inside[0] = 0
    return np.stack([inside, contingency(truth, found, shape)])


def at_steps(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(GRID, GRID) of a label map (height, width), at the centres of equal steps."""
    rows, columns = (((np.arange(GRID) + 0.5) * side / GRID).astype(int) for side in labels.shape)
    return labels[np.ix_(rows, columns)]


def _labels(annotations: Sequence[Annotation]) -> NDArray[np.uint8]:
    """(height, width) of all objects; of two, the later one."""
    labels = annotations[0].labels()
    for each in annotations[1:]:
        more = each.labels()
        labels = np.where(more > 0, more, labels)
    return labels
