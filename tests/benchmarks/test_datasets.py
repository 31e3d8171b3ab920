"""The labelled pictures of the benchmarks, on the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.datasets import TEST, TRAINING, of_split, write_foreground
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
