"""Every filter of a layer as a detector of every part, chosen on one split and scored on another.

Results are given with boxes refined and with receptive fields as they are, since refinement can
create precision that filters do not have. The best filter of a part is the best on the training
objects; what it scores on others is the result, and the best that any filter scores there is given
as the optimistic number that it is. Source: arXiv 1607.03738, sections 3 and 4.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.precision import (
    OVERLAP,
    FilterPrecision,
    Rule,
    filter_precision,
    ranking,
    unsuppressed,
)
from partonomy.emergence.refinement import RIDGE, BoxRefinement, filter_strength, fit_refinement
from partonomy.emergence.stimuli import Stimuli

_STIMULI_AT_A_TIME = 1 << 19


@dataclass(frozen=True)
class Split:
    """Stimuli of one layer on some objects, and the true parts of these.

    Attributes:
        stimuli: of all objects of the split.
        truth: of every part.
    """

    stimuli: Stimuli
    truth: Sequence[TrueBoxes]

    def in_inputs(self, stride: tuple[float, float]) -> Split:
        """As they lie in the network's input, where a distance means the same on every object.

        Args:
            stride: of the layer, in pixels of the input.
        """
        factor = np.array(stride) / self.stimuli.grids.step  # (N, 2), (y, x)
        corners = factor[:, None, [1, 0, 1, 0]]
        return Split(
            replace(self.stimuli, grids=self.stimuli.grids.scaled(factor)),
            [
                replace(each, boxes=(each.boxes * corners[each.objects]).astype(np.float32))
                for each in self.truth
            ],
        )


@dataclass(frozen=True)
class PartScores:
    """How well the filters of one layer find one part.

    Attributes:
        part: which.
        refined: whether boxes are refined, or receptive fields.
        n_training, n_test: true boxes of each split.
        training, test: of every filter, on each split.
    """

    part: Part
    refined: bool
    n_training: int
    n_test: int
    training: FilterPrecision
    test: FilterPrecision

    @cached_property
    def best(self) -> int | None:
        """The filter that is best on the training objects; None where the part is not in them."""
        precision = self.training.average_precision
        return None if np.isnan(precision).all() else int(np.nanargmax(precision))

    @property
    def score(self) -> float:
        """AP of the best filter on the test objects; nan where the part is not in both splits."""
        return float("nan" if self.best is None else self.test.average_precision[self.best])

    @property
    def optimistic(self) -> float:
        """The best AP of any filter on the test objects, chosen on these."""
        precision = self.test.average_precision
        return float("nan" if np.isnan(precision).all() else np.nanmax(precision))


def score_filters(
    training: Split,
    test: Split,
    criterion: Rule = OVERLAP,
    ridge: float = RIDGE,
) -> Iterator[tuple[PartScores, PartScores]]:
    """Part after part, how well all filters find it: with receptive fields, and with refined boxes.

    Args:
        training: what refinements are fitted and filters chosen on.
        test: what they are scored on; with the same parts in the same order.
        criterion: when a detection is right.
        ridge: of the refinement.
    """
    strength = filter_strength(training.stimuli)
    pairs = zip(training.truth, test.truth, strict=True)
    for _, of_class in groupby(pairs, key=lambda pair: pair[0].part.class_name):
        truth = list(of_class)
        found: list[list[_Both]] = [[] for _ in truth]
        for some in _slices(training.stimuli, max(len(each.objects) for each in truth[0])):
            seen = [
                _Seen.of(split.stimuli.of_filters(some).of_objects(first.objects), criterion)
                for split, first in zip((training, test), truth[0], strict=True)
            ]
            for pair, of_part in zip(truth, found, strict=True):
                refine = fit_refinement(seen[0].stimuli, pair[0].boxes, strength[some], ridge)
                of_part.append(
                    tuple(
                        each.precision(true, refine, strength[some], criterion)
                        for each, true in zip(seen, pair, strict=True)
                    )
                )
        for (in_training, in_test), of_part in zip(truth, found, strict=True):
            yield tuple(  # type: ignore[misc]
                PartScores(
                    in_training.part,
                    bool(refined),
                    in_training.count,
                    in_test.count,
                    *(_joined([each[split][refined] for each in of_part]) for split in (0, 1)),
                )
                for refined in (0, 1)
            )


_Both = tuple[tuple[FilterPrecision, FilterPrecision], ...]
"""On each split, with receptive fields and with refined boxes."""


@dataclass(frozen=True)
class _Seen:
    """Stimuli of some filters on the objects of a class, with what is the same for all parts."""

    stimuli: Stimuli
    order: NDArray[np.int64]
    fields: NDArray[np.float32]
    kept: Tensor

    @classmethod
    def of(cls, stimuli: Stimuli, criterion: Rule) -> _Seen:
        fields = stimuli.grids.clipped(stimuli.fields)
        kept = unsuppressed(stimuli.score, fields, criterion)
        return cls(stimuli, ranking(stimuli.score), fields, kept)

    def precision(
        self,
        truth: TrueBoxes,
        refine: BoxRefinement,
        strength: NDArray[np.float32],
        criterion: Rule,
    ) -> tuple[FilterPrecision, FilterPrecision]:
        """With receptive fields, and with refined boxes."""
        score, refined = self.stimuli.score, refine(self.stimuli, strength)
        return (
            filter_precision(
                score, self.fields, truth.boxes, criterion, order=self.order, kept=self.kept
            ),
            filter_precision(score, refined, truth.boxes, criterion, order=self.order),
        )


def _joined(some: Sequence[FilterPrecision]) -> FilterPrecision:
    return FilterPrecision(
        np.concatenate([each.average_precision for each in some]),
        np.concatenate([each.recall for each in some]),
    )


def _slices(stimuli: Stimuli, objects: int) -> Iterator[slice]:
    """Filters that are worked on at once."""
    _, filters, strongest = stimuli.score.shape
    some = max(1, _STIMULI_AT_A_TIME // max(1, objects * strongest))
    for start in range(0, filters, some):
        yield slice(start, min(start + some, filters))
