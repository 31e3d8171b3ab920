"""What goes together with emergence: planted relations, classes of other scales, too few parts."""

import numpy as np
import pytest

from partonomy.emergence.relations import rank_relation, within_classes


def test_a_planted_relation_is_found_and_noise_is_not():
    generator = np.random.default_rng(0)
    known = generator.random(40)
    alike = rank_relation(known, np.exp(3 * known))
    assert (alike.value, alike.low, alike.high) == pytest.approx((1, 1, 1))
    against = rank_relation(known, -known + 0.2 * generator.random(40))
    assert against.high < -0.5
    noise = rank_relation(known, generator.random(40))
    assert noise.low < 0 < noise.high


def test_what_is_not_known_does_not_count():
    first = np.array([1, 2, 3, 4, np.nan, 6.0])
    second = np.array([2, 4, 6, 8, 1, np.nan])
    assert rank_relation(first, second).value == pytest.approx(1)
    assert rank_relation(first[2:], second[2:]) is None
    assert rank_relation(np.ones(9), np.arange(9.0)) is None


def test_classes_of_other_scales_are_brought_to_one():
    names = np.array(["car"] * 3 + ["fish"] * 3 + ["ship"])
    values = np.array([1, 2, 3, 100, 200, 300, 7.0])
    found = within_classes(values, names)
    np.testing.assert_allclose(found[:3], found[3:6])
    assert found[:3].mean() == pytest.approx(0, abs=1e-12)
    assert np.isnan(found[6])
