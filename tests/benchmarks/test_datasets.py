"""The labelled pictures of the benchmarks, most on the real ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.datasets import TEST, TRAINING, cars, of_split, write_foreground
from benchmarks.datasets.reading import DATA_SETS
from PIL import Image


@pytest.mark.real
@pytest.mark.parametrize("name", DATA_SETS)
def test_labels_fit_their_pictures_and_splits_are_apart(
    name: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTONOMY_DATA", str(data))
    pictures = DATA_SETS[name](4)
    training, test = of_split(pictures, TRAINING), of_split(pictures, TEST)
    assert len(training) == len(test) == 4
    assert len({picture.path.stem for picture in pictures}) == 8
    folder = write_foreground(pictures, tmp_path / "foreground")
    for picture in pictures:
        with Image.open(picture.path) as image:
            assert picture.labels.shape == (image.height, image.width)
        assert set(np.unique(picture.truth)) <= set(np.unique(picture.labels))
        written = np.asarray(Image.open(folder / f"{picture.path.stem}.png"))
        assert ((written > 0) == picture.foreground).all()
        assert 0.02 < picture.foreground.mean() < 0.98


@pytest.mark.real
def test_every_third_picture_of_clothing_is_test(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTONOMY_DATA", str(data))
    pictures = DATA_SETS["clothing"](None)
    by_name = sorted(pictures, key=lambda picture: picture.path.name)
    assert [each.split for each in by_name] == [TRAINING, TRAINING, TEST] * 80
    labels = np.unique(np.concatenate([np.unique(picture.labels) for picture in pictures]))
    assert labels.max() <= 58


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """A split of three pictures of 4 x 6 pixels; each has its right door, its hood and a line."""
    square = [[0, 0, 2, 0, 2, 1, 0, 1]]
    parts = [(7, square), (9, [[4, 2, 5, 2, 5, 3, 4, 3]]), (8, [[0, 3, 5, 3]])]
    annotations = {
        "categories": [
            {"id": 5, "name": "_background_"},
            {"id": 7, "name": "right_door"},
            {"id": 8, "name": "left_door"},
            {"id": 9, "name": "hood"},
        ],
        "images": [
            {"id": number, "file_name": f"../../{number}.jpg", "width": 6, "height": 4}
            for number in range(3)
        ],
        "annotations": [
            {"image_id": number, "category_id": category, "segmentation": polygons}
            for number in range(3)
            for category, polygons in parts
        ],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(annotations))
    return tmp_path


def test_sides_of_cars_are_merged_and_no_path_leads_out_of_the_split(split: Path) -> None:
    pictures = cars.read_split(split, TEST)
    expected = np.zeros((4, 6), np.uint8)
    expected[:2, :3], expected[2:, 4:] = 1, 2  # door and hood
    for number, picture in enumerate(pictures):
        assert picture.split == TEST
        assert picture.path == split / "JPEGImages" / f"{number}.jpg"
        np.testing.assert_array_equal(picture.labels, expected)


def test_no_more_cars_are_drawn_than_asked_for(
    split: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(cars, "_rasterise", lambda picture, *_: drawn.append(picture))
    assert len(cars.read_split(split, TRAINING, 2)) == len(drawn) == 2
