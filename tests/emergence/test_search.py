"""Searches over sets of filters: fitness against a loop, planted halves, never worse than seeds."""

import numpy as np
import pytest

from emergence.planted import WHEEL, halves
from partonomy.emergence.combinations import Refined, combine_filters, union_precision
from partonomy.emergence.evidence import LEVELS, Evidence, gather_evidence
from partonomy.emergence.precision import OVERLAP
from partonomy.emergence.search import GeneticSettings, genetic_search, greedy_search

SMALL = GeneticSettings(population=40, generations=20)


def random_evidence(seed: int, filters: int = 12, places: int = 60, n_true: int = 20) -> Evidence:
    generator = np.random.default_rng(seed)
    levels = generator.integers(1, LEVELS + 1, (filters, places)).astype(np.uint16)
    levels[generator.random(levels.shape) < 0.7] = 0
    return Evidence(levels, n_true, n_true + 3)


def evidence_of(refined: Refined) -> Evidence:
    return gather_evidence(refined.share, refined.boxes, refined.truth.boxes, refined.step, OVERLAP)


def slow_fitness(evidence: Evidence, chosen: list[int]) -> float:
    """Area under the precision envelope of places by their highest level; level by level."""
    union = evidence.levels[chosen].max(axis=0)
    points = []
    for level in sorted(set(union[union > 0].tolist()), reverse=True):
        found = union >= level
        right = found[: evidence.n_true].sum()
        points.append((right, right / found.sum()))
    area, before = 0.0, 0
    for index, (right, _) in enumerate(points):
        area += (right - before) * max(precision for _, precision in points[index:])
        before = right
    return area / evidence.n_annotated


@pytest.mark.parametrize("seed", range(5))
def test_fitness_is_the_area_under_the_unions_curve(seed: int):
    evidence = random_evidence(seed)
    chosen = np.random.default_rng(seed).permutation(12)[: seed + 1]
    assert evidence.fitness(chosen) == pytest.approx(slow_fitness(evidence, chosen.tolist()))
    assert evidence.fitness(np.zeros(0, int)) == 0


def test_two_filters_that_know_half_of_a_part_each_are_found_and_score_as_one():
    training, test = halves(40, 0), halves(20, 1)
    for found in combine_filters(training, test, 3, seed=0, settings=SMALL):
        assert found.part == WHEEL
        assert found.filters.tolist() == [3, 7]
        assert (found.training, found.test) == (1.0, 1.0)
    assert union_precision(training, np.array([3])) == pytest.approx(0.5)


def test_evidence_says_what_suppression_says_where_filters_agree_on_places():
    """Where detections of different places do not overlap, both measures are one."""
    refined = halves(40, 0)
    evidence = evidence_of(refined)
    assert evidence.n_annotated == 40
    for chosen in ([3], [7], [3, 7]):
        exact = union_precision(refined, np.array(chosen))
        assert evidence.fitness(np.array(chosen)) == pytest.approx(exact)


@pytest.mark.parametrize("seed", range(3))
def test_never_worse_than_what_it_starts_from(seed: int):
    evidence = random_evidence(seed, filters=40, places=300, n_true=60)
    singles = [evidence.fitness(np.array([index])) for index in range(40)]
    greedy = greedy_search(evidence, 5)
    assert greedy.history[0] == pytest.approx(max(singles))
    assert all(b > a for a, b in zip(greedy.history, greedy.history[1:], strict=False))
    for size, chosen in enumerate(greedy.filters_by_size):
        assert evidence.fitness(chosen) == pytest.approx(greedy.history[size])
    genetic = genetic_search(evidence, seed, SMALL)
    assert genetic.fitness >= greedy.found.fitness
    assert genetic.fitness == pytest.approx(evidence.fitness(genetic.filters))
    assert all(b >= a for a, b in zip(genetic.history, genetic.history[1:], strict=False))


def test_the_same_seed_finds_the_same_whatever_the_threads():
    evidence = random_evidence(0, filters=40, places=300, n_true=60)
    one, again = (genetic_search(evidence, 4, SMALL, workers) for workers in (1, 3))
    assert one.filters.tolist() == again.filters.tolist()
    assert one.history == again.history


def test_it_stops_where_nothing_is_gained():
    evidence = evidence_of(halves(40, 0))
    settings = GeneticSettings(population=40, generations=100, patience=4)
    found = genetic_search(evidence, 0, settings)
    assert found.fitness == 1.0
    assert len(found.history) <= 8
