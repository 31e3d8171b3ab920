"""What parts are compared with does its best, and is seen as partonomy's own parts are."""

from __future__ import annotations

import numpy as np

from partonomy.demo import OURS, Demo
from partonomy.demo.demo import LAYERS, NETWORK, discovery
from partonomy.demo.rivals import (
    COLOUR,
    RANDOM,
    by_colour,
    in_network,
    rivals,
    untrained,
)
from partonomy.demo.scoring import picture_tables


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
