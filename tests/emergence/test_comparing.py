"""Two audits: real losses are told from chance, layers are chosen blind to the test objects."""

import pytest

from finished_audits import RESAMPLES, rare, row
from partonomy.emergence.comparing import best_layers, part_changes


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
