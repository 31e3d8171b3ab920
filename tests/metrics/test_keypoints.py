"""Keypoints: sampled in their pixels, regressed as scikit-learn does, in named frames."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

from partonomy.metrics import (
    Frame,
    Landmarks,
    box_frame,
    inter_ocular_frame,
    keypoint_regression,
    part_centroids,
    sample_at_keypoints,
)


@pytest.mark.parametrize("whole", [False, True])
@given(seed=st.integers(0, 1000))
def test_a_keypoint_is_in_the_pixel_that_it_lies_in(seed, whole):
    """One on the border of two, where whole numbers are, in the one to the right or below."""
    generator = torch.Generator().manual_seed(seed)
    maps = torch.randn(2, 4, 6, 9, generator=generator)
    keypoints = torch.rand(2, 5, 2, generator=generator) * torch.tensor([9.0, 6.0])
    keypoints = keypoints.floor() if whole else keypoints
    found = sample_at_keypoints(maps, keypoints)
    for n in range(2):
        for p in range(5):
            x, y = keypoints[n, p].floor().int().tolist()
            assert found[n, p] == maps[n, :, y, x].argmax()


def test_keypoints_outside_the_picture_have_no_part():
    inside = [[3.9, 2.9], [0.0, 0.0]]
    outside = [[-0.1, 2.0], [4.0, 1.0], [np.nan, 1.0], [1.0, np.inf]]
    found = sample_at_keypoints(torch.rand(1, 3, 3, 4), torch.tensor([inside + outside]))
    assert (found[0] >= 0).tolist() == [True] * 2 + [False] * 4


def test_centroids_are_means_of_pixel_centres():
    maps = torch.zeros(1, 3, 5, 8)
    maps[0, 0, 1:3, 2:6] = 1  # centre (4, 2)
    maps[0, 1, 4, 7] = 0.5  # less than a pixel's worth: drawn to the corner by half
    found = part_centroids(maps)[0]
    torch.testing.assert_close(found, torch.tensor([[4.0, 2.0], [3.75, 2.25], [0.0, 0.0]]))
    torch.testing.assert_close(part_centroids(maps, 1e-6)[0, 1], torch.tensor([7.5, 4.5]))


def collection(n, seed, noise=0.0):
    """Keypoints that follow from parts, in boxes anywhere."""
    world = np.random.default_rng(0)
    mixing = world.normal(size=(6, 3, 2))
    generator = np.random.default_rng(seed)
    corner, side = generator.uniform(0, 50, (n, 2)), generator.uniform(20, 90, (n, 2))
    inside = generator.uniform(0, 1, (n, 3, 2))
    centred = (inside - 0.5).reshape(n, -1)
    keypoints = 0.5 + np.einsum("ni,ipc->npc", centred, mixing) / 4
    keypoints += noise * generator.normal(size=keypoints.shape)
    return Landmarks(
        corner[:, None] + inside * side[:, None],
        generator.uniform(0, 1, (n, 3)),
        corner[:, None] + keypoints * side[:, None],
        generator.random((n, 3)) < 0.8,
        box_frame(np.concatenate([corner, corner + side], axis=1)),
    )


def by_scikit_learn(training, test, model, present=None):
    """Mean error in the boxes' sides, one keypoint after another."""

    def inputs(each):
        relative = (each.centroids - each.frame.origin[:, None]) / each.frame.side[:, None]
        return relative.reshape(len(relative), -1)

    errors = []
    for p in range(training.visible.shape[1]):
        shown, asked = training.visible[:, p], test.visible[:, p]
        goals = [
            (each.keypoints[rows, p] - each.frame.origin[rows]) / each.frame.side[rows]
            for each, rows in ((training, shown), (test, asked))
        ]
        of_inputs = StandardScaler().fit(inputs(training)[shown])
        of_goals = StandardScaler().fit(goals[0])

        def known(each, rows, scaler=of_inputs):
            values = scaler.transform(inputs(each)[rows])
            if present is not None:
                values[np.repeat(each.presence[rows] <= present, 2, axis=1)] = 0
            return values

        model.fit(known(training, shown), of_goals.transform(goals[0]))
        found = of_goals.inverse_transform(model.predict(known(test, asked)))
        errors.extend(np.linalg.norm(found - goals[1], axis=1))
    return np.mean(errors)


@pytest.mark.parametrize("present", [None, 0.5])
@pytest.mark.parametrize("ridge", [0, 0.3])
def test_agrees_with_scikit_learn(ridge, present):
    training, test = collection(50, 1, noise=0.05), collection(30, 2, noise=0.05)
    model = LinearRegression(fit_intercept=False)
    if ridge:
        model = Ridge(alpha=ridge, fit_intercept=False)
    found = keypoint_regression(training, test, ridge=ridge, present=present)
    assert found.mean == pytest.approx(by_scikit_learn(training, test, model, present), rel=1e-6)


