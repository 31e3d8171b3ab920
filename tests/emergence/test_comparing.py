"""Two audits: real losses are told from chance, filters that moved are found again."""

import numpy as np
import pytest

from partonomy.emergence.comparing import paired_filters, part_changes


def row(part: str, score: float, draws) -> dict:
    low, high = np.quantile(draws, [0.025, 0.975])
    return {
        "class": "car",
        "part": part,
        "AP": score,
        "low": low,
        "high": high,
        "draws": list(draws),
    }


def test_what_two_audits_have_in_common_cancels_out():
    """Both move by 0.2 with the objects, and together: a loss of 0.05 is real."""
    generator = np.random.default_rng(0)
    shared = generator.normal(0, 0.2, 500)
    before = [row("wheel", 0.6, 0.6 + shared), row("door", 0.4, 0.4 + shared)]
    after = [
        row("wheel", 0.55, 0.55 + shared + generator.normal(0, 0.01, 500)),
        row("door", 0.41, 0.41 + generator.normal(0, 0.2, 500)),
    ]
    wheel, door = part_changes(before, after)
    assert (wheel.part, wheel.lost, wheel.gained) == ("wheel", True, False)
    assert wheel.change.value == pytest.approx(-0.05)
    assert wheel.change.high < 0
    assert (door.part, door.lost, door.gained) == ("door", False, False)


def test_parts_that_one_audit_says_nothing_of_come_last():
    draws = np.full(10, 0.5)
    before = [row("wheel", 0.5, draws), {"class": "car", "part": "lamp", "AP": None}]
    after = [row("wheel", 0.5, draws), row("lamp", 0.5, draws), row("wing", 0.5, draws)]
    changes = part_changes(before, after)
    assert [each.part for each in changes] == ["wheel", "lamp", "wing"]
    assert [each.change is None for each in changes] == [False, True, True]
    assert np.isnan(changes[1].before)
    assert not any(each.gained or each.lost for each in changes)


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


def test_unrelated_filters_drift_apart():
    generator = np.random.default_rng(0)
    found = paired_filters(generator.random((400, 8)), generator.random((400, 8)))
    assert found.drift > 0.8
