import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partonomy.concepts.statistics import (
    PLACES,
    STRANGE,
    best_positions,
    firing_threshold,
    known_cosine,
    place_histogram,
)


def _line_search(cosine, picture, uncovered):
    """The published search, made slow and obvious: lower the threshold until enough is covered."""
    for threshold in sorted(set(cosine.tolist()), reverse=True):
        shares = [(cosine[picture == p] < threshold).mean() for p in np.unique(picture)]
        if np.mean(shares) <= uncovered + 1e-9:
            return threshold
    raise AssertionError


@given(st.integers(0, 10**6), st.integers(1, 5), st.sampled_from([0.1, 0.2, 0.5]))
def test_threshold_is_what_a_line_search_finds(seed, n_pictures, uncovered):
    generator = np.random.default_rng(seed)
    picture = np.concatenate([np.full(generator.integers(1, 9), p) for p in range(n_pictures)])
    cosine = generator.random(len(picture)).round(2)
    threshold, coverage = firing_threshold(cosine, picture, uncovered)
    assert threshold == pytest.approx(_line_search(cosine, picture, uncovered))
    shares = [(cosine[picture == p] >= threshold).mean() for p in np.unique(picture)]
    assert coverage == pytest.approx(np.mean(shares))
    assert coverage >= 1 - uncovered - 1e-9


def test_threshold_of_nothing():
    assert firing_threshold(np.zeros(0), np.zeros(0, int)) == (0.0, 0.0)


def test_places_are_shares_of_each_group():
    place = np.array([[0.01, 0.99], [0.01, 0.99], [0.5, 0.5], [1.0, 0.0]], np.float32)
    histogram = place_histogram(place, np.array([0, 0, 0, 1]), 3)
    assert histogram[0, 0, PLACES - 1] == pytest.approx(2 / 3)
    assert histogram[0, PLACES // 2, PLACES // 2] == pytest.approx(1 / 3)
    assert histogram[1, PLACES - 1, 0] == 1
    assert histogram[2].sum() == 0


def test_best_positions_are_the_strongest_one_a_picture():
    generator = np.random.default_rng(0)
    strength, labels = generator.random(300), generator.integers(0, 4, 300)
    picture = generator.integers(0, 20, 300)
    for group, chosen in enumerate(best_positions(strength, labels, picture, 5, 6)):
        best = {}
        for index in np.flatnonzero(labels == group):
            if (
                strength[index] > strength[best.get(picture[index], index)]
                or picture[index] not in best
            ):
                best[picture[index]] = index
        expected = sorted(best.values(), key=lambda index: -strength[index])[:6]
        assert chosen.tolist() == expected


def _unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _slow_known_cosine(vectors, labels, picture):
    """Concepts made anew for each picture, from the others' positions."""
    best = []
    for each in np.unique(picture):
        own = picture == each
        concepts = [
            vectors[~own & (labels == concept)].sum(axis=0) for concept in np.unique(labels[~own])
        ]
        best.append((vectors[own] @ _unit(np.array(concepts)).T).max(axis=1))
    return np.quantile(np.concatenate(best), STRANGE)


@pytest.mark.parametrize("seed", range(5))
def test_known_cosine_is_that_of_concepts_without_the_picture(seed):
    generator = np.random.default_rng(seed)
    picture = np.repeat(np.arange(6), generator.integers(20, 60, 6))
    vectors = _unit(generator.normal(size=(len(picture), 5)))
    labels = generator.integers(0, 8, len(picture))
    labels[picture == 2] = 8  # a concept that one picture has alone knows no other
    found = known_cosine(vectors, labels, picture)
    assert found == pytest.approx(_slow_known_cosine(vectors, labels, picture), abs=1e-5)


def test_concepts_that_are_a_picture_each_know_no_other():
    """However well they fit their own; a threshold of their own fit would leave out all others."""
    picture = np.repeat(np.arange(4), 30)
    vectors = np.eye(4, dtype=np.float32)[picture]
    assert known_cosine(vectors, picture, picture) == 0
    shared = np.zeros_like(picture)
    same = np.tile(vectors[:1], (len(picture), 1))
    assert known_cosine(same, shared, picture) == pytest.approx(1)


def test_known_cosine_of_one_picture_and_of_few_positions_each():
    vectors = _unit(np.random.default_rng(0).normal(size=(40, 3)))
    labels = np.arange(40) % 4
    alone = known_cosine(vectors, labels, np.zeros(40, np.int64))
    assert alone == 0, "one picture does not tell how others differ: everything is known"
    few = known_cosine(vectors, labels, np.arange(40) // 4)
    assert few == pytest.approx(_slow_known_cosine(vectors, labels, np.arange(40) // 4), abs=1e-5)
    assert known_cosine(vectors[:0], labels[:0], np.zeros(0, np.int64)) == 0