def test_a_part_that_stays_in_one_place_says_nothing_wherever_it_is_later():
    """The deviation of many equal numbers is not 0 but what rounding makes of it."""
    training, test = collection(50, 1, noise=0.05), collection(30, 2, noise=0.05)
    unit = box_frame(np.tile([0.0, 0, 1, 1], (50, 1)))
    training = replace(training, frame=unit)
    training.centroids[:, 0] = 0.1
    assert training.centroids[training.visible[:, 0], 0].std() > 0
    found = keypoint_regression(training, test)
    model = LinearRegression(fit_intercept=False)
    assert found.mean == pytest.approx(by_scikit_learn(training, test, model), rel=1e-6)


def test_what_follows_from_parts_is_found():
    found = keypoint_regression(collection(60, 1), collection(40, 2))
    assert found.mean < 1e-9
    np.testing.assert_array_equal(found.visible, collection(40, 2).visible)
    assert not found.total[~found.visible].any()


def test_faint_parts_say_nothing():
    training, test = collection(60, 1), collection(40, 2)
    silent = replace(test, presence=np.zeros_like(test.presence))
    blind = keypoint_regression(training, silent, present=0.5)
    moved = replace(silent, centroids=silent.centroids + 17)
    assert blind.mean == keypoint_regression(training, moved, present=0.5).mean
    assert blind.mean > 0.1


def test_errors_add_up_over_pictures():
    """Each keypoint counts by how often it is visible, not as one of P."""
    training, test = collection(50, 1, noise=0.1), collection(30, 2, noise=0.1)
    whole = keypoint_regression(training, test)
    half = np.arange(30) < 11
    parts = [keypoint_regression(training, test.select(chosen)) for chosen in (half, ~half)]
    total = sum(part.total.sum() for part in parts) / sum(part.visible.sum() for part in parts)
    assert whole.mean == pytest.approx(total)
    np.testing.assert_array_equal(whole.select(half).total, parts[0].total)
    np.testing.assert_array_equal(whole.select(~half).visible, parts[1].visible)


def test_errors_in_distances_between_the_eyes():
    training, test = collection(50, 1, noise=0.1), collection(30, 2, noise=0.1)

    def seen(each, **options):
        boxes = np.concatenate([each.frame.origin, each.frame.origin + each.frame.side], axis=1)
        eyes = np.stack([each.frame.origin, each.frame.origin + np.array([0, 20])], axis=1)
        return replace(each, frame=inter_ocular_frame(boxes, eyes, **options))

    after = keypoint_regression(seen(training), seen(test))
    # the same predictions, in pixels by 20 instead of by the sides of each box
    square = replace(test, frame=replace(test.frame, unit=np.full((30, 2), 20.0)))
    assert after.mean == pytest.approx(keypoint_regression(training, square).mean)
    before = keypoint_regression(seen(training, before=True), seen(test, before=True))
    assert before.mean != pytest.approx(after.mean)


def test_a_keypoint_never_seen_while_fitting_is_put_in_the_middle():
    training, test = collection(20, 1), collection(10, 2)
    training.visible[:, 1] = False
    found = keypoint_regression(training, test)
    middle = test.frame.origin + test.frame.side / 2
    apart = np.linalg.norm((middle - test.keypoints[:, 1]) / test.frame.side, axis=1)
    np.testing.assert_allclose(found.total[:, 1], np.where(test.visible[:, 1], apart, 0))


def test_nothing_visible_has_no_error():
    test = collection(5, 2)
    hidden = replace(test, visible=np.zeros_like(test.visible))
    assert np.isnan(keypoint_regression(collection(20, 1), hidden).mean)


def test_collections_of_other_parts_or_keypoints_are_refused():
    one = collection(5, 1)
    with pytest.raises(ValueError, match="differ in their parts"):
        keypoint_regression(one, replace(one, centroids=one.centroids[:, :2]))
    with pytest.raises(ValueError, match="differ in their keypoints"):
        keypoint_regression(one, replace(one, keypoints=one.keypoints[:, :2]))


def test_a_ridge_below_0_is_refused():
    one = collection(5, 1)
    with pytest.raises(ValueError, match="ridge -1"):
        keypoint_regression(one, one, ridge=-1)


def test_pictures_without_a_frame_are_named():
    boxes = np.array([[0.0, 0, 5, 5], [3, 3, 3, 9], [1, 1, 1, 1]])
    with pytest.raises(ValueError, match="side of picture 1 is 0 x 6"):
        box_frame(boxes)
    eyes = np.array([[[1.0, 1], [4, 5]], [[2, 2], [2, 2]]])
    with pytest.raises(ValueError, match="unit of picture 1 is 0 x 0"):
        inter_ocular_frame(boxes[[0, 0]], eyes)
    with pytest.raises(ValueError, match="side of picture 1 is 0 x 0"):
        inter_ocular_frame(boxes[[0, 0]], eyes, before=True)
    ones = np.ones((2, 2))
    with pytest.raises(ValueError, match="unit of picture 0 is 1 x nan"):
        Frame(ones, ones, np.array([[1, np.nan], [1, 1]]))
