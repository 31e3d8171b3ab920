"""The protocols of arXiv 2111.06349, counted by hand: one test for each rule that is a trap."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from painted import numbers, record, split_halves, thing
from partonomy.evaluation import protocol_of
from partonomy.evaluation.protocols.choudhury_cub import FIRST_CLASSES, HISTORICAL

CUB = "choudhury2021/cub"
FASHION = "choudhury2021/deepfashion"
PASCAL = "choudhury2021/pascal-part"
SIZE = (256, 512)
BOX = (128.0, 64.0, 384.0, 192.0)


def bird(keypoints, species="thing", box=BOX, size=SIZE):
    return thing(size, keypoints, box=box, class_name=species)


def test_only_visible_keypoints_are_samples() -> None:
    seen = {"beak": (200.0, 100.0), "tail": None, "wing": (300.0, 150.0)}
    table = record(CUB, [bird(seen)], split_halves(SIZE), 2)["whole"]
    np.testing.assert_array_equal(table, [[0, 1, 0], [0, 0, 0], [0, 0, 1]])


def test_background_is_a_label_of_the_whole_picture_and_not_of_the_object() -> None:
    on_background = {"beak": (200.0, 100.0), "tail": (300.0, 150.0)}
    found = split_halves(SIZE, background=120)
    kept = record(CUB, [bird(on_background)], found, 2, best=split_halves(SIZE))
    np.testing.assert_array_equal(kept["whole"], [[1, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(kept["object"], [[1, 0], [0, 1]])


def test_the_older_fg_ari_counted_background_too() -> None:
    on_background = {"beak": (200.0, 100.0), "tail": (210.0, 100.0), "wing": (300.0, 150.0)}
    found = split_halves(SIZE, background=120)
    kept = record(CUB, [bird(on_background)], found, 2, best=split_halves(SIZE))
    np.testing.assert_array_equal(kept["historical"], [[1, 0, 0], [1, 0, 0], [0, 0, 1]])
    assert HISTORICAL in protocol_of(CUB).historical


def test_the_object_is_looked_at_in_its_box() -> None:
    whole, box = protocol_of(CUB).views([bird({"beak": (200.0, 100.0)})], False)[1:]
    assert whole.placement.input_size == (256, 512)
    assert box.placement.input_size == (256, 512)  # of a box of 128 x 256
    assert box.objects[0].parts[0].keypoint == (144.0, 72.0)


def test_short_sides_are_256_and_what_is_trimmed_away_is_no_sample() -> None:
    size = (300, 409)  # short side 256, long side 349, trimmed to 336: 6 pixels on the left
    keypoints = {"beak": (5.0, 150.0), "tail": (8.0, 150.0)}
    one = bird(keypoints, size=size, box=(0.0, 0.0, 409.0, 300.0))
    view = protocol_of(CUB).views([one], False)[1]
    assert view.placement.input_size == (256, 336)
    x = view.objects[0].parts[1].keypoint[0]
    assert x == pytest.approx(8 * 349 / 409 - 6)
    table = record(CUB, [one], np.ones(size, np.uint8), 1)["whole"]
    np.testing.assert_array_equal(table, [[0, 0], [0, 1]])


def test_one_table_of_all_samples_scores_as_scikit_learn_does() -> None:
    places = [(200.0, 100.0), (300.0, 100.0), (220.0, 150.0), (310.0, 150.0), (150.0, 80.0)]
    names = ["beak", "tail", "wing"]
    true, found, records = [], [], []
    generator = np.random.default_rng(0)
    for _ in range(6):
        chosen = dict(zip(names, generator.permutation(places)[:3].tolist(), strict=True))
        records.append(record(CUB, [bird(chosen)], split_halves(SIZE), 2))
        true += [names.index(name) for name in chosen]
        found += [int(x >= 256) + 1 for x, _ in chosen.values()]
    training = [record(CUB, [bird(chosen)], split_halves(SIZE), 2, fitting=True)]
    scores = numbers(CUB, records, training)
    assert scores["NMI"] == pytest.approx(normalized_mutual_info_score(true, found))
    assert scores["ARI"] == pytest.approx(adjusted_rand_score(true, found))
    assert scores["FG-NMI"] == pytest.approx(scores["NMI"])


def centred(x: float, y: float, species: str = "thing"):
    """A bird of 100 x 50 around (x, y), its beak 10 right of the middle, all of it part 1."""
    box = (x - 50, y - 25, x + 50, y + 25)
    found = np.zeros(SIZE, np.uint8)
    found[int(y) - 25 : int(y) + 25, int(x) - 50 : int(x) + 50] = 1
    return bird({"beak": (x + 10, y), "tail": None}, species, box), found


def test_the_crop_is_a_square_with_a_margin_and_errors_are_in_its_sides() -> None:
    one, found = centred(250, 130)
    (crop,) = protocol_of(CUB).views([one], True)
    assert crop.placement.input_size == (256, 256)
    assert crop.placement.scale == pytest.approx((256 / 110, 256 / 110))
    kept = record(CUB, [one], found, 1, fitting=True)
    np.testing.assert_allclose(kept["centroids"], [[128, 128]], atol=0.5)
    np.testing.assert_allclose(kept["keypoints"][0], [128 + 10 * 256 / 110, 128])
    # the regression has no intercept but the means: a beak 10 right of the mean is 10 off
    moved = bird({"beak": (260.0 + 11, 130.0), "tail": None}, box=one.box)
    straight = [record(CUB, [one], found, 1, fitting=True)] * 2
    scores = numbers(CUB, [record(CUB, [moved], found, 1)], straight)
    assert scores["keypoint error"] == pytest.approx(11 / 110)


def test_what_needs_no_part_stands_beside() -> None:
    one, found = centred(250, 130)
    other = bird({"beak": (250.0 - 10, 130.0), "tail": None}, box=one.box)
    training = [record(CUB, [each], found, 1, fitting=True) for each in (one, other, other, other)]
    scores = numbers(CUB, [record(CUB, [one], found, 1)], training)
    assert scores["keypoint error of image midpoint"] == pytest.approx(10 / 110)
    assert scores["keypoint error of mean keypoint"] == pytest.approx(15 / 110)
    # without a throat, the keypoint is chosen in training pictures, and named
    assert scores["keypoint error of beak alone"] == pytest.approx(0, abs=1e-9)


def throated(throat, beak, species="thing"):
    """A bird of 100 x 50 around (250, 130) with its keypoints so far right of the middle."""
    places = {"throat": throat, "beak": beak}
    seen = {name: None if x is None else (250.0 + x, 130.0) for name, x in places.items()}
    return bird(seen, species, (200.0, 105.0, 300.0, 155.0))


def kept(one, fitting=False):
    return record(CUB, [one], np.ones(SIZE, np.uint8), 1, fitting=fitting)


def test_keypoints_are_regressed_from_the_true_throat_too() -> None:
    pairs = ((-20.0, -40.0), (0.0, 0.0), (20.0, 40.0))  # the beak is twice as far
    training = [kept(throated(*each), True) for each in pairs]
    seen = numbers(CUB, [kept(throated(10.0, 26.0))], training)
    # 20 were expected; the throat itself counts, without error
    assert seen["keypoint error of throat alone"] == pytest.approx(6 / 110 / 2)
    unseen = numbers(CUB, [kept(throated(None, 26.0))], training)
    assert unseen["keypoint error of throat alone"] == pytest.approx(26 / 110)
    assert unseen["keypoint error of mean keypoint"] == pytest.approx(26 / 110)


def test_what_needs_no_part_has_the_three_columns_too() -> None:
    training = [kept(throated(x, 2 * x), True) for x in (-20.0, 0.0, 20.0)]
    test = [kept(throated(10.0, 26.0, FIRST_CLASSES[1])), kept(throated(10.0, 20.0))]
    scores = numbers(CUB, test, training)
    assert scores["keypoint error 002 of throat alone"] == pytest.approx(6 / 110 / 2)
    assert scores["keypoint error of throat alone"] == pytest.approx(6 / 110 / 4)
    assert scores["keypoint error 002 of image midpoint"] == pytest.approx((10 + 26) / 110 / 2)
    assert scores["keypoint error 002 of mean keypoint"] == pytest.approx((10 + 26) / 110 / 2)
    assert "keypoint error 001 of throat alone" not in scores  # none in the test pictures


def test_a_part_that_is_nearly_absent_is_drawn_to_the_corner() -> None:
    one, found = centred(250, 130)
    kept = record(CUB, [one], np.zeros_like(found), 1, best=found)
    np.testing.assert_array_equal(kept["centroids"], [[0, 0]])


def test_the_first_three_classes_have_columns_fitted_on_all_and_on_themselves() -> None:
    def of(species, shift, fitting):
        one, found = centred(250 + shift, 130, species)
        return record(CUB, [one], found, 1, fitting=fitting)

    training = [of(FIRST_CLASSES[0], 0, True), of("Cardinal", 30, True)]
    test = [of(FIRST_CLASSES[0], 0, False), of("Cardinal", 0, False)]
    scores = numbers(CUB, test, training)
    assert "keypoint error 001" in scores
    assert "keypoint error 001, fitted on 001 to 003" in scores
    assert "keypoint error 002" not in scores  # none in the test pictures
    one, found = centred(250, 130, "Cardinal")
    strange = bird({"beak": (300.0, 130.0), "tail": None}, "Cardinal", one.box)
    training[1] = record(CUB, [strange], found, 1, fitting=True)
    scores = numbers(CUB, test, training)
    assert scores["keypoint error 001, fitted on 001 to 003"] == pytest.approx(0, abs=1e-6)
    assert scores["keypoint error 001"] > 0.1


def dressed(size, top, bottom):
    """A person whose clothes are two bands of rows."""
    masks = []
    for name, (first, last) in (("coat", top), ("skirt", bottom)):
        mask = np.zeros(size, np.uint8)
        mask[first:last] = 1
        masks.append((name, mask))
    return thing(size, {}, masks=masks)


def test_clothes_are_compared_at_two_sizes() -> None:
    size = (128, 64)
    one = dressed(size, (0, 64), (64, 96))
    square, whole = protocol_of(FASHION).views([one], False)
    assert square.placement.input_size == (256, 256)
    assert whole.placement.input_size == (512, 256)
    found = np.ones(size, np.uint8)
    found[64:] = 2
    found[112:] = 0
    kept = record(FASHION, [one], found, 2)
    # the picture fills half of the square: 128 x 128 pixels of coat, 64 x 128 of skirt
    expected = np.zeros((3, 3), int)
    expected[1, 1], expected[2, 2] = 128 * 128, 64 * 128
    np.testing.assert_array_equal(kept["foreground"], expected)
    np.testing.assert_array_equal(
        kept["whole"],
        [[64 * 256, 0, 64 * 256], [0, 256 * 256, 0], [0, 0, 128 * 256]],
    )


def test_beyond_the_picture_nothing_is_segment() -> None:
    size = (128, 64)
    view = protocol_of(FASHION).views([dressed(size, (0, 64), (64, 96))], False)[0]
    assert view.fill == "edge"
    labels = view.objects[0].labels()
    assert not labels[:, :64].any()
    assert not labels[:, 192:].any()
    assert labels[:192, 64:192].all()


def sheep(box, masks=()):
    return thing((100, 100), {}, box=box, class_name="sheep", masks=masks)


def test_only_objects_that_cover_a_fifth_count() -> None:
    views = protocol_of(PASCAL).views
    assert len(views([sheep((0.0, 0.0, 100.0, 20.0))], False)) == 0
    assert len(views([sheep((0.0, 0.0, 100.0, 21.0))], False)) == 1
    assert len(views([sheep((0.0, 0.0, 100.0, 90.0)), sheep((0.0, 0.0, 50.0, 50.0))], False)) == 2


def test_of_parts_that_overlap_the_first_of_the_file_is_seen() -> None:
    eye, head = np.zeros((100, 100), np.uint8), np.zeros((100, 100), np.uint8)
    eye[10:20, 10:20], head[0:50] = 1, 1
    one = sheep((0.0, 0.0, 100.0, 100.0), (("eye", eye), ("head", head)))
    found = np.zeros((100, 100), np.uint8)
    found[:50] = 1
    table = record(PASCAL, [one], found, 1)["whole"]
    assert table[0, 1] == table[1, 0] == table[2, 0] == 0
    assert table[1, 1] / table[2, 1] == pytest.approx(100 / 4900, rel=0.05)


def test_background_counts_and_what_lies_beyond_the_picture_is_background() -> None:
    body = np.ones((100, 100), np.uint8)
    one = sheep((0.0, 0.0, 100.0, 100.0), (("body", body),))
    table = record(PASCAL, [one], body, 1)["whole"]
    assert table.sum() == 256 * 256
    inside = (256 / 1.1) ** 2
    assert table[1, 1] == pytest.approx(inside, rel=0.02)
    assert table[0, 1] == table[1, 0] == 0
    (view,) = protocol_of(PASCAL).views([one], False)
    assert view.fill == 255
