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

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.precision import OVERLAP, FilterPrecision, filter_precision, ranking
from partonomy.emergence.refinement import RIDGE, BoxRefinement, filter_strength, fit_refinement
from partonomy.emergence.stimuli import Stimuli
from partonomy.metrics import Criterion

_FILTERS_AT_A_TIME = 64


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
    criterion: Criterion = OVERLAP,
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
    of_class = _OfClass(training), _OfClass(test)
    for in_training, in_test in zip(training.truth, test.truth, strict=True):
        scored = [
            each.of(truth) for each, truth in zip(of_class, (in_training, in_test), strict=True)
        ]
        found: list[list[tuple[FilterPrecision, FilterPrecision]]] = [[], []]
        for some in _slices(training.stimuli.n_filters):
            parts = [(stimuli.of_filters(some), order[some]) for stimuli, order in scored]
            refine = fit_refinement(parts[0][0], in_training.boxes, strength[some], ridge)
            for (stimuli, order), truth, results in zip(
                parts, (in_training, in_test), found, strict=True
            ):
                results.append(_both(stimuli, order, truth, refine, strength[some], criterion))
        yield tuple(  # type: ignore[misc]
            PartScores(
                in_training.part,
                bool(refined),
                in_training.count,
                in_test.count,
                *(_joined([each[refined] for each in results]) for results in found),
            )
            for refined in (0, 1)
        )


class _OfClass:
    """The stimuli on the objects of one class, and their ranking, kept for the next part of it."""

    def __init__(self, split: Split) -> None:
        self._all = split.stimuli
        self._name: str | None = None

    def of(self, truth: TrueBoxes) -> tuple[Stimuli, NDArray[np.int64]]:
        if truth.part.class_name != self._name:
            self._name = truth.part.class_name
            stimuli = self._all.of_objects(truth.objects)
            self._found = stimuli, ranking(stimuli.score)
        return self._found


def _both(
    stimuli: Stimuli,
    order: NDArray[np.int64],
    truth: TrueBoxes,
    refine: BoxRefinement,
    strength: NDArray[np.float32],
    criterion: Criterion,
) -> tuple[FilterPrecision, FilterPrecision]:
    fields = stimuli.grids.clipped(stimuli.grids.boxes(stimuli.cell))
    plain, refined = (
        filter_precision(stimuli.score, boxes, truth.boxes, criterion, order=order)
        for boxes in (fields, refine(stimuli, strength))
    )
    return plain, refined


def _joined(some: Sequence[FilterPrecision]) -> FilterPrecision:
    return FilterPrecision(
        np.concatenate([each.average_precision for each in some]),
        np.concatenate([each.recall for each in some]),
    )


def _slices(n_filters: int) -> Iterator[slice]:
    for start in range(0, n_filters, _FILTERS_AT_A_TIME):
        yield slice(start, min(start + _FILTERS_AT_A_TIME, n_filters))
