"""The linear rival: planted halves, places of one object, nothing to learn."""

import numpy as np
import pytest

from emergence.planted import halves
from partonomy.emergence.linear import combine_linearly, places_of


def test_two_filters_that_know_half_of_a_part_each_are_combined():
    found = combine_linearly(halves(60, 0), halves(30, 1))
    assert {3, 7} <= set(found.filters.tolist())
    assert found.search == "linear"
    assert found.training > 0.95
    assert found.test > 0.95


def test_a_place_has_the_strongest_stimulus_of_each_filter():
    refined = halves(8, 0, filters=10)
    places = places_of(refined, np.array([1.0, 1.0]))
    share, stimulus = places.share.toarray(), places.stimulus.toarray().astype(int)
    assert ((share > 0) == (stimulus > 0)).all()
    where = np.nonzero(stimulus)
    flat = stimulus[where] - 1
    assert share[where] == pytest.approx(refined.share.ravel()[flat])
    assert (flat // 10 == places.objects[where[0]]).all()
    assert (flat % 10 == where[1]).all()
    assert len(flat) == (refined.share > 0).sum(), "one stimulus a filter, none lost"


def test_where_nothing_fits_there_is_no_weight():
    refined = halves(20, 0)
    refined.truth.boxes[:] += 500
    found = combine_linearly(refined, halves(10, 1))
    assert not len(found.filters)
    assert found.training == 0
