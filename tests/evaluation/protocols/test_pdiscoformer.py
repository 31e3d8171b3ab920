"""The protocols of the PDisco papers, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from painted import numbers, record, split_halves, thing
from partonomy.evaluation import protocol_of

CUB = "pdiscoformer/cub"
PARTS = "pdiscoformer/partimagenet"
SIZE = (518, 700)
BOX = (100.0, 100.0, 300.0, 200.0)
LEFT = 91
"""What the middle square leaves out on the left."""


def bird(**keypoints):
    return thing(SIZE, keypoints, box=BOX)


def test_samples_lie_in_the_middle_square_of_the_whole_picture() -> None:
    (view,) = protocol_of(CUB).views([bird(beak=(200.0, 100.0))], False)
    assert view.placement.input_size == (518, 518)
    assert view.objects[0].parts[0].keypoint == (200 - LEFT, 100)
    one = bird(beak=(50.0, 100.0), tail=(200.0, 100.0), wing=(500.0, 400.0))
    table = record(CUB, [one], split_halves(SIZE, background=200), 2)["whole"]
    np.testing.assert_array_equal(table, [[0, 0, 0], [1, 0, 0], [0, 0, 1]])


def test_errors_are_in_widths_and_heights_of_the_whole_box() -> None:
    found = np.zeros(SIZE, np.uint8)
    found[100:200, 100:300] = 1
    training = [record(CUB, [bird(beak=(200.0, 150.0))], found, 1, fitting=True)] * 2
    for keypoint, error in (((220.0, 150.0), 20 / 200), ((200.0, 170.0), 20 / 100)):
        test = [record(CUB, [bird(beak=keypoint)], found, 1)]
        assert numbers(CUB, test, training)["keypoint error"] == pytest.approx(error)


def test_a_box_that_sticks_out_of_the_square_keeps_its_sides() -> None:
    found = split_halves(SIZE)
    kept = record(CUB, [thing(SIZE, {"beak": (150.0, 100.0)}, box=(50, 10, 250, 60))], found, 2)
    np.testing.assert_allclose(kept["box"], [0, 10, 200, 60])


def test_a_part_that_reaches_no_more_than_a_half_is_at_its_mean() -> None:
    def placed(x, there):
        found = np.full(SIZE, 2, np.uint8)
        found[100:200, x : x + 100] = 1
        kept = record(CUB, [bird(beak=(x + 50.0, 150.0))], found, 2)
        kept["presence"][0] = 1.0 if there else 0.5
        return kept

    training = [placed(x, True) for x in (100, 200, 300)]
    sure = numbers(CUB, [placed(300, True)], training)["keypoint error"]
    unsure = numbers(CUB, [placed(300, False)], training)["keypoint error"]
    assert sure == pytest.approx(0, abs=0.01)
    assert unsure == pytest.approx(100 / 200, abs=0.01)


def test_what_needs_no_part_stands_beside() -> None:
    def kept(throat, beak, fitting=False):
        one = bird(throat=throat, beak=beak)
        return record(CUB, [one], np.ones(SIZE, np.uint8), 1, fitting=fitting)

    training = [kept((x, 150.0), (2 * x - 100, 150.0), True) for x in (180.0, 200.0, 220.0)]
    scores = numbers(CUB, [kept((210.0, 150.0), (320.0, 160.0))], training)
    square = (LEFT + 259, 259)  # its middle, in a box of 200 x 100
    midpoint = [np.hypot((x - square[0]) / 200, (y - square[1]) / 100) for x, y in
                ((210, 150), (320, 160))]  # fmt: skip
    mean = [10 / 200, np.hypot(20 / 200, 10 / 100)]
    assert scores["keypoint error of image midpoint"] == pytest.approx(np.mean(midpoint))
    assert scores["keypoint error of mean keypoint"] == pytest.approx(np.mean(mean))
    assert scores["keypoint error of throat alone"] == pytest.approx(10 / 100 / 2)


def test_every_pixel_counts_and_most_masks_win() -> None:
    size = (224, 224)
    head, body = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    head[:100], body[50:150] = 1, 1
    # rows 50 to 100 are of both; a second mask of the body decides some of them
    more = np.zeros(size, np.uint8)
    more[80:100] = 1
    one = thing(size, {}, masks=(("head", head), ("body", body), ("body", more)))
    kept = record(PARTS, [one], np.ones(size, np.uint8), 1)
    assert kept["names"].tolist() == ["background", "thing head", "thing body"]
    np.testing.assert_array_equal(kept["table"][:, 1], [74 * 224, 80 * 224, 70 * 224])
    assert kept["table"].sum() == 224 * 224


def test_classes_have_their_own_parts_in_one_table() -> None:
    size = (224, 300)
    mask = np.zeros(size, np.uint8)
    mask[:112] = 1
    found = mask
    records = [
        record(PARTS, [thing(size, {}, class_name=name, masks=(("head", mask),))], found, 1)
        for name in ("Fish", "Bird")
    ]
    scores = numbers(PARTS, records)
    # of three true labels, one found part cannot tell two
    quarter, half = 0.25 * np.log(4), 0.5 * np.log(2)
    entropies = (2 * quarter + half) + 2 * half
    assert scores["NMI"] == pytest.approx(2 * (2 * half) / entropies)
    assert numbers(PARTS, records[:1])["ARI"] == pytest.approx(1)
