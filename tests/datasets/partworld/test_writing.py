"""PartWorld on disk: pictures, foregrounds, truth, and a COCO file that pycocotools reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError

WORLD = PartWorld(5, ("face", "bicycle"), size=64, occlusion=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("world")
    write_folder(WORLD, root, workers=0)
    return root


def read(path: Path) -> np.ndarray:
    return np.array(Image.open(path))


def test_pictures_foregrounds_and_truth_are_the_worlds(folder: Path) -> None:
    for rendering in WORLD:
        name = rendering.annotation.picture
        np.testing.assert_array_equal(read(folder / "pictures" / name), rendering.picture)
        labels = read(folder / "truth" / name)
        np.testing.assert_array_equal(labels, rendering.annotation.labels())
        np.testing.assert_array_equal(read(folder / "foreground" / name) == 255, labels > 0)
    assert len(list((folder / "pictures").rglob("*.png"))) == len(WORLD)


def test_coco_reads_every_object_and_visible_part(folder: Path) -> None:
    coco = COCO(str(folder / "annotations.json"))
    names = {entry["id"]: entry["name"] for entry in coco.dataset["categories"]}
    for number, rendering in enumerate(WORLD, 1):
        image, truth = coco.imgs[number], rendering.annotation
        assert image["file_name"] == f"pictures/{truth.picture}"
        assert (image["class"], image["style"]) == (truth.class_name, truth.style)
        whole, *parts = coco.imgToAnns[number]
        assert names[whole["category_id"]] == truth.class_name
        np.testing.assert_array_equal(coco.annToMask(whole), truth.mask)
        seen = [part for part in truth.parts if part.visible]
        for entry, part in zip(parts, seen, strict=True):
            assert names[entry["category_id"]] == f"{truth.class_name}/{part.name}"
            np.testing.assert_array_equal(coco.annToMask(entry), part.mask)
            assert part.box is not None
            x0, y0, x1, y1 = part.box
            assert entry["bbox"] == [x0, y0, x1 - x0, y1 - y0]
            assert tuple(entry["keypoints"][:2]) == part.keypoint
            assert part.mask is not None
            x, y = (int(value) for value in part.keypoint)
            inside = 0 <= x < 64 and 0 <= y < 64 and part.mask[y, x]
            assert entry["keypoints"][2] == (2 if inside else 1)


def test_the_folder_says_what_it_was_made_from(folder: Path) -> None:
    made = json.loads((folder / "partworld.json").read_text())
    assert PartWorld(**made | {"classes": tuple(made["classes"])}) == WORLD


def test_an_earlier_world_goes(tmp_path: Path) -> None:
    write_folder(PartWorld(3, ("fish",), size=32), tmp_path, workers=0)
    write_folder(PartWorld(1, ("car",), size=32), tmp_path, workers=0)
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["car"]
    assert len(list(tmp_path.rglob("*.png"))) == 3


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(PartonomyError, match="not empty and holds no PartWorld"):
        write_folder(WORLD, tmp_path, workers=0)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("killed_in", ["write_atomically", "save_label_png", "write_coco"])
def test_a_world_whose_writing_was_killed_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    world, folder = PartWorld(2, ("car",), size=32), tmp_path / "world"

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(f"partonomy.datasets.partworld.writing.{killed_in}", killed)
        write_folder(world, folder, workers=0)
    (folder / ".part-killed").touch()
    write_folder(world, folder, workers=0)
    assert len(COCO(str(folder / "annotations.json")).imgs) == 2


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[int] = []
    write_folder(PartWorld(3, ("car",), size=32), tmp_path, workers=0, on_progress=told.append)
    assert told == [1, 1, 1]
