"""Sets of filters that have been chosen, as detectors of the parts of one class in any picture.

Notation
    K   parts; M pairs of a part and a filter of its set; T stimuli kept of a filter in a picture

What an audit scores on crops (:mod:`partonomy.emergence.combinations`) is done here on one picture:
each filter's stimuli become boxes by its own regression, scores are shares of each filter's
strength, and of a part's boxes that overlap the strongest is kept. Stimuli below a part's threshold
are left out first, which changes nothing of what is above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.emergence.precision import OVERLAP, SUPPRESSED, unsuppressed
from partonomy.emergence.refinement import N_INPUTS, BoxRefinement
from partonomy.emergence.stimuli import STRONGEST, Stimuli, StimuliTable, find_stimuli
from partonomy.images import Grid


@dataclass(frozen=True)
class Detections:
    """The parts found in one picture, in no order.

    Attributes:
        part: (D,) int64, which of the detectors' parts each is.
        share: (D,) float32, score as a share of its filter's strength.
        boxes: (D, 4) float32 ``(x0, y0, x1, y1)`` in original pixels.
    """

    part: NDArray[np.int64]
    share: NDArray[np.float32]
    boxes: NDArray[np.float32]


@dataclass(frozen=True)
class PartDetectors:
    """Sets of filters of one layer, each the detector of one part.

    Attributes:
        class_name: of the objects.
        part_names: (K,).
        part: (M,) int64, which part each pair is of.
        filters: (M,) int64, the filter of each pair.
        strength: (M,) float32, see :func:`partonomy.emergence.refinement.filter_strength`.
        refine: of the pairs' filters to their parts' boxes.
        threshold: (K,) float32, share from which a part counts as found.
        suppressed: IoU from which the weaker of two boxes of one part is dropped.

    Raises:
        ValueError: tables do not go together.
    """

    class_name: str
    part_names: Sequence[str]
    part: NDArray[np.int64]
    filters: NDArray[np.int64]
    strength: NDArray[np.float32]
    refine: BoxRefinement
    threshold: NDArray[np.float32]
    suppressed: float = SUPPRESSED

    def __post_init__(self) -> None:
        pairs, parts = len(self.part), len(self.part_names)
        shapes = self.part, self.filters, self.strength, self.refine.weights, self.refine.pairs
        if not pairs or any(len(each) != pairs for each in shapes):
            raise ValueError("not as many filters as pairs of a part and a filter")
        if self.refine.weights.shape[1:] != (N_INPUTS, 4):
            raise ValueError(f"regressions are {self.refine.weights.shape[1:]}")
        if self.threshold.shape != (parts,) or not (self.threshold > 0).all():
            raise ValueError("not a threshold above 0 for each part")
        if set(self.part.tolist()) != set(range(parts)) or (self.filters < 0).any():
            raise ValueError("not a set of filters for each part")
        if not (self.strength > 0).all():
            raise ValueError("strengths of filters are not above 0")

    def __call__(self, activations: Tensor, grid: Grid, strongest: int = STRONGEST) -> Detections:
        """Find the parts in one picture.

        Args:
            activations: (F, h, w) of the layer.
            grid: where its cells lie in the picture.
            strongest: stimuli of a filter that are looked at.
        """
        stimuli = self._stimuli(activations, grid, strongest)
        share = (stimuli.score / self.strength[:, None])[0]  # (M, T)
        boxes = self.refine(stimuli, self.strength)[0]
        pair, place = np.nonzero(share >= self.threshold[self.part][:, None])
        return _strongest_of_each(
            self.part[pair], share[pair, place], boxes[pair, place], self.suppressed
        )

    def activation(self, activations: Tensor, part: int) -> Tensor:
        """(h, w) the strongest of a set's filters at each cell, as a share of its strength."""
        pairs = np.flatnonzero(self.part == part)
        some = activations[torch.from_numpy(self.filters[pairs])].float()
        return (some / torch.from_numpy(self.strength[pairs])[:, None, None]).amax(dim=0)

    def _stimuli(self, activations: Tensor, grid: Grid, strongest: int) -> Stimuli:
        """(1, M, T) those of the pairs' filters; a filter of several sets is looked at once."""
        used, which = np.unique(self.filters, return_inverse=True)
        table = StimuliTable(len(used), strongest)
        table.add(find_stimuli(activations[torch.from_numpy(used)], grid, strongest))
        return table.take().of_filters(which)


def _strongest_of_each(
    part: NDArray[np.int64],
    share: NDArray[np.float32],
    boxes: NDArray[np.float32],
    suppressed: float,
) -> Detections:
    """Of a part's boxes that overlap, the strongest; parts side by side, for speed."""
    order = np.lexsort((-share, part))
    part, share, boxes = part[order], share[order], boxes[order]
    of_part = np.unique(part, return_index=True, return_inverse=True)
    row, slot = of_part[2], np.arange(len(part)) - of_part[1][of_part[2]]
    scores = np.zeros((1, len(of_part[0]), int(slot.max(initial=0)) + 1), np.float32)
    places = np.zeros((*scores.shape, 4), np.float32)
    scores[0, row, slot], places[0, row, slot] = share, boxes
    kept = unsuppressed(scores, places, replace(OVERLAP, suppressed=suppressed))[0].numpy()[
        row, slot
    ]
    return Detections(part[kept], share[kept], boxes[kept])
