"""Score maps of any origin as detectors of parts: candidates, suppression, average precision.

Notation
    D   detectors, each with a map (h, w) of an object or picture
    n   cells of a map

A map's candidates are the cells at or above its median. Around each lies a box of ``box_side``;
the best is kept and drops those whose boxes overlap its own by more than ``OVERLAP``, and so on.
Everything is in the pixels of the grid's picture: for objects, of the crop. Source: arXiv
1511.06855, section 4, and the authors' code (qliu24/SP).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from partonomy.features.rows import GrowingRows
from partonomy.images import Grid
from partonomy.images.grid import Pair, Size
from partonomy.metrics import Criterion, Detections, TrueParts, precision_of

OVERLAP = 0.15
"""IoU above which of two boxes only the better is kept."""
DISTANCE = 56.0
"""A detection this near to a place is right: pixels at a short side of 224."""
CLOSE = 0.7
"""Of two APs, the lower is close to the higher from this share of it on."""

Averages = NDArray[np.float64]
"""(D, P) AP of each detector for each part; nan for parts that nothing is annotated as."""


def box_side(stride: float) -> float:
    """Side of the box around a cell, in pixels of the network's input.

    7 strides less 12 pixels: 16, 44, 100 and 212 at strides 4, 8, 16 and 32, the receptive fields
    of VGG-16's pooling layers, from which the rule of 100 pixels at stride 16 comes; at finer
    strides 3 strides. The layer's own receptive field would not do: of deep residual networks it
    is nearly the whole object, of transformers all of it.
    """
    return max(7 * stride - 12, 3 * stride)


@lru_cache(maxsize=64)
def suppressed(shape: Size, stride: Pair) -> NDArray[np.bool_]:
    """(n, n): whether the box of each cell, kept, drops that of each other; itself always."""
    shares = []
    for length, step in zip(shape, stride, strict=True):
        apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length))) * step
        side = box_side(step)
        shares.append((side - apart).clip(0) / side)
    # boxes are of one size, and what two of them share is the product along the axes
    both = np.einsum("ik,jl->ijkl", *shares).reshape(shape[0] * shape[1], -1)
    drops: NDArray[np.bool_] = both / (2 - both) > OVERLAP
    return drops


def strongest(
    scores: NDArray[np.floating], stride: Pair
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """The detections of many detectors in one picture.

    Args:
        scores: (D, h, w); of equal ones the first cell, row by row, counts as the better.
        stride: of the cells, in input pixels, (y, x).

    Returns:
        Detector, cell (index into h * w) and score of each, (m,).

    Raises:
        ValueError: a score is not a number.
    """
    flat = scores.reshape(len(scores), -1).astype(np.float32)
    if np.isnan(flat).any():
        raise ValueError("scores of detectors are not numbers (nan)")
    # from here on minus infinity means none; a fourth, so that medians do not overflow
    flat = flat.clip(np.finfo(np.float32).min / 4, np.finfo(np.float32).max / 4)
    drops = suppressed((scores.shape[1], scores.shape[2]), stride)
    candidate = flat >= np.median(flat, axis=1, keepdims=True)
    left = np.where(candidate, flat, -np.inf)
    rows = np.arange(len(flat))
    found = []
    while len(rows):
        best = left.argmax(axis=1)
        open_ = candidate[np.arange(len(rows)), best]
        rows, best, left, candidate = rows[open_], best[open_], left[open_], candidate[open_]
        found.append((rows, best, flat[rows, best]))
        candidate &= ~drops[best]
        left[~candidate] = -np.inf
    detector, cell, score = (np.concatenate(each) for each in zip(*found, strict=True))
    return detector, cell, score


def detections(
    scores: NDArray[np.floating], grid: Grid
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]:
    """Detector (m,), point (m, 2) as ``(x, y)`` in the grid's picture, and score (m,) of each.

    Args:
        scores: (D, h, w), see :func:`strongest`.
        grid: where the cells lie.
    """
    detector, cell, score = strongest(scores, grid.geometry.stride)
    row, column = np.divmod(cell, grid.shape[1])
    return detector, np.column_stack([grid.centres(1)[column], grid.centres(0)[row]]), score


class Found:
    """The detections of some detectors in a collection, gathered picture by picture.

    Twenty bytes a detection are kept, and about eight detections a map.

    Args:
        n_detectors: how many.
    """

    def __init__(self, n_detectors: int) -> None:
        self.n_detectors = n_detectors
        self._whole = GrowingRows(2, np.int32)  # detector, picture
        self._rows = GrowingRows(3, np.float32)  # x, y, score
        self._sorted: tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]] | None = None

    def add(self, picture: int, scores: Tensor | NDArray[np.floating], grid: Grid) -> None:
        """The detections in one picture.

        Args:
            picture: its index.
            scores: (D, h, w), more where a detector is surer: of concepts, of part maps, of any
                method.
            grid: where the cells lie.

        Raises:
            ValueError: there are more or fewer maps than detectors, or a score is not a number.
        """
        maps = np.asarray(scores)
        if len(maps) != self.n_detectors:
            raise ValueError(f"{len(maps)} maps of {self.n_detectors} detectors")
        detector, point, score = detections(maps, grid)
        self.put(np.full_like(detector, picture), detector, point, score)

    def put(
        self,
        picture: NDArray[np.int64],
        detector: NDArray[np.int64],
        point: NDArray[np.floating],
        score: NDArray[np.floating],
    ) -> None:
        """Detections that were made before.

        Args:
            picture: (m,) index of the picture of each.
            detector: (m,) which one made it.
            point: (m, 2) where, ``(x, y)``.
            score: (m,) how sure it was.
        """
        self._whole.extend(np.stack([detector, picture], axis=1))
        self._rows.extend(np.column_stack([point, score]))

    def of(self, detector: int) -> Detections:
        """The detections of one detector; after the first call nothing can be added."""
        whole, rows, starts = self._by_detector()
        mine = slice(starts[detector], starts[detector + 1])
        point = rows[mine, :2].astype(np.float64)
        return Detections(whole[mine, 1], np.concatenate([point, point], axis=1), rows[mine, 2])

    def __iter__(self) -> Iterator[Detections]:
        for detector in range(self.n_detectors):
            yield self.of(detector)

    def _by_detector(
        self,
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
        if self._sorted is None:
            whole, rows = self._whole.take(), self._rows.take()
            order = np.argsort(whole[:, 0], kind="stable")
            starts = np.searchsorted(whole[order, 0], np.arange(self.n_detectors + 1))
            self._sorted = whole[order], rows[order], starts
        return self._sorted


def true_parts(
    places: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]], n_parts: int
) -> TrueParts:
    """Annotated places as truth: of each picture, part (m,) and point (m, 2)."""
    point = np.concatenate([np.zeros((0, 2)), *(each for _, each in places)])
    return TrueParts(
        np.repeat(np.arange(len(places)), [len(part) for part, _ in places]),
        np.concatenate([np.zeros(0, np.int64), *(part for part, _ in places)]),
        np.concatenate([point, point], axis=1),
        n_parts,
    )


def within(distance: float) -> Criterion:
    """A detection is right within so many pixels of a place."""
    return Criterion("distance", distance)


def average_precisions(
    found: Found, truth: TrueParts, criterion: Criterion, dropped: int = 0
) -> Averages:
    """(D, P) AP of each detector for each part; ``dropped`` as of ``average_precision``."""
    averages: list[NDArray[np.float64]] = [
        each.average_precision for each in precision_of(found, truth, criterion, dropped)
    ]
    return np.stack(averages)


def best_detectors(averages: Averages) -> NDArray[np.int64]:
    """(P,) the detector of the highest AP for each part, the first of equals; -1 for none."""
    known = ~np.isnan(averages).any(axis=0)
    return np.where(known, np.where(known, averages, 0).argmax(axis=0), -1)


def close_parts(averages: Averages) -> NDArray[np.int64]:
    """(D,) for how many parts each detector has an AP close to its highest (``CLOSE``)."""
    known = averages[:, ~np.isnan(averages).any(axis=0)]
    return (known >= CLOSE * known.max(axis=1, initial=0, keepdims=True)).sum(axis=1)


def close_detectors(averages: Averages) -> NDArray[np.int64]:
    """(P,) how many detectors have an AP close to the part's highest (``CLOSE``)."""
    close: NDArray[np.int64] = (averages >= CLOSE * averages.max(axis=0)).sum(axis=0)
    return close
