"""Boxes of parts beside PASCAL3D+: which values are read, whose they are, and what is broken."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

FIRST, SECOND = "n02958343_1", "n02958343_2"
CROP, UNKNOWN = [7, 7, 200, 200], [0.5]


def boxes(*of):
    return np.array([[*CROP, *box, *UNKNOWN] for box in of], float)


NONE = np.zeros((0, 0))


def cells(rows):
    array = np.empty((len(rows), 1), object)
    for index, each in enumerate(rows):
        array[index, 0] = each
    return array


def write(root, name, objects):
    """One file of boxes, a list of cells an object."""
    anno = np.empty((len(objects), 2), object)
    for index, each in enumerate(objects):
        anno[index] = [np.array([[1.0]]), cells(each) if each else NONE]
    path = root / "parts/car_imagenet/transfered" / f"{name}.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"anno": anno})


def record(root, name, objects):
    array = np.zeros((1, len(objects)), [("class", object), ("bbox", object)])
    for index, (class_name, box) in enumerate(objects):
        array[0, index] = (class_name, np.array(box, float))
    path = root / "Annotations/car_imagenet" / f"{name}.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"record": {"objects": array}})


@pytest.fixture
def root(tmp_path):
    for folder in ("Images/car_imagenet", "Image_sets"):
        (tmp_path / folder).mkdir(parents=True)
    for split, name in (("train", FIRST), ("val", SECOND)):
        (tmp_path / f"Image_sets/car_imagenet_{split}.txt").write_text(f"{name}\n")
        Image.new("L", (40, 30)).save(tmp_path / f"Images/car_imagenet/{name}.JPEG")
    record(tmp_path, FIRST, [("car", [1, 1, 40, 30]), ("car", [3, 5, 12, 12])])
    record(tmp_path, SECOND, [("car", [1, 1, 40, 30])])
    wheels = boxes([3, 5, 12, 12], [20, 5, 44, 30])
    write(tmp_path, FIRST, [[wheels, NONE, boxes([1, 1, 1, 1])], []])
    write(tmp_path, SECOND, [[boxes([1, 1, 2, 2])]])
    return tmp_path


def test_boxes_are_those_in_the_picture(root):
    data = read_dataset("vehicle-semantic-part", root)
    assert [(item.name, item.split) for item in data.items] == [
        (f"car_imagenet/{FIRST}", "training"),
        (f"car_imagenet/{SECOND}", "validation"),
    ]
    (first,), (second,) = (annotations for _, annotations in data)
    assert (first.class_name, first.box, first.split) == ("car", (0, 0, 40, 30), "training")
    assert first.schema.names == ("part_01", "part_02", "part_03")
    assert [(part.name, part.box) for part in first.parts] == [
        ("part_01", (2, 4, 12, 12)),
        ("part_01", (19, 4, 40, 30)),  # cut off at the border
        ("part_03", (0, 0, 1, 1)),
    ]
    assert [(part.name, part.box) for part in second.parts] == [("part_01", (0, 0, 2, 2))]
    assert data.problems.counts() == {}


def test_parts_that_are_broken_are_left_out(root):
    write(root, FIRST, [[boxes([5, 5, 4, 9], [60, 5, 70, 9], [1, 1, 2, 2])]])
    data = read_dataset("vehicle-semantic-part", root)
    assert [part.box for part in next(iter(data))[1][0].parts] == [(0, 0, 2, 2)]
    assert data.problems.counts() == {"part without area": 1, "part outside the picture": 1}


def test_an_object_without_area_is_left_out(root):
    record(root, FIRST, [("car", [9, 1, 8, 30])])
    write(root, FIRST, [[boxes([1, 1, 2, 2])]])
    data = read_dataset("vehicle-semantic-part", root)
    assert next(iter(data))[1] == ()
    assert data.problems.counts() == {"part without area": 1}


def parts_file(root):
    return root / f"parts/car_imagenet/transfered/{FIRST}.mat"


@pytest.mark.parametrize(
    ("breaking", "fault"),
    [
        (lambda root: (root / f"Images/car_imagenet/{FIRST}.JPEG").unlink(), "missing picture"),
        (lambda root: (root / f"Annotations/car_imagenet/{FIRST}.mat").unlink(), "missing mask"),
        (lambda root: parts_file(root).write_bytes(b"no MATLAB file"), "damaged file"),
        (lambda root: savemat(parts_file(root), {"anno": np.ones((2, 2))}), "damaged file"),
        (lambda root: write(root, FIRST, [[np.ones((2, 8)), NONE]]), "damaged file"),
        (lambda root: write(root, FIRST, [["no box", NONE]]), "damaged file"),
        (lambda root: write(root, FIRST, [[NONE, NONE]] * 3), "damaged file"),
    ],
)
def test_a_picture_that_is_broken_is_left_out(root, breaking, fault):
    breaking(root)
    data = read_dataset("vehicle-semantic-part", root)
    assert [item.name for item, _ in data] == [f"car_imagenet/{SECOND}"]
    assert data.problems.counts() == {fault: 1}


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("other/car_imagenet/transfered", "id that occurs twice"),
        ("parts/cow_imagenet/transfered", "cow: unknown label"),
    ],
)
def test_what_cannot_be_trusted_is_refused(root, folder, words):
    (root / folder).mkdir(parents=True)
    (root / folder / f"{FIRST}.mat").write_bytes(parts_file(root).read_bytes())
    with pytest.raises(PartonomyError, match=words):
        read_dataset("vehicle-semantic-part", root)
