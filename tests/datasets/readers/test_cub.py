"""Birds are read as their lists say, and what is broken has its rule."""

import numpy as np
import pytest
from PIL import Image

from partonomy.datasets.registry import missing, read_dataset
from partonomy.errors import PartonomyError

FIRST, SECOND = "001.Black_footed_Albatross/a_0001.jpg", "002.Laysan_Albatross/b_0002.jpg"
LISTS = {
    "images.txt": f"1 {FIRST}\n2 {SECOND}\n",
    "classes.txt": "1 001.Black_footed_Albatross\n2 002.Laysan_Albatross\n",
    "image_class_labels.txt": "1 1\n2 2\n",
    "train_test_split.txt": "1 1\n2 0\n",
    "bounding_boxes.txt": "1 3.0 5.0 10.0 8.0\n2 1.0 1.0 40.0 30.0\n",
    "parts/parts.txt": "1 back\n2 left eye\n3 right eye\n",
    "parts/part_locs.txt": "1 1 4.0 6.0 1\n1 2 10.5 1.0 1\n1 3 0.0 0.0 0\n2 3 40.0 30.0 1\n",
}


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "CUB_200_2011"
    for name, text in LISTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name in (FIRST, SECOND):
        picture(folder / "images" / name)
    return folder


def picture(path, size=(40, 30), colour=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, colour).save(path)


def silhouettes(folder):
    votes = np.zeros((30, 40), np.uint8)
    votes[4:12, 2:12], votes[0, 0] = 255, 127
    for name in (FIRST, SECOND):
        path = (folder / "segmentations" / name).with_suffix(".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(votes).save(path)
    return votes > 127


def test_classes_splits_boxes_and_keypoints(root):
    data = read_dataset("cub", root)
    assert data.splits == ("training", "test")
    (item, (first,)), (_, (second,)) = list(data)
    assert (item.name, item.path, item.split) == (FIRST, root / "images" / FIRST, "training")
    assert (first.class_name, first.style, first.split) == (
        "Black_footed_Albatross",
        None,
        "training",
    )
    assert first.schema.names == ("back", "left eye", "right eye")
    assert first.schema.mirror("left eye") == "right eye"
    assert first.box == (2, 4, 12, 12)  # its first pixel is called 3, 5 and has its corner at 2, 4
    assert first.mask is None
    assert [(part.name, part.keypoint) for part in first.parts] == [
        ("back", (3.5, 5.5)),
        ("left eye", (10.0, 0.5)),
    ]
    assert second.box == (0, 0, 40, 30)
    assert second.parts[0].keypoint == (39.5, 29.5)  # the centre of the last pixel
    assert data.problems.counts() == {}
    assert any("11788" in each for each in missing("cub", root))


@pytest.mark.parametrize("place", [".", ".."])
def test_silhouettes_lie_inside_or_beside(root, place):
    mask = silhouettes(root / place)
    for _, (annotation,) in read_dataset("cub", root):
        np.testing.assert_array_equal(annotation.mask, mask)


@pytest.mark.parametrize(
    ("breaking", "fault"),
    [
        (lambda root: (root / "images" / FIRST).unlink(), "missing picture"),
        (lambda root: (root / "images" / FIRST).write_bytes(b"no picture"), "damaged file"),
        (lambda root: segmentation(root).unlink(), "missing mask"),
        (lambda root: segmentation(root).write_bytes(b"no picture"), "damaged file"),
        (
            lambda root: picture(segmentation(root), (30, 40)),
            "mask of another size than the picture",
        ),
    ],
)
def test_a_picture_that_is_broken_is_left_out(root, breaking, fault):
    silhouettes(root)
    breaking(root)
    data = read_dataset("cub", root)
    assert [item.name for item, _ in data] == [SECOND]
    assert data.problems.counts() == {fault: 1}


def segmentation(root):
    return (root / "segmentations" / FIRST).with_suffix(".png")


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("parts/part_locs.txt", "1 1 40.5 6 1\n1 2 3 4 1\n", "part outside the picture"),
        ("bounding_boxes.txt", "1 3 5 0 8\n2 1 1 2 2\n", "part without area"),
        ("bounding_boxes.txt", "1 50 5 3 8\n2 1 1 2 2\n", "part outside the picture"),
    ],
)
def test_a_part_that_is_broken_is_left_out(root, name, text, fault):
    (root / name).write_text(text)
    data = read_dataset("cub", root)
    first = next(iter(data))[1][0]
    assert data.problems.counts() == {fault: 1}
    assert (first.box is None) == (name == "bounding_boxes.txt")
    assert "back" not in [part.name for part in first.parts] or first.box is None


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("images.txt", f"1 {FIRST}\n1 {SECOND}\n", "images.txt, 1: id that occurs twice"),
        ("images.txt", f"1 {FIRST}\n2 {FIRST}\n", "id that occurs twice"),
        ("images.txt", f"1 {FIRST}\n3 {SECOND}\n", "without class, split or box"),
        ("images.txt", f"1 ../../{FIRST}\n", "leads out of"),
        ("image_class_labels.txt", "1 1\n2 7\n", "class 7: unknown label"),
        ("train_test_split.txt", "1 1\n2 7\n", "split 7: unknown label"),
        ("parts/part_locs.txt", "1 16 3 4 1\n", "part 16: unknown label"),
        ("parts/part_locs.txt", "1 1 3 4 1\n1 1 3 4 1\n", "part 1: id that occurs twice"),
        ("parts/part_locs.txt", "1 1 3 x 1\n", "malformed file"),
        ("bounding_boxes.txt", "1 3 5\n", "bounding_boxes.txt, line 1: malformed file"),
    ],
)
def test_what_cannot_be_trusted_is_refused(root, name, text, words):
    (root / name).write_text(text)
    with pytest.raises(PartonomyError, match=words):
        list(read_dataset("cub", root))
