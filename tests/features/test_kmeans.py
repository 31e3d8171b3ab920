import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans

from partonomy.concepts.mixture import von_mises_fisher_mixture
from partonomy.errors import PartonomyError
from partonomy.features.kmeans import (
    _lloyd_torch,  # the CUDA path runs on any device
    cosine_to,
    nearest,
    seed_centroids,
    spherical_kmeans,
)


def planted(n: int = 3000, k: int = 12, channels: int = 24, noise: float = 0.05, seed: int = 0):
    """Unit vectors around k random directions, and which."""
    generator = np.random.default_rng(seed)
    centres = _unit(generator.normal(size=(k, channels)))
    labels = np.arange(n) % k
    vectors = centres[labels] + noise * generator.normal(size=(n, channels))
    return _unit(vectors).astype(np.float32), labels, centres.astype(np.float32)


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _same_partition(labels, others) -> bool:
    return len(set(zip(labels.tolist(), others.tolist(), strict=True))) == len(set(labels.tolist()))


@pytest.mark.parametrize("cluster", [spherical_kmeans, von_mises_fisher_mixture])
def test_finds_planted_clusters(cluster):
    vectors, labels, _ = planted()
    result = cluster(vectors, 12, seed=1)
    found = (vectors @ result.centroids.T).argmax(axis=1)
    assert _same_partition(labels, found)
    assert result.centroids.shape == (12, 24)
    np.testing.assert_allclose(np.linalg.norm(result.centroids, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("cluster", [spherical_kmeans, von_mises_fisher_mixture])
def test_objective_is_the_mean_cosine_to_the_nearest_centroid(cluster):
    vectors, _, _ = planted(noise=0.3)
    result = cluster(vectors, 8, seed=3)
    assert result.objective == pytest.approx(
        (vectors @ result.centroids.T).max(axis=1).mean(), rel=2e-3
    )


@pytest.mark.parametrize("cluster", [spherical_kmeans, von_mises_fisher_mixture])
def test_same_seed_gives_the_same_bits_and_another_seed_may_not(cluster):
    vectors, _, _ = planted(noise=0.4)
    first, again, other = (cluster(vectors, 20, seed=seed).centroids for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_is_as_good_as_scikit_learn():
    vectors, _, _ = planted(noise=0.3, seed=4)
    ours = spherical_kmeans(vectors, 30, seed=0).objective
    theirs = KMeans(30, n_init=3, random_state=0).fit(vectors).cluster_centers_
    cosine = (vectors @ _unit(theirs).T).max(axis=1).mean()
    assert ours > 0.995 * cosine


def test_torch_path_agrees_with_faiss():
    vectors, _, _ = planted(noise=0.3)
    start = seed_centroids(vectors, 12, np.random.default_rng(0))
    _, by_torch = _lloyd_torch(torch.from_numpy(vectors), start, 10)
    assert by_torch / len(vectors) == pytest.approx(
        spherical_kmeans(vectors, 12, seed=0).objective, rel=0.02
    )


def test_torch_path_refills_empty_clusters():
    vectors, _, centres = planted(k=4, n=400)
    start = np.concatenate([centres[:3], -centres[:1], -centres[:1]]).astype(np.float32)
    centroids, _ = _lloyd_torch(torch.from_numpy(vectors), start, 5)
    used = np.unique((vectors @ centroids.T).argmax(axis=1))
    assert len(used) == 5


def test_more_identical_vectors_than_directions_do_not_fail():
    vectors = np.repeat(np.eye(4, dtype=np.float32), 10, axis=0)
    result = spherical_kmeans(vectors, 6, seed=0)
    assert np.isfinite(result.centroids).all()
    assert result.objective == pytest.approx(1.0)


@pytest.mark.parametrize("cluster", [spherical_kmeans, von_mises_fisher_mixture])
def test_fewer_vectors_than_clusters_names_the_option(cluster):
    vectors, _, _ = planted(n=24)
    with pytest.raises(PartonomyError, match=r"24 positions cannot make 30 concepts.*--concepts"):
        cluster(vectors, 30)


def test_nearest_in_chunks_is_nearest_at_once(monkeypatch):
    vectors, _, centres = planted()
    whole = nearest(torch.from_numpy(vectors), torch.from_numpy(centres))
    monkeypatch.setattr("partonomy.features.kmeans._CHUNK_VALUES", 100)
    parts = nearest(torch.from_numpy(vectors), torch.from_numpy(centres))
    assert torch.equal(whole[1], parts[1])
    torch.testing.assert_close(whole[0], parts[0])


def test_mixture_likelihood_never_falls():
    from partonomy.concepts.mixture import _step

    vectors, _, _ = planted(noise=0.5)
    data = torch.from_numpy(vectors)
    means = data[:10].clone()
    weights = torch.full((10,), 0.1)
    likelihoods = []
    for _ in range(15):
        means, weights, likelihood = _step(data, means, weights, 30.0)
        likelihoods.append(likelihood)
        assert float(weights.sum()) == pytest.approx(1, abs=1e-4)
    assert (np.diff(likelihoods) > -1e-5).all()


def test_cosine_to_is_that_of_the_labelled_centroid(monkeypatch):
    vectors, _, centres = planted(n=50)
    labels = np.random.default_rng(0).integers(0, 12, 50)
    monkeypatch.setattr("partonomy.features.kmeans._CHUNK_VALUES", 100)
    expected = [vectors[index] @ centres[label] for index, label in enumerate(labels)]
    np.testing.assert_allclose(cosine_to(vectors, centres, labels), expected, rtol=1e-5)
