"""Two audits: real losses are told from chance, filters that moved are found again."""

import numpy as np
import pytest

from finished_audits import RESAMPLES, rare, responses, row, write_audit
from partonomy.emergence.comparing import (
    best_layers,
    layer_drifts,
    paired_filters,
    paired_layers,
    part_changes,
    unrelated_drift,
)
from partonomy.emergence.finished import read_audit


def test_what_two_audits_have_in_common_cancels_out():
    """Both move by 0.1 with the objects, and together: a loss of 0.05 is real."""
    before = {"a": [row("wheel", 0.6), row("door", 0.4)]}
    after = {"a": [row("wheel", 0.55, own=0.005), row("door", 0.41, own=0.1)]}
    assert before["a"][0]["low"] < 0.55 < before["a"][0]["high"]
    wheel, door = part_changes(before, after)
    assert (wheel.name, wheel.lost, wheel.gained) == ("car wheel", True, False)
    assert wheel.change.value == pytest.approx(-0.05)
    assert wheel.change.high < 0
    assert (door.part, door.lost, door.gained) == ("door", False, False)


def test_an_audit_beside_itself_has_neither_gained_nor_lost():
    layers = {"a": [row("wheel", 0.6, own=0.1)], "b": [row("wheel", 0.3, own=0.1)]}
    (change,) = part_changes(layers, layers)
    assert (change.change.low, change.change.value, change.change.high) == (0, 0, 0)
    assert not change.lost
    assert not change.gained


def test_layers_are_chosen_on_training_objects():
    """The layer that happens to be better on the test objects is not the one that is compared."""
    before = {"a": [row("wheel", 0.5, 3, **{"AP training": 0.7})], "b": [row("wheel", 0.6)]}
    after = {"c": [row("wheel", 0.2)], "d": [row("wheel", 0.3)]}
    (change,) = part_changes(before, after)
    assert (change.before.layer, change.before.filter) == ("a", 3)
    assert change.after.layer == "d"
    assert change.change.value == pytest.approx(0.3 - 0.5)
    equal = {"first": [row("wheel", 0.5)], "second": [row("wheel", 0.5)]}
    assert best_layers(equal)["car", "wheel"][0] == "first"


def test_parts_that_one_audit_says_nothing_of_come_last():
    before = {"a": [row("wheel", 0.5), rare("lamp"), rare("roof")]}
    after = {"a": [row("wheel", 0.5), row("lamp", 0.5), row("wing", 0.5)]}
    changes = part_changes(before, after)
    assert [each.part for each in changes] == ["wheel", "lamp", "roof", "wing"]
    assert [each.change is None for each in changes] == [False, True, True, True]
    assert changes[1].before is None
    assert changes[1].after.precision.value == 0.5
    assert not any(each.gained or each.lost for each in changes)


def test_a_resample_without_the_part_is_left_out():
    gaps = row("wheel", 0.5)
    gaps["draws"][0] = float("nan")
    (change,) = part_changes({"a": [gaps]}, {"a": [row("wheel", 0.4)]})
    assert len(change.change.draws) == RESAMPLES
    assert change.change.high == pytest.approx(-0.1)


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
