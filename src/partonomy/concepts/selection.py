"""How many concepts: the Davies-Bouldin index along greedy merging of an over-clustering.

Notation
    s_k     mean distance of the members of cluster k to its centroid
    DB(k) = max over m != k of (s_k + s_m) / ||mu_k - mu_m||: small for a tight, separate cluster
    index = mean of DB(k)

Source: arXiv 1511.06855, section 3 (the index, merging); the rule's constants are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.features.kmeans import cosine_to

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class CurvePoint:
    """A stage of merging.

    Attributes:
        n_concepts: clusters left.
        davies_bouldin: the index.
        merged_ratio: (s_a + s_b) / ||mu_a - mu_b|| of the pair that was merged last (infinite at
            the start).
    """

    n_concepts: int
    davies_bouldin: float
    merged_ratio: float


DUPLICATE_RATIO = 2.0
"""Ratio over which two clusters are one: see :func:`choose`."""


def davies_bouldin(scatter: NDArray[np.float64], centroids: Vectors) -> NDArray[np.float64]:
    """DB(k) of every cluster.

    Args:
        scatter: (k,) mean distances s_k of members to their centroid.
        centroids: (k, C).

    Returns:
        (k,) float; 0 where there is one cluster only.
    """
    if len(centroids) < 2:
        return np.zeros(len(centroids))
    return _ratios(scatter, centroids).max(axis=1)


def _ratios(scatter: NDArray[np.float64], centroids: Vectors) -> NDArray[np.float64]:
    """(k, k) ratios (s_k + s_m) / ||mu_k - mu_m||, minus infinity on the diagonal."""
    wide = centroids.astype(np.float64)
    squares = (wide**2).sum(axis=1)
    apart = np.sqrt((squares[:, None] + squares[None] - 2 * wide @ wide.T).clip(1e-12))
    ratios = (scatter[:, None] + scatter[None]) / apart
    np.fill_diagonal(ratios, -np.inf)
    return ratios


def scatter_of(
    vectors: Vectors, labels: NDArray[np.int64], centroids: Vectors
) -> NDArray[np.float64]:
    """(k,) mean Euclidean distance of each cluster's members to its centroid; 0 if it has none."""
    cosine = cosine_to(vectors, centroids, labels)
    norms = (centroids**2).sum(axis=1)[labels]
    distance = np.sqrt((1 + norms - 2 * cosine).clip(0))
    counts = np.bincount(labels, minlength=len(centroids))
    sums = np.bincount(labels, weights=distance, minlength=len(centroids))
    return sums / np.maximum(counts, 1)


def greedy_merging(
    centroids: Vectors, vectors: Vectors, populations: NDArray[np.int64], fewest: int
) -> tuple[list[CurvePoint], list[Vectors]]:
    """Merge the least separate pair of clusters again and again, and measure every stage.

    The least separate pair is that of the largest ratio under the index. A merged centroid is the
    population-weighted mean of the two, brought to unit length.

    Args:
        centroids: (k, C) unit centroids of the over-clustering.
        vectors: (n, C) unit vectors held out from fitting, on which everything is measured.
        populations: (k,) how many vectors each cluster had in fitting.
        fewest: where to stop.

    Returns:
        The curve from k clusters to ``fewest``, and the centroids at each point.
    """
    merged, weights = centroids, np.maximum(populations, 1e-3)
    labels = (vectors @ merged.T).argmax(axis=1)
    scatter = scatter_of(vectors, labels, merged)
    ratios = _ratios(scatter, merged)
    curve = [CurvePoint(len(merged), float(ratios.max(axis=1).mean()), np.inf)]
    stages = [merged]
    while len(merged) > max(fewest, 2):
        first, second = sorted(map(int, np.unravel_index(ratios.argmax(), ratios.shape)))
        ratio = float(ratios[first, second])
        merged, weights = _merge(merged, weights, first, second)
        labels = np.where(labels == second, first, labels) - (labels > second)
        scatter = np.delete(scatter, second)
        members = vectors[labels == first]
        alone = np.zeros(len(members), np.int64)
        scatter[first] = scatter_of(members, alone, merged[first : first + 1])[0]
        ratios = _ratios(scatter, merged)
        curve.append(CurvePoint(len(merged), float(ratios.max(axis=1).mean()), ratio))
        stages.append(merged)
    return curve, stages


def _merge(
    centroids: Vectors, weights: NDArray[np.float64], first: int, second: int
) -> tuple[Vectors, NDArray[np.float64]]:
    mean = weights[first] * centroids[first] + weights[second] * centroids[second]
    centroids, weights = np.delete(centroids, second, axis=0), weights.copy()
    weights[first] += weights[second]
    centroids[first] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return centroids, np.delete(weights, second)


def choose(curve: list[CurvePoint]) -> int:
    """Index of the point at which what is left to merge are no duplicates.

    The index itself falls all the way to a handful of clusters on every network that we measured,
    so its minimum says nothing about how many there are. But the ratio under it does: where
    (s_a + s_b) / ||mu_a - mu_b|| is over 2, the centroids are nearer to each other than members
    are to their own, and the two are one cluster.
    """
    kept = 0
    while kept + 1 < len(curve) and curve[kept + 1].merged_ratio > DUPLICATE_RATIO:
        kept += 1
    return kept
