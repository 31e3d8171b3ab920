"""Five points of faces, measured in distances of the eyes, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from painted import numbers, record, thing
from partonomy.evaluation import protocol_of
from partonomy.evaluation.protocols.celeba_landmarks import AFTER

NAME = "celeba/landmarks"
SIZE = (256, 256)
BOX = (0.0, 0.0, 256.0, 100.0)


def face(nose=(128.0, 150.0), box=BOX, **more):
    points = {"left_eye": (100.0, 100.0), "right_eye": (140.0, 130.0), "nose": nose}
    return thing(SIZE, {**points, **more}, box=box)


def test_small_faces_and_faces_without_eyes_are_left_out() -> None:
    views = protocol_of(NAME).views
    assert len(views([face()], False)) == 1
    assert len(views([face(box=(0.0, 0.0, 256.0, 76.0))], False)) == 0
    assert len(views([face(left_eye=None)], False)) == 0
    assert len(views([face(left_eye=(140.0, 130.0))], False)) == 0


def test_errors_are_in_distances_of_the_eyes_which_are_50_pixels_apart() -> None:
    found = np.ones(SIZE, np.uint8)
    training = [record(NAME, [face()], found, 1, fitting=True)] * 2
    test = [record(NAME, [face(nose=(128.0, 165.0))], found, 1)]
    scores = numbers(NAME, test, training)
    assert scores["keypoint error"] == pytest.approx(15 / 50 / 3)
    assert scores[AFTER] == pytest.approx(15 / 50 / 3)


def test_dividing_before_and_afterwards_differ() -> None:
    found = np.ones(SIZE, np.uint8)
    wide = {"left_eye": (80.0, 100.0), "right_eye": (180.0, 100.0)}
    training = [record(NAME, [face(**wide)], found, 1, fitting=True)] * 2
    test = [record(NAME, [face(nose=(128.0, 150.0))], found, 1)]
    scores = numbers(NAME, test, training)
    # the nose stays where it was in pixels, and moves in distances of the eyes: 100, then 50
    eyes = np.hypot(20, 0) + np.hypot(40, 30)
    assert scores[AFTER] == pytest.approx(eyes / 50 / 3)
    moved = [
        np.hypot(100 / 50 - 80 / 100, 100 / 50 - 100 / 100),
        np.hypot(140 / 50 - 180 / 100, 130 / 50 - 100 / 100),
        np.hypot(128 / 50 - 128 / 100, 150 / 50 - 150 / 100),
    ]
    assert scores["keypoint error"] == pytest.approx(np.mean(moved))


def test_faint_parts_are_left_out_of_the_first_only() -> None:
    def placed(x, sure=True):
        found = np.zeros(SIZE, np.uint8)
        found[100:200, x : x + 40] = 1
        kept = record(NAME, [face(nose=(x + 20.0, 150.0))], found, 1)
        kept["presence"][:] = 1.0 if sure else 0.5
        return kept

    training = [placed(x) for x in (20, 100, 180)]
    sure, faint = (numbers(NAME, [placed(180, each)], training) for each in (True, False))
    assert sure["keypoint error"] == pytest.approx(0, abs=1e-3)
    assert faint["keypoint error"] == pytest.approx(80 / 50 / 3, rel=0.01)
    assert faint[AFTER] == pytest.approx(0, abs=1e-3)


def test_what_needs_no_part_stands_beside_both() -> None:
    found = np.ones(SIZE, np.uint8)
    middle = np.array([128.0, 128.0])
    noses = ((128.0, 150.0), (128.0, 170.0))
    training = [record(NAME, [face(nose)], found, 1, fitting=True) for nose in noses]
    scores = numbers(NAME, [record(NAME, [face(noses[1])], found, 1)], training)
    places = np.array([(100.0, 100.0), (140.0, 130.0), noses[1]])
    midpoint = np.linalg.norm(places - middle, axis=1).mean() / 50
    for name in ("keypoint error of ", f"{AFTER}, of "):
        assert scores[f"{name}image midpoint"] == pytest.approx(midpoint)
        assert scores[f"{name}mean keypoint"] == pytest.approx(10 / 50 / 3)
        # of the three, the nose alone says where the nose is
        assert scores[f"{name}nose alone"] == pytest.approx(0, abs=1e-9)


def test_means_divided_before_and_afterwards_differ() -> None:
    found = np.ones(SIZE, np.uint8)
    wide = {"left_eye": (80.0, 100.0), "right_eye": (180.0, 100.0)}
    training = [record(NAME, [face(**wide)], found, 1, fitting=True)]
    scores = numbers(NAME, [record(NAME, [face()], found, 1)], training)
    moved = [np.hypot(100 - 80, 0), np.hypot(140 - 180, 130 - 100), 0]
    assert scores[f"{AFTER}, of mean keypoint"] == pytest.approx(np.mean(moved) / 50)
    places = np.array([(100, 100), (140, 130), (128, 150)]) / 50
    means = np.array([(80, 100), (180, 100), (128, 150)]) / 100
    expected = np.linalg.norm(places - means, axis=1).mean()
    assert scores["keypoint error of mean keypoint"] == pytest.approx(expected)
