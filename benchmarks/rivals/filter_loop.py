"""One filter and one part after another: the rules of ``partonomy.emergence``, plainly.

A regression from scikit-learn moves the boxes of each pair; suppression and matching go over
detections one by one, as the development kit of PASCAL VOC does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from partonomy.emergence.filters import Split

PENALTY, FEWEST, STRONG = 1000.0, 10, 0.99
SUPPRESSED, FITS = 0.3, 0.4
MOST_GROWTH = math.log(1000 / 16)

Boxes = NDArray[np.float64]


def pair_precision(training: Split, test: Split, filter_: int, part: int) -> list[float]:
    """AP of a filter for a part: with receptive fields on both splits, then with refined boxes."""
    splits = [(each.stimuli.of_filters(np.array([filter_])), each.truth[part]) for each in
              (training, test)]  # fmt: skip
    plain, refined = [], []
    weights = None
    strength = 1.0
    for stimuli, truth in splits:
        stimuli = stimuli.of_objects(truth.objects)
        score = stimuli.score[:, 0].astype(np.float64)  # (n, T)
        fields = stimuli.grids.boxes(stimuli.cell)[:, 0].astype(np.float64)
        if weights is None:
            strength = float(np.quantile(score[score > 0], STRONG))
        share = score / strength
        inputs = np.concatenate([share[..., None], stimuli.around[:, 0] * share[..., None]], axis=2)
        if weights is None:
            weights = _fit(score, inputs, fields, truth.boxes)
        sizes = stimuli.grids.picture_size
        boxes = _moved(fields, weights[0] + inputs @ weights[1:])
        plain.append(_average_precision(score, _cut_off(fields, sizes), truth.boxes))
        refined.append(_average_precision(score, _cut_off(boxes, sizes), truth.boxes))
    return [*plain, *refined]


def _fit(score: Boxes, inputs: Boxes, fields: Boxes, truth: NDArray[np.float32]) -> Boxes:
    """(1 + inputs, 4) the constant and the weights."""
    x, change = [], []
    for at, true in enumerate(truth):
        for x0, y0, x1, y1 in true[np.isfinite(true[:, 0])].tolist():
            for k in range(score.shape[1]):
                u0, v0, u1, v1 = fields[at, k].tolist()
                across, down = (u0 + u1) / 2, (v0 + v1) / 2
                if score[at, k] > 0 and x0 <= across < x1 and y0 <= down < y1:
                    x.append(inputs[at, k])
                    change.append(
                        (
                            ((x0 + x1) / 2 - across) / (u1 - u0),
                            ((y0 + y1) / 2 - down) / (v1 - v0),
                            math.log(max(x1 - x0, 1) / (u1 - u0)),
                            math.log(max(y1 - y0, 1) / (v1 - v0)),
                        )
                    )
                    break
    weights = np.zeros((1 + inputs.shape[2], 4))
    if len(x) >= FEWEST:
        ridge = Ridge(PENALTY).fit(np.array(x), np.array(change))
        weights[0], weights[1:] = ridge.intercept_, ridge.coef_.T
    elif x:
        weights[0] = np.mean(change, axis=0)
    return weights


def _moved(fields: Boxes, change: Boxes) -> Boxes:
    size = fields[..., 2:] - fields[..., :2]
    middle = (fields[..., 2:] + fields[..., :2]) / 2 + change[..., :2] * size
    half = size * np.exp(change[..., 2:].clip(-MOST_GROWTH, MOST_GROWTH)) / 2
    return np.concatenate([middle - half, middle + half], axis=2)


def _cut_off(boxes: Boxes, sizes: Boxes) -> Boxes:
    return boxes.clip(0, sizes[:, None, [1, 0, 1, 0]])


def _average_precision(score: Boxes, boxes: Boxes, truth: NDArray[np.float32]) -> float:
    found: list[tuple[float, int, Sequence[float]]] = []
    for at, (scores, of_object) in enumerate(zip(score.tolist(), boxes.tolist(), strict=True)):
        kept: list[Sequence[float]] = []
        for one, box in zip(scores, of_object, strict=True):
            if one > 0 and all(_overlap(box, other) < SUPPRESSED for other in kept):
                kept.append(box)
                found.append((one, at, box))
    found.sort(key=lambda each: -each[0])
    true = [each[np.isfinite(each[:, 0])].tolist() for each in truth]
    taken: set[tuple[int, int]] = set()
    right = []
    for _, at, box in found:
        fits = [_overlap(box, each) for each in true[at]]
        best = max(range(len(fits)), key=fits.__getitem__, default=-1)
        hit = best >= 0 and fits[best] >= FITS and (at, best) not in taken
        if hit:
            taken.add((at, best))
        right.append(hit)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(envelope[np.array(right, bool)].sum() / sum(map(len, true)))


def _overlap(first: Sequence[float], second: Sequence[float]) -> float:
    x0, y0, x1, y1 = first
    u0, v0, u1, v1 = second
    both = max(0.0, min(x1, u1) - max(x0, u0)) * max(0.0, min(y1, v1) - max(y0, v0))
    union = (x1 - x0) * (y1 - y0) + (u1 - u0) * (v1 - v0) - both
    return both / union if union > 0 else 0.0
