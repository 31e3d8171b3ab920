"""The saved tree cut elsewhere: the masks that a run with that number of parts would have made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import partonomy as pt
from networks import small_network
from partonomy.errors import PartonomyError
from partonomy.export import export_run, recut

OWN = {"backbone": "networks:small_network", "device": "cpu"}
SETTINGS = pt.DiscoverSettings(n_parts=5, n_concepts=10, size=96)


@pytest.fixture
def backbone() -> pt.Backbone:
    return pt.load_backbone(small_network(), layer="5", precision="float32", device="cpu")


def labels(run: pt.Run) -> dict[str, np.ndarray]:
    return {
        path.relative_to(run.masks).as_posix(): np.asarray(Image.open(path))
        for path in sorted(run.masks.rglob("*.png"))
    }


def test_a_cut_is_the_run_that_asked_for_so_many(
    tmp_path: Path, photos: Path, backbone: pt.Backbone
) -> None:
    (photos / "sub").mkdir()
    (photos / "03.png").rename(photos / "sub" / "03.png")
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", SETTINGS)
    three = replace(SETTINGS, n_parts=3)
    wanted = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "three", three)
    (photos / "new.png").write_bytes((photos / "00.png").read_bytes())  # not of the run
    found = recut(run, 3, tmp_path / "recut", **OWN)
    assert found.file.config["part_names"] == ["part_01", "part_02", "part_03"]
    expected = labels(wanted)
    assert labels(found).keys() == expected.keys()
    for name, mask in labels(found).items():
        np.testing.assert_array_equal(mask, expected[name])
    rows = found.read_table("pictures")
    assert [row["picture"] for row in rows] == [
        row["picture"] for row in run.read_table("pictures")
    ]


def test_a_cut_stays_inside_the_foreground_of_its_run(
    tmp_path: Path, photos: Path, backbone: pt.Backbone
) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    inside = np.zeros((96, 128), np.uint8)
    inside[20:80, 30:100] = 255
    for picture in photos.iterdir():
        Image.fromarray(inside).save(masks / picture.name)
    settings = replace(SETTINGS, foreground=masks)
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings)
    for mask in labels(recut(run, 2, tmp_path / "recut", **OWN)).values():
        np.testing.assert_array_equal(mask > 0, inside > 0)


def test_a_picture_that_is_gone_is_skipped_and_the_rest_exported(
    tmp_path: Path, photos: Path, backbone: pt.Backbone
) -> None:
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", SETTINGS)
    (photos / "05.png").unlink()
    found = recut(run, 2, tmp_path / "recut", **OWN)
    assert [entry.picture for entry in found.file.skipped] == ["05.png"]
    export_run(found, tmp_path / "out", ["indexed-png"])
    assert len(list((tmp_path / "out" / "indexed-png" / "masks").iterdir())) == 11


def test_what_cannot_be_cut_is_named(
    tmp_path: Path, photos: Path, backbone: pt.Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", SETTINGS)
    for n_parts in (0, 256):
        with pytest.raises(PartonomyError, match=f"--parts {n_parts}: choose from 1 to 255"):
            recut(run, n_parts, tmp_path / "recut", **OWN)
    model = pt.load(run.folder, **OWN)
    segmented = pt.segment_collection(model, pt.ImageFolder(photos), tmp_path / "segmented")
    with pytest.raises(PartonomyError, match="made by segment and holds no tree"):
        recut(segmented, 2, tmp_path / "recut", **OWN)
    monkeypatch.setattr("partonomy.export.cutting.load", lambda *_, **__: object())
    with pytest.raises(PartonomyError, match=r"--parts 2: the part model of .*run has no tree"):
        recut(run, 2, tmp_path / "recut", **OWN)


def test_a_cut_keeps_the_model_and_asks_for_no_more_than_there_is(
    tmp_path: Path, photos: Path, backbone: pt.Backbone
) -> None:
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", SETTINGS)
    model = pt.load(run.folder, **OWN)
    assert len(model.cut(200).part_names) == len(model.tree.concepts) == 10
    assert len(model.part_names) == 5
