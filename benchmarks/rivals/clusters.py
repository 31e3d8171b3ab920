"""Plain k-means of a network's features."""

from __future__ import annotations

from collections.abc import Iterator

import faiss
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.bench import Cut, Segmenter, cuts, label_maps
from benchmarks.datasets import LabelledPicture
from benchmarks.metrics import Labels
from partonomy.features import PictureFeatures

RESTARTS, ITERATIONS = 2, 25


def fit(vectors: NDArray[np.float32]) -> Segmenter:
    """Spherical k-means of all (n, C) unit features; each cell is its nearest centroid's."""
    centroids = {cut: kmeans(vectors, cut, spherical=True) for cut in cuts()}
    stacked = torch.from_numpy(np.concatenate(list(centroids.values())))
    sizes = {cut: len(each) for cut, each in centroids.items()}

    def segment(_: LabelledPicture, features: PictureFeatures) -> Iterator[tuple[Cut, Labels]]:
        scores = torch.einsum("kc,chw->khw", stacked, features.unit)
        return label_maps(scores, sizes, features)

    return segment


def kmeans(
    vectors: NDArray[np.float32],
    cut: Cut,
    *,
    restarts: int = RESTARTS,
    iterations: int = ITERATIONS,
    spherical: bool = False,
) -> NDArray[np.float32]:
    """(K, C) centroids of (n, C) vectors, from all of them."""
    n_clusters, seed = cut
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
