"""Sets of filters as detectors of a part, scored on objects that they were not searched on.

A set's detections are the union of its filters', with scores on one scale and suppression over all
of them; every filter's boxes are refined by its own regression. Searches go by a faster measure
(:mod:`partonomy.emergence.evidence`): of what they find, and the best single filter, that is kept
which is best on the training objects by this one. Source: arXiv 1607.03738, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.evidence import gather_evidence
from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.precision import OVERLAP, Rule, filter_precision
from partonomy.emergence.refinement import BoxRefinement
from partonomy.emergence.search import GENETIC, GeneticSettings, genetic_search, greedy_search
from partonomy.emergence.stimuli import Stimuli

MOST_GREEDY = 20
"""Filters of a greedy set."""


@dataclass(frozen=True)
class FilterSet:
    """Filters that together detect a part.

    Attributes:
        part: which.
        search: ``"greedy"`` or ``"genetic"``.
        filters: (k,) indices, rising.
        training, test: AP of the union on each split.
    """

    part: Part
    search: str
    filters: NDArray[np.int64]
    training: float
    test: float


@dataclass(frozen=True)
class Refined:
    """The stimuli of all filters on the objects of one class, as boxes of one part.

    Attributes:
        share: (n, F, T) float32, scores as shares of each filter's strongest.
        boxes: (n, F, T, 4) in original pixels.
        step: (n, 2) original pixels from cell to cell.
        truth: the part's boxes there.
    """

    share: NDArray[np.float32]
    boxes: NDArray[np.float32]
    step: NDArray[np.float64]
    truth: TrueBoxes

    @classmethod
    def of(
        cls,
        stimuli: Stimuli,
        truth: TrueBoxes,
        strength: NDArray[np.float32],
        refine: BoxRefinement | None,
    ) -> Refined:
        """Boxes and shares of stimuli.

        Args:
            stimuli: on the objects of the part's class.
            truth: there.
            strength: see :func:`partonomy.emergence.refinement.filter_strength`.
            refine: of the part; boxes are receptive fields without one.
        """
        if refine is None:
            boxes = stimuli.grids.clipped(stimuli.grids.boxes(stimuli.cell))
        else:
            boxes = refine(stimuli, strength)
        return cls(stimuli.score / strength[:, None], boxes, stimuli.grids.step, truth)


def union_of(
    refined: Refined, filters: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Some filters' stimuli as those of one: shares (n, 1, k T), strongest first, and boxes.

    Args:
        refined: of all filters.
        filters: indices.
    """
    share = refined.share[:, filters].reshape(len(refined.share), 1, -1)
    boxes = refined.boxes[:, filters].reshape(*share.shape, 4)
    order = np.argsort(-share, axis=2, kind="stable")
    return (
        np.take_along_axis(share, order, axis=2),
        np.take_along_axis(boxes, order[..., None], axis=2),
    )


def union_precision(
    refined: Refined, filters: NDArray[np.integer], criterion: Rule = OVERLAP
) -> float:
    """AP of the union of some filters' detections, after suppression; nan of no true part.

    Args:
        refined: of all filters.
        filters: indices.
        criterion: when a detection is right.
    """
    one = filter_precision(*union_of(refined, filters), refined.truth.boxes, criterion)
    return float(one.average_precision[0])


def combine_filters(
    training: Refined,
    test: Refined,
    best_single: int,
    seed: int,
    criterion: Rule = OVERLAP,
    settings: GeneticSettings = GENETIC,
    workers: int = 1,
) -> list[FilterSet]:
    """The set that each search finds for a part that occurs, scored on the test objects.

    Args:
        training: what is searched on.
        test: what is scored on.
        best_single: the filter that is best on the training objects by itself.
        seed: of the genetic search.
        criterion: when a detection is right.
        settings: of the genetic search.
        workers: threads of it.
    """
    evidence = gather_evidence(
        training.share, training.boxes, training.truth.boxes, training.step, criterion
    )
    greedy = greedy_search(evidence, MOST_GREEDY)
    genetic = genetic_search(evidence, seed, settings, workers, greedy)
    alone = np.array([best_single])
    sets = []
    for search, candidates in (
        ("greedy", [alone, greedy.found.filters]),
        ("genetic", [alone, greedy.found.filters, genetic.filters]),
    ):
        scores = [union_precision(training, each, criterion) for each in candidates]
        best = int(np.argmax(scores))
        chosen = candidates[best]
        sets.append(
            FilterSet(
                training.truth.part,
                search,
                chosen,
                scores[best],
                union_precision(test, chosen, criterion),
            )
        )
    return sets
