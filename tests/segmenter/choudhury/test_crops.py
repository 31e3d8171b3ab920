"""Crops: where they lie, what fills them up, and which pictures there are none of."""

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from conftest import made_up_picture
from partonomy.errors import PartonomyError
from partonomy.images import ImageFolder, MaskFolder
from partonomy.segmenter.choudhury.crops import Framing, cut, find_subjects, frame


def write(folder, name, pixels, **options):
    folder.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(folder / name, **options)


@pytest.fixture
def planted(tmp_path):
    """Three pictures of 60 x 80 whose masks are the box (20, 10) to (50, 30)."""
    for index in range(3):
        write(tmp_path / "pictures", f"{index}.png", made_up_picture(index, 60, 80))
        mask = np.zeros((60, 80), np.uint8)
        mask[10:30, 20:50] = 255
        write(tmp_path / "masks", f"{index}.png", mask)
    return ImageFolder(tmp_path / "pictures"), MaskFolder(tmp_path / "masks")


def test_without_training_the_crop_is_the_square_around_the_padded_box(planted):
    files, masks = planted
    (subject, *_), skipped = find_subjects(files, masks)
    assert subject.box == (20, 10, 50, 30) and subject.size == (60, 80) and not skipped
    # 5 % of 30 on either side; 33 wide around (35, 20)
    assert frame(subject, Framing()) == pytest.approx((18.5, 3.5, 51.5, 36.5))
    crop = cut(subject, Framing(size=33), masks)
    assert crop.picture.shape == (33, 33, 3) and crop.foreground.shape == (33, 33)
    assert crop.foreground.sum() == 30 * 20


def test_each_edge_is_jittered_by_a_share_of_its_side(planted):
    files, masks = planted
    subject = find_subjects(files, masks)[0][0]
    framing = Framing(margin=0.05, jitter=0.05)
    generator = np.random.default_rng(0)
    boxes = np.array([frame(subject, framing, generator) for _ in range(500)])
    sides = boxes[:, 2:] - boxes[:, :2]
    np.testing.assert_allclose(sides[:, 0], sides[:, 1])
    # each edge goes from 0 to 10 % of 30 outwards: the side from 30 to 36, its middle +- 1.5 and 1
    assert 30 <= sides.min() < 31 and 35 < sides.max() <= 36
    middles = (boxes[:, 2:] + boxes[:, :2]) / 2 - (35, 20)
    assert (abs(middles) <= (1.5, 1.0)).all() and (abs(middles).max(axis=0) > (1.2, 0.8)).all()


def test_beyond_the_picture_it_is_white_and_no_foreground(planted):
    files, _ = planted
    box = (-20.0, -20.0, 20.0, 20.0)
    (subject,), _ = find_subjects(files[:1], boxes={"0.png": box})
    crop = cut(subject, Framing(size=40, margin=0))
    assert (crop.picture[:20] == 255).all() and (crop.picture[:, :20] == 255).all()
    np.testing.assert_array_equal(crop.picture[20:, 20:], made_up_picture(0, 60, 80)[:20, :20])
    assert crop.foreground.sum() == 400 and crop.foreground[20:, 20:].all()


def test_without_masks_or_boxes_the_object_is_the_whole_picture(planted):
    (subject, *_), _ = find_subjects(planted[0])
    assert subject.box == (0, 0, 80, 60)
    assert cut(subject, Framing(size=88)).foreground.sum() == 60 * 80


def test_random_crops_keep_to_their_area_and_aspect(planted):
    (subject, *_), _ = find_subjects(planted[0])
    framing = Framing(kind="random", size=64)
    generator = np.random.default_rng(0)
    boxes = np.array([frame(subject, framing, generator) for _ in range(500)])
    assert (boxes >= 0).all() and (boxes[:, 2] <= 80).all() and (boxes[:, 3] <= 60).all()
    w, h = (boxes[:, 2:] - boxes[:, :2]).T
    assert 0.5 <= (w * h / 4800).min() < 0.52 and 0.9 < (w * h / 4800).max() <= 1
    assert 0.75 <= (w / h).min() < 0.8 and 1.3 < (w / h).max() <= 4 / 3
    assert cut(subject, framing, None, generator).foreground.all()


