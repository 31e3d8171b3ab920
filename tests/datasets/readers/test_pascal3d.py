"""Rigid objects with anchors: Matlab's coordinates, lists by class, and what is broken."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from partonomy.datasets.registry import missing, read_dataset
from partonomy.errors import PartonomyError

FIRST, SECOND, VOC = "n02958343_1", "n02958343_2", "2008_000001"
ANCHORS = {
    "left_front_wheel": ([1.0, 30.0], 1),
    "right_front_wheel": ([40.0, 1.0], 2),
    "left_back_trunk": ([], 5),
}


def write(root, name, objects):
    array = np.zeros((1, len(objects)), [(key, object) for key in ("class", "bbox", "anchors")])
    for index, (class_name, box, anchors) in enumerate(objects):
        structs = {key: {"location": at, "status": how} for key, (at, how) in anchors.items()}
        array[0, index] = (class_name, np.array(box, float), structs or np.zeros((0, 0)))
    path = root / "Annotations" / f"{name}.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"record": {"filename": name, "objects": array}})


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (40, 30)).save(path, "JPEG")


@pytest.fixture
def root(tmp_path):
    lists, main = tmp_path / "Image_sets", tmp_path / "PASCAL/VOCdevkit/VOC2012/ImageSets/Main"
    for folder in (lists, main):
        folder.mkdir(parents=True)
    (lists / "car_imagenet_train.txt").write_text(f"{FIRST}\n")
    (lists / "car_imagenet_val.txt").write_text(f"{SECOND}\n")
    (main / "car_val.txt").write_text(f"{VOC}  1\n2008_000009 -1\n")
    for name in (f"car_imagenet/{FIRST}.JPEG", f"car_imagenet/{SECOND}.JPEG"):
        picture(tmp_path / "Images" / name)
    picture(tmp_path / f"Images/car_pascal/{VOC}.jpg")
    write(tmp_path, f"car_imagenet/{FIRST}", [("car", [3, 5, 12, 12], ANCHORS)])
    write(tmp_path, f"car_imagenet/{SECOND}", [("car", [1, 1, 40, 30], {})])
    objects = [("person", [1, 1, 9, 9], {}), ("car", [0, 0, 90, 90], ANCHORS)]
    write(tmp_path, f"car_pascal/{VOC}", objects)
    return tmp_path


def test_splits_boxes_and_anchors(root):
    data = read_dataset("pascal3d", root)
    assert [(item.name, item.split) for item in data.items] == [
        (f"car_imagenet/{FIRST}", "training"),
        (f"car_imagenet/{SECOND}", "validation"),
        (f"car_pascal/{VOC}", "validation"),
    ]
    (first,), (second,), (third,) = (annotations for _, annotations in data)
    assert (first.class_name, first.box, first.split) == ("car", (2, 4, 12, 12), "training")
    assert first.schema.names == tuple(sorted(ANCHORS))
    assert first.schema.mirror("left_front_wheel") == "right_front_wheel"
    assert [(part.name, part.keypoint, part.visible) for part in first.parts] == [
        ("left_front_wheel", (0.5, 29.5), True),
        ("right_front_wheel", (39.5, 0.5), False),
    ]
    assert (second.box, second.parts) == ((0, 0, 40, 30), ())
    assert third.box == (0, 0, 40, 30)  # cut off at the border
    assert data.problems.counts() == {}
    assert "folders of annotations: Annotations/*_imagenet (1 of 12)" in missing("pascal3d", root)


@pytest.mark.parametrize(
    ("objects", "fault"),
    [
        ([("car", [3, 5, 2, 12], ANCHORS)], "part without area"),
        ([("car", [43, 5, 50, 12], ANCHORS)], "part outside the picture"),
    ],
)
def test_an_object_that_is_broken_is_left_out(root, objects, fault):
    write(root, f"car_imagenet/{FIRST}", objects)
    data = read_dataset("pascal3d", root)
    assert next(iter(data))[1] == ()
    assert data.problems.counts() == {fault: 1}


def test_an_anchor_outside_is_left_out(root):
    anchors = ANCHORS | {"left_front_wheel": ([41.0, 3.0], 1)}
    write(root, f"car_imagenet/{FIRST}", [("car", [3, 5, 12, 12], anchors)])
    data = read_dataset("pascal3d", root)
    assert [part.name for part in next(iter(data))[1][0].parts] == ["right_front_wheel"]
    assert data.problems.counts() == {"part outside the picture": 1}


def first(root):
    return root / f"Annotations/car_imagenet/{FIRST}.mat"


@pytest.mark.parametrize(
    ("breaking", "fault"),
    [
        (lambda root: (root / f"Images/car_imagenet/{FIRST}.JPEG").unlink(), "missing picture"),
        (lambda root: first(root).unlink(), "missing mask"),
        (lambda root: first(root).write_bytes(b""), "damaged file"),
        (lambda root: savemat(first(root), {"record": 1}), "damaged file"),
        (
            lambda root: write(root, f"car_imagenet/{FIRST}", [("car", [1, 2, 3], {})]),
            "damaged file",
        ),
        (
            lambda root: write(
                root, f"car_imagenet/{FIRST}", [("car", [1, 2, 3, 4], {"roof": ([1, 2, 3], 1)})]
            ),
            "damaged file",
        ),
    ],
)
def test_a_picture_that_is_broken_is_left_out(root, breaking, fault):
    breaking(root)
    data = read_dataset("pascal3d", root)
    assert [item.name for item, _ in data] == [f"car_imagenet/{SECOND}", f"car_pascal/{VOC}"]
    assert data.problems.counts() == {fault: 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [("../../../a\n", "leads out of"), (f"{FIRST}\n", "id that occurs twice")],
)
def test_what_cannot_be_trusted_is_refused(root, text, words):
    (root / "Image_sets/car_imagenet_val.txt").write_text(text)
    with pytest.raises(PartonomyError, match=words):
        list(read_dataset("pascal3d", root))
