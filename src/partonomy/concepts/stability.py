"""How many parts: the cut of the tree that comes out again from other pictures and other seeds.

Concepts and tree are made anew from several random halves of the pictures, each with a seed of its
own. Cut into K parts, every one of these trees labels the same positions; where K is right for
the collection, the labellings agree. Agreement is the adjusted Rand index, so that many parts have
no advantage of chance over few.

Stability under resampling as a criterion: Ben-Hur, Elisseeff, Guyon, *A stability based method for
discovering structure in clustered data*, PSB 2002. The rule of one standard error is Breiman's
(*Classification and regression trees*, 1984), turned towards more parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from partonomy.concepts.part_model import ConceptTree
from partonomy.features import Sample
from partonomy.metrics import adjusted_rand_index, contingency

FEWEST, MOST = 4, 16
"""Parts that ``auto`` chooses from: what people want."""
SHOWN = 24
"""Parts that the curve goes up to."""
RESAMPLES = 6
POSITIONS = 6_000
"""On which labellings are compared."""

FitTree = Callable[[Sample, int], ConceptTree]
"""Concepts and tree of a sample, with a seed."""


@dataclass(frozen=True)
class StabilityPoint:
    """How well cuts into ``n_parts`` agree.

    Attributes:
        n_parts: K.
        agreement: mean adjusted Rand index over pairs of resamples.
        error: its standard error.
    """

    n_parts: int
    agreement: float
    error: float


def stability_curve(
    sample: Sample, fit_tree: FitTree, counts: Iterable[int], seed: int
) -> list[StabilityPoint]:
    """Agreement of cuts of trees from random halves of the pictures.

    Args:
        sample: the positions.
        fit_tree: makes a tree of some of them.
        counts: numbers of parts.
        seed: of the halves, and of what ``fit_tree`` does at random.

    Returns:
        A point for each count that every tree has concepts enough for.
    """
    generator = np.random.default_rng([seed, 2])
    shown = generator.permutation(len(sample.features))[:POSITIONS]
    trees = [
        fit_tree(_half(sample, np.random.default_rng([seed, 3, index])), seed + index)
        for index in range(RESAMPLES)
    ]
    fewest_concepts = min(len(tree.concepts) for tree in trees)
    curve = []
    for n_parts in counts:
        if n_parts > fewest_concepts:
            break
        labels = [
            (sample.features[shown] @ tree.directions(n_parts).T).argmax(axis=1) for tree in trees
        ]
        agreements = [
            adjusted_rand_index(contingency(one, other, (n_parts, n_parts)))
            for one, other in combinations(labels, 2)
        ]
        # pairs share resamples: the error is that of as many figures as there are resamples
        error = float(np.std(agreements, ddof=1) / np.sqrt(RESAMPLES))
        curve.append(StabilityPoint(n_parts, float(np.mean(agreements)), error))
    return curve


def choose_parts(curve: Sequence[StabilityPoint]) -> int:
    """The most parts within a standard error of the best agreement, among what people want.

    Where there are too few concepts for that, as many parts as the curve has.
    """
    wanted = [point for point in curve if FEWEST <= point.n_parts <= MOST]
    if not wanted:
        return max((point.n_parts for point in curve), default=1)
    best = max(wanted, key=lambda point: point.agreement)
    good = [point for point in wanted if point.agreement >= best.agreement - best.error]
    return max(point.n_parts for point in good)


def _half(sample: Sample, generator: np.random.Generator) -> Sample:
    """The positions of a random half of the pictures, or of positions where there is but one."""
    pictures = np.unique(sample.picture)
    if len(pictures) < 2:
        return sample.select(generator.random(len(sample.features)) < 0.5)
    chosen = generator.permutation(pictures)[: (len(pictures) + 1) // 2]
    return sample.select(np.isin(sample.picture, chosen))
