"""Plain k-means, of a network's features or of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]

MOST_POINTS = 50_000
"""Every so-many-th point is clustered, so that there are no more."""
RESTARTS, ITERATIONS = 10, 25


def kmeans(
    vectors: Points,
    n_clusters: int,
    seed: int,
    *,
    restarts: int = RESTARTS,
    iterations: int = ITERATIONS,
    spherical: bool = False,
) -> Points:
    """(K, D) centroids of (n, D) vectors, from all of them.

    Args:
        vectors: in memory as rows.
        n_clusters: K.
        seed: of the starts.
        restarts: the best of so many is taken.
        iterations: of each.
        spherical: whether centroids are brought to unit length.
    """
    import faiss

    clustering = faiss.Kmeans(
        vectors.shape[1],
        n_clusters,
        niter=iterations,
        nredo=restarts,
        spherical=spherical,
        seed=seed + 1,
        min_points_per_centroid=1,
        max_points_per_centroid=len(vectors),
    )
    clustering.train(vectors)
    return np.asarray(clustering.centroids)


@dataclass(frozen=True)
class PointClusters:
    """k-means of points, each quantity scaled to a deviation of 1.

    Attributes:
        scale: (D,) what points are divided by.
        centroids: (K, D) of scaled points.
    """

    scale: Points
    centroids: Points

    @classmethod
    def fit(cls, points: Points, n_clusters: int, seed: int) -> PointClusters:
        """Cluster (n, D) points, ``MOST_POINTS`` of them at most."""
        deviation = points.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1).astype(np.float32)
        step = -(-len(points) // MOST_POINTS)
        some = np.ascontiguousarray((points / scale)[::step])
        return cls(scale, kmeans(some, n_clusters, seed))

    def scores(self, points: Points) -> Points:
        """(n, K) minus half the squared distances of (n, D) points, up to a term of each."""
        return (points / self.scale) @ self.centroids.T - (self.centroids**2).sum(axis=1) / 2

    def labels(self, points: Points, foreground: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """The cluster of each pixel, from 1; 0 in the background.

        Args:
            points: (n, D) of the foreground's pixels.
            foreground: (height, width).
        """
        labels = np.zeros(foreground.shape, np.uint8)
        labels[foreground] = self.scores(points).argmax(axis=1) + 1
        return labels
