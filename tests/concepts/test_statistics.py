import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partonomy.concepts.statistics import PLACES, best_positions, firing_threshold, place_histogram


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
