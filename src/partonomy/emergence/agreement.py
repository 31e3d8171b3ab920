"""What filters fire on, told from annotated parts: labels of stimuli, and the six-of-ten rule.

A stimulus is on the part that most of its region lies on. Its region is the peak and those of the
eight cells around it that say at least half as much. Stands in for people's judgement (arXiv
1607.03738, section 4.3) where parts are annotated; what is annotated as nothing it cannot name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.emergence.judgements import ENOUGH, SHOWN, Judgement, Kind
from partonomy.emergence.stimuli import NEIGHBOURS, ObjectStimuli, Stimuli
from partonomy.images import Grid

ON_OBJECT, OFF_OBJECT, NO_STIMULUS = -1, -2, -3
"""Labels of what is on no annotated part of the object, of what is beside it, and of nothing."""
TOLD: tuple[Kind, ...] = ("part", "several parts", "background", "nothing")
"""What annotated parts can tell; of the rest only people can judge."""
HALF = 0.5
"""Share of the peak that cells of the region have, and of the region that is on one thing."""


def label_stimuli(found: ObjectStimuli, annotation: Annotation) -> NDArray[np.int16]:
    """(F, T) index of the part that each stimulus is on, or one of the labels of this module.

    Args:
        found: of one object.
        annotation: of it, in original pixels; parts are their masks, or boxes without one.
    """
    coverage = _coverage(found.grid, annotation)  # (parts + 1, h, w), the object last
    padded = np.pad(coverage, ((0, 0), (1, 1), (1, 1)))
    cell, around = found.cell.numpy().astype(np.int64), found.around.float().numpy()
    row, column = cell[..., 0] + 1, cell[..., 1] + 1
    on = padded[:, row, column]  # (parts + 1, F, T)
    cells = np.ones(row.shape)
    rows, columns = found.grid.shape
    for index, (y, x) in enumerate(NEIGHBOURS):
        inside = (row + y >= 1) & (row + y <= rows) & (column + x >= 1) & (column + x <= columns)
        counts = (around[..., index] >= HALF) & inside
        on = on + padded[:, row + y, column + x] * counts
        cells += counts
    share = on / cells
    best = share[:-1].argmax(axis=0) if len(share) > 1 else np.zeros(row.shape, np.int64)
    labels = np.where(share[-1] >= HALF, ON_OBJECT, OFF_OBJECT)
    if len(share) > 1:
        labels = np.where(share[:-1].max(axis=0) >= HALF, best, labels)
    return np.where(found.score.numpy() > 0, labels, NO_STIMULUS).astype(np.int16)


def strongest_objects(stimuli: Stimuli, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """(F, at most 10) objects with each filter's strongest stimuli, one stimulus an object.

    Args:
        stimuli: of all objects.
        chosen: the objects to look among, such as those of one class.
    """
    best = stimuli.score[chosen, :, 0].T  # (F, n)
    order = np.argsort(-best, axis=1, kind="stable")[:, :SHOWN]
    return chosen[order]


def judge(labels: Sequence[int], parts: Sequence[str]) -> Judgement:
    """What the labels of a filter's strongest stimuli come to.

    Args:
        labels: of at most ten stimuli, see :func:`label_stimuli`.
        parts: their names.
    """
    counts = Counter(int(label) for label in labels)
    part, count = max(
        ((label, count) for label, count in counts.items() if label >= 0),
        key=lambda each: each[1],
        default=(-1, 0),
    )
    if count >= ENOUGH:
        return Judgement(kind="part", part=parts[part])
    on_object = sum(count for label, count in counts.items() if label >= ON_OBJECT)
    if on_object >= ENOUGH:
        return Judgement(kind="several parts")
    return Judgement(kind="background" if counts[OFF_OBJECT] >= ENOUGH else "nothing")


def _coverage(grid: Grid, annotation: Annotation) -> NDArray[np.float64]:
    """(parts + 1, h, w) share of each cell that is of each part, and of the object."""
    height, width = annotation.size
    covered = np.zeros((len(annotation.schema.names) + 1, *grid.shape))
    whole = annotation.mask
    for part in annotation.parts:
        region = part.mask
        if region is None and part.box is not None:
            region = np.zeros((height, width), bool)
            x0, y0, x1, y1 = (max(0, round(side)) for side in part.box)
            region[y0:y1, x0:x1] = True
        if region is not None and part.visible:
            index = annotation.schema.names.index(part.name)
            covered[index] = np.maximum(covered[index], grid.coverage(region))
    if whole is None:
        covered[-1] = covered[:-1].sum(axis=0).clip(0, 1)
    else:
        covered[-1] = grid.coverage(whole)
    return covered
