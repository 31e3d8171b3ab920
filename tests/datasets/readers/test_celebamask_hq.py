"""CelebAMask-HQ in its layout, at 1/64 of its size."""

import numpy as np
import pytest
from PIL import Image

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

SIDE = 16
BOXES = {"skin": (1, 1, 6, 7), "l_eye": (2, 2, 3, 3), "r_eye": (4, 2, 5, 3), "l_lip": (2, 5, 5, 6)}
MAPPING = "CelebA-HQ-to-CelebA-mapping.txt"


def write_mask(root, stem, box, side=SIDE // 2, folder="0"):
    mask = np.zeros((side, side), np.uint8)
    mask[box[1] : box[3], box[0] : box[2]] = 255
    path = root / "CelebAMask-HQ-mask-anno" / folder / f"{stem}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).convert("RGB").save(path)  # the originals have three channels
    return path


def write(root, pictures=3):
    (root / "CelebA-HQ-img").mkdir()
    for number in range(pictures):
        Image.new("RGB", (SIDE, SIDE)).save(root / "CelebA-HQ-img" / f"{number}.jpg")
        for name, box in BOXES.items():
            write_mask(root, f"{number:05d}_{name}", box)


def write_splits(root):
    (root / MAPPING).write_text(
        "idx     orig_idx   orig_file\n0    119613   119614.jpg\n"
        "1    7   000008.jpg\n2    1  000002.jpg\n"
    )
    (root / "list_eval_partition.txt").write_text("000002.jpg 0\n000008.jpg 1\n119614.jpg 2\n")


def test_masks_are_enlarged_exactly(tmp_path):
    write(tmp_path, 1)
    data = read_dataset("celebamask-hq", tmp_path)
    ((item, (face,)),) = data
    assert (item.name, item.split, face.class_name) == ("0.jpg", None, "face")
    assert not data.problems.found
    assert {part.name: part.box for part in face.parts} == {
        name: tuple(2 * edge for edge in box) for name, box in BOXES.items()
    }
    for part in face.parts:
        x0, y0, x1, y1 = map(int, part.box)
        expected = np.zeros((SIDE, SIDE), bool)
        expected[y0:y1, x0:x1] = True
        assert (part.mask == expected).all()
    assert face.box == (2, 2, 12, 14)
    assert face.labels()[4, 4] == face.schema.label("l_eye")  # which lies over the skin


def test_only_sides_change_in_the_mirror(tmp_path):
    write(tmp_path, 1)
    ((_, (face,)),) = read_dataset("celebamask-hq", tmp_path)
    paired = {"l_eye", "r_eye", "l_brow", "r_brow", "l_ear", "r_ear"}
    assert set(face.schema.mirrored) == paired
    assert len(face.schema.names) == 18
    eye = next(part for part in face.mirrored().parts if part.name == "r_eye")
    assert eye.box == (SIDE - 6, 4, SIDE - 4, 6)


def test_splits_are_celeba_s_where_both_lists_are_there(tmp_path):
    write(tmp_path)
    write_splits(tmp_path)
    data = read_dataset("celebamask-hq", tmp_path)
    assert [item.split for item in data.items] == ["test", "validation", "training"]
    (tmp_path / MAPPING).unlink()
    assert read_dataset("celebamask-hq", tmp_path).splits == ()


def no_masks(root):
    for path in root.glob("*/*/00001_*.png"):
        path.unlink()


def no_picture(root):
    (root / "CelebA-HQ-img/1.jpg").unlink()


def damaged_picture(root):
    (root / "CelebA-HQ-img/1.jpg").write_text("no picture")


def other_size(root):
    write_mask(root, "00001_hair", (0, 0, 4, 4), side=SIDE)


def damaged_mask(root):
    path = write_mask(root, "00001_hair", (0, 0, 4, 4))
    path.write_bytes(path.read_bytes()[:50])


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (no_masks, "missing mask"),
        (no_picture, "missing picture"),
        (damaged_picture, "damaged file"),
        (other_size, "mask of another size than the picture"),
        (damaged_mask, "damaged file"),
    ],
)
def test_a_picture_that_cannot_be_used_is_left_out(tmp_path, spoil, fault):
    write(tmp_path)
    spoil(tmp_path)
    data = read_dataset("celebamask-hq", tmp_path)
    assert [item.name for item, _ in data] == ["0.jpg", "2.jpg"]
    assert data.problems.counts() == {fault: 1}


def test_an_empty_mask_is_left_out(tmp_path):
    write(tmp_path, 1)
    write_mask(tmp_path, "00000_hat", (0, 0, 0, 0))
    data = read_dataset("celebamask-hq", tmp_path)
    ((_, (face,)),) = data
    assert len(face.parts) == len(BOXES)
    assert data.problems.counts() == {"part without area": 1}


@pytest.mark.parametrize(
    ("stem", "folder", "message"),
    [
        ("00000_beard", "0", r"00000_beard\.png: unknown label"),
        ("skin", "0", r"skin\.png: unknown label"),
        ("00000_skin", "1", r"00000_skin\.png: id that occurs twice"),
    ],
)
def test_masks_that_cannot_be_trusted_are_refused(tmp_path, stem, folder, message):
    write(tmp_path, 1)
    write_mask(tmp_path, stem, (1, 1, 2, 2), folder=folder)
    with pytest.raises(PartonomyError, match=message):
        read_dataset("celebamask-hq", tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("idx\n0 1 000009.jpg", "line 2: no picture of CelebA"),
        ("idx\nzero 1 000002.jpg", "line 2: no picture of CelebA"),
        ("idx\n0 1 000002.jpg\n\n0 7 000008.jpg", "mapping.txt, 0: id that occurs twice"),
    ],
)
def test_a_mapping_that_cannot_be_trusted_is_refused(tmp_path, text, message):
    write(tmp_path, 1)
    write_splits(tmp_path)
    (tmp_path / MAPPING).write_text(text)
    with pytest.raises(PartonomyError, match=message):
        read_dataset("celebamask-hq", tmp_path)
