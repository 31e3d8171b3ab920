"""A rival to sets of filters: a sparse linear combination of what all filters say of a place.

Places are steps of a raster half as wide as the part is as a rule. Of each place is known the
strongest stimulus that every filter has there; an L1-regularised logistic regression tells places
whose strongest stimulus fits the part from others. A place's score is the weighted sum, its box
that of the stimulus that adds most. How strongly weights are held down is chosen on a fifth of the
training objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from partonomy.emergence.chance import Detector
from partonomy.emergence.combinations import FilterSet, Refined
from partonomy.emergence.evidence import part_raster
from partonomy.emergence.precision import OVERLAP, Rule, filter_precision, fitting

STRENGTHS = (0.01, 0.1, 1.0)
"""Inverse weights of the penalty that are tried."""
HELD_OUT = 5
"""One object in so many chooses among them."""
MOST_WRONG = 20_000
"""Places without the part that are fitted on."""
_STEPS = 1 << 10

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """What filters say of the places of n objects.

    Attributes:
        share: (places, F) the strongest stimulus of each filter.
        stimulus: (places, F) which stimulus that is, by ``(object, filter, stimulus)`` in one
            number, from 1.
        objects: (places,) the object of each.
    """

    share: csr_matrix
    stimulus: csr_matrix
    objects: NDArray[np.int64]


def places_of(refined: Refined, raster: NDArray[np.float64]) -> Places:
    """The places that have stimuli.

    Args:
        refined: the stimuli.
        raster: (2,) height and width of a step in cells.
    """
    objects, filters, strongest = refined.share.shape
    middle = (refined.boxes[..., :2] + refined.boxes[..., 2:]) / 2
    side = (refined.step * raster)[:, None, None]  # (n, 1, 1, 2), original pixels
    at = (middle[..., ::-1] / side).astype(np.int64).clip(0, _STEPS - 1)
    place = (np.arange(objects)[:, None, None] * _STEPS + at[..., 0]) * _STEPS + at[..., 1]
    found = np.flatnonzero(refined.share > 0)
    found = found[np.argsort(-refined.share.ravel()[found], kind="stable")]  # strongest first
    places, row = np.unique(place.ravel()[found], return_inverse=True)
    column = found // strongest % filters
    _, first = np.unique(row * filters + column, return_index=True)
    at_place = (row[first], column[first])
    shape = (len(places), filters)
    return Places(
        csr_matrix((refined.share.ravel()[found[first]], at_place), shape=shape),
        csr_matrix((found[first] + 1, at_place), shape=shape),
        places // _STEPS**2,
    )


def combine_linearly(
    training: Refined, test: Refined, criterion: Rule = OVERLAP, seed: int = 0
) -> FilterSet:
    """The filters with a weight in the combination that is best for a part that occurs.

    Args:
        training: what it is fitted on.
        test: what it is scored on.
        criterion: when a detection is right.
        seed: of what is left out of many wrong places.
    """
    raster = part_raster(training.truth.boxes, training.step)
    places, in_test = places_of(training, raster), places_of(test, raster)
    right = _right(training, places, criterion)
    held_out = np.arange(len(training.share)) % HELD_OUT == 0
    others = ~held_out[places.objects]
    scores = []
    for strength in STRENGTHS:
        weight = _fit(places.share[others], right[others], strength, seed)
        scores.append(_precision(training, places, weight, criterion, held_out))
    best = int(np.argmax(np.nan_to_num(scores)))
    weight = _fit(places.share, right, STRENGTHS[best], seed)
    return FilterSet(
        training.truth.part,
        "linear",
        np.flatnonzero(weight),
        _precision(training, places, weight, criterion),
        _precision(test, in_test, weight, criterion),
    )


def _right(refined: Refined, places: Places, criterion: Rule) -> NDArray[np.bool_]:
    """(places,) whether the strongest stimulus there fits a true part."""
    fits = fitting(refined.boxes, refined.truth.boxes, criterion)[0].numpy().ravel()
    return fits[_strongest(places.share, places.stimulus)]


def _fit(share: csr_matrix, right: NDArray[np.bool_], strength: float, seed: int) -> Weights:
    """(F,) weights; 0 of all where no place, or every place, is right."""
    if right.all() or not right.any():
        return np.zeros(share.shape[1])
    wrong = np.random.default_rng(seed).permutation(np.flatnonzero(~right))[:MOST_WRONG]
    chosen = np.sort(np.concatenate([np.flatnonzero(right), wrong]))
    model = LogisticRegression(
        l1_ratio=1.0, C=strength, solver="liblinear", class_weight="balanced", random_state=seed
    )
    return model.fit(share[chosen], right[chosen]).coef_[0]


def _precision(
    refined: Refined,
    places: Places,
    weight: Weights,
    criterion: Rule,
    objects: NDArray[np.bool_] | None = None,
) -> float:
    """AP of the places' weighted sums on some objects, or all."""
    adds = places.share.multiply(weight[None]).tocsr()
    score = 1 / (1 + np.exp(-np.asarray(adds.sum(axis=1)).ravel()))
    box = refined.boxes.reshape(-1, 4)[_strongest(adds, places.stimulus)]
    detector = _by_object(score, box, places.objects, len(refined.share))
    some = np.ones(len(refined.share), bool) if objects is None else objects
    one = filter_precision(
        detector.score[some, None],
        detector.boxes[some, None],
        refined.truth.boxes[some],
        criterion,
    )
    return float(one.average_precision[0])


def _by_object(
    score: NDArray[np.float64], box: NDArray[np.float32], objects: NDArray[np.int64], count: int
) -> Detector:
    """The places of each object in a row, the surest first."""
    order = np.lexsort((-score, objects))
    first = np.searchsorted(objects[order], np.arange(count))
    slot = np.arange(len(order)) - first[objects[order]]
    scores = np.zeros((count, int(slot.max(initial=0)) + 1), np.float32)
    boxes = np.zeros((*scores.shape, 4), np.float32)
    scores[objects[order], slot], boxes[objects[order], slot] = score[order], box[order]
    return Detector(scores, boxes)


def _strongest(value: csr_matrix, stimulus: csr_matrix) -> NDArray[np.int64]:
    """(places,) the stimulus, from 0, that has the largest value at each place."""
    lengths = np.diff(value.indptr)
    row = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((-value.data, row))
    column = value.indices[order[value.indptr[:-1]]]
    return np.asarray(stimulus[np.arange(len(lengths)), column]).ravel().astype(np.int64) - 1
