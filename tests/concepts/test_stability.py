"""The number of parts: planted parts come out again, and the rule takes them."""

import numpy as np
import pytest

import partonomy as pt
from networks import small_network
from partonomy.concepts.hierarchy import part_tree
from partonomy.concepts.part_model import ConceptTree
from partonomy.concepts.stability import (
    FEWEST,
    MOST,
    StabilityPoint,
    choose_parts,
    stability_curve,
)
from partonomy.features import Sample

CONCEPTS_A_PART = 4


def planted(n_parts: int, n_pictures: int = 20, seed: int = 0) -> tuple[Sample, np.ndarray]:
    """Positions of parts of four concepts each; which concept each is of."""
    generator = np.random.default_rng(seed)
    n_concepts = n_parts * CONCEPTS_A_PART
    parts = np.linalg.qr(generator.normal(size=(40, n_parts)))[0].T
    centres = np.repeat(parts, CONCEPTS_A_PART, axis=0) + 0.08 * generator.normal(
        size=(n_concepts, 40)
    )
    concept = generator.integers(n_concepts, size=60 * n_pictures)
    vectors = centres[concept] + 0.08 * generator.normal(size=(len(concept), 40))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    picture = np.repeat(np.arange(n_pictures), 60)
    beside = np.argsort(concept // CONCEPTS_A_PART, kind="stable")  # parts hang together
    pairs = np.stack([beside[:-1], beside[1:]], axis=1)
    place = np.full((len(concept), 2), 0.5, np.float32)
    cell = np.zeros((len(concept), 2), np.int64)
    sample = Sample(vectors.astype(np.float32), picture, cell, pairs, place, [], [], [])
    return sample, centres


def tree_by(centres: np.ndarray):
    """A tree over concepts that are looked for near the true centres, by the nearest of them."""

    def fit(sample: Sample, seed: int) -> ConceptTree:
        jitter = np.random.default_rng(seed).normal(size=centres.shape)
        concepts = centres + 0.02 * jitter
        concepts = (concepts / np.linalg.norm(concepts, axis=1, keepdims=True)).astype(np.float32)
        labels = (sample.features @ concepts.T).argmax(axis=1)
        present, labels = np.unique(labels, return_inverse=True)
        sums = np.zeros((len(present), concepts.shape[1]), np.float32)
        np.add.at(sums, labels, sample.features)
        populations = np.bincount(labels)
        linkage = part_tree(sums, populations, labels[sample.pairs])
        return ConceptTree(concepts[present], sums, populations, linkage, 0.0)

    return fit


@pytest.mark.parametrize("n_parts", [5, 7])
def test_planted_parts_come_out_again_and_more_do_not(n_parts: int) -> None:
    sample, centres = planted(n_parts)
    curve = stability_curve(sample, tree_by(centres), range(2, 13), seed=0)
    agreement = {point.n_parts: point.agreement for point in curve}
    assert agreement[n_parts] > 0.95
    assert all(agreement[more] < agreement[n_parts] - 0.02 for more in range(n_parts + 1, 13))
    assert choose_parts(curve) == n_parts


def test_the_curve_is_the_same_again_and_another_with_another_seed() -> None:
    sample, centres = planted(5)
    first, again, other = (
        stability_curve(sample, tree_by(centres), (4, 9), seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_of_one_picture_positions_are_halved() -> None:
    sample, centres = planted(5, n_pictures=1)
    (point,) = stability_curve(sample, tree_by(centres), (5,), seed=0)
    assert point.agreement > 0.6


def test_the_curve_ends_where_concepts_do() -> None:
    sample, centres = planted(3)
    curve = stability_curve(sample, tree_by(centres), range(2, 40), seed=0)
    assert curve[-1].n_parts == 3 * CONCEPTS_A_PART


def points(agreements: dict[int, float], error: float = 0.02) -> list[StabilityPoint]:
    return [StabilityPoint(count, value, error) for count, value in agreements.items()]


@pytest.mark.parametrize(
    ("agreements", "expected"),
    [
        ({4: 0.8, 5: 0.5, 6: 0.4}, 4),
        ({4: 0.5, 5: 0.51, 6: 0.495, 7: 0.45}, 6),  # the most within an error of the best
        ({2: 0.99, 3: 0.9, 4: 0.5, 8: 0.49}, 8),  # fewer than people want do not count
        ({4: 0.3, 16: 0.6, 20: 0.9}, 16),  # nor do more
        ({2: 0.9, 3: 0.2}, 3),  # too few concepts: all that there are
        ({}, 1),
    ],
)
def test_the_rule(agreements: dict[int, float], expected: int) -> None:
    assert choose_parts(points(agreements)) == expected


def test_auto_gives_parts_and_their_curve(photos) -> None:
    backbone = pt.load_backbone(small_network(), layer="5", precision="float32", device="cpu")
    pictures = pt.ImageFolder(photos)
    auto = pt.VisualConcepts(n_parts="auto", size=96).fit(backbone, pictures)
    chosen = len(auto.part_model_.part_names)
    assert FEWEST <= chosen <= MOST
    assert chosen == choose_parts(auto.stability_)
    given = pt.VisualConcepts(n_parts=chosen, size=96).fit(backbone, pictures)
    assert given.stability_ == []
