"""Drift: filters that moved are found again, unrelated ones drift, silent ones do not count."""

from itertools import permutations

import numpy as np
import pytest

from finished_audits import rare, responses, row, write_audit
from partonomy.emergence.drift import layer_drifts, paired_filters, paired_layers, unrelated_drift
from partonomy.emergence.finished import read_audit


def test_filters_that_changed_places_are_found():
    generator = np.random.default_rng(0)
    before = generator.random((60, 12))
    order = generator.permutation(12)
    after = np.empty((60, 14))
    after[:, :12] = 3 * before[:, order] + 1
    after[:, 12], after[:, 13] = 7, generator.random(60)
    found = paired_filters(before, after)
    assert len(found.before) == 12
    assert all(order[new] == old for old, new in zip(found.before, found.after, strict=True))
    assert found.drift == pytest.approx(0, abs=1e-9)


def test_no_other_pairing_correlates_as_highly():
    generator = np.random.default_rng(2)
    before, after = generator.random((9, 4)), generator.random((9, 5))
    correlation = np.corrcoef(before.T, after.T)[:4, 4:]
    best = max(
        sum(correlation[old, new] for old, new in enumerate(order))
        for order in permutations(range(5), 4)
    )
    found = paired_filters(before, after)
    assert found.correlation.sum() == pytest.approx(best)
    np.testing.assert_allclose(found.correlation, correlation[found.before, found.after])
    assert (np.diff(found.correlation) <= 0).all()


def test_filters_that_never_respond_are_no_drift():
    seen = responses(0)
    found = paired_filters(seen, seen)
    assert len(found.before) == seen.shape[1] - 1
    assert found.drift == pytest.approx(0, abs=1e-9)
    silent = np.zeros((30, 4))
    assert np.isnan(paired_filters(silent, silent).drift)
    gone = seen.copy()
    gone[:, 0] = 0
    assert paired_filters(seen, gone).drift == pytest.approx(1 / 11, abs=1e-6)


def test_unrelated_filters_drift_as_far_as_shuffled_ones():
    generator = np.random.default_rng(0)
    before, after = generator.random((400, 8)), generator.random((400, 8))
    drift = paired_filters(before, after).drift
    assert drift > 0.8
    assert unrelated_drift(before, before) == pytest.approx(drift, abs=0.1)
    assert unrelated_drift(before, before) == unrelated_drift(before, before)


def test_layers_of_one_name_are_paired_or_else_the_strongest():
    one = {"a": [row("wheel", 0.2)], "b": [row("wheel", 0.6)], "c": [rare("wheel")]}
    assert paired_layers(one, {"c": [], "x": [], "a": []}) == [("a", "a"), ("c", "c")]
    other = {"x": [row("wheel", 0.5)], "y": [row("wheel", 0.4)], "z": [rare("wheel")]}
    assert paired_layers(one, other) == [("b", "x")]


def test_a_permuted_network_has_not_drifted(tmp_path):
    order = np.random.default_rng(1).permutation(12)
    seen = responses(0)
    best = int(np.flatnonzero(order == 3)[0])
    audits = [
        read_audit(write_audit(tmp_path / name, {"a": [row("wheel", 0.5, index)]}, {"a": each}))
        for name, index, each in (("one", 3, seen), ("other", best, seen[:, order]))
    ]
    filters, concepts = layer_drifts(*audits)
    assert (filters.kind, concepts.kind, filters.layers) == ("layers", "concepts", "a")
    assert filters.pairs.drift == pytest.approx(0, abs=1e-6)
    assert filters.unrelated > 0.3
    assert (order[filters.pairs.after] == filters.pairs.before).all()
    assert (filters.parts_before, filters.parts_after) == (
        {3: ["car wheel"]},
        {best: ["car wheel"]},
    )


def test_concepts_that_one_audit_lacks_are_not_paired(tmp_path):
    one = write_audit(tmp_path / "one", {"a": [row("wheel", 0.5)]})
    other = write_audit(tmp_path / "other", {"b": [row("wheel", 0.5)]}, kinds=["layers"])
    (drift,) = layer_drifts(read_audit(one), read_audit(other))
    assert (drift.kind, drift.layers) == ("layers", "a and b")
