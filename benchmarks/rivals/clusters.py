"""Plain k-means of a network's features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.bench import Cut, Segmenter, cuts, label_maps
from benchmarks.datasets import LabelledPicture
from benchmarks.metrics import Labels
from partonomy.baselines import kmeans
from partonomy.baselines.fitting import ITERATIONS, RESTARTS
from partonomy.features import PictureFeatures

__all__ = ["ITERATIONS", "RESTARTS", "fit"]


def fit(vectors: NDArray[np.float32]) -> Segmenter:
    """Spherical k-means of all (n, C) unit features; each cell is its nearest centroid's."""
    centroids = {
        cut: kmeans(vectors, *cut, restarts=RESTARTS, iterations=ITERATIONS, spherical=True)
        for cut in cuts()
    }
    stacked = torch.from_numpy(np.concatenate(list(centroids.values())))
    sizes = {cut: len(each) for cut, each in centroids.items()}

    def segment(_: LabelledPicture, features: PictureFeatures) -> Iterator[tuple[Cut, Labels]]:
        scores = torch.einsum("kc,chw->khw", stacked, features.unit)
        return label_maps(scores, sizes, features)

    return segment
