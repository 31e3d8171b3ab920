"""How sure the precision of a filter is, and whether it is more than chance.

Two things a filter's average precision is held against. Objects drawn anew: how far the number
moves. Part labels shuffled: on each object the boxes stay and which part each is of is dealt anew,
so that a filter that fires on parts, but on no part more than on others, has as much. The filter is
chosen on other objects than these, and so owes nothing to the choice. Over many parts some look
better than chance by chance: p-values are corrected by their false discovery rate (Benjamini and
Hochberg, *Controlling the false discovery rate*, 1995).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from partonomy.emergence.parts import TrueBoxes
from partonomy.emergence.precision import OVERLAP, Rule, detections
from partonomy.metrics import (
    Interval,
    interval_of,
    picture_weights,
    weighted_average_precision,
)

SHUFFLES = 200
RESAMPLES = 1000
LEVEL = 0.95
_NUMBERS_AT_A_TIME = 1 << 21


@dataclass(frozen=True)
class Detector:
    """The stimuli of one filter, or of the union of several, on the objects of a class.

    Attributes:
        score: (n, T), strongest first; 0 where there are no more.
        boxes: (n, T, 4) in original pixels.
    """

    score: NDArray[np.float32]
    boxes: NDArray[np.float32]


def precision_interval(
    detector: Detector,
    truth: NDArray[np.float32],
    pictures: NDArray[np.integer],
    criterion: Rule = OVERLAP,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """Average precision of a detector and how far it can be relied on; nan of no true part.

    Args:
        detector: on n objects.
        truth: (n, G, 4) of the part; nan where there are fewer.
        pictures: (n,) the picture that each object is in; objects of one are drawn together.
        criterion: when a detection is right.
        resamples, level, seed: of the interval, a basic one, cut off at 0 and 1.
    """
    if not np.isfinite(truth[..., 0]).any():
        return Interval(float("nan"), float("nan"), float("nan"), level)
    objects, right, true = _curve(detector, truth, criterion)
    _, member = np.unique(pictures, return_inverse=True)
    n_pictures = int(member.max()) + 1
    drawn = np.concatenate([np.ones((1, n_pictures)), picture_weights(n_pictures, resamples, seed)])
    weight = drawn[:, member]  # (1 + resamples, n)
    some = max(1, _NUMBERS_AT_A_TIME // max(1, len(objects)))
    scores = np.concatenate(
        [
            weighted_average_precision(each[:, objects], right, each @ true)
            for each in (weight[start : start + some] for start in range(0, len(weight), some))
        ]
    )
    found = interval_of(float(scores[0]), 2 * scores[0] - scores[1:], level)
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0))


def shuffled_precision(
    detector: Detector,
    truth: Sequence[TrueBoxes],
    part: int,
    criterion: Rule = OVERLAP,
    *,
    shuffles: int = SHUFFLES,
    seed: int = 0,
) -> NDArray[np.float64]:
    """(shuffles,) AP of a detector for a part where part labels are dealt anew on each object.

    Args:
        detector: on the n objects of a class.
        truth: of every part of this class, on the same objects.
        part: index of the detector's part in ``truth``; it occurs.
        criterion: when a detection is right.
        shuffles: how many deals.
        seed: of the deals.
    """
    boxes = np.concatenate([each.boxes for each in truth], axis=1)  # (n, G, 4), of all parts
    label = np.concatenate([np.full(each.boxes.shape[1], i) for i, each in enumerate(truth)])
    present = np.isfinite(boxes[..., 0])
    labels = np.where(present, label, -1)
    generator = np.random.default_rng([seed, 5])
    scores = []
    for _ in range(shuffles):
        # the places of an object's boxes in random order, the missing ones last
        order = np.argsort(np.where(present, generator.random(present.shape), 2), axis=1)
        dealt = np.full_like(labels, -1)
        first = np.argsort(~present, axis=1, kind="stable")  # likewise, as they are
        np.put_along_axis(dealt, order, np.take_along_axis(labels, first, axis=1), axis=1)
        some = np.where((dealt == part)[..., None], boxes, np.float32(np.nan))
        objects, right, true = _curve(detector, some, criterion)
        ones = np.ones((1, len(objects)))
        scores.append(weighted_average_precision(ones, right, true.sum(keepdims=True))[0])
    return np.array(scores)


def p_value(score: float, chance: NDArray[np.float64]) -> float:
    """How often chance does as well, itself counted once (Phipson and Smyth, 2010)."""
    return float((1 + (chance >= score).sum()) / (1 + len(chance)))


def corrected(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """P-values of many parts, each the least false discovery rate at which it still counts.

    nan stays so, and does not count.
    """
    result = p_values.copy()
    known = np.isfinite(p_values)
    if known.any():
        result[known] = false_discovery_control(p_values[known])
    return result


def _curve(
    detector: Detector, truth: NDArray[np.float32], criterion: Rule
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Object of each detection, best first; which are right; true boxes of each object (n,)."""
    kept, right = (
        each[:, 0].numpy()
        for each in detections(detector.score[:, None], detector.boxes[:, None], truth, criterion)
    )
    objects, stimulus = np.nonzero(kept)
    order = np.argsort(-detector.score[objects, stimulus], kind="stable")
    found = np.flatnonzero(right[objects, stimulus][order])
    return objects[order], found, np.isfinite(truth[..., 0]).sum(axis=1).astype(np.float64)
