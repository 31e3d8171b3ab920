"""PartImageNet Seg and OOD in their layouts."""

import json

import pytest
from PIL import Image

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

SIZE = (30, 40)
CATEGORIES = [
    {"id": 0, "name": "Quadruped Head", "supercategory": "Quadruped"},
    {"id": 1, "name": "Quadruped Body", "supercategory": "Quadruped"},
    {"id": 2, "name": "Car Side Mirror", "supercategory": "Car"},
]
HEAD, BODY, MIRROR = [4, 5, 10, 8], [10, 13, 20, 10], [2, 3, 6, 4]
SPLITS = {"train": "training", "val": "validation", "test": "test"}
SYNSET = "n02085782"


def entry(id_, picture, category, box, **more):
    x, y, width, height = box
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    given = {"id": id_, "image_id": picture, "category_id": category, "bbox": box}
    return given | {"segmentation": [corners], "area": width * height, "iscrowd": 0} | more


def write_file(path, names, entries, categories=CATEGORIES):
    pictures = [{"id": id_, "file_name": name} for id_, name in enumerate(names)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"images": pictures, "annotations": entries, "categories": categories})
    )


def write_picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE[::-1]).save(path, "JPEG")


@pytest.fixture(params=["annotations/{0}/{0}.json", "annotations/{0}.json", "{0}.json"])
def file(request):
    return request.param


def write_seg(root, file="annotations/{0}/{0}.json"):
    """An animal and a car a split."""
    for split in SPLITS:
        names = [f"{SYNSET}_{split}.JPEG", f"n04285008_{split}.JPEG"]
        entries = [entry(5, 0, 0, HEAD), entry(6, 0, 1, BODY), entry(7, 1, 2, MIRROR)]
        write_file(root / file.format(split), names, entries)
        for name in names:
            write_picture(root / "images" / split / name)


def write_ood(root, place="train/{0}"):
    names = [f"{SYNSET}_{number}.JPEG" for number in range(3)]
    entries = [entry(number, number, 0, HEAD) for number in range(3)]
    write_file(root / "train.json", names, entries)
    for name in names:
        write_picture(root / place.format(SYNSET) / name)
    write_list(root, [(names[1], 1), (names[0], 0), (names[2], 0)])


def write_list(root, entries):
    """As PDiscoFormer has it."""
    lines = [
        f"{number}\t{test}\t3\t{SYNSET}\t{name}" for number, (name, test) in enumerate(entries)
    ]
    (root / "train_test_split_pimagenet_ood.txt").write_text("\n".join(lines) + "\n")


def test_parts_of_superclasses(tmp_path, file):
    write_seg(tmp_path, file)
    data = read_dataset("partimagenet", tmp_path)
    assert data.splits == ("training", "validation", "test")
    assert len(data) == 6
    read = dict(data)
    assert not data.problems.found
    for item, (found,) in read.items():
        assert (found.split, found.picture, found.size) == (item.split, item.name, SIZE)
        if found.style == SYNSET:
            assert found.class_name == "Quadruped"
            assert found.schema.names == ("head", "body")
            assert [(part.name, part.box) for part in found.parts] == [
                ("head", (4, 5, 14, 13)),
                ("body", (10, 13, 30, 23)),
            ]
            assert found.parts[0].mask.sum() == 80
            assert found.parts[0].mask[5:13, 4:14].all()
            assert found.box == (4, 5, 30, 23)
        else:
            assert (found.class_name, found.style) == ("Car", "n04285008")
            assert [part.name for part in found.parts] == ["side mirror"]


@pytest.mark.parametrize("place", ["train", "train/{0}", "images/train", "images/train/{0}"])
def test_splits_of_ood_are_those_of_the_list(tmp_path, place):
    write_ood(tmp_path, place)
    data = read_dataset("partimagenet-ood", tmp_path)
    assert [item.split for item in data.items] == ["training", "test", "training"]
    assert [found.split for _, (found,) in data] == ["training", "test", "training"]
    assert not data.problems.found


def no_picture(root, names, entries):
    (root / "images/val" / names[0]).unlink()


def damaged_picture(root, names, entries):
    (root / "images/val" / names[0]).write_text("no picture")


