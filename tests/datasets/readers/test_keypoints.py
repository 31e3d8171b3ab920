"""Keypoints in a JSON list, as of the bees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

NAMES = {"0": "head", "1": "wing_left", "2": "wing_right"}


def written(root: Path, *entries: dict[str, Any]) -> Path:
    """A small data set in the layout of the bees."""
    (root / "data" / "pose").mkdir(parents=True)
    Image.new("RGB", (8, 6)).save(root / "data" / "pose" / "a.png")
    default = {"path": "pose/a.png", "set": "train", "keypoints": {"1": [3, 5]}}
    (root / "keypoint_names.json").write_text(json.dumps(NAMES))
    (root / "data" / "pose_dataset.json").write_text(
        json.dumps([default | entry for entry in entries])
    )
    return root


def test_keypoints_lie_on_the_middle_of_their_pixels(tmp_path: Path) -> None:
    data = read_dataset("keypoints", written(tmp_path, {"keypoints": {"1": [3, 5], "0": [0, 0]}}))
    ((item, (annotation,)),) = list(data)
    assert (item.name, item.split) == ("pose/a.png", "training")
    assert [(part.name, part.keypoint) for part in annotation.parts] == [
        ("wing_left", (3.5, 5.5)),
        ("head", (0.5, 0.5)),
    ]
    assert annotation.schema.mirror("wing_left") == "wing_right"
    assert annotation.mask is None


def test_what_is_broken_is_left_out(tmp_path: Path) -> None:
    broken = {"path": "pose/gone.png", "set": "test"}
    outside = {"keypoints": {"0": [8, 2], "2": [1, 1]}}
    data = read_dataset("keypoints", written(tmp_path, outside, broken))
    ((_, (annotation,)),) = list(data)
    assert [part.name for part in annotation.parts] == ["wing_right"]
    assert data.problems.counts() == {"part outside the picture": 1, "missing picture": 1}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"keypoints": {"7": [1, 1]}}], r"pose/a\.png, keypoint 7: unknown label"),
        ([{"keypoints": {"1": [1]}}], r"pose/a\.png, keypoint 1: 2 numbers wanted.*malformed file"),
        ([{"path": "../../secret.png"}], "leads out of"),
        ([{}, {}], r"pose/a\.png: id that occurs twice"),
    ],
)
def test_what_is_refused(tmp_path: Path, entries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(PartonomyError, match=message):
        list(read_dataset("keypoints", written(tmp_path, *entries)))


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1]"])
def test_files_that_are_no_list_of_keypoints(tmp_path: Path, text: str) -> None:
    root = written(tmp_path)
    (root / "data" / "pose_dataset.json").write_text(text)
    with pytest.raises(PartonomyError, match=r"pose_dataset\.json.*malformed file"):
        read_dataset("keypoints", root)


@pytest.mark.real
def test_the_bees(data: Path) -> None:
    bees = read_dataset("keypoints", data / "images" / "bee_keypoints")
    assert {split: len(bees.of_split(split)) for split in bees.splits} == {
        "training": 191,
        "test": 38,
    }
    assert sum(len(annotation.parts) for _, (annotation,) in bees) == 6526
    assert len(bees.items) == 229
    assert bees.problems.counts() == {}