def test_a_random_crop_of_a_long_picture_is_its_middle(tmp_path):
    write(tmp_path / "long", "a.png", made_up_picture(0, 60, 600))
    (subject,), _ = find_subjects(ImageFolder(tmp_path / "long"))
    box = frame(subject, Framing(kind="random"), np.random.default_rng(0))
    assert box == pytest.approx((260, 0, 340, 60))


def test_a_random_framing_shows_all_of_a_test_picture_with_its_edge_repeated(planted):
    (subject, *_), _ = find_subjects(planted[0])
    crop = cut(subject, Framing(kind="random", size=80))
    np.testing.assert_array_equal(crop.picture[10:70], made_up_picture(0, 60, 80))
    assert (crop.picture[:10] == crop.picture[10]).all()
    assert not crop.foreground[:10].any() and crop.foreground[10:70].all()


def test_picture_and_foreground_are_mirrored_together(planted):
    files, masks = planted
    subject = find_subjects(files, masks)[0][0]
    plain, turned = (
        cut(subject, Framing(size=33, jitter=0, mirror=mirror), masks, np.random.default_rng(0))
        for mirror in (0, 1)
    )
    np.testing.assert_array_equal(turned.picture, plain.picture[:, ::-1])
    np.testing.assert_array_equal(turned.foreground, plain.foreground[:, ::-1])


def test_a_picture_smaller_than_the_crop_is_enlarged(tmp_path):
    write(tmp_path / "small", "a.png", made_up_picture(0, 60, 60)[:9, :7])
    (subject,), _ = find_subjects(ImageFolder(tmp_path / "small"))
    crop = cut(subject, Framing(size=256), None, np.random.default_rng(0))
    assert crop.picture.shape == (256, 256, 3) and crop.foreground.mean() > 0.5


def test_a_large_jpeg_read_at_a_fraction_of_its_size_is_framed_alike(tmp_path):
    rows, columns = np.mgrid[:1200, :1600]
    smooth = np.stack([rows / 5, columns / 7, (rows + columns) / 12], axis=2).astype(np.uint8)
    write(tmp_path / "png", "a.png", smooth)
    write(tmp_path / "jpeg", "a.jpg", smooth, quality=95)
    box = (300.0, 200.0, 1300.0, 1100.0)
    crops = []
    for name in ("png", "jpeg"):
        files = ImageFolder(tmp_path / name)
        (subject,), _ = find_subjects(files, boxes={files[0].name: box})
        assert subject.size == (1200, 1600)
        crops.append(cut(subject, Framing(size=64)).picture.astype(int))
    assert abs(crops[0] - crops[1]).max() <= 8


def test_pictures_that_cannot_be_used_are_left_out_and_said_to_be(planted, tmp_path):
    files, _ = planted
    write(tmp_path / "masks", "1.png", np.zeros((60, 80), np.uint8))
    write(tmp_path / "masks", "2.png", np.ones((50, 80), np.uint8))
    (tmp_path / "pictures" / "0.png").write_bytes(b"not a picture")
    write(tmp_path / "pictures", "3.png", made_up_picture(3, 60, 80))
    write(tmp_path / "pictures", "4.png", made_up_picture(4, 60, 80))
    write(tmp_path / "masks", "4.png", np.ones((60, 80), np.uint8))
    files, masks = ImageFolder(tmp_path / "pictures"), MaskFolder(tmp_path / "masks")
    subjects, skipped = find_subjects(files, masks)
    assert [subject.file.name for subject in subjects] == ["4.png"]
    reasons = {each.name: each.reason for each in skipped}
    assert "empty" in reasons["1.png"] and "80 x 50" in reasons["2.png"]
    assert "not a picture" in reasons["0.png"] and "no foreground mask" in reasons["3.png"]
    with pytest.raises(PartonomyError, match=r"none of 2 pictures.*foreground mask is empty"):
        find_subjects(files[:2], masks)


def test_a_picture_is_known_by_its_bytes_its_mask_and_its_box(planted):
    files, masks = planted
    digests = [
        find_subjects(files[:1], *options)[0][0].digest
        for options in ((), (masks,), (masks, {"0.png": (1.0, 1.0, 9.0, 9.0)}), (masks,))
    ]
    assert len(set(digests)) == 3 and digests[1] == digests[3]


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"kind": "circle"}, {"mirror": 2}, {"colour": 1}, {"area": (1, 0.5)}]
)
def test_a_wrong_framing_is_refused(wrong):
    with pytest.raises(ValidationError):
        Framing(**wrong)
