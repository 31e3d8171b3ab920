"""What is known of each concept: how tight, how common, where on the object, its best patches.

Source: arXiv 1511.06855, section 3 (nearest patches, mean patch, coverage of the object).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import normalize

from partonomy.concepts.selection import davies_bouldin, scatter_of
from partonomy.features import Sample
from partonomy.features.kmeans import cosine_to

Vectors = NDArray[np.float32]

PLACES = 8
"""Rows and columns of the histogram of where on the object something lies."""
UNCOVERED = 0.2
"""Share of the object's cells where no concept fires, by which the threshold is set."""
STRANGE = 0.05
"""Share of the cells of such objects, in pictures never seen, that may be like none."""


@dataclass(frozen=True)
class ConceptStatistics:
    """Figures of V concepts on a sample.

    Attributes:
        population: (V,) share of the positions that are nearest to it.
        tightness: (V,) Davies-Bouldin index, smaller is tighter.
        mean_cosine: (V,) of its members to its centroid.
        places: (V, PLACES, PLACES) where on the object (the picture, where no foreground is known)
            its members lie, as shares that sum to 1.
        threshold: cosine from which a concept fires.
        coverage: share of the object's positions on which some concept fires.
    """

    population: NDArray[np.float64]
    tightness: NDArray[np.float64]
    mean_cosine: NDArray[np.float64]
    places: NDArray[np.float64]
    threshold: float
    coverage: float


def concept_statistics(
    sample: Sample, vectors: Vectors, centroids: Vectors, labels: NDArray[np.int64]
) -> ConceptStatistics:
    """Describe concepts by a sample.

    Args:
        sample: the positions.
        vectors: (n, C) their unit population responses.
        centroids: (V, C) the concepts.
        labels: (n,) nearest concept of each position.
    """
    n_concepts = len(centroids)
    counts = np.bincount(labels, minlength=n_concepts)
    cosine = cosine_to(vectors, centroids, labels)
    threshold, coverage = firing_threshold(cosine, sample.picture)
    sums = np.bincount(labels, weights=cosine, minlength=n_concepts)
    return ConceptStatistics(
        population=counts / max(counts.sum(), 1),
        tightness=davies_bouldin(scatter_of(vectors, labels, centroids), centroids),
        mean_cosine=sums / np.maximum(counts, 1),
        places=place_histogram(sample.place, labels, n_concepts),
        threshold=threshold,
        coverage=coverage,
    )


def firing_threshold(
    cosine: NDArray[np.floating], picture: NDArray[np.int64], uncovered: float = UNCOVERED
) -> tuple[float, float]:
    """The highest cosine threshold that leaves at most a share of each object uncovered.

    The share is averaged over pictures. The published line search over thresholds finds the same
    value to its last step; this is its exact limit, a weighted quantile.

    Args:
        cosine: (n,) to the nearest concept, at positions on the objects.
        picture: (n,) which picture each position is from.
        uncovered: the share.

    Returns:
        The threshold, and the share that is covered.
    """
    if not len(cosine):
        return 0.0, 0.0
    _, index, counts = np.unique(picture, return_inverse=True, return_counts=True)
    weight = 1 / (counts[index] * len(counts))
    order = np.argsort(cosine, kind="stable")
    below = np.cumsum(weight[order])
    position = min(int(np.searchsorted(below, uncovered + 1e-9, side="right")), len(order) - 1)
    threshold = float(cosine[order[position]])
    return threshold, float(weight[cosine >= threshold].sum())


def known_cosine(vectors: Vectors, labels: NDArray[np.int64], picture: NDArray[np.int64]) -> float:
    """The cosine that all but a share ``STRANGE`` of the objects' cells reach, in unseen pictures.

    A picture is unseen by the concepts as they are without its own positions: concepts of few
    pictures fit these much better than others.

    Args:
        vectors: (n, C) unit population responses at positions on the objects.
        labels: (n,) nearest concept of each position.
        picture: (n,) which picture each position is from; those of one picture in a row.
    """
    responses, concept = torch.from_numpy(vectors), torch.from_numpy(labels)
    counts = torch.bincount(concept)
    sums = torch.zeros(len(counts), vectors.shape[1]).index_add_(0, concept, responses)
    best = torch.zeros(len(vectors))
    for start, end in pairwise(np.flatnonzero(np.diff(picture, prepend=-1, append=-1))):
        own, its = responses[start:end], concept[start:end]
        others = counts - torch.bincount(its, minlength=len(counts))
        rest = normalize(sums.index_add(0, its, own, alpha=-1), dim=1)[others > 0]
        if len(rest):
            best[start:end] = (own @ rest.T).amax(dim=1)
    return float(np.quantile(best.numpy(), STRANGE)) if len(best) else 0.0


def place_histogram(
    place: NDArray[np.float32], labels: NDArray[np.int64], n_groups: int
) -> NDArray[np.float64]:
    """Where members of each group lie: (n_groups, PLACES, PLACES), each summing to 1 (or 0)."""
    bins = (place * PLACES).astype(np.int64).clip(0, PLACES - 1)
    flat = (labels * PLACES + bins[:, 0]) * PLACES + bins[:, 1]
    counts = np.bincount(flat, minlength=n_groups * PLACES * PLACES).astype(np.float64)
    histogram = counts.reshape(n_groups, PLACES, PLACES)
    totals = histogram.sum(axis=(1, 2), keepdims=True)
    return histogram / np.maximum(totals, 1)


def best_positions(
    strength: NDArray[np.floating],
    labels: NDArray[np.int64],
    picture: NDArray[np.int64],
    n_groups: int,
    count: int,
) -> list[NDArray[np.int64]]:
    """For each group, the positions that show it best, at most one a picture, best first.

    Args:
        strength: (n,) how well each position shows its group.
        labels: (n,) its group.
        picture: (n,) the picture that it is from.
        n_groups: how many groups.
        count: positions wanted of each group.

    Returns:
        For each group up to ``count`` indices into the n positions.
    """
    best_first = np.lexsort((-strength, labels))
    bounds = np.searchsorted(labels[best_first], np.arange(n_groups + 1))
    chosen = []
    for start, end in pairwise(bounds):
        members = best_first[start:end]
        _, first = np.unique(picture[members], return_index=True)
        chosen.append(members[np.sort(first)[:count]])
    return chosen
