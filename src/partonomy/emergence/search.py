"""Which filters together find a part best: genetic and greedy search over sets of filters.

A chromosome is a row of bits, one a filter; its fitness is the average precision of the union on
the training objects. The first population holds the best single filter and the best greedy sets,
and the best two of each generation live on, so that what is found is never worse than those.
Source: arXiv 1607.03738, section 4.2 (a genetic algorithm over bit strings, fitness AP of the
union); operators and numbers as in ``docs/emergence.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.emergence.evidence import Evidence

Bits = NDArray[np.bool_]
Chosen = NDArray[np.int64]


@dataclass(frozen=True)
class GeneticSettings:
    """Of the search.

    Attributes:
        population: chromosomes of a generation.
        generations: at most.
        patience: generations without gain after which it stops.
        initial: probability of each bit of the first generation.
        crossover: probability that two parents mix their bits instead of being copied.
        tournament: chromosomes of which the fittest becomes a parent.
        elite: fittest chromosomes that live on as they are.
        greedy: filters that the greedy sets of the first generation have at most.
    """

    population: int = 200
    generations: int = 100
    patience: int = 15
    initial: float = 0.02
    crossover: float = 0.9
    tournament: int = 3
    elite: int = 2
    greedy: int = 5


GENETIC = GeneticSettings()


@dataclass(frozen=True)
class Found:
    """A set of filters.

    Attributes:
        filters: (k,) indices, rising.
        fitness: of the set on the training objects.
        history: best fitness of each generation, or of each filter added.
    """

    filters: Chosen
    fitness: float
    history: tuple[float, ...]


def genetic_search(
    evidence: Evidence,
    seed: int,
    settings: GeneticSettings = GENETIC,
    workers: int = 1,
    greedy: Greedy | None = None,
) -> Found:
    """The best set that a genetic algorithm comes upon.

    Args:
        evidence: of the part on the training objects.
        seed: of everything random.
        settings: of the search.
        workers: threads that evaluate.
        greedy: what a greedy search found, where it is known.
    """
    generator = np.random.default_rng(seed)
    filters = len(evidence.levels)
    population = generator.random((settings.population, filters)) < settings.initial
    greedy = greedy or greedy_search(evidence, settings.greedy)
    known = greedy.filters_by_size[: settings.greedy]
    for row, chosen in zip(population, known, strict=False):
        row[:] = False
        row[chosen] = True
    with ThreadPoolExecutor(workers) as pool:
        evaluate = _Evaluated(evidence, pool, workers)
        fitness = evaluate(population)
        history = [float(fitness.max())]
        for _ in range(settings.generations):
            best = np.argsort(-fitness, kind="stable")[: settings.elite]
            children = _children(population, fitness, settings, generator)
            population = np.concatenate([population[best], children])
            fitness = np.concatenate([fitness[best], evaluate(children)])
            history.append(float(fitness.max()))
            recent = history[-settings.patience - 1 :]
            if len(recent) > settings.patience and recent[-1] <= recent[0]:
                break
    best_row = int(fitness.argmax())
    return Found(np.flatnonzero(population[best_row]), float(fitness[best_row]), tuple(history))


@dataclass(frozen=True)
class Greedy:
    """Sets that grow by the filter that helps most.

    Attributes:
        order: (k,) filters as they were added.
        history: fitness with each of them.
    """

    order: Chosen
    history: tuple[float, ...]

    @property
    def filters_by_size(self) -> Sequence[Chosen]:
        """The set of one filter, of two, ..."""
        return [np.sort(self.order[: size + 1]) for size in range(len(self.order))]

    @property
    def found(self) -> Found:
        """The best of the sets."""
        size = int(np.argmax(self.history))
        return Found(self.filters_by_size[size], self.history[size], self.history)


def greedy_search(evidence: Evidence, most: int) -> Greedy:
    """Add the filter that helps most, until none helps or there are enough.

    Args:
        evidence: of the part on the training objects.
        most: filters.
    """
    order: list[int] = []
    history: list[float] = []
    union = np.zeros(evidence.levels.shape[1], np.uint16)
    while len(order) < min(most, len(evidence.levels)):
        fitness = np.array([evidence.of_union(np.maximum(union, row)) for row in evidence.levels])
        best = int(fitness.argmax())
        if history and fitness[best] <= history[-1]:
            break
        order.append(best)
        history.append(float(fitness[best]))
        union = np.maximum(union, evidence.levels[best])
    return Greedy(np.array(order, np.int64), tuple(history))


class _Evaluated:
    """The fitness of chromosomes; many come up again and again, and each is evaluated once."""

    def __init__(self, evidence: Evidence, pool: ThreadPoolExecutor, workers: int) -> None:
        self._evidence, self._pool, self._workers = evidence, pool, workers
        self._known: dict[bytes, float] = {}

    def __call__(self, population: Bits) -> NDArray[np.float64]:
        keys = [row.tobytes() for row in np.packbits(population, axis=1)]
        pairs = zip(keys, population, strict=True)
        new = list({key: row for key, row in pairs if key not in self._known}.items())
        shares = [new[start :: self._workers] for start in range(self._workers)]
        for found in self._pool.map(self._of, shares):
            self._known.update(found)
        return np.array([self._known[key] for key in keys])

    def _of(self, rows: Sequence[tuple[bytes, Bits]]) -> dict[bytes, float]:
        return {key: self._evidence.fitness(np.flatnonzero(row)) for key, row in rows}


def _children(
    population: Bits,
    fitness: NDArray[np.float64],
    settings: GeneticSettings,
    generator: np.random.Generator,
) -> Bits:
    """The next generation but for the elite: tournaments, uniform crossover, bits that flip."""
    count, filters = settings.population - settings.elite, population.shape[1]
    rivals = generator.integers(0, len(population), (2, count, settings.tournament))
    winner = np.take_along_axis(rivals, fitness[rivals].argmax(axis=2)[..., None], axis=2)[..., 0]
    first, second = population[winner[0]], population[winner[1]]
    mixes = generator.random(count) < settings.crossover
    from_second = (generator.random((count, filters)) < 0.5) & mixes[:, None]
    children = np.where(from_second, second, first)
    flips: Bits = generator.random((count, filters)) < 1 / filters
    return children ^ flips
