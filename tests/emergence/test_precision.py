"""Precision of all filters at once, against the general measure and suppression in a loop."""

import numpy as np
import pytest

from partonomy.emergence.precision import (
    OVERLAP,
    Rule,
    filter_precision,
    ranking,
    unsuppressed,
)
from partonomy.metrics import Detections, TrueParts, precision_of
from partonomy.metrics.detection import box_iou


def boxes(generator: np.random.Generator, *shape: int) -> np.ndarray:
    low = generator.integers(0, 40, (*shape, 2))
    return np.concatenate([low, low + generator.integers(6, 30, (*shape, 2))], -1).astype(
        np.float32
    )


def table(seed: int, n: int = 12, filters: int = 5, strongest: int = 6):
    """Scores with ties and gaps, boxes of them, and true boxes of which some are missing."""
    generator = np.random.default_rng(seed)
    score = np.sort(generator.integers(0, 8, (n, filters, strongest)))[..., ::-1].astype(np.float32)
    truth = boxes(generator, n, 3)
    truth[generator.random((n, 3)) < 0.4] = np.nan
    return np.ascontiguousarray(score), boxes(generator, n, filters, strongest), truth


def alike(first, second, criterion):
    """Whether of two stimuli only the stronger is kept."""
    if criterion.kind == "iou":
        return box_iou(first[None], second[None])[0] >= criterion.suppressed
    apart = (first[:2] + first[2:] - second[:2] - second[2:]) / 2
    return np.linalg.norm(apart) <= criterion.threshold


def slow(score, box, truth, criterion):
    """AP and recall of one filter, by the general measure."""
    picture, kept_boxes, kept_scores = [], [], []
    for index in range(len(score)):
        left: list[int] = []
        for place in range(score.shape[1]):
            if score[index, place] > 0 and not any(
                alike(box[index, place], box[index, other], criterion) for other in left
            ):
                left.append(place)
        picture += [index] * len(left)
        kept_boxes += [box[index, place] for place in left]
        kept_scores += [score[index, place] for place in left]
    which, slot = np.nonzero(np.isfinite(truth[..., 0]))
    true = TrueParts(which, np.zeros(len(which), int), truth[which, slot], 1)
    found = Detections(np.array(picture), np.array(kept_boxes), np.array(kept_scores))
    (result,) = precision_of([found], true, criterion)
    return result.average_precision[0], result.recall[0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "criterion", [Rule("iou", 0.4), Rule("distance", 9.0), Rule("iou", 0.4, 0.6)]
)
def test_as_the_general_measure_says(seed: int, criterion: Rule):
    score, box, truth = table(seed)
    found = filter_precision(score, box, truth, criterion)
    for index in range(score.shape[1]):
        expected = slow(score[:, index], box[:, index], truth, criterion)
        assert (found.average_precision[index], found.recall[index]) == pytest.approx(expected)
    assert 0 < np.nanmax(found.average_precision) < 1, "else the example says little"


def test_a_filter_that_fires_exactly_on_the_part():
    _, _, truth = table(0)
    score = np.isfinite(truth[:, None, :, 0]).astype(np.float32)
    score += np.arange(len(truth))[:, None, None] * (score > 0)
    far = np.where(np.isnan(truth), 1000 + 50 * np.arange(3)[:, None], truth)[:, None]
    found = filter_precision(score, far, truth, Rule("iou", 0.4, 1.1))
    assert found.average_precision.tolist() == found.recall.tolist() == [1.0]


def test_a_part_that_never_occurs_has_no_precision():
    score, box, truth = table(0)
    found = filter_precision(score, box, np.full_like(truth, np.nan))
    assert np.isnan(found.average_precision).all()
    assert np.isnan(found.recall).all()


def test_a_known_ranking_and_suppression_change_nothing():
    score, box, truth = table(1)
    known = unsuppressed(score, box, OVERLAP)
    given = filter_precision(score, box, truth, order=ranking(score), kept=known)
    np.testing.assert_array_equal(
        given.average_precision, filter_precision(score, box, truth).average_precision
    )
