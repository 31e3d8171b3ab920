"""What parts are compared with does its best, and is seen as partonomy's own parts are."""

from __future__ import annotations

import numpy as np

from partonomy.demo import OURS, Demo
from partonomy.demo.demo import LAYERS, NETWORK, discovery
from partonomy.demo.rivals import (
    COLOUR,
    RANDOM,
    PointClusters,
    by_colour,
    colour_and_position,
    in_network,
    position,
    rivals,
    untrained,
)
from partonomy.demo.scoring import picture_tables


def test_position_is_relative_to_the_foregrounds_box() -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:16, 10:31] = True
    places = position(mask)
    assert places.shape == (mask.sum(), 2)
    np.testing.assert_array_equal(places.min(axis=0), [0, 0])
    np.testing.assert_array_equal(places.max(axis=0), [1, 1])
    assert position(np.zeros((4, 4), bool)).shape == (0, 2)
    np.testing.assert_array_equal(position(np.eye(1, dtype=bool)), [[0, 0]])


def test_colour_is_cie_lab() -> None:
    rgb = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0]]], np.uint8)
    described = colour_and_position(rgb, np.ones((1, 3), bool))
    lab = [[0, 0, 0], [100, 0, 0], [53.24, 80.09, 67.2]]
    np.testing.assert_allclose(described[:, :3], lab, atol=0.5)
    np.testing.assert_allclose(described[:, 4], [0, 0.5, 1])


def test_planted_clusters_are_found_whatever_their_scale() -> None:
    random = np.random.default_rng(0)
    group = random.integers(3, size=(40, 50))
    foreground = random.random((40, 50)) < 0.7
    inside = group[foreground]
    points = np.stack([1000 * (inside == 1), 0.01 * (inside == 2), 0 * inside], axis=1)
    points = (points + random.normal(0, [20, 2e-4, 0], points.shape)).astype(np.float32)
    labels = PointClusters.fit(points, 3, seed=0).labels(points, foreground)
    assert (labels[~foreground] == 0).all()
    pairs = {(int(a), int(b)) for a, b in zip(labels[foreground], inside, strict=True)}
    assert len(pairs) == 3
    assert {label for label, _ in pairs} == {1, 2, 3}


def test_the_network_is_seen_as_a_run_of_discover_sees_it(demo: Demo) -> None:
    from partonomy import load_backbone

    result = demo.classes[1]
    settings = discovery(result.truth, demo.settings.size, demo.settings.seed)
    found = in_network(load_backbone(NETWORK, LAYERS), result.truth, settings)
    np.testing.assert_array_equal(found, result.found)
    tables = picture_tables(result.truth.labels, found, result.truth.n_parts)
    np.testing.assert_array_equal(tables, result.tables[OURS])


def test_rivals_have_the_truths_foreground_and_number_of_parts(demo: Demo) -> None:
    truth = demo.classes[0].truth
    blank = untrained(NETWORK, LAYERS, seed=3)
    for method, found in rivals(blank, truth, discovery(truth, demo.settings.size, 3)):
        np.testing.assert_array_equal(np.array(found) > 0, np.array(truth.labels) > 0)
        assert set(np.unique(found)) == set(range(truth.n_parts + 1)), method


def test_chance_is_repeatable_and_follows_the_seed(demo: Demo) -> None:
    digests = [untrained(NETWORK, LAYERS, seed).spec.weights_digest for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]
    truth = demo.classes[0].truth
    once, again, other = (np.array(by_colour(truth, seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(once, again)
    assert (once != other).any()
    assert {RANDOM, COLOUR, OURS} == set(demo.classes[0].tables)
