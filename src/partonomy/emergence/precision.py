"""How well every filter of a layer finds one part: average precision of all of them at once.

Notation
    n   objects of the part's class; F filters; T stimuli kept of a filter on an object
    G   true boxes of the part that an object has, at most

Every filter is a detector of every part: its stimuli on an object, after suppression, are
detections, ranked over all objects by score. A detection stands for the true box that it fits best
and is right if it fits well enough and is the first of its object's to take that box (arXiv
1607.03738, section 3.2; the curve is that of :mod:`partonomy.metrics.detection`, which is the slow
reference).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.metrics import Criterion

SUPPRESSED = 0.3
"""IoU from which of two stimuli of one filter the weaker is dropped."""
_NUMBERS_AT_A_TIME = 1 << 23


@dataclass(frozen=True)
class Rule(Criterion):
    """When a detection fits a true part, and which stimuli are detections.

    Attributes:
        suppressed: IoU from which the weaker of two stimuli of one filter on an object is dropped;
            where centres are compared, stimuli within the rule's distance are.
    """

    suppressed: float = SUPPRESSED


OVERLAP = Rule("iou", 0.4)
"""When a detection is right, as in the paper."""


@dataclass(frozen=True)
class FilterPrecision:
    """How well each filter finds a part.

    Attributes:
        average_precision: (F,) in 0..1; nan where the part never occurs.
        recall: (F,) share of the true boxes that were found.
    """

    average_precision: NDArray[np.float64]
    recall: NDArray[np.float64]


def ranking(score: NDArray[np.float32]) -> NDArray[np.int64]:
    """(F, n T) places of all stimuli of each filter, best first, of equal ones the earlier.

    Args:
        score: (n, F, T), 0 where there is no stimulus.
    """
    by_filter = torch.from_numpy(score).transpose(0, 1).flatten(1)
    return torch.sort(by_filter, dim=1, descending=True, stable=True).indices.numpy()


def filter_precision(
    score: NDArray[np.float32],
    boxes: NDArray[np.float32],
    truth: NDArray[np.float32],
    criterion: Rule = OVERLAP,
    *,
    order: NDArray[np.int64] | None = None,
    kept: Tensor | None = None,
) -> FilterPrecision:
    """Average precision and recall of every filter for one part.

    Args:
        score: (n, F, T) of the stimuli, strongest first; 0 where there is none.
        boxes: (n, F, T, 4) of the stimuli.
        truth: (n, G, 4) of the part; nan where there are fewer.
        criterion: when a detection fits.
        order: see :func:`ranking`, where it is known.
        kept: see :func:`unsuppressed`, where it is known.
    """
    order = ranking(score) if order is None else order
    n_true = int(np.isfinite(truth[..., 0]).sum())
    precision, recall = np.full((2, score.shape[1]), np.nan)
    if not n_true:
        return FilterPrecision(precision, recall)
    for some in some_filters(score.shape):
        box = boxes[:, some]
        left = unsuppressed(score[:, some], box, criterion) if kept is None else kept[:, some]
        found = (left, matched(left, box, truth, criterion))
        left, right = (each.transpose(0, 1).flatten(1) for each in found)  # (F', n T)
        by_rank = torch.from_numpy(order[some])
        curve = left.gather(1, by_rank), right.gather(1, by_rank)
        precision[some] = _average_precision(*curve, n_true)
        recall[some] = (right.sum(dim=1) / n_true).numpy()
    return FilterPrecision(precision, recall)


def detections(
    score: NDArray[np.float32],
    boxes: NDArray[np.float32],
    truth: NDArray[np.float32],
    criterion: Rule,
) -> tuple[Tensor, Tensor]:
    """Which stimuli are detections, and which of these are right: (n, F, T) bool each.

    Args:
        score, boxes, truth, criterion: see :func:`filter_precision`.
    """
    kept = unsuppressed(score, boxes, criterion)
    return kept, matched(kept, boxes, truth, criterion)


def matched(
    kept: Tensor, boxes: NDArray[np.float32], truth: NDArray[np.float32], criterion: Rule
) -> Tensor:
    """(n, F, T) bool, which detections are right.

    Args:
        kept: which stimuli are detections, see :func:`unsuppressed`.
        boxes, truth, criterion: see :func:`filter_precision`.
    """
    fits, best = (each.permute(2, 0, 1) for each in fitting(boxes, truth, criterion))
    right = fits & kept.permute(2, 0, 1)  # (T, n, F)
    for later in range(1, len(right)):
        right[later] &= ~(right[:later] & (best[:later] == best[later])).any(dim=0)
    return right.permute(1, 2, 0)


def fitting(
    boxes: NDArray[np.float32], truth: NDArray[np.float32], criterion: Rule
) -> tuple[Tensor, Tensor]:
    """Which boxes fit a true one, and which one they fit best: (n, F, T) bool and index.

    Args:
        boxes, truth, criterion: see :func:`filter_precision`.
    """
    limit = criterion.threshold if criterion.kind == "iou" else -criterion.threshold
    true = torch.from_numpy(truth).transpose(0, 1)[:, None, :, None]  # (G, 1, n, 1, 4)
    fit = _closeness(_side_by_side(boxes), true, criterion.kind)  # (G, T, n, F)
    closest, best = fit.nan_to_num(nan=-torch.inf).max(dim=0)
    return (closest >= limit).permute(1, 2, 0), best.permute(1, 2, 0)


def unsuppressed(
    score: NDArray[np.float32],
    boxes: NDArray[np.float32],
    criterion: Rule,
) -> Tensor:
    """(n, F, T) bool, stimuli that are close to no stronger one that is left of the same filter.

    Args:
        score, boxes, criterion: see :func:`filter_precision`.
    """
    limit = criterion.suppressed if criterion.kind == "iou" else -criterion.threshold
    box = _side_by_side(boxes)
    kept = (torch.from_numpy(score) > 0).permute(2, 0, 1).contiguous()  # (T, n, F)
    for later in range(1, len(kept)):
        near = _closeness(box[:later], box[later], criterion.kind) >= limit
        kept[later] &= ~(near & kept[:later]).any(dim=0)
    return kept.permute(1, 2, 0)


def _side_by_side(boxes: NDArray[np.float32]) -> Tensor:
    """(T, n, F, 4) of boxes (n, F, T, 4), side after side in memory.

    So what is done to a side, or to the k-th stimulus of all, runs along memory.
    """
    return torch.from_numpy(boxes).permute(3, 2, 0, 1).contiguous().permute(1, 2, 3, 0)


def _closeness(first: Tensor, second: Tensor, kind: str) -> Tensor:
    """How close boxes (..., 4) that broadcast are, as a criterion sees it; more is closer."""
    if kind == "iou":
        return overlap(first, second)
    apart = (first[..., :2] + first[..., 2:] - second[..., :2] - second[..., 2:]) / 2
    return -apart.square().sum(dim=-1).sqrt()


def overlap(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over union of boxes (..., 4) that broadcast; 0 of empty ones, nan of nan."""
    wide = torch.minimum(first[..., 2], second[..., 2]) - torch.maximum(
        first[..., 0], second[..., 0]
    )
    high = torch.minimum(first[..., 3], second[..., 3]) - torch.maximum(
        first[..., 1], second[..., 1]
    )
    both = wide.clamp(min=0) * high.clamp(min=0)
    union = _area(first) + _area(second) - both
    return both / union.clamp(min=torch.finfo(torch.float32).tiny)


def _area(box: Tensor) -> Tensor:
    return (box[..., 2] - box[..., 0]).clamp(min=0) * (box[..., 3] - box[..., 1]).clamp(min=0)


def _average_precision(kept: Tensor, right: Tensor, n_true: int) -> NDArray[np.float64]:
    """(F,) area under the precision envelope of curves (F, m), best first."""
    found = right.cumsum(dim=1)
    rank = kept.cumsum(dim=1).clamp(min=1)
    at_right = torch.where(right, found.double() / rank, 0.0)
    envelope = at_right.flip(1).cummax(dim=1).values.flip(1)
    return (torch.where(right, envelope, 0.0).sum(dim=1) / n_true).numpy()


def some_filters(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of the filters whose tables are small enough to be worked on at once."""
    objects, filters, strongest = shape
    some = max(1, _NUMBERS_AT_A_TIME // max(1, objects * strongest * 4))
    for start in range(0, filters, some):
        yield slice(start, min(start + some, filters))
