import numpy as np
import pytest
from sklearn.metrics import davies_bouldin_score

from partonomy.concepts.selection import (
    CurvePoint,
    choose,
    davies_bouldin,
    greedy_merging,
    scatter_of,
)


def _unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def planted(k: int, noise: float = 0.1, n: int = 4000, seed: int = 0):
    generator = np.random.default_rng(seed)
    centres = _unit(generator.normal(size=(k, 32)))
    labels = generator.integers(0, k, n)
    return _unit(centres[labels] + noise * generator.normal(size=(n, 32))), labels


def test_davies_bouldin_is_scikit_learns():
    vectors, labels = planted(7, noise=0.3)
    centroids = np.stack([vectors[labels == k].mean(axis=0) for k in range(7)])
    ours = davies_bouldin(scatter_of(vectors, labels, centroids), centroids).mean()
    assert ours == pytest.approx(davies_bouldin_score(vectors, labels), rel=1e-4)


def test_davies_bouldin_of_a_single_cluster_is_zero():
    assert davies_bouldin(np.ones(1), np.ones((1, 3), np.float32)).tolist() == [0]


def test_scatter_is_the_mean_distance_and_zero_without_members():
    vectors, labels = planted(3)
    centroids = _unit(np.random.default_rng(1).normal(size=(4, 32)))
    expected = [
        np.linalg.norm(vectors[labels == k] - centroids[k], axis=1).mean() for k in range(3)
    ]
    np.testing.assert_allclose(scatter_of(vectors, labels, centroids), [*expected, 0], rtol=1e-4)


def test_merging_an_over_clustering_finds_the_planted_number():
    """Each of 12 clusters is split into 5 random pieces; the pieces are found to be one again."""
    vectors, labels = planted(12)
    generator = np.random.default_rng(0)
    pieces = labels * 5 + generator.integers(0, 5, len(labels))
    centroids = _unit(np.stack([vectors[pieces == k].mean(axis=0) for k in range(60)]))
    populations = np.bincount(pieces, minlength=60)
    curve, stages = greedy_merging(centroids, vectors, populations, fewest=2)
    chosen = choose(curve)
    assert len(stages[chosen]) == curve[chosen].n_concepts == 12
    assert [point.n_concepts for point in curve] == list(range(60, 1, -1))


def test_stage_figures_are_those_computed_afresh():
    vectors, labels = planted(6, noise=0.4)
    centroids = _unit(np.stack([vectors[labels == k].mean(axis=0) for k in range(6)]))
    curve, stages = greedy_merging(centroids, vectors, np.bincount(labels), fewest=5)
    nearest = (vectors @ centroids.T).argmax(axis=1)
    gone = next(k for k in range(6) if not (stages[1] == centroids[k]).all(axis=1).any())
    kept = [k for k in range(6) if (stages[1] == centroids[k]).all(axis=1).any()]
    assert len(kept) == 4, "two are merged, four stay"
    assert gone not in kept
    # members of the merged pair belong to the one new centroid
    new = next(i for i, row in enumerate(stages[1]) if not (centroids == row).all(axis=1).any())
    position = {
        k: next(i for i, row in enumerate(stages[1]) if (row == centroids[k]).all()) for k in kept
    }
    merged = np.array([position.get(k, new) for k in nearest])
    expected = davies_bouldin(scatter_of(vectors, merged, stages[1]), stages[1]).mean()
    assert curve[1].davies_bouldin == pytest.approx(expected, rel=1e-5)


def test_merged_centroid_is_the_weighted_mean_direction():
    vectors = _unit(np.array([[1, 0.1, 0], [1, -0.1, 0], [0, 0, 1]]))
    _, stages = greedy_merging(vectors, vectors, np.array([3, 1, 1]), fewest=2)
    expected = _unit((3 * vectors[0] + vectors[1])[None])[0]
    np.testing.assert_allclose(stages[1][0], expected, atol=1e-6)


def test_choice_stops_at_the_first_pair_that_is_no_duplicate():
    curve = [CurvePoint(5 - i, 1.0, ratio) for i, ratio in enumerate([np.inf, 3, 2.1, 1.9, 2.5])]
    assert choose(curve) == 2
    assert choose(curve[:1]) == 0
