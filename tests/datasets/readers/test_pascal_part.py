"""Parts of VOC's objects: what is merged, what is not, and what is broken."""

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

SIZE = (30, 40)
FIRST, SECOND = "2008_000001", "2008_000002"


def region(x0, y0, x1, y1, size=SIZE):
    mask = np.zeros(size, np.uint8)
    mask[y0:y1, x0:x1] = 1
    return mask


def structs(names, rows):
    array = np.zeros((1, len(rows)), [(name, object) for name in names])
    for index, row in enumerate(rows):
        array[0, index] = row
    return array


def write(root, name, objects):
    rows = [
        (class_name, 1, mask, structs(("part_name", "mask"), parts))
        for class_name, mask, parts in objects
    ]
    objects = structs(("class", "class_ind", "mask", "parts"), rows)
    savemat(
        root / "Annotations_Part" / f"{name}.mat",
        {"anno": {"imname": name, "objects": objects}},
    )


COW = (
    "cow",
    region(2, 2, 30, 20),
    [
        ("head", region(2, 2, 8, 8)),
        ("lfuleg", region(10, 10, 12, 14)),
        ("lflleg", region(10, 14, 12, 20)),
        ("rblleg", region(24, 12, 26, 20)),
    ],
)
CAR = (
    "car",
    region(0, 20, 20, 30),
    [
        ("leftside", region(0, 20, 20, 28)),
        *((f"wheel_{n}", region(n, 26, n + 3, 30)) for n in (1, 9)),
    ],
)


@pytest.fixture(params=[".", "VOCdevkit/VOC2010"])
def root(request, tmp_path):
    return made(tmp_path, request.param)


@pytest.fixture
def plain(tmp_path):
    return made(tmp_path, ".")


def made(root, voc):
    (root / "Annotations_Part").mkdir()
    for folder in ("JPEGImages", "ImageSets/Main"):
        (root / voc / folder).mkdir(parents=True)
    for name in (FIRST, SECOND):
        Image.new("L", SIZE[::-1]).save(root / voc / "JPEGImages" / f"{name}.jpg")
    (root / voc / "ImageSets/Main/train.txt").write_text(f"{FIRST}\n")
    (root / voc / "ImageSets/Main/val.txt").write_text(f"{SECOND}  1\n")
    write(root, FIRST, [COW, CAR])
    write(root, SECOND, [("boat", region(1, 1, 5, 5), [])])
    return root


def test_halves_are_joined_and_sides_forgotten(root):
    data = read_dataset("pascal-part", root)
    (item, (cow, car)), (_, (boat,)) = list(data)
    assert (item.name, item.split, data.splits) == (FIRST, "training", ("training", "validation"))
    assert (cow.class_name, cow.box, cow.split) == ("cow", (2, 2, 30, 20), "training")
    np.testing.assert_array_equal(cow.mask, COW[1] > 0)
    assert [(part.name, part.box) for part in cow.parts] == [
        ("head", (2, 2, 8, 8)),
        ("leg", (10, 10, 12, 20)),
        ("leg", (24, 12, 26, 20)),
    ]
    np.testing.assert_array_equal(cow.parts[1].mask, region(10, 10, 12, 20) > 0)
    assert [part.name for part in car.parts] == ["leftside", "wheel", "wheel"]
    assert [part.name for part in car.mirrored().parts] == ["rightside", "wheel", "wheel"]
    assert (boat.class_name, boat.parts, boat.schema.names) == ("boat", (), ())
    assert data.problems.counts() == {}


def test_raw_names_keep_their_sides(plain):
    (_, (cow, car)), _ = list(read_dataset("pascal-part-raw", plain))
    assert [part.name for part in cow.parts] == ["head", "lfuleg", "lflleg", "rblleg"]
    assert [part.name for part in cow.mirrored().parts] == ["head", "rfuleg", "rflleg", "lblleg"]
    assert [part.name for part in car.parts] == ["leftside", "wheel", "wheel"]


def annotation(root):
    return root / "Annotations_Part" / f"{FIRST}.mat"


@pytest.mark.parametrize(
    ("breaking", "fault"),
    [
        (lambda root: (root / f"JPEGImages/{FIRST}.jpg").unlink(), "missing picture"),
        (lambda root: annotation(root).unlink(), "missing mask"),
        (lambda root: annotation(root).write_bytes(b"no MATLAB file"), "damaged file"),
        (
            lambda root: annotation(root).write_bytes(annotation(root).read_bytes()[:-40]),
            "damaged file",
        ),
        (lambda root: savemat(annotation(root), {"other": 1}), "damaged file"),
        (lambda root: savemat(annotation(root), {"anno": {"imname": FIRST}}), "damaged file"),
        (lambda root: savemat(annotation(root), {"anno": {"objects": [1]}}), "damaged file"),
        (lambda root: write(root, FIRST, [("cow", "mask", [])]), "damaged file"),
        (
            lambda root: write(root, FIRST, [("cow", region(0, 0, 5, 5, (40, 30)), [])]),
            "mask of another size than the picture",
        ),
        (
            lambda root: write(
                root, FIRST, [("cow", COW[1], [("head", region(0, 0, 5, 5, (9, 9)))])]
            ),
            "mask of another size than the picture",
        ),
    ],
)
def test_a_picture_that_is_broken_is_left_out(plain, breaking, fault):
    breaking(plain)
    data = read_dataset("pascal-part", plain)
    assert [item.name for item, _ in data] == [SECOND]
    assert data.problems.counts() == {fault: 1}


def test_parts_and_objects_without_area_are_left_out(plain):
    empty = region(0, 0, 0, 0)
    parts = [("head", empty), ("tail", region(1, 1, 2, 2))]
    write(plain, FIRST, [("cow", COW[1], parts), ("car", empty, [])])
    data = read_dataset("pascal-part", plain)
    annotations = next(iter(data))[1]
    assert [[part.name for part in each.parts] for each in annotations] == [["tail"]]
    assert data.problems.counts() == {"part without area": 2}


@pytest.mark.parametrize(
    ("breaking", "words"),
    [
        (lambda root: write(root, FIRST, [("yak", COW[1], [])]), "yak: unknown label"),
        (
            lambda root: write(root, FIRST, [("cow", COW[1], [("wheel_1", COW[1])])]),
            "cow, wheel_1: unknown label",
        ),
        (
            lambda root: (root / "ImageSets/Main/val.txt").write_text(FIRST),
            "id that occurs twice",
        ),
        (
            lambda root: (root / "ImageSets/Main/train.txt").write_text("../../a"),
            "leads out of",
        ),
    ],
)
def test_what_cannot_be_trusted_is_refused(plain, breaking, words):
    breaking(plain)
    with pytest.raises(PartonomyError, match=words):
        list(read_dataset("pascal-part", plain))
