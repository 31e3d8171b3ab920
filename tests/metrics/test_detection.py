"""Average precision: against a loop over detections, scikit-learn and pycocotools."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from sklearn.metrics import precision_recall_curve

from partonomy.metrics import (
    Criterion,
    Detections,
    TrueParts,
    average_precision,
    box_iou,
    centre_distance,
    precision_of,
)
from partonomy.metrics import detection as module

IOU, DISTANCE = Criterion("iou", 0.4), Criterion("distance", 12.0)


def boxes(count, generator):
    corner = generator.integers(0, 60, (count, 2)).astype(float)
    return np.concatenate([corner, corner + generator.integers(5, 40, (count, 2))], axis=1)


def world(seed, n_detections=40, n_true=25, n_pictures=4, n_parts=3):
    """Detections, some of them near true parts, and scores with ties."""
    generator = np.random.default_rng(seed)
    truth = TrueParts(
        generator.integers(n_pictures, size=n_true),
        generator.integers(n_parts, size=n_true),
        boxes(n_true, generator),
        n_parts,
    )
    picture, box = generator.integers(n_pictures, size=n_detections), boxes(n_detections, generator)
    near = generator.random(n_detections) < 0.5
    if n_true:
        of = generator.integers(n_true, size=n_detections)
        moved = truth.box[of] + generator.normal(0, 3, (n_detections, 4))
        picture, box = (
            np.where(near, truth.picture[of], picture),
            np.where(near[:, None], moved, box),
        )
    score = generator.integers(0, 12, n_detections) / 12
    return Detections(picture, box, score), truth


def slow(detections, truth, part, criterion):
    """One detection after another, as the VOC development kit goes."""
    order = sorted(range(len(detections.score)), key=lambda i: (-detections.score[i], i))
    mine = [i for i in range(len(truth.part)) if truth.part[i] == part]
    taken, right = set(), []
    for index in order:
        best, fit = None, -np.inf
        for i in mine:
            if truth.picture[i] != detections.picture[index]:
                continue
            x0, y0, x1, y1 = detections.box[index]
            u0, v0, u1, v1 = truth.box[i]
            if criterion.kind == "iou":
                both = max(0, min(x1, u1) - max(x0, u0)) * max(0, min(y1, v1) - max(y0, v0))
                areas = max(0, x1 - x0) * max(0, y1 - y0) + (u1 - u0) * (v1 - v0)
                this = both / (areas - both)
            else:
                this = -np.hypot((x0 + x1 - u0 - u1) / 2, (y0 + y1 - v0 - v1) / 2)
            if this > fit:
                best, fit = i, this
        enough = criterion.threshold if criterion.kind == "iou" else -criterion.threshold
        hit = best is not None and fit >= enough and best not in taken
        if hit:
            taken.add(best)
        right.append(hit)
    if not mine:
        return np.nan, np.nan
    found = np.cumsum(right)
    recall, precision = found / len(mine), found / np.arange(1, len(right) + 1)
    recall, precision = np.concatenate([[0], recall, [1]]), np.concatenate([[0], precision, [0]])
    for i in range(len(precision) - 2, -1, -1):
        precision[i] = max(precision[i], precision[i + 1])
    changes = np.flatnonzero(np.diff(recall))
    area = ((recall[changes + 1] - recall[changes]) * precision[changes + 1]).sum()
    return area, found[-1] / len(mine)


@given(st.integers(0, 100_000), st.sampled_from([IOU, DISTANCE]))
def test_agrees_with_a_loop_over_detections(seed, criterion):
    detections, truth = world(seed)
    (found,) = precision_of([detections], truth, criterion)
    expected = [slow(detections, truth, part, criterion) for part in range(truth.n_parts)]
    np.testing.assert_allclose(found.average_precision, [ap for ap, _ in expected], atol=1e-9)
    np.testing.assert_allclose(found.recall, [recall for _, recall in expected], atol=1e-9)


def test_pairs_in_batches_are_the_same_pairs(monkeypatch):
    worlds = [world(seed) for seed in range(10)]
    whole = [next(precision_of([d], t, IOU)).average_precision for d, t in worlds]
    monkeypatch.setattr(module, "_PAIRS_AT_A_TIME", 7)
    cut = [next(precision_of([d], t, IOU)).average_precision for d, t in worlds]
    np.testing.assert_array_equal(whole, cut)


@given(st.integers(0, 10_000))
def test_is_the_area_under_the_envelope_of_scikit_learns_curve(seed):
    right = np.random.default_rng(seed).random(30) < 0.4
    right[-1] = True
    precision, recall, _ = precision_recall_curve(right, -np.arange(30))
    n_true = int(right.sum())
    levels = (np.arange(n_true) + 0.5) / n_true
    expected = np.mean([precision[recall > level].max() for level in levels])
    assert average_precision(np.flatnonzero(right) + 1, n_true) == pytest.approx(expected)


def test_each_true_part_is_found_once():
    truth = TrueParts(
        np.array([0, 0]), np.array([0, 0]), np.array([[0.0, 0, 10, 10], [50, 50, 60, 60]]), 1
    )
    twice = Detections(np.zeros(2, int), np.array([[0.0, 0, 10, 10]] * 2), np.array([0.9, 0.8]))
    (found,) = precision_of([twice], truth, IOU)
    assert found.recall == [0.5]
    assert found.average_precision == [0.5], "the second detection of it is wrong"


def test_nearest_is_asked_whether_taken_or_not():
    """A detection between a taken part and a free one goes to the nearer, and fails if taken."""
    truth = TrueParts(
        np.zeros(2, int), np.zeros(2, int), np.array([[0.0, 0, 10, 10], [8, 0, 18, 10]]), 1
    )
    picture, box = np.zeros(2, int), np.array([[0.0, 0, 10, 10], [2, 0, 12, 10]])
    (found,) = precision_of([Detections(picture, box, np.array([1.0, 0.5]))], truth, DISTANCE)
    assert found.recall == [0.5]


def test_other_pictures_do_not_help():
    truth = TrueParts(np.array([1]), np.array([0]), np.array([[0.0, 0, 10, 10]]), 2)
    (found,) = precision_of([Detections(np.array([0]), truth.box, np.array([1.0]))], truth, IOU)
    assert found.average_precision[0] == 0
    assert np.isnan(found.average_precision[1]), "a part that is nowhere annotated has none"


@pytest.mark.parametrize(("n_detections", "n_true"), [(0, 5), (5, 0), (0, 0)])
def test_nothing_found_or_nothing_there(n_detections, n_true):
    detections, truth = world(0, n_detections, n_true)
    (found,) = precision_of([detections], truth, IOU)
    expected = 0.0 if n_true else np.nan
    present = np.bincount(truth.part, minlength=3) > 0
    np.testing.assert_array_equal(found.average_precision[present], expected)
    assert np.isnan(found.average_precision[~present]).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_the_surest_come_first_whatever_type_sureness_has(dtype):
    detections, truth = world(3)
    whole = replace(detections, score=np.rint(detections.score * 12))
    (found,) = precision_of([replace(whole, score=whole.score.astype(dtype))], truth, IOU)
    (expected,) = precision_of([whole], truth, IOU)
    np.testing.assert_array_equal(found.average_precision, expected.average_precision)


def test_what_does_not_fit_together_is_refused():
    detections, truth = world(0)
    with pytest.raises(ValueError, match="score has 39 entries, box has 40"):
        replace(detections, score=detections.score[1:])
    with pytest.raises(ValueError, match="picture has 40 entries, box has 41"):
        replace(detections, box=np.concatenate([detections.box, detections.box[:1]]))
    with pytest.raises(ValueError, match="part has 24 entries, box has 25"):
        replace(truth, part=truth.part[1:])
    with pytest.raises(ValueError, match=r"box is \(25, 2\), not \(n, 4\)"):
        replace(truth, box=truth.box[:, :2])
    with pytest.raises(ValueError, match=r"part 2 is none of 0 \.\. 1"):
        replace(truth, n_parts=2)
    with pytest.raises(ValueError, match=r"part -1 is none of 0 \.\. 2"):
        replace(truth, part=np.full_like(truth.part, -1))
    with pytest.raises(ValueError, match="criterion IoU: choose iou or distance"):
        Criterion("IoU", 0.5)


def test_iou_is_pycocotools():
    generator = np.random.default_rng(0)
    first, second = boxes(50, generator), boxes(50, generator)
    wide = [
        np.concatenate([each[:, :2], each[:, 2:] - each[:, :2]], axis=1) for each in (first, second)
    ]
    expected = np.diag(coco.iou(*wide, np.zeros(50)))
    np.testing.assert_allclose(box_iou(first, second), expected, atol=1e-12)


def test_empty_boxes_overlap_nothing():
    empty = np.array([[3.0, 3, 3, 9], [5, 5, 1, 1]])
    np.testing.assert_array_equal(box_iou(empty, empty), [0, 0])


def test_distance_is_between_centres():
    first, second = np.array([[0.0, 0, 2, 2]]), np.array([[3.0, 4, 5, 6]])
    assert centre_distance(first, second) == [5]
