"""What filters say of the places of one part, as one table: the fitness of sets of filters, fast.

Notation
    s   score of a stimulus as a share of its filter's strongest, so that filters are on one scale
    S   a set of filters
    E   (F, places) level of the strongest s that a filter has at a place; 0 where it has none

A set of filters is scored as the union of its detections (arXiv 1607.03738, section 4.2), of which
the surest stands wherever several are of one place. Places are true boxes, with all stimuli that
fit them, and elsewhere steps of a raster half as wide as parts are. That is suppression by place
instead of by overlap, so that the union's ranking follows from maxima over the rows of E, whatever
the set; searches use it as their fitness, and what they find is scored with suppression proper
(:func:`partonomy.emergence.combinations.union_precision`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.precision import Rule, fitting, some_filters, unsuppressed

LEVELS = 4096
"""That scores are told apart by."""
_STEPS = 1 << 10
"""Of a raster along each side, at most."""


@dataclass(frozen=True)
class Evidence:
    """What every filter says of every place, on the objects of one part's class.

    Attributes:
        levels: (F, places) uint16, 0 where a filter says nothing; the first ``n_true`` places are
            true boxes that some filter fits.
        n_true: see there.
        n_annotated: true boxes there are, fitted or not.
    """

    levels: NDArray[np.uint16]
    n_true: int
    n_annotated: int

    def fitness(self, chosen: NDArray[np.integer]) -> float:
        """Average precision of a set of filters, given by their indices; 0 of none."""
        if not len(chosen):
            return 0.0
        return self.of_union(np.maximum.reduce(self.levels[chosen], axis=0))

    def of_union(self, union: NDArray[np.uint16]) -> float:
        """Average precision of what a set says (places,) of each place.

        Places of one level are taken as one step of the curve.
        """
        said = np.compress(union > 0, union)  # counting many zeros would take most of the time
        everywhere = np.bincount(said, minlength=LEVELS + 1)[:0:-1].cumsum()
        right = np.bincount(union[: self.n_true], minlength=LEVELS + 1)[:0:-1]
        some = np.flatnonzero(right)
        right = right[some]
        precision = right.cumsum() / everywhere[some]
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(envelope @ right / max(self.n_annotated, 1))


def gather_evidence(
    score: NDArray[np.float32],
    boxes: NDArray[np.float32],
    truth: NDArray[np.float32],
    step: NDArray[np.float64],
    criterion: Rule,
) -> Evidence:
    """The table of one part that occurs.

    Args:
        score: (n, F, T) shares, strongest first; 0 where there is no stimulus.
        boxes: (n, F, T, 4) of the stimuli, in original pixels.
        truth: (n, G, 4) of the part; nan where there are fewer.
        step: (n, 2) original pixels ``(y, x)`` from cell to cell on each object.
        criterion: when a stimulus fits a true box.
    """
    objects, filters, _ = score.shape
    raster = (step * part_raster(truth, step))[:, None, None]  # (n, 1, 1, 2), original pixels
    at_object = np.arange(objects)[:, None, None]
    elsewhere = objects * truth.shape[1]
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]] = []
    for some in some_filters(score.shape):
        box = boxes[:, some]
        kept = unsuppressed(score[:, some], box, criterion).numpy()
        fits, best = (each.numpy() for each in fitting(box, truth, criterion))
        middle = (box[..., :2] + box[..., 2:]) / 2
        at = (middle[..., ::-1] / raster).astype(np.int64).clip(0, _STEPS - 1)
        place = np.where(
            fits,
            at_object * truth.shape[1] + best,
            elsewhere + (at_object * _STEPS + at[..., 0]) * _STEPS + at[..., 1],
        )
        which = np.broadcast_to(np.arange(filters)[some, None], place.shape)
        found.append((which[kept], place[kept], score[:, some][kept]))
    which, place, share = (np.concatenate(each) for each in zip(*found, strict=True))
    places, column = np.unique(place, return_inverse=True)
    levels = np.zeros((filters, len(places)), np.uint16)
    np.maximum.at(levels, (which, column), _levels(share))
    n_true = int(np.searchsorted(places, elsewhere))
    return Evidence(levels, n_true, int(np.isfinite(truth[..., 0]).sum()))


def part_raster(truth: NDArray[np.float32], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) half the height and width that a part has as a rule, in cells, and at least one.

    Args:
        truth: (n, G, 4) of the part; nan where there are fewer.
        step: (n, 2) original pixels from cell to cell.
    """
    sides = (truth[..., 2:] - truth[..., :2])[..., ::-1] / step[:, None]  # (n, G, 2)
    return np.maximum(np.nanmedian(sides, axis=(0, 1)) / 2, 1)


def _levels(share: NDArray[np.float32]) -> NDArray[np.uint16]:
    """1 .. LEVELS by rank, finer where scores are high; equal scores are of one level."""
    _, group, counts = np.unique(share, return_inverse=True, return_counts=True)
    above = (len(share) - np.cumsum(counts))[group]  # how many are higher
    return (LEVELS - LEVELS * np.sqrt(above / max(len(share), 1))).clip(1).astype(np.uint16)