def no_masks(root, names, entries):
    del entries[0]


def other_size(root, names, entries):
    entries[0]["segmentation"] = {"size": [30, 30], "counts": [900]}


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (no_picture, "missing picture"),
        (damaged_picture, "damaged file"),
        (no_masks, "missing mask"),
        (other_size, "mask of another size than the picture"),
    ],
)
def test_a_picture_that_cannot_be_used_is_left_out(tmp_path, spoil, fault):
    write_seg(tmp_path)
    names = [f"{SYNSET}_val.JPEG", "n04285008_val.JPEG"]
    entries = [entry(5, 0, 0, HEAD), entry(7, 1, 2, MIRROR)]
    spoil(tmp_path, names, entries)
    write_file(tmp_path / "annotations/val/val.json", names, entries)
    data = read_dataset("partimagenet", tmp_path)
    assert names[0] not in [item.name for item, _ in data]
    assert data.problems.counts() == {fault: 1}


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (entry(8, 0, 0, [4, 5, 0, 8]), "part without area"),
        (entry(8, 0, 0, HEAD, segmentation=[[4, 5, 14, 13]]), "part without area"),
        (entry(8, 0, 0, [50, 5, 10, 8], segmentation=[]), "part outside the picture"),
    ],
)
def test_a_broken_part_is_left_out(tmp_path, broken, fault):
    write_seg(tmp_path)
    names = [f"{SYNSET}_val.JPEG"]
    write_file(tmp_path / "annotations/val/val.json", names, [entry(5, 0, 1, BODY), broken])
    data = read_dataset("partimagenet", tmp_path)
    ((_, (found,)),) = data.of_split("validation")
    assert [part.name for part in found.parts] == ["body"]
    assert data.problems.counts() == {fault: 1}


@pytest.mark.parametrize(
    ("names", "entries", "categories", "message"),
    [
        (["a.JPEG"], [entry(1, 0, 9, HEAD)], CATEGORIES, "category 9: unknown label"),
        (["a.JPEG"], [entry(1, 7, 0, HEAD)], CATEGORIES, "annotation 1, of no picture"),
        (["a.JPEG"], [entry(1, 0, 0, HEAD)] * 2, CATEGORIES, "annotation 1: id that occurs twice"),
        ([f"{SYNSET}_train.JPEG"], [], CATEGORIES, r"train\.JPEG: id that occurs twice"),
        (["../../../no.JPEG"], [], CATEGORIES, r"leads out of .*: malformed file"),
        ([3], [], CATEGORIES, "picture 0 without a file_name"),
        (
            ["a.JPEG"],
            [],
            [{"id": 0, "name": "Head", "supercategory": "Quadruped"}],
            "category Head: no part of Quadruped: malformed file",
        ),
    ],
)
def test_files_that_cannot_be_trusted_are_refused(tmp_path, names, entries, categories, message):
    write_seg(tmp_path)
    write_file(tmp_path / "annotations/val/val.json", names, entries, categories)
    with pytest.raises(PartonomyError, match=message):
        list(read_dataset("partimagenet", tmp_path))


def test_a_file_elsewhere_is_not_found(tmp_path):
    write_seg(tmp_path)
    (tmp_path / "annotations/val/val.json").rename(tmp_path / "images/val.json")
    with pytest.raises(PartonomyError, match=r"no COCO instances in annotations/val/val\.json or"):
        read_dataset("partimagenet", tmp_path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([(0, 0), (1, 1), (2, 0), (0, 1)], r"_0\.JPEG: id that occurs twice"),
        ([(0, 0), (2, 0)], r"_1\.JPEG: not in train_test_split_pimagenet_ood\.txt"),
        ([(0, 0), (1, 1), (2, 0), (9, 1)], r"_9\.JPEG of the list: not in train\.json"),
        ([(0, 0), (1, 2)], r"pimagenet_ood\.txt, line 2: malformed file"),
    ],
)
def test_lists_that_do_not_fit_are_refused(tmp_path, entries, message):
    write_ood(tmp_path)
    write_list(tmp_path, [(f"{SYNSET}_{number}.JPEG", test) for number, test in entries])
    with pytest.raises(PartonomyError, match=message):
        read_dataset("partimagenet-ood", tmp_path)
