"""Which parts a layer knows: best single filters, sets of them, and whether it is more than chance.

For each part the best filter is chosen on the training objects and scored on the test objects, with
receptive fields and with refined boxes; beside it stand sets of filters, the interval of its
precision over pictures, and what it has where part labels are dealt anew. Source: arXiv 1607.03738,
sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.chance import (
    RESAMPLES,
    SHUFFLES,
    Detector,
    p_value,
    precision_interval,
    shuffled_precision,
)
from partonomy.emergence.combinations import FilterSet, Refined, combine_filters
from partonomy.emergence.filters import PartScores, Split, score_filters
from partonomy.emergence.linear import combine_linearly
from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.precision import OVERLAP, Rule
from partonomy.emergence.refinement import RIDGE, filter_strength, fit_refinement
from partonomy.emergence.search import GENETIC, GeneticSettings
from partonomy.emergence.stimuli import Stimuli
from partonomy.metrics import Interval

FEWEST = 10
"""True boxes of a part on the training objects without which nothing is said of it."""


@dataclass(frozen=True)
class AuditSettings:
    """Of an audit.

    Attributes:
        criterion: when a detection is right.
        ridge: of the refinement.
        sets: whether filters are combined.
        genetic: of the genetic search.
        fewest: true boxes of a part on training and on test objects, without which it is left out.
        shuffles: of part labels.
        resamples: of pictures.
        seed: of everything random.
        workers: threads.
    """

    criterion: Rule = OVERLAP
    ridge: float = RIDGE
    sets: bool = True
    genetic: GeneticSettings = GENETIC
    fewest: int = FEWEST
    shuffles: int = SHUFFLES
    resamples: int = RESAMPLES
    seed: int = 0
    workers: int = 2


@dataclass(frozen=True)
class PartFinding:
    """What a layer knows of one part.

    Attributes:
        plain, refined: how well each filter finds it, with receptive fields and with refined boxes.
        interval: AP of the best filter, boxes refined, on the test objects.
        plain_interval: likewise with receptive fields, of the filter that is best with these.
        chance: mean AP of the best filter where part labels are dealt anew.
        p: how often that is as high as the AP; not corrected over parts.
        sets: of filters.
    """

    plain: PartScores
    refined: PartScores
    interval: Interval
    plain_interval: Interval
    chance: float
    p: float
    sets: Sequence[FilterSet] = field(default_factory=tuple)

    @property
    def part(self) -> Part:
        return self.refined.part


@dataclass(frozen=True)
class Rare:
    """A part of which there is too little to say anything.

    Attributes:
        part: which.
        n_training, n_test: true boxes on the objects of each split.
    """

    part: Part
    n_training: int
    n_test: int


def audit_layer(
    training: Split,
    test: Split,
    pictures: NDArray[np.integer],
    settings: AuditSettings = AuditSettings(),
    on_part: Callable[[int], None] = lambda _n: None,
) -> Iterator[PartFinding | Rare]:
    """What one layer knows of each part, part after part.

    Args:
        training: what filters are chosen and boxes refined on.
        test: what they are scored on; the same parts in the same order.
        pictures: (N,) the picture that each test object is in.
        settings: of the audit.
        on_part: called with 1 after each part.
    """
    for one, other in zip(training.truth, test.truth, strict=True):
        if min(one.count, other.count) < settings.fewest:
            on_part(1)
            yield Rare(one.part, one.count, other.count)
    enough = [
        min(one.count, other.count) >= settings.fewest
        for one, other in zip(training.truth, test.truth, strict=True)
    ]
    training, test = (
        Split(each.stimuli, [t for t, kept in zip(each.truth, enough, strict=True) if kept])
        for each in (training, test)
    )
    strength = filter_strength(training.stimuli)
    scored = score_filters(training, test, settings.criterion, settings.ridge)
    for index, (plain, refined) in enumerate(scored):
        yield _finding(index, plain, refined, training, test, pictures, strength, settings)
        on_part(1)


def _finding(
    index: int,
    plain: PartScores,
    refined: PartScores,
    training: Split,
    test: Split,
    pictures: NDArray[np.integer],
    strength: NDArray[np.float32],
    settings: AuditSettings,
) -> PartFinding:
    assert refined.best is not None
    assert plain.best is not None
    true_training, true_test = training.truth[index], test.truth[index]
    # all filters on all objects take much memory: they are there for sets alone
    some = slice(None) if settings.sets else slice(refined.best, refined.best + 1)
    position = refined.best if settings.sets else 0
    in_training, in_test = _refined(
        (training.stimuli.of_filters(some), test.stimuli.of_filters(some)),
        (true_training, true_test),
        strength[some],
        settings.ridge,
    )
    fields = test.stimuli.of_filters(slice(plain.best, plain.best + 1))
    of_pictures = pictures[true_test.objects]
    best = Detector(in_test.share[:, position], in_test.boxes[:, position])
    siblings = [each for each in test.truth if each.part.class_name == true_test.part.class_name]
    chance = shuffled_precision(
        best,
        siblings,
        next(i for i, each in enumerate(siblings) if each is true_test),
        settings.criterion,
        shuffles=settings.shuffles,
        seed=settings.seed,
    )
    return PartFinding(
        plain,
        refined,
        _interval(best, true_test, of_pictures, settings),
        _interval(_fields(fields.of_objects(true_test.objects)), true_test, of_pictures, settings),
        float(chance.mean()),
        p_value(refined.score, chance),
        tuple(_sets(in_training, in_test, refined.best, settings)) if settings.sets else (),
    )


def _refined(
    splits: tuple[Stimuli, Stimuli],
    truth: tuple[TrueBoxes, TrueBoxes],
    strength: NDArray[np.float32],
    ridge: float,
) -> tuple[Refined, Refined]:
    """Stimuli of both splits as boxes of a part; the first is what boxes are refined on."""
    training, test = (
        stimuli.of_objects(true.objects) for stimuli, true in zip(splits, truth, strict=True)
    )
    refine = fit_refinement(training, truth[0].boxes, strength, ridge)
    return (
        Refined.of(training, truth[0], strength, refine),
        Refined.of(test, truth[1], strength, refine),
    )


def _sets(
    training: Refined, test: Refined, best: int, settings: AuditSettings
) -> Iterator[FilterSet]:
    yield from combine_filters(
        training,
        test,
        best,
        settings.seed,
        settings.criterion,
        settings.genetic,
        settings.workers,
    )
    yield combine_linearly(training, test, settings.criterion, settings.seed)


def _interval(
    detector: Detector,
    truth: TrueBoxes,
    pictures: NDArray[np.integer],
    settings: AuditSettings,
) -> Interval:
    return precision_interval(
        detector,
        truth.boxes,
        pictures,
        settings.criterion,
        resamples=settings.resamples,
        seed=settings.seed,
    )


def _fields(stimuli: Stimuli) -> Detector:
    """Of one filter."""
    return Detector(stimuli.score[:, 0], stimuli.grids.clipped(stimuli.fields)[:, 0])
