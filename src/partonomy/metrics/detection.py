"""Average precision of detections of parts.

Notation
    R  true parts
    r_k  rank, from 1, of the k-th detection that is right
    AP = 1 / R  sum over k of  max over j >= k of  j / r_j

A detection stands for the true part in its picture that it fits best, whether another has taken
that before or not, and is right if it fits well enough and is the first to take it. AP is the area
under the precision envelope at every change of recall. Sources: Everingham et al., *The PASCAL
visual object classes (VOC) challenge*, IJCV 2010, and the VOC 2010 development kit (all points);
arXiv 1511.06855, section 4 (centres within a distance).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.floating]
Integers = NDArray[np.integer]

_PAIRS_AT_A_TIME = 1 << 21


@dataclass(frozen=True)
class Detections:
    """What one detector says, best first or not.

    Attributes:
        picture: (n,) index of the picture of each.
        box: (n, 4) half-open ``(x0, y0, x1, y1)`` in original pixels, or in pixels that are as many
            to a picture for all.
        score: (n,) how sure it is; of equal ones the earlier counts as the surer.

    Raises:
        ValueError: there are not as many of each.
    """

    picture: Integers
    box: Boxes
    score: NDArray[np.floating]

    def __post_init__(self) -> None:
        _check_lengths(self.box, picture=self.picture, score=self.score)


@dataclass(frozen=True)
class TrueParts:
    """The annotated parts of a collection.

    Attributes:
        picture: (m,) index of the picture of each.
        part: (m,) which part, 0 .. n_parts - 1.
        box: (m, 4) in the frame of the detections.
        n_parts: how many kinds of part there are.

    Raises:
        ValueError: there are not as many of each, or a part is none of 0 .. n_parts - 1.
    """

    picture: Integers
    part: Integers
    box: Boxes
    n_parts: int

    def __post_init__(self) -> None:
        _check_lengths(self.box, picture=self.picture, part=self.part)
        outside = self.part[(self.part < 0) | (self.part >= self.n_parts)]
        if len(outside):
            raise ValueError(f"part {outside[0]} is none of 0 .. {self.n_parts - 1}")


@dataclass(frozen=True)
class Criterion:
    """When a detection fits a true part.

    Attributes:
        kind: ``"iou"`` of the boxes, at least ``threshold``; ``"distance"`` of their centres, at
            most ``threshold`` pixels.
        threshold: see there.

    Raises:
        ValueError: the kind is neither.
    """

    kind: Literal["iou", "distance"]
    threshold: float

    def __post_init__(self) -> None:
        if self.kind not in ("iou", "distance"):
            raise ValueError(f"criterion {self.kind}: choose iou or distance")


@dataclass(frozen=True)
class Precision:
    """How well one detector finds each part.

    Attributes:
        average_precision: (n_parts,) in 0..1; nan for parts that nothing is annotated as.
        recall: (n_parts,) share of the true parts that were found.
    """

    average_precision: NDArray[np.float64]
    recall: NDArray[np.float64]


def average_precision(ranks: Integers, n_true: int, dropped: int = 0) -> float:
    """AP of one detector for one part.

    Args:
        ranks: ascending ranks, from 1, of the detections that are right.
        n_true: how many true parts there are.
        dropped: so many first points of the curve are left out, as the code of arXiv 1511.06855
            leaves out nine (``rec[9:]``): what is right among them counts with the precision after
            them. There are to be more detections than that.
    """
    if n_true == 0:
        return float("nan")
    precision = np.arange(1, len(ranks) + 1) / ranks
    if dropped:
        early = ranks <= dropped
        precision[early] = (ranks <= dropped + 1).sum() / (dropped + 1)
    envelope = np.maximum.accumulate(precision[::-1])
    return float(envelope.sum() / n_true)


def precision_of(
    detectors: Iterable[Detections], truth: TrueParts, criterion: Criterion, dropped: int = 0
) -> Iterator[Precision]:
    """How well each detector finds each part.

    Args:
        detectors: of one collection; looked at one after another, so they may be made on the way.
        truth: the collection's parts.
        criterion: when a detection fits.
        dropped: first points of the curve that are left out, see :func:`average_precision`.
    """
    by_picture = _by_picture(truth)
    n_true = np.bincount(truth.part, minlength=truth.n_parts)
    for detections in detectors:
        part, ranks = _right(detections, by_picture, criterion)
        per_part = [ranks[part == each] for each in range(truth.n_parts)]
        averages = [
            average_precision(r, int(n), dropped) for r, n in zip(per_part, n_true, strict=True)
        ]
        yield Precision(
            np.array(averages),
            np.array([len(r) for r in per_part]) / np.where(n_true > 0, n_true, np.nan),
        )


def right_ranks(
    detections: Detections, truth: TrueParts, criterion: Criterion
) -> tuple[Integers, Integers]:
    """Part and rank, ascending from 1, of each detection of one detector that is right.

    Which are right depends on a picture's own detections alone, so that a curve over other
    pictures, or over some of them twice, needs nothing matched again.
    """
    return _right(detections, _by_picture(truth), criterion)


def _by_picture(truth: TrueParts) -> TrueParts:
    order = np.lexsort((truth.part, truth.picture))
    return TrueParts(truth.picture[order], truth.part[order], truth.box[order], truth.n_parts)


def _right(
    detections: Detections, truth: TrueParts, criterion: Criterion
) -> tuple[Integers, Integers]:
    """Part and rank, ascending, of every detection that is right.

    Args:
        detections: of one detector.
        truth: sorted by picture, and within one by part.
        criterion: when a detection fits.
    """
    order = np.argsort(-detections.score.astype(np.float64), kind="stable")
    picture, box = detections.picture[order], detections.box[order]
    first = np.searchsorted(truth.picture, picture, side="left")
    counts = np.searchsorted(truth.picture, picture, side="right") - first
    found: list[tuple[Integers, Integers]] = []
    for start, end in _batches(counts):
        # every pair of a detection and a true part of its picture; those of one part in a row
        rank = np.repeat(np.arange(start, end), counts[start:end])
        begin = np.cumsum(counts[start:end]) - counts[start:end]
        true = np.arange(len(rank)) - np.repeat(begin - first[start:end], counts[start:end])
        if not len(rank):
            continue
        fit = _fit(box[rank], truth.box[true], criterion.kind)
        best = _first_best(fit, rank * truth.n_parts + truth.part[true])
        enough = fit[best] >= (
            criterion.threshold if criterion.kind == "iou" else -criterion.threshold
        )
        found.append((true[best[enough]], rank[best[enough]] + 1))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    true, rank = (np.concatenate(each) for each in zip(*found, strict=True))
    # pairs are in order of rank, so that the first with a true part is the one that takes it
    _, taking = np.unique(true, return_index=True)
    taking.sort()
    return truth.part[true[taking]], rank[taking]


def _check_lengths(box: Boxes, **columns: NDArray[np.generic]) -> None:
    if box.shape[1:] != (4,):
        raise ValueError(f"box is {box.shape}, not (n, 4)")
    for name, column in columns.items():
        if len(column) != len(box):
            raise ValueError(f"{name} has {len(column)} entries, box has {len(box)}")


def _batches(counts: Integers) -> Iterator[tuple[int, int]]:
    """Ranges of detections whose pairs are few enough to be held at once."""
    total = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = total[start - 1] if start else 0
        end = int(np.searchsorted(total, before + _PAIRS_AT_A_TIME, side="right"))
        yield start, max(end, start + 1)
        start = max(end, start + 1)


def _first_best(fit: NDArray[np.floating], group: Integers) -> Integers:
    """Index of the first largest value of each group; groups lie in a row."""
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    sizes = np.diff(starts, append=len(group))
    if (sizes == 1).all():
        return starts
    largest = np.repeat(np.maximum.reduceat(fit, starts), sizes)
    candidates = np.flatnonzero(fit == largest)
    _, first = np.unique(np.repeat(np.arange(len(starts)), sizes)[candidates], return_index=True)
    return candidates[first]


def _fit(first: Boxes, second: Boxes, kind: Literal["iou", "distance"]) -> NDArray[np.floating]:
    """How well boxes (n, 4) fit others, more is better: IoU, or minus the distance of centres."""
    return box_iou(first, second) if kind == "iou" else -centre_distance(first, second)


def box_iou(first: Boxes, second: Boxes) -> NDArray[np.floating]:
    """(n,) intersection over union of half-open boxes (n, 4), pair by pair; 0 of empty ones."""
    low = np.maximum(first[:, :2], second[:, :2])
    high = np.minimum(first[:, 2:], second[:, 2:])
    both = (high - low).clip(0).prod(axis=1)
    union = _area(first) + _area(second) - both
    return both / np.where(union > 0, union, 1)


def centre_distance(first: Boxes, second: Boxes) -> NDArray[np.floating]:
    """(n,) distance of the centres of boxes (n, 4), pair by pair."""
    apart = (first[:, :2] + first[:, 2:] - second[:, :2] - second[:, 2:]) / 2
    return np.sqrt((apart**2).sum(axis=1))


def _area(box: Boxes) -> NDArray[np.floating]:
    return (box[:, 2:] - box[:, :2]).clip(0).prod(axis=1)
