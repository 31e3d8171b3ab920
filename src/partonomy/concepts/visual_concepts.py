"""The estimator: visual concepts of a network on a collection, and the parts that they make up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from partonomy.backbones import Backbone
from partonomy.concepts.hierarchy import part_tree
from partonomy.concepts.kmeans import KMeansResult, nearest, spherical_kmeans
from partonomy.concepts.mixture import von_mises_fisher_mixture
from partonomy.concepts.part_model import ConceptPartModel, ConceptTree
from partonomy.concepts.selection import CurvePoint, choose, greedy_merging
from partonomy.concepts.statistics import concept_statistics
from partonomy.errors import PartonomyError
from partonomy.features import (
    FITTED_PICTURES,
    Begin,
    FeatureExtractor,
    PictureFeatures,
    Sample,
    SamplingSettings,
    learn_foreground,
    sample_positions,
    unseen,
)
from partonomy.features.population import population_responses
from partonomy.images import ImageFolder, MaskFolder, Skipped, unusable
from partonomy.parts import PictureParts, segment

Clustering = Literal["kmeans", "vmf"]

OVER_CLUSTERING = 192
"""Concepts that ``auto`` starts from."""
LEAST_KEPT = 2 / 3
"""Share of them that ``auto`` keeps whatever the ratios say: parts that are put together from many
small concepts are better (measured, see ``docs/methods.md``)."""
POSITIONS_A_CONCEPT = 10
HELD_OUT = 0.2
CONTEXT = 1 / 14


class VisualConcepts:
    """Finds the visual concepts of a network on a collection and groups them into parts.

    Args:
        n_concepts: how many, or ``"auto"``: an over-clustering is merged greedily until, by the
            Davies-Bouldin ratio, no two concepts are one, or two thirds are left.
        n_parts: branches that the tree of concepts is cut into.
        clustering: ``"kmeans"`` (spherical) or ``"vmf"`` (von Mises-Fisher mixture).
        size: short side of the network's input, in pixels.
        context: see :func:`partonomy.features.population.population_responses`.
        foreground: ``"auto"`` keeps concepts on what :func:`partonomy.features.learn_foreground`
            finds, where there are no masks; None takes whole pictures.
        sharpen: let masks follow the pictures' edges.
        max_positions: positions that are sampled for fitting.
        n_init: seedings of k-means.
        random_state: seed of everything random.

    Attributes:
        concepts_: (V, C) unit centroids.
        part_model_: the :class:`ConceptPartModel`.
        statistics_: figures of each concept.
        curve_: the Davies-Bouldin curve; empty where ``n_concepts`` was given.
        sample_: the sampled positions.
        labels_: (n,) nearest concept of each of them.
        skipped_: pictures that the last ``fit`` or ``predict`` left out.
    """

    def __init__(
        self,
        n_concepts: int | Literal["auto"] = "auto",
        n_parts: int = 8,
        *,
        clustering: Clustering = "kmeans",
        size: int = 448,
        context: float = CONTEXT,
        foreground: Literal["auto"] | None = "auto",
        sharpen: bool = True,
        max_positions: int = 50_000,
        n_init: int = 3,
        random_state: int = 0,
    ) -> None:
        if n_parts < 1 or n_parts > 255:
            raise PartonomyError(f"--parts {n_parts}: choose from 1 to 255")
        if n_concepts != "auto" and n_concepts < n_parts:
            raise PartonomyError(
                f"--concepts {n_concepts} is fewer than the {n_parts} parts to be made of them"
            )
        self.n_concepts: int | Literal["auto"] = n_concepts
        self.n_parts = n_parts
        self.clustering: Clustering = clustering
        self.size = size
        self.context = context
        self.foreground = foreground
        self.sharpen = sharpen
        self.max_positions = max_positions
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, backbone: Backbone, pictures: ImageFolder) -> VisualConcepts:
        """Find the concepts of a backbone on a collection.

        Raises:
            PartonomyError: no picture could be read, or there are too few positions.
        """
        return self.fit_features(FeatureExtractor(backbone, self.size), pictures)

    def fit_features(
        self, extractor: FeatureExtractor, pictures: ImageFolder, begin: Begin = unseen
    ) -> VisualConcepts:
        """Likewise, with features from an extractor, which may keep them and know foregrounds."""
        if self.foreground == "auto" and extractor.masks is None:
            progress = begin("foreground", min(FITTED_PICTURES, len(pictures)))
            found = learn_foreground(extractor, pictures.files, progress)
            extractor = extractor.with_foreground(found)
        settings = SamplingSettings(self.max_positions, seed=self.random_state)
        sample = sample_positions(
            extractor,
            pictures.files,
            settings,
            self._respond,
            f"context {self.context}",
            begin("features", len(pictures)),
        )
        return self.fit_sample(sample, extractor)

    def fit_sample(self, sample: Sample, extractor: FeatureExtractor) -> VisualConcepts:
        """Likewise, from positions that were sampled before."""
        self.skipped_: list[Skipped] = list(sample.skipped)
        self.sample_ = sample = _without_dead(sample)
        vectors = sample.features
        if not len(vectors):
            raise PartonomyError(_nothing_to_fit(sample))
        generator = np.random.default_rng(self.random_state)
        self.concepts_ = self._cluster(vectors, extractor.backbone, generator)
        self.labels_ = _assign(vectors, self.concepts_)
        self._drop_empty()
        self.statistics_ = concept_statistics(sample, vectors, self.concepts_, self.labels_)
        tree = self._tree(vectors)
        self.part_model_ = ConceptPartModel(
            extractor.backbone,
            self.size,
            self.context,
            tree,
            self.n_parts,
            foreground=extractor.foreground,
            with_masks=extractor.masks is not None,
            sharpen=self.sharpen,
            seed=self.random_state,
        )
        return self

    def predict(
        self, pictures: ImageFolder, foreground: MaskFolder | None = None
    ) -> Iterator[PictureParts]:
        """The parts of each readable picture; the others are noted in ``skipped_``."""
        self.skipped_ = []
        for result in segment(self.part_model_, pictures.files, foreground):
            if isinstance(result, Skipped):
                self.skipped_.append(result)
            else:
                yield result

    def _respond(self, features: PictureFeatures) -> torch.Tensor:
        coverage = features.coverage
        weight = None if coverage is None else torch.from_numpy(coverage).float()
        return population_responses(features.maps[0], self.context, weight)

    def _cluster(
        self, vectors: NDArray[np.float32], backbone: Backbone, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        self.curve_: list[CurvePoint] = []
        if self.n_concepts != "auto":
            return self._run_clustering(vectors, self.n_concepts, backbone).centroids
        shuffled = generator.permutation(len(vectors))
        n_held_out = int(HELD_OUT * len(vectors))
        held_out, fitted = vectors[shuffled[:n_held_out]], vectors[shuffled[n_held_out:]]
        start = min(OVER_CLUSTERING, max(self.n_parts, len(fitted) // POSITIONS_A_CONCEPT))
        centroids = self._run_clustering(fitted, start, backbone).centroids
        populations = np.bincount(_assign(fitted, centroids), minlength=len(centroids))
        self.curve_, stages = greedy_merging(centroids, held_out, populations, fewest=2)
        fewest = max(self.n_parts, round(LEAST_KEPT * start))
        enough = sum(point.n_concepts >= fewest for point in self.curve_) - 1
        return stages[min(choose(self.curve_), enough)]

    def _run_clustering(
        self, vectors: NDArray[np.float32], n_concepts: int, backbone: Backbone
    ) -> KMeansResult:
        device = "cuda" if backbone.device.type == "cuda" else "cpu"
        seed = self.random_state
        if self.clustering == "vmf":
            return von_mises_fisher_mixture(vectors, n_concepts, seed=seed, device=device)
        return spherical_kmeans(vectors, n_concepts, n_init=self.n_init, seed=seed, device=device)

    def _drop_empty(self) -> None:
        """Leave out concepts that no position is nearest to."""
        present, self.labels_ = np.unique(self.labels_, return_inverse=True)
        self.concepts_ = np.ascontiguousarray(self.concepts_[present])

    def _tree(self, vectors: NDArray[np.float32]) -> ConceptTree:
        populations = np.bincount(self.labels_, minlength=len(self.concepts_))
        sums = (
            torch.zeros(self.concepts_.shape)
            .index_add_(0, torch.from_numpy(self.labels_), torch.from_numpy(vectors))
            .numpy()
        )
        linkage = part_tree(sums, populations, self.labels_[self.sample_.pairs])
        return ConceptTree(self.concepts_, sums, populations, linkage, self.statistics_.known)


def _assign(vectors: NDArray[np.float32], centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    """(n,) nearest centroid of each vector."""
    _, labels = nearest(torch.from_numpy(vectors), torch.from_numpy(centroids))
    return labels.numpy()


def _without_dead(sample: Sample) -> Sample:
    """The sample without positions at which every channel is 0, which have no direction."""
    alive = np.einsum("nc,nc->n", sample.features, sample.features) > 0.5
    return sample if alive.all() else sample.select(alive)


def _nothing_to_fit(sample: Sample) -> str:
    if not sample.pictures:
        return unusable(sample.skipped, strict=False)
    return (
        f"no parts found: the network gives nothing at any position of {len(sample.pictures)} "
        "pictures; is the foreground empty, or the layer dead?"
    )
