"""The genetic search for a set of filters as DEAP's users write it: lists of bits, one by one."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from deap import algorithms, base, creator, tools
from numpy.typing import NDArray

from partonomy.emergence.evidence import Evidence
from partonomy.emergence.search import GeneticSettings

creator.create("Highest", base.Fitness, weights=(1.0,))
creator.create("Filters", list, fitness=creator.Highest)


@dataclass(frozen=True)
class Detections:
    """What each filter detects, as lists.

    Attributes:
        place: of each filter, the places that it detects something at.
        level: of each filter, how sure it is of each.
        n_true: places below this number are true boxes.
        n_annotated: true boxes there are.
    """

    place: list[NDArray[np.int64]]
    level: list[NDArray[np.int64]]
    n_true: int
    n_annotated: int

    @classmethod
    def of(cls, evidence: Evidence) -> Detections:
        """The detections that a table of evidence is of."""
        place = [np.flatnonzero(row) for row in evidence.levels]
        level = [
            row[some].astype(np.int64) for row, some in zip(evidence.levels, place, strict=True)
        ]
        return cls(place, level, evidence.n_true, evidence.n_annotated)

    def fitness(self, filters: list[int]) -> float:
        """AP of the union: lists merged, the surest of each place kept, cumulative sums."""
        if not filters:
            return 0.0
        place = np.concatenate([self.place[each] for each in filters])
        level = np.concatenate([self.level[each] for each in filters])
        order = np.argsort(-level, kind="stable")
        place, level = place[order], level[order]
        _, first = np.unique(place, return_index=True)
        first.sort()
        place, level = place[first], level[first]
        right = place < self.n_true
        last = np.flatnonzero(np.append(level[1:] != level[:-1], True))
        found = np.cumsum(right)[last]
        precision = found / (last + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float(envelope @ np.diff(found, prepend=0) / max(self.n_annotated, 1))


@dataclass(frozen=True)
class Searched:
    """A search that ended.

    Attributes:
        filters: the best set.
        fitness: of it.
        seconds: without making the lists.
    """

    filters: NDArray[np.int64]
    fitness: float
    seconds: float


def deap_search(
    detections: Detections, known: Sequence[NDArray[np.int64]], seed: int, settings: GeneticSettings
) -> Searched:
    """Search with the same operators and numbers; all generations are run.

    Args:
        detections: of the part on the training objects.
        known: sets that the first population holds.
        seed: of everything random.
        settings: of the search.
    """
    filters = len(detections.place)
    random.seed(seed)
    toolbox = base.Toolbox()
    toolbox.register("bit", lambda: int(random.random() < settings.initial))
    toolbox.register("individual", tools.initRepeat, creator.Filters, toolbox.bit, filters)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register(
        "evaluate",
        lambda bits: (detections.fitness([index for index, bit in enumerate(bits) if bit]),),
    )
    toolbox.register("select", tools.selTournament, tournsize=settings.tournament)
    toolbox.register("mate", tools.cxUniform, indpb=0.5)
    toolbox.register("mutate", tools.mutFlipBit, indpb=1 / filters)
    start = time.perf_counter()
    population = toolbox.population(settings.population)
    for each, chosen in zip(population, known, strict=False):
        each[:] = np.isin(np.arange(filters), chosen).astype(int).tolist()
    for each in population:
        each.fitness.values = toolbox.evaluate(each)
    for _ in range(settings.generations):
        elite = tools.selBest(population, settings.elite)
        parents = toolbox.select(population, settings.population - settings.elite)
        children = algorithms.varAnd(parents, toolbox, settings.crossover, 1.0)
        for each in children:
            if not each.fitness.valid:
                each.fitness.values = toolbox.evaluate(each)
        population = [*elite, *children]
    seconds = time.perf_counter() - start
    best = tools.selBest(population, 1)[0]
    return Searched(np.flatnonzero(best), best.fitness.values[0], seconds)
