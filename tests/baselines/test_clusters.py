"""k-means finds what was planted, whatever its scale."""

from __future__ import annotations

import numpy as np

from partonomy.baselines import PointClusters, kmeans


def test_planted_clusters_are_found_whatever_their_scale() -> None:
    random = np.random.default_rng(0)
    group = random.integers(3, size=(40, 50))
    foreground = random.random((40, 50)) < 0.7
    inside = group[foreground]
    points = np.stack([1000 * (inside == 1), 0.01 * (inside == 2), 0 * inside], axis=1)
    points = (points + random.normal(0, [20, 2e-4, 0], points.shape)).astype(np.float32)
    labels = PointClusters.fit(points, 3, seed=0).labels(points, foreground)
    assert (labels[~foreground] == 0).all()
    pairs = {(int(a), int(b)) for a, b in zip(labels[foreground], inside, strict=True)}
    assert len(pairs) == 3
    assert {label for label, _ in pairs} == {1, 2, 3}


def test_scores_rank_as_distances_do() -> None:
    random = np.random.default_rng(1)
    points = random.normal(size=(200, 4)).astype(np.float32)
    clusters = PointClusters.fit(points, 5, seed=2)
    scaled = points / clusters.scale
    apart = ((scaled[:, None] - clusters.centroids) ** 2).sum(axis=2)
    np.testing.assert_array_equal(clusters.scores(points).argmax(axis=1), apart.argmin(axis=1))


def test_spherical_centroids_have_unit_length_and_seeds_repeat() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(300, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    once, again, other = (
        kmeans(vectors, 4, seed, restarts=1, spherical=True) for seed in (0, 0, 1)
    )
    np.testing.assert_allclose(np.linalg.norm(once, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()
