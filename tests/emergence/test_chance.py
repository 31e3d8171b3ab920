"""Intervals and chance: what is planted stands out, what is not does not."""

import numpy as np
import pytest

from emergence.planted import around_cell
from partonomy.emergence.chance import (
    Detector,
    corrected,
    p_value,
    precision_interval,
    shuffled_precision,
)
from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.precision import filter_precision


def collection(n: int, seed: int = 0):
    """Three parts on each object, far from one another; the second is missing on every fifth."""
    generator = np.random.default_rng(seed)
    cells = np.array([(3, 3), (3, 14), (14, 8)]) + generator.integers(-1, 2, (n, 3, 2))
    boxes = around_cell(cells, 24, 24)
    boxes[::5, 1] = np.nan
    truth = [
        TrueBoxes(Part("car", name), np.arange(n), boxes[:, [index]])
        for index, name in enumerate(("wheel", "door", "lamp"))
    ]
    return cells, truth, generator


def detector_on(cells: np.ndarray, generator: np.random.Generator) -> Detector:
    """One stimulus an object at (n, 2) cells, of any strength."""
    score = generator.uniform(1, 2, (len(cells), 1)).astype(np.float32)
    return Detector(score, around_cell(cells[:, None], 24, 24))


def test_a_filter_that_knows_a_part_is_above_chance():
    cells, truth, generator = collection(60)
    found = detector_on(cells[:, 0], generator)
    score = precision_interval(found, truth[0].boxes, np.arange(60))
    chance = shuffled_precision(found, truth, 0, shuffles=99)
    assert score.value == 1.0
    assert chance.mean() == pytest.approx(1 / 9, abs=0.08), "a third is found, at a third of right"
    assert p_value(score.value, chance) == 0.01


def test_a_filter_that_fires_on_any_part_is_not():
    cells, truth, generator = collection(200)
    anywhere = cells[np.arange(200), generator.integers(0, 3, 200)]
    found = detector_on(anywhere, generator)
    score = precision_interval(found, truth[0].boxes, np.arange(200)).value
    assert 0.02 < p_value(score, shuffled_precision(found, truth, 0, shuffles=99)) < 0.98


def test_deals_keep_how_many_of_each_part_there_are():
    """Where an object has but one box, nothing can be dealt: chance is the score itself."""
    cells, truth, generator = collection(40)
    found = detector_on(cells[:, 0], generator)
    chance = shuffled_precision(found, truth[:1], 0, shuffles=5)
    assert chance == pytest.approx([1.0] * 5)
    assert p_value(1.0, chance) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_holds_the_score_and_is_of_pictures(seed):
    cells, truth, generator = collection(50, seed)
    cells[::2, 0] += 6
    found = detector_on(cells[:, 0], generator)
    pictures = np.arange(50)
    interval = precision_interval(found, truth[0].boxes, pictures, seed=seed)
    plain = filter_precision(found.score[:, None], found.boxes[:, None], truth[0].boxes)
    assert interval.value == pytest.approx(plain.average_precision[0])
    assert interval.low <= interval.value <= interval.high
    assert interval.low < interval.high
    in_few = precision_interval(found, truth[0].boxes, pictures // 10, seed=seed)
    assert in_few.value == interval.value


def test_a_part_that_never_occurs_has_no_interval():
    cells, truth, generator = collection(10)
    nothing = np.full_like(truth[0].boxes, np.nan)
    found = precision_interval(detector_on(cells[:, 0], generator), nothing, np.arange(10))
    assert np.isnan([found.value, found.low, found.high]).all()


def test_correction_over_parts():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.005])
    expected = [0.02, np.nan, 0.04, 0.04, 0.02]  # n p / rank, made to rise
    np.testing.assert_allclose(corrected(p), expected)
    assert np.isnan(corrected(np.array([np.nan]))).all()


def test_few_resamples_at_a_time_give_the_same_interval(monkeypatch):
    cells, truth, generator = collection(50)
    cells[::2, 0] += 6
    found = detector_on(cells[:, 0], generator)
    whole = precision_interval(found, truth[0].boxes, np.arange(50), resamples=30)
    monkeypatch.setattr("partonomy.emergence.chance._NUMBERS_AT_A_TIME", 1)
    single = precision_interval(found, truth[0].boxes, np.arange(50), resamples=30)
    np.testing.assert_allclose(single.draws, whole.draws, rtol=1e-12)


@pytest.mark.parametrize("known", [0.1, 0.95])
def test_no_bound_lies_beyond_what_precision_can_be(known):
    cells, truth, generator = collection(40)
    place = np.where(generator.random((40, 1)) < known, cells[:, 0], 0)
    found = precision_interval(detector_on(place, generator), truth[0].boxes, np.arange(40))
    assert 0 <= found.low <= found.value <= found.high <= 1
