"""Every pixel of the true object, on a grid of equal steps: ours, for data with part masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.evaluation.protocol import Protocol, Record, Seen, protocol
from partonomy.evaluation.regions import best_parts, foreground_table, labels_of
from partonomy.evaluation.scores import agreement, share, stacked
from partonomy.evaluation.views import View, as_it_is
from partonomy.metrics import Interval, contingency

GRID = 128
"""Steps of each side of a picture, so that every picture counts alike."""


@protocol
class DenseForeground(Protocol):
    """Records: ``foreground`` and ``whole``, (T + 1, K + 1) how often true and found labels meet
    in the true foreground and everywhere.
    """

    name = "dense/foreground"
    version = 1
    title = "parts in every pixel of the object; ours"
    rules = f"""\
Truth and parts are compared at the centres of {GRID} x {GRID} equal steps of each picture, in one \
table of all pictures. FG-NMI and FG-ARI: only where there is truly a part, and there the best of \
the K parts, whatever the model takes for background. NMI and ARI: everywhere, background being a \
label of both. Foreground IoU: of any part, found and true, over all pictures' steps together."""

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        return [as_it_is(objects)]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        (only,) = seen
        maps = only.maps
        shape = (len(only.objects[0].schema.names) + 1, len(maps.scores) + 1)
        truth = at_steps(labels_of(only.objects))
        best = best_parts(maps, (GRID, GRID))
        inside = foreground_table(truth, best, shape[0] - 1, shape[1] - 1)
        whole = contingency(truth, maps.labels((GRID, GRID)), shape)
        return {"foreground": inside, "whole": whole}

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        whole = stacked(test, "whole")
        both = whole[:, 1:, 1:].sum(axis=(1, 2))
        either = whole.sum(axis=(1, 2)) - whole[:, 0, 0]
        return {
            **agreement(stacked(test, "foreground"), "FG-"),
            **agreement(whole),
            "foreground IoU": share(both, either),
        }


def at_steps(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(GRID, GRID) of a label map (height, width), at the centres of equal steps."""
    rows, columns = (((np.arange(GRID) + 0.5) * side / GRID).astype(int) for side in labels.shape)
    return labels[np.ix_(rows, columns)]
