"""The baselines by name, and how each is fitted on a collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import torch
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.baselines.clusters import MOST_POINTS, PointClusters, Points, kmeans
from partonomy.baselines.factorization import MOST_VECTORS, factorized
from partonomy.baselines.features import FeatureBaseline, activations
from partonomy.baselines.features import Kind as FeatureKind
from partonomy.baselines.model import KIND, Baseline
from partonomy.baselines.pixels import DESCRIPTIONS, PixelBaseline, inside, on_guide
from partonomy.baselines.pixels import Kind as PixelKind
from partonomy.errors import PartonomyError
from partonomy.features import (
    FeatureExtractor,
    PictureFeatures,
    SamplingSettings,
    sample_positions,
)
from partonomy.images import PictureFile, Skipped
from partonomy.parts import foreground_loaded, part_model_loader

RESTARTS, ITERATIONS = 2, 25
"""Of k-means of features."""

Files = Sequence[PictureFile]
Fit = Callable[[FeatureExtractor, Files, int, int], Baseline]


def fit_baseline(
    name: str, extractor: FeatureExtractor, files: Files, n_parts: int, seed: int
) -> Baseline:
    """Fit one of ``BASELINES`` on a collection.

    Args:
        name: of the baseline.
        extractor: gives the features, and knows the foreground.
        files: the collection.
        n_parts: K.
        seed: of everything random.

    Raises:
        PartonomyError: there is no such baseline, or nothing to fit on.
    """
    if name not in BASELINES:
        raise PartonomyError(f"baseline {name}: choose from {', '.join(BASELINES)}")
    return BASELINES[name](extractor, files, n_parts, seed)


def _kmeans(extractor: FeatureExtractor, files: Files, n_parts: int, seed: int) -> Baseline:
    vectors = _sampled(extractor, files, seed, lambda features: features.unit, "unit")
    centroids = kmeans(
        vectors, n_parts, seed, restarts=RESTARTS, iterations=ITERATIONS, spherical=True
    )
    return _on_features("k-means", extractor, torch.from_numpy(centroids), seed)


def _factorization(extractor: FeatureExtractor, files: Files, n_parts: int, seed: int) -> Baseline:
    vectors = _sampled(
        extractor, files, seed, lambda features: activations(features.fused), "activations"
    )
    some = vectors[:: -(-len(vectors) // MOST_VECTORS)]
    factors = factorized(torch.from_numpy(np.ascontiguousarray(some)), n_parts, seed)
    return _on_features("factorization", extractor, factors, seed)


def _on_features(
    kind: FeatureKind, extractor: FeatureExtractor, directions: Tensor, seed: int
) -> FeatureBaseline:
    return FeatureBaseline(
        extractor.backbone,
        extractor.preprocessing.size,
        kind,
        directions,
        extractor.foreground,
        extractor.masks is not None,
        seed,
    )


def _sampled(
    extractor: FeatureExtractor,
    files: Files,
    seed: int,
    respond: Callable[[PictureFeatures], Tensor],
    key: str,
) -> Points:
    """(n, C) of positions inside the foreground, seeing any channel."""
    sample = sample_positions(extractor, files, SamplingSettings(seed=seed), respond, key)
    vectors = sample.features[np.abs(sample.features).max(axis=1, initial=0) > 0]
    if not len(vectors):
        raise PartonomyError("a baseline has nothing to fit on: is the foreground empty?")
    return np.ascontiguousarray(vectors)


def _pixels(kind: PixelKind) -> Fit:
    def fit(extractor: FeatureExtractor, files: Files, n_parts: int, seed: int) -> Baseline:
        points = []
        with closing(extractor.chunks(files)) as chunks:
            for chunk in chunks:
                points += [
                    _described(kind, features, MOST_POINTS // len(files) + 1)
                    for features in extractor.features(chunk)
                    if not isinstance(features, Skipped)
                ]
        if not points or not sum(map(len, points)):
            raise PartonomyError("a baseline has nothing to fit on: is the foreground empty?")
        return PixelBaseline(
            extractor.backbone,
            extractor.preprocessing.size,
            kind,
            PointClusters.fit(np.concatenate(points), n_parts, seed),
            extractor.foreground,
            extractor.masks is not None,
            seed,
        )

    return fit


def _described(kind: PixelKind, features: PictureFeatures, most: int) -> Points:
    """(n, D) of every so-many-th pixel of the foreground."""
    blank = on_guide(features.grids[0], features.guide, features.foreground, features.objectness)
    points = DESCRIPTIONS[kind](features.guide, inside(blank), None)
    return points[:: max(1, len(points) // most)]


BASELINES: Mapping[str, Fit] = {
    "k-means": _kmeans,
    "factorization": _factorization,
    "colour and position": _pixels("colour and position"),
    "position": _pixels("position"),
}


@part_model_loader(KIND)
def _load(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> Baseline:
    foreground = foreground_loaded(description, tensors)
    size, seed = int(description["size"]), int(description["seed"])
    with_masks = bool(description["with_masks"])
    kind = description["method"]
    if kind in DESCRIPTIONS:
        clusters = PointClusters(tensors["scale"].numpy(), tensors["centroids"].numpy())
        return PixelBaseline(backbone, size, kind, clusters, foreground, with_masks, seed)
    directions = tensors["directions"]
    return FeatureBaseline(backbone, size, kind, directions, foreground, with_masks, seed)
