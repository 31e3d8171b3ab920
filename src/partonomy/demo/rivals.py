"""What parts must be better than: clusters of pixels, and what an untrained network sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from partonomy.backbones import Backbone, load_backbone
from partonomy.backbones.registry import random_weights
from partonomy.baselines import PointClusters, colour_and_position
from partonomy.concepts import DiscoverSettings, VisualConcepts
from partonomy.demo.scoring import Labels
from partonomy.demo.truth import TrueClass
from partonomy.errors import PartonomyError
from partonomy.features import FeatureExtractor

RANDOM = "the same network with random weights"
COLOUR = "k-means on colour and position"


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
