"""What parts must be better than: clusters of pixels, and what an untrained network sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from partonomy.backbones import Backbone, load_backbone
from partonomy.backbones.registry import random_weights
from partonomy.concepts import DiscoverSettings, VisualConcepts
from partonomy.demo.scoring import Labels
from partonomy.demo.truth import TrueClass
from partonomy.errors import PartonomyError
from partonomy.features import FeatureExtractor

Points = NDArray[np.float32]

RANDOM = "the same network with random weights"
COLOUR = "k-means on colour and position"

MOST_POINTS = 50_000
"""Every so-many-th point is clustered, so that there are no more."""
RESTARTS, ITERATIONS = 10, 25


def position(foreground: NDArray[np.bool_]) -> Points:
    """(n, 2) y and x of the foreground's pixels, from 0 to 1 over its box."""
    pixels = np.argwhere(foreground).astype(np.float32)
    if not len(pixels):
        return pixels
    first, last = pixels.min(axis=0), pixels.max(axis=0)
    return (pixels - first) / np.maximum(last - first, 1)


def colour_and_position(rgb: NDArray[np.uint8], foreground: NDArray[np.bool_]) -> Points:
    """(n, 5) CIE Lab of the foreground's pixels, and their position.

    Args:
        rgb: (height, width, 3).
        foreground: (height, width).
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.hstack([lab[foreground], position(foreground)])


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
        import faiss

        deviation = points.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1).astype(np.float32)
        step = -(-len(points) // MOST_POINTS)
        some = np.ascontiguousarray((points / scale)[::step])
        clustering = faiss.Kmeans(
            some.shape[1],
            n_clusters,
            niter=ITERATIONS,
            nredo=RESTARTS,
            seed=seed + 1,
            min_points_per_centroid=1,
            max_points_per_centroid=len(some),
        )
        clustering.train(some)
        return cls(scale, np.asarray(clustering.centroids))

    def labels(self, points: Points, foreground: NDArray[np.bool_]) -> Labels:
        """The cluster of each pixel, from 1; 0 in the background.

        Args:
            points: (n, D) of the foreground's pixels.
            foreground: (height, width).
        """
        labels = np.zeros(foreground.shape, np.uint8)
        distances = (self.centroids**2).sum(axis=1) - 2 * (points / self.scale) @ self.centroids.T
        labels[foreground] = distances.argmin(axis=1) + 1
        return labels


def untrained(network: str, layers: Sequence[str], seed: int) -> Backbone:
    """A network by name as it is before training."""
    return load_backbone(random_weights(network, seed).network, layers)


def rivals(
    blank: Backbone, truth: TrueClass, settings: DiscoverSettings
) -> Iterator[tuple[str, list[Labels]]]:
    """What each rival finds in each picture of a class, as many parts as there are.

    Args:
        blank: the network before training.
        truth: the pictures.
        settings: what parts are discovered with.
    """
    yield RANDOM, in_network(blank, truth, settings)
    yield COLOUR, by_colour(truth, settings.seed)


def by_colour(truth: TrueClass, seed: int) -> list[Labels]:
    """Clusters of colour and position in each picture's given foreground."""
    masks = [labels > 0 for labels in truth.labels]
    points = [colour_and_position(truth.pixels(index), mask) for index, mask in enumerate(masks)]
    clusters = PointClusters.fit(np.concatenate(points), truth.n_parts, seed)
    return [clusters.labels(*each) for each in zip(points, masks, strict=True)]


def in_network(backbone: Backbone, truth: TrueClass, settings: DiscoverSettings) -> list[Labels]:
    """The parts that ``discover`` finds within the given foreground, without a run folder.

    Args:
        backbone: the network.
        truth: the pictures.
        settings: ``n_parts``, ``size``, ``context`` and ``seed`` of them.

    Raises:
        PartonomyError: a picture cannot be used, or the network gives nothing.
    """
    masks = truth.foreground
    extractor = FeatureExtractor(backbone, settings.size, masks=masks)
    estimator = VisualConcepts(
        n_parts=settings.n_parts,
        size=settings.size,
        context=settings.context,
        random_state=settings.seed,
    )
    estimator.fit_features(extractor, truth.pictures)
    found = [parts.labels() for parts in estimator.predict(truth.pictures, masks)]
    if estimator.skipped_:
        raise PartonomyError(f"{truth.name}: {estimator.skipped_[0].reason}")
    return found
