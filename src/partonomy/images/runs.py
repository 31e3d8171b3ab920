"""Runs of equal pixels, from which every run-length encoding is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LabelRuns:
    """A label map as runs along its pixels in some order.

    Attributes:
        starts: (n,) pixel that each run starts at.
        labels: (n,) its label.
        size: pixels in all.
    """

    starts: NDArray[np.int64]
    labels: NDArray[np.uint8]
    size: int

    @classmethod
    def of(cls, labels: NDArray[np.uint8]) -> LabelRuns:
        """The runs of a (pixels,) label map."""
        starts = np.concatenate([[0], np.flatnonzero(labels[1:] != labels[:-1]) + 1])
        return cls(starts, labels[starts], len(labels))

    def counts(self, label: int) -> NDArray[np.int64]:
        """Lengths of the alternating runs of other pixels and of ``label``'s.

        The first are other pixels, of which there may be 0; their sum is the number of pixels.
        """
        ends = np.append(self.starts[1:], self.size)
        mine = self.labels == label
        bounds = np.stack([self.starts[mine], ends[mine]], axis=1).ravel()
        counts = np.diff(np.concatenate([[0], bounds, [self.size]]))
        return counts if counts[-1] else counts[:-1]
