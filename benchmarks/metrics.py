"""Scores of label maps against true parts: pure functions, arrays in and numbers out.

Agreement is counted in one contingency table of all pictures, never averaged over pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from partonomy import metrics

LABELS = 256

Table = NDArray[np.int64]
Labels = NDArray[np.uint8]


def contingency(truth: Labels, found: Labels) -> Table:
    """(LABELS, LABELS) int64: how often each true label (row) meets each found one.

    Tables add up over pictures; without its first row a table is that of the true foreground.
    """
    return metrics.contingency(truth, found, (LABELS, LABELS))


def mask_iou(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks of one picture; 1 where both are empty."""
    union = (truth | found).sum()
    return float((truth & found).sum() / union) if union else 1.0


@dataclass(frozen=True)
class BoundaryCounts:
    """Boundary pixels of one or more pictures.

    Attributes:
        found: of the found label maps.
        right: those of them near a true boundary.
        true: of the true label maps.
        met: those of them near a found boundary.
    """

    found: int = 0
    right: int = 0
    true: int = 0
    met: int = 0

    def __add__(self, other: BoundaryCounts) -> BoundaryCounts:
        """Those of both."""
        return BoundaryCounts(
            self.found + other.found,
            self.right + other.right,
            self.true + other.true,
            self.met + other.met,
        )

    @property
    def f_score(self) -> float:
        """Harmonic mean of precision and recall; 0 where either has nothing to count."""
        if not self.right or not self.met:
            return 0.0
        precision, recall = self.right / self.found, self.met / self.true
        return 2 * precision * recall / (precision + recall)


def boundary_counts(truth: Labels, found: Labels, tolerance: float = 2.0) -> BoundaryCounts:
    """How well boundaries between parts meet, whichever parts they are, in one picture.

    Only boundaries inside the true object count: its outline is the foreground's affair.

    Args:
        truth: (height, width) true labels in original pixels, 0 is background.
        found: (height, width) found labels.
        tolerance: how far apart boundary pixels may be, in original pixels.
    """
    inside = truth > 0
    true, ours = _boundary(truth, inside), _boundary(found, inside)
    return BoundaryCounts(
        found=int(ours.sum()),
        right=int((ours & _near(true, tolerance)).sum()),
        true=int(true.sum()),
        met=int((true & _near(ours, tolerance)).sum()),
    )


def _boundary(labels: Labels, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels whose right or lower neighbour has another label, both inside."""
    boundary = np.zeros(labels.shape, bool)
    boundary[:, :-1] |= (labels[:, :-1] != labels[:, 1:]) & inside[:, :-1] & inside[:, 1:]
    boundary[:-1] |= (labels[:-1] != labels[1:]) & inside[:-1] & inside[1:]
    return boundary


def _near(boundary: NDArray[np.bool_], tolerance: float) -> NDArray[np.bool_]:
    if not boundary.any():
        return boundary
    away = (~boundary).astype(np.uint8)
    return cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= tolerance + 1e-3
