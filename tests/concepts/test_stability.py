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

CONCEPTS = 48


def planted(n_parts: int, n_pictures: int = 20, seed: int = 0) -> Sample:
    """Positions of parts that have no parts of their own."""
    generator = np.random.default_rng(seed)
    parts = np.linalg.qr(generator.normal(size=(40, n_parts)))[0].T
    part = generator.integers(n_parts, size=60 * n_pictures)
    vectors = parts[part] + 0.1 * generator.normal(size=(len(part), 40))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    picture = np.repeat(np.arange(n_pictures), 60)
    beside = np.argsort(part, kind="stable")  # parts hang together
    pairs = np.stack([beside[:-1], beside[1:]], axis=1)
    place = np.full((len(part), 2), 0.5, np.float32)
    cell = np.zeros((len(part), 2), np.int64)
    common = np.zeros((n_pictures, 40), np.float16)
    return Sample(vectors.astype(np.float32), picture, cell, pairs, place, common, [], [], [])


def fit_tree(sample: Sample, seed: int) -> ConceptTree:
    """A tree over positions picked at random."""
    picked = np.random.default_rng(seed).permutation(len(sample.features))[:CONCEPTS]
    concepts = sample.features[picked]
    labels = (sample.features @ concepts.T).argmax(axis=1)
    sums = np.zeros_like(concepts)
    np.add.at(sums, labels, sample.features)
    populations = np.bincount(labels, minlength=len(concepts))
    linkage = part_tree(sums, populations, labels[sample.pairs])
    return ConceptTree(concepts, sums, populations, linkage, 0.0)


@pytest.mark.parametrize("n_parts", [5, 7])
def test_planted_parts_come_out_again_and_more_do_not(n_parts: int) -> None:
    curve = stability_curve(planted(n_parts), fit_tree, range(2, 13), seed=0)
    agreement = {point.n_parts: point.agreement for point in curve}
    assert agreement[n_parts] > 0.95
    assert all(agreement[more] < agreement[n_parts] - 0.02 for more in range(n_parts + 1, 13))
    assert choose_parts(curve) == n_parts


def test_the_curve_is_the_same_again_and_another_with_another_seed() -> None:
    first, again, other = (
        stability_curve(planted(5), fit_tree, (4, 9), seed) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_of_one_picture_positions_are_halved() -> None:
    (point,) = stability_curve(planted(3, n_pictures=1), fit_tree, (3,), seed=0)
    assert point.agreement > 0.6


def test_the_curve_ends_where_concepts_do() -> None:
    curve = stability_curve(planted(3), fit_tree, range(2, 100), seed=0)
    assert curve[-1].n_parts == CONCEPTS


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
