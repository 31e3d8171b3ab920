"""The tables of a discovery: parts, concepts, and the patches that show them best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.concepts.part_model import KAPPA
from partonomy.concepts.selection import davies_bouldin, scatter_of
from partonomy.concepts.statistics import best_positions, place_histogram
from partonomy.concepts.visual_concepts import VisualConcepts
from partonomy.features.kmeans import cosine_to
from partonomy.images.grid import Box

Row = dict[str, Any]

PART_PATCHES = 32
CONCEPT_PATCHES = 8
PATCH_STRIDES = 6.25
"""A patch is the receptive field, but at most so many strides wide: VGG-16 pool4's 100 / 16."""
PART_PATCH_STRIDES = 10.0


def part_rows(estimator: VisualConcepts, pictures: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A row for each part: share of the pixels, in how many pictures, tightness, where it lies."""
    model = estimator.part_model_
    directions = model.directions.numpy()
    labels, probability = _parts_of_sample(estimator)
    scatter = scatter_of(estimator.sample_.features, labels, directions)
    tightness = davies_bouldin(scatter, directions)
    places = place_histogram(estimator.sample_.place, labels, len(directions))
    shares = np.array([row["shares"] for row in pictures]).reshape(-1, len(directions))
    branch = model.tree.parts(len(directions))
    return [
        {
            "part": part + 1,
            "name": name,
            "share": float(shares[:, part].sum() / max(shares.sum(), 1e-12)),
            "pictures": float((shares[:, part] > 0).mean()) if len(shares) else 0.0,
            "n_concepts": int((branch == part).sum()),
            "tightness": float(tightness[part]),
            "confidence": float(probability[labels == part].mean())
            if (labels == part).any()
            else 0.0,
            "places": places[part].ravel().tolist(),
        }
        for part, name in enumerate(model.part_names)
    ]


def concept_rows(estimator: VisualConcepts) -> list[Row]:
    """A row for each concept: its part, population, tightness, where it lies."""
    model, statistics = estimator.part_model_, estimator.statistics_
    branch = model.tree.parts(len(model.part_names))
    return [
        {
            "concept": concept + 1,
            "part": int(branch[concept]) + 1,
            "population": float(statistics.population[concept]),
            "tightness": float(statistics.tightness[concept]),
            "mean_cosine": float(statistics.mean_cosine[concept]),
            "places": statistics.places[concept].ravel().tolist(),
        }
        for concept in range(len(estimator.concepts_))
    ]


def patch_rows(estimator: VisualConcepts, pictures: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The best patches of every part and concept, at most one a picture, best first."""
    sample = estimator.sample_
    masks = {row["picture"]: row["mask"] for row in pictures}
    cosine = cosine_to(sample.features, estimator.concepts_, estimator.labels_)
    part_labels, probability = _parts_of_sample(estimator)
    groups = (
        ("part", part_labels, probability, PART_PATCHES, PART_PATCH_STRIDES),
        ("concept", estimator.labels_, cosine, CONCEPT_PATCHES, PATCH_STRIDES),
    )
    rows = []
    for kind, labels, strength, count, strides in groups:
        n_groups = int(labels.max()) + 1
        chosen = best_positions(strength, labels, sample.picture, n_groups, count)
        for group, positions in enumerate(chosen):
            for rank, position in enumerate(positions):
                picture = sample.pictures[sample.picture[position]]
                rows.append(
                    {
                        "kind": kind,
                        "index": group + 1,
                        "rank": rank,
                        "picture": picture.file.name,
                        "path": str(picture.file.path),
                        "mask": masks.get(picture.file.name, ""),
                        "strength": float(strength[position]),
                        "box": list(_patch_box(estimator, int(position), strides)),
                    }
                )
    return rows


def tree_rows(estimator: VisualConcepts) -> list[Row]:
    """A row for each node of the tree: the object first, then what it divides into.

    Leaves are concepts; nodes at which the tree was cut are parts.
    """
    tree = estimator.part_model_.tree
    count = len(tree.concepts)
    branch = tree.parts(len(estimator.part_model_.part_names))
    share = tree.populations / tree.populations.sum()
    children = [tuple(map(int, row[:2])) for row in tree.linkage]
    below: list[list[int]] = [[concept] for concept in range(count)]
    for first, second in children:
        below.append(below[first] + below[second])
    parent = {child: count + step for step, pair in enumerate(children) for child in pair}
    return [
        {
            "node": node,
            "parent": parent.get(node),
            "height": float(tree.linkage[node - count, 2]) if node >= count else 0.0,
            "share": float(share[below[node]].sum()),
            "n_concepts": len(below[node]),
            "concept": node + 1 if node < count else None,
            "part": _part_of(branch, below[node]),
        }
        for node in reversed(range(2 * count - 1))
    ]


def _part_of(branch: NDArray[np.int64], concepts: Sequence[int]) -> int | None:
    """The part that all of some concepts belong to, from 1; None where they are of several."""
    first = branch[concepts[0]]
    return int(first) + 1 if (branch[list(concepts)] == first).all() else None


def _parts_of_sample(
    estimator: VisualConcepts,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each sampled position's part, and the probability that it is that one."""
    scores = KAPPA * (estimator.sample_.features @ estimator.part_model_.directions.numpy().T)
    labels = scores.argmax(axis=1)
    best = scores.max(axis=1, keepdims=True)
    return labels, 1 / np.exp(scores - best).sum(axis=1)


def _patch_box(estimator: VisualConcepts, position: int, strides: float) -> Box:
    """The patch around a sampled position, in original pixels."""
    sample = estimator.sample_
    grid = sample.grids[sample.picture[position]]
    field, stride = max(grid.geometry.receptive_field), max(grid.geometry.stride)
    row, column = map(int, sample.cell[position])
    return grid.box(row, column, extent=min(field, strides * stride))
