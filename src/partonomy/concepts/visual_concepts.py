"""The estimator: visual concepts of a network on a collection, and the parts that they make up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from partonomy.backbones import Backbone
from partonomy.concepts.hierarchy import part_tree
from partonomy.concepts.mixture import von_mises_fisher_mixture
from partonomy.concepts.part_model import ConceptPartModel, ConceptTree
from partonomy.concepts.selection import CurvePoint, choose, greedy_merging
from partonomy.concepts.stability import (
    MOST,
    SHOWN,
    StabilityPoint,
    choose_parts,
    stability_curve,
)
from partonomy.concepts.statistics import concept_statistics, known_cosine, place_histogram
from partonomy.errors import PartonomyError
from partonomy.features import (
    FITTED_PICTURES,
    Begin,
    FeatureExtractor,
    PictureFeatures,
    Sample,
    SamplingSettings,
    Surroundings,
    learn_foreground,
    sample_positions,
    surrounded,
    unseen,
)
from partonomy.features.kmeans import KMeansResult, nearest, spherical_kmeans
from partonomy.features.population import relative_responses, unit_rows
from partonomy.images import ImageFolder, MaskFolder, Skipped, unusable
from partonomy.parts import MAX_PARTS, PictureParts, segment

Clustering = Literal["kmeans", "vmf"]

OVER_CLUSTERING = 192
"""Concepts that ``auto`` starts from."""
LEAST_KEPT = 2 / 3
"""Share of them that ``auto`` keeps whatever the ratios say: parts that are put together from many
small concepts are better (measured, see ``docs/methods.md``)."""
POSITIONS_A_CONCEPT = 10
HELD_OUT = 0.2
RELATIVE_AT_ONCE = 4096
CONTEXT, CONTEXT_OF_WIDE = 1 / 14, 1 / 28
"""Two cells and one, at stride 16 and 448 pixels: a cell whose receptive field is as wide as the
network's input, as all of a transformer's are, has its surroundings mixed in before."""


class VisualConcepts:
    """Finds the visual concepts of a network on a collection and groups them into parts.

    Args:
        n_concepts: how many, or ``"auto"``: an over-clustering is merged greedily until, by the
            Davies-Bouldin ratio, no two concepts are one, or two thirds are left.
        n_parts: branches that the tree of concepts is cut into, or ``"auto"``: as many as come out
            again from other pictures and seeds.
        clustering: ``"kmeans"`` (spherical) or ``"vmf"`` (von Mises-Fisher mixture).
        size: short side of the network's input, in pixels.
        surroundings: of a cell, that say with it what it is: ``"even"``, or ``"alike"``, see
            :mod:`partonomy.features.surroundings`.
        context: how wide even surroundings are, see
            :func:`partonomy.features.population.population_responses`; ``"auto"`` takes less where
            a cell may have seen the whole picture already.
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
        stability_: how well cuts into each number of parts agree; empty where ``n_parts`` was
            given.
        sample_: the sampled positions.
        labels_: (n,) nearest concept of each of them.
        skipped_: pictures that the last ``fit`` or ``predict`` left out.
    """

    def __init__(
        self,
        n_concepts: int | Literal["auto"] = "auto",
        n_parts: int | Literal["auto"] = 8,
        *,
        clustering: Clustering = "kmeans",
        size: int = 448,
        surroundings: Surroundings = "even",
        context: float | Literal["auto"] = "auto",
        foreground: Literal["auto"] | None = "auto",
        sharpen: bool = True,
        max_positions: int = 50_000,
        n_init: int = 3,
        random_state: int = 0,
    ) -> None:
        if n_parts != "auto" and not 1 <= n_parts <= MAX_PARTS:
            raise PartonomyError(f"--parts {n_parts}: choose from 1 to {MAX_PARTS}")
        fewest = 1 if n_parts == "auto" else n_parts
        if n_concepts != "auto" and n_concepts < fewest:
            raise PartonomyError(
                f"--concepts {n_concepts} is fewer than the {fewest} parts to be made of them"
            )
        if context != "auto" and not 0 <= context <= 1:
            raise PartonomyError(f"--context {context}: choose from 0 to 1, or auto")
        self.n_concepts: int | Literal["auto"] = n_concepts
        self.n_parts: int | Literal["auto"] = n_parts
        self.clustering: Clustering = clustering
        self.size = size
        self.surroundings: Surroundings = surroundings
        self.context: float | Literal["auto"] = context
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
        context = self._context(extractor.backbone)
        sample = sample_positions(
            extractor,
            pictures.files,
            settings,
            partial(_respond, self.surroundings, context),
            f"{self.surroundings} context {context}",
            begin("features", len(pictures)),
        )
        return self.fit_sample(sample, extractor)

    def fit_sample(self, sample: Sample, extractor: FeatureExtractor) -> VisualConcepts:
        """Likewise, from positions that were sampled before."""
        self.skipped_: list[Skipped] = list(sample.skipped)
        sample = _without_dead(sample)
        if not len(sample.features):
            raise PartonomyError(_nothing_to_fit(sample))
        full = sample.features
        self.sample_ = sample = _relative(sample)
        vectors = sample.features
        generator = np.random.default_rng(self.random_state)
        self.concepts_ = self._cluster(vectors, extractor.backbone, generator)
        self.concepts_, self.labels_ = _occupied(vectors, self.concepts_)
        self.statistics_ = concept_statistics(sample, vectors, self.concepts_, self.labels_)
        finds = extractor.foreground is not None
        # where a thing lies in the picture says less than where it lies on the object
        placed = extractor.masks is not None or finds
        known = known_cosine(full, self.labels_, sample.picture) if finds else 0.0
        concepts = unit_rows(_sums(full, self.labels_, len(self.concepts_)))
        tree = _tree(sample, concepts, self.labels_, known, placed)
        self.stability_ = self._stability(sample, extractor.backbone, placed)
        self.part_model_ = ConceptPartModel(
            extractor.backbone,
            self.size,
            self._context(extractor.backbone),
            tree,
            choose_parts(self.stability_) if self.n_parts == "auto" else self.n_parts,
            surroundings=self.surroundings,
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

    def _context(self, backbone: Backbone) -> float:
        if self.context != "auto":
            return self.context
        widest = max(max(layer.geometry.receptive_field) for layer in backbone.layers)
        return CONTEXT_OF_WIDE if widest >= self.size else CONTEXT

    def _cluster(
        self, vectors: NDArray[np.float32], backbone: Backbone, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        self.curve_: list[CurvePoint] = []
        if self.n_concepts != "auto":
            return self._run_clustering(vectors, self.n_concepts, backbone).centroids
        shuffled = generator.permutation(len(vectors))
        n_held_out = int(HELD_OUT * len(vectors))
        held_out, fitted = vectors[shuffled[:n_held_out]], vectors[shuffled[n_held_out:]]
        least = MOST if self.n_parts == "auto" else self.n_parts
        start = min(OVER_CLUSTERING, max(least, len(fitted) // POSITIONS_A_CONCEPT))
        centroids = self._run_clustering(fitted, start, backbone).centroids
        populations = np.bincount(_assign(fitted, centroids), minlength=len(centroids))
        self.curve_, stages = greedy_merging(centroids, held_out, populations, fewest=2)
        fewest = max(least, round(LEAST_KEPT * start))
        enough = sum(point.n_concepts >= fewest for point in self.curve_) - 1
        return stages[min(choose(self.curve_), enough)]

    def _run_clustering(
        self,
        vectors: NDArray[np.float32],
        n_concepts: int,
        backbone: Backbone,
        seed: int | None = None,
    ) -> KMeansResult:
        device = "cuda" if backbone.device.type == "cuda" else "cpu"
        n_init = self.n_init if seed is None else 1
        seed = self.random_state if seed is None else seed
        if self.clustering == "vmf":
            return von_mises_fisher_mixture(vectors, n_concepts, seed=seed, device=device)
        return spherical_kmeans(vectors, n_concepts, n_init=n_init, seed=seed, device=device)

    def _stability(self, sample: Sample, backbone: Backbone, placed: bool) -> list[StabilityPoint]:
        if self.n_parts != "auto":
            return []

        def fit_tree(half: Sample, seed: int) -> ConceptTree:
            n_concepts = min(len(self.concepts_), len(half.features))
            found = self._run_clustering(half.features, n_concepts, backbone, seed).centroids
            return _tree(half, *_occupied(half.features, found), 0.0, placed)

        return stability_curve(sample, fit_tree, range(2, SHOWN + 1), self.random_state)


def _respond(surroundings: Surroundings, context: float, features: PictureFeatures) -> torch.Tensor:
    coverage = features.coverage
    weight = None if coverage is None else torch.from_numpy(coverage).float()
    return surrounded(features.unit, surroundings, context, weight)


def _occupied(
    vectors: NDArray[np.float32], centroids: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Centroids that vectors are nearest to, and which of them (n,) each vector is nearest to."""
    present, labels = np.unique(_assign(vectors, centroids), return_inverse=True)
    return np.ascontiguousarray(centroids[present]), labels


def _tree(
    sample: Sample,
    concepts: NDArray[np.float32],
    labels: NDArray[np.int64],
    known: float,
    placed: bool,
) -> ConceptTree:
    populations = np.bincount(labels, minlength=len(concepts))
    sums = _sums(sample.features, labels, len(concepts))
    places = place_histogram(sample.place, labels, len(concepts)) if placed else None
    linkage = part_tree(sums, populations, labels[sample.pairs], places)
    return ConceptTree(concepts, sums, populations, linkage, known)


def _sums(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], n_labels: int
) -> NDArray[np.float32]:
    """(n_labels, C) sum of the vectors of each label."""
    sums = torch.zeros(n_labels, vectors.shape[1])
    return sums.index_add_(0, torch.from_numpy(labels), torch.from_numpy(vectors)).numpy()


def _relative(sample: Sample) -> Sample:
    """The sample with relative responses."""
    features = np.empty_like(sample.features)
    for start in range(0, len(features), RELATIVE_AT_ONCE):
        some = slice(start, start + RELATIVE_AT_ONCE)
        features[some] = relative_responses(
            torch.from_numpy(sample.features[some]),
            torch.from_numpy(sample.common[sample.picture[some]]).float(),
        )
    return replace(sample, features=features)


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
