"""Spherical k-means: clusters of unit vectors by cosine.

Notation
    X   unit vectors (n, C)
    M   unit centroids (k, C)
    objective: mean over x of max over m of <x, m>, to be made large

Seeding is k-means++ with squared distance 2 (1 - cos). Of several seedings, the one that is best
after a few iterations on a small subset is run to the end: on a larger subset, then, for a few
iterations more, on all. Source of the method's use:
arXiv 1511.06855, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.errors import PartonomyError

Vectors = NDArray[np.float32]
Lloyd = Callable[[Vectors, int], tuple[Vectors, float]]
"""From centroids, some iterations on: the new centroids and the objective, summed."""

_TRIAL_VECTORS = 64
"""Vectors for each centroid that seedings are tried on."""
_TRIAL_ITERATIONS = 5
_ENOUGH_VECTORS = 256
"""Vectors for each centroid on which iterations move centroids nearly as on all."""
_ITERATIONS_ON_ENOUGH = 15
_ITERATIONS_AFTER = 2
"""On all vectors: the first gains most of what the subset left, and each costs several of its."""
_ROUND_ITERATIONS = 5
_CHUNK_VALUES = 1 << 25


@dataclass(frozen=True)
class KMeansResult:
    """Clusters of unit vectors.

    Attributes:
        centroids: (k, C) float32, unit length.
        objective: mean cosine of the vectors to their centroids.
    """

    centroids: Vectors
    objective: float


def spherical_kmeans(
    vectors: Vectors,
    n_clusters: int,
    *,
    n_init: int = 3,
    max_iter: int = 25,
    tol: float = 5e-4,
    seed: int = 0,
    device: str = "cpu",
) -> KMeansResult:
    """Cluster unit vectors.

    Args:
        vectors: (n, C) float32, unit length.
        n_clusters: k.
        n_init: seedings tried.
        max_iter: iterations at most; where there are many vectors, fewer, nearly all of them on
            a subset.
        tol: relative gain of the objective over a round of iterations below which it ends.
        seed: of the seedings.
        device: ``cpu`` clusters with faiss, ``cuda`` with torch.

    Raises:
        PartonomyError: there are fewer vectors than clusters.
    """
    if len(vectors) < n_clusters:
        raise PartonomyError(
            f"{len(vectors)} positions cannot make {n_clusters} concepts: "
            "ask for fewer with --concepts, or give more pictures"
        )
    shuffled = np.random.default_rng(seed).permutation(len(vectors))
    few = vectors[shuffled[: n_clusters * _TRIAL_VECTORS]]
    generator = np.random.default_rng([seed, 1])
    on_few = _lloyd(few, device)
    trials = [
        on_few(seed_centroids(few, n_clusters, generator), _TRIAL_ITERATIONS) for _ in range(n_init)
    ]
    centroids = max(trials, key=lambda trial: trial[1])[0]
    many = n_clusters * _ENOUGH_VECTORS
    if len(vectors) > 1.5 * many:
        some = vectors[np.sort(shuffled[:many])]
        on_some = min(max_iter, _ITERATIONS_ON_ENOUGH)
        centroids, _ = _converge(_lloyd(some, device), centroids, on_some, tol)
        max_iter = min(max_iter, _ITERATIONS_AFTER)
    centroids, objective = _converge(_lloyd(vectors, device), centroids, max_iter, tol)
    return KMeansResult(centroids, objective / len(vectors))


def _converge(lloyd: Lloyd, centroids: Vectors, max_iter: int, tol: float) -> tuple[Vectors, float]:
    """Rounds of iterations until one gains less than ``tol``, or ``max_iter`` are done."""
    objective, done = -np.inf, 0
    while done < max_iter:
        before = objective
        centroids, objective = lloyd(centroids, min(_ROUND_ITERATIONS, max_iter - done))
        done += _ROUND_ITERATIONS
        if objective - before < tol * abs(objective):
            break
    return centroids, objective


def seed_centroids(
    vectors: Vectors, n_clusters: int, generator: np.random.Generator, power: int = 1
) -> Vectors:
    """k-means++: each next centroid is a vector drawn by (1 - cos) to the nearest so far.

    Args:
        vectors: (n, C) float32, unit length.
        n_clusters: k.
        generator: where the draws come from.
        power: of (1 - cos); 1 is squared distance, as k-means++ wants.

    Returns:
        (k, C) float32.
    """
    count = len(vectors)
    chosen = np.empty(n_clusters, np.int64)
    chosen[0] = generator.integers(count)
    distance = np.full(count, np.inf, np.float32)
    for index in range(1, n_clusters):
        last = vectors[chosen[index - 1]]
        np.minimum(distance, (1 - vectors @ last).clip(0) ** power, out=distance)
        total = np.cumsum(distance, dtype=np.float64)
        # only copies of chosen vectors are left where the total is 0
        draw = generator.random() * total[-1]
        chosen[index] = min(int(np.searchsorted(total, draw, side="right")), count - 1)
    return vectors[chosen]


def _lloyd(vectors: Vectors, device: str) -> Lloyd:
    """Iterations of k-means on some vectors: by faiss on a CPU, by torch elsewhere."""
    if device == "cpu":
        return partial(_lloyd_faiss, np.ascontiguousarray(vectors))
    return partial(_lloyd_torch, torch.from_numpy(vectors).to(device))


def _lloyd_faiss(vectors: Vectors, start: Vectors, iterations: int) -> tuple[Vectors, float]:
    """Some iterations; the centroids, and the summed cosine before the last was done."""
    import faiss

    kmeans = faiss.Kmeans(
        vectors.shape[1],
        len(start),
        niter=iterations,
        spherical=True,
        max_points_per_centroid=len(vectors),
        min_points_per_centroid=1,
    )
    kmeans.train(vectors, init_centroids=start)
    return np.asarray(kmeans.centroids), float(np.asarray(kmeans.obj)[-1])


def _lloyd_torch(vectors: Tensor, start: Vectors, iterations: int) -> tuple[Vectors, float]:
    """Likewise, without an (n, k) matrix; an empty cluster takes the worst-served vector."""
    centroids, objective = torch.from_numpy(start).to(vectors.device), -np.inf
    for _ in range(iterations):
        best, labels = nearest(vectors, centroids)
        objective = float(best.double().sum())
        sums = torch.zeros_like(centroids).index_add_(0, labels, vectors)
        empty = torch.bincount(labels, minlength=len(centroids)) == 0
        if empty.any():
            sums[empty] = vectors[best.topk(int(empty.sum()), largest=False).indices]
        centroids = torch.nn.functional.normalize(sums, dim=1)
    return centroids.cpu().numpy(), objective


def nearest(vectors: Tensor, centroids: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine to, and index of, each unit vector's nearest centroid: (n,) and (n,)."""
    step = max(1, _CHUNK_VALUES // len(centroids))
    found = [(part @ centroids.T).max(dim=1) for part in torch.split(vectors, step)]
    return torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])


def cosine_to(
    vectors: Vectors, centroids: Vectors, labels: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Cosine of each vector to the centroid that it is labelled with: (n,).

    By products of chunks with all centroids, several times faster than gathering a centroid for
    each vector.
    """
    step = max(1, _CHUNK_VALUES // len(centroids))
    cosine = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), step):
        part = slice(start, start + step)
        product = vectors[part] @ centroids.T
        cosine[part] = np.take_along_axis(product, labels[part, None], axis=1)[:, 0]
    return cosine
