"""COCO files of parts: what is in them arrives, and what is broken is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as runs

from partonomy.datasets.annotation import Annotation
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.datasets.reading import DataSet
from partonomy.datasets.registry import missing, read_dataset
from partonomy.errors import PartonomyError

SIZE = (12, 16)
SQUARE = [2.0, 3.0, 8.0, 3.0, 8.0, 9.0, 2.0, 9.0]


def written(
    root: Path,
    annotations: list[dict[str, Any]],
    split: str = "trainingset",
    categories: tuple[str, ...] = ("_background_", "wheel", "door"),
    file_name: str = "a.png",
) -> Path:
    """A split with one picture, in the layout of the car parts."""
    folder = root / split
    (folder / "JPEGImages").mkdir(parents=True, exist_ok=True)
    if "/" not in file_name:
        Image.new("RGB", SIZE[::-1]).save(folder / "JPEGImages" / file_name)
    numbered = [{"id": n, "image_id": 7} | each for n, each in enumerate(annotations, 1)]
    entries = {
        "images": [{"id": 7, "file_name": file_name, "width": SIZE[1], "height": SIZE[0]}],
        "categories": [{"id": n, "name": name} for n, name in enumerate(categories, 1)],
        "annotations": numbered,
    }
    (folder / "annotations.json").write_text(json.dumps(entries))
    return root


def only(data: DataSet) -> tuple[Annotation, ...]:
    """What is annotated in the only picture."""
    ((_, annotations),) = list(data)
    return annotations


def test_polygons_boxes_and_splits(tmp_path: Path) -> None:
    square = {"category_id": 2, "segmentation": [SQUARE], "bbox": [2, 3, 6, 6]}
    written(tmp_path, [square, square | {"category_id": 3}])
    written(tmp_path, [square], "testset")
    assert missing("coco", tmp_path) == []
    data = read_dataset("coco", tmp_path)
    assert [(item.name, item.split) for item in data.items] == [
        ("testset/a.png", "test"),
        ("trainingset/a.png", "training"),
    ]
    (annotation,) = only(data.of_split("training"))
    assert annotation.schema.names == ("wheel", "door")
    assert [part.name for part in annotation.parts] == ["wheel", "door"]
    part = annotation.parts[0]
    assert part.box == (2, 3, 8, 9)
    expected = np.zeros(SIZE, bool)
    expected[3:9, 2:8] = True
    np.testing.assert_array_equal(part.mask, expected)
    np.testing.assert_array_equal(annotation.mask, expected)
    assert annotation.box == (2, 3, 8, 9)
    assert annotation.split == "training"


@pytest.mark.parametrize("compressed", [True, False])
def test_run_lengths_with_holes(tmp_path: Path, compressed: bool) -> None:
    mask = np.zeros(SIZE, np.uint8)
    mask[1:11, 1:9], mask[4:6, 4:6], mask[0, 15] = 1, 0, 1
    coded = runs.encode(np.asfortranarray(mask))
    counts: Any = coded["counts"].decode()
    if not compressed:
        flat = mask.ravel(order="F")
        edges = np.flatnonzero(np.diff(flat, prepend=0, append=2))
        counts = np.diff(edges, prepend=0).tolist()
    given = {"category_id": 2, "segmentation": {"size": list(SIZE), "counts": counts}}
    ((annotation,),) = [only(read_dataset("coco", written(tmp_path, [given])))]
    np.testing.assert_array_equal(annotation.parts[0].mask, mask > 0)
    assert annotation.parts[0].box is None


def test_what_partworld_writes_comes_back(tmp_path: Path) -> None:
    world = PartWorld(2, ("car", "face"), size=48, seed=3)
    write_folder(world, tmp_path, 0)
    data = read_dataset("coco", tmp_path)
    for (_, found), rendering in zip(data, world, strict=True):
        (annotation,), truth = found, rendering.annotation
        assert annotation.class_name == truth.class_name
        assert annotation.box == truth.box
        np.testing.assert_array_equal(annotation.mask, truth.mask)
        seen = [part for part in truth.parts if part.mask is not None]
        assert [part.name for part in annotation.parts] == [part.name for part in seen]
        for mine, part in zip(annotation.parts, seen, strict=True):
            np.testing.assert_array_equal(mine.mask, part.mask)
            assert mine.box == part.box
    assert data.problems.counts() == {}


@pytest.mark.parametrize(
    ("broken", "counted"),
    [
        ({"bbox": [4, 4, 0, 3]}, {"part without area": 1}),
        ({"bbox": [40, 4, 3, 3]}, {"part outside the picture": 1}),
        ({"segmentation": [[1, 1, 2, 2]]}, {"part without area": 1}),
        ({"segmentation": [[40, 1, 44, 1, 44, 5]]}, {"part without area": 1}),
    ],
)
def test_parts_of_which_nothing_is_left(
    tmp_path: Path, broken: dict[str, Any], counted: dict[str, int]
) -> None:
    good = {"category_id": 3, "bbox": [1, 1, 4, 4]}
    data = read_dataset("coco", written(tmp_path, [{"category_id": 2} | broken, good]))
    (annotation,) = only(data)
    assert [part.name for part in annotation.parts] == ["door"]
    assert data.problems.counts() == counted
    assert str(data.problems.found[0]).startswith("trainingset/a.png, annotation 1, wheel: ")


def test_pictures_that_are_left_out(tmp_path: Path) -> None:
    other = {"size": [5, 5], "counts": [0, 25]}
    written(tmp_path, [{"category_id": 2, "segmentation": other}])
    written(tmp_path, [], "testset")
    (tmp_path / "testset" / "JPEGImages" / "a.png").unlink()
    data = read_dataset("coco", tmp_path)
    assert list(data) == []
    assert data.problems.counts() == {
        "missing picture": 1,
        "mask of another size than the picture": 1,
    }


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ([{"category_id": 9}], "annotation 1, category 9: unknown label"),
        ([{}], "annotation 1, category None: unknown label"),
        ([{"category_id": [2]}], r"annotation 1, category \[2\]: unknown label"),
        ([{"category_id": 2, "image_id": {}}], "annotation 1, of no picture: malformed"),
        ([{"category_id": 2, "id": None}], "annotation without an id: malformed"),
        ([{"category_id": 2, "image_id": 8}], "annotation 1, of no picture: malformed"),
        ([{"category_id": 2}, {"category_id": 2, "id": 1}], "annotation 1: id that occurs twice"),
    ],
)
def test_what_is_refused(tmp_path: Path, annotations: list[dict[str, Any]], message: str) -> None:
    written(tmp_path, annotations)
    with pytest.raises(PartonomyError, match=rf"trainingset/annotations\.json, {message}"):
        read_dataset("coco", tmp_path)


@pytest.mark.parametrize(
    "broken",
    [
        {"bbox": [1, 2, 3]},
        {"bbox": "box"},
        {"segmentation": [["a"] * 6]},
        {"segmentation": {"size": list(SIZE)}},
        {"segmentation": 3},
    ],
)
def test_what_is_no_box_and_no_mask_is_refused(tmp_path: Path, broken: dict[str, Any]) -> None:
    data = read_dataset("coco", written(tmp_path, [{"category_id": 2} | broken]))
    with pytest.raises(PartonomyError, match=r"a\.png, annotation 1: .*malformed file"):
        list(data)


def test_files_that_are_no_instances(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("[1, 2]")
    with pytest.raises(PartonomyError, match="no file of COCO instances"):
        read_dataset("coco", tmp_path)
    (tmp_path / "cut.json").write_text('{"images": [')
    with pytest.raises(PartonomyError, match=r"cut\.json: no JSON: malformed"):
        read_dataset("coco", tmp_path)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "secret.png")
    root = written(tmp_path / "data", [], file_name="../../secret.png")
    with pytest.raises(PartonomyError, match="leads out of"):
        list(read_dataset("coco", root))


@pytest.mark.real
def test_the_car_parts(data: Path) -> None:
    cars = read_dataset("coco", data / "images" / "car_parts")
    assert {split: len(cars.of_split(split)) for split in cars.splits} == {
        "test": 100,
        "training": 400,
    }
    found = [annotations for _, annotations in cars.of_split("test")]
    assert sum(len(annotation.parts) for (annotation,) in found) == 811
    assert len(found[0][0].schema.names) == 18
    assert cars.problems.counts() == {}
