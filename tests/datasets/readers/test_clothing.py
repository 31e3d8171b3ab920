"""Clothing Co-Parsing: real .mat files in its layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from partonomy.datasets.registry import read_dataset
from partonomy.errors import PartonomyError

SIZE = (6, 8)


def written(root: Path, n_pictures: int = 3) -> Path:
    """A small data set in the official layout."""
    (root / "photos").mkdir(parents=True)
    (root / "annotations" / "pixel-level").mkdir(parents=True)
    names = np.empty((1, 4), object)
    names[0] = ["null", "bag", "hair", "skin"]
    savemat(root / "label_list.mat", {"label_list": names})
    for number in range(n_pictures):
        Image.new("RGB", SIZE[::-1]).save(root / "photos" / f"{number:04d}.jpg")
        labels(root, number)
    return root


def labels(root: Path, number: int, value: int = 3, size: tuple[int, int] = SIZE) -> None:
    """Write a picture's labels: hair above, another value below."""
    truth = np.zeros(size, np.uint8)
    truth[0, 2:5], truth[3:5, 1:] = 2, value
    savemat(root / "annotations" / "pixel-level" / f"{number:04d}.mat", {"groundtruth": truth})


def test_labels_become_parts(tmp_path: Path) -> None:
    data = read_dataset("clothing", written(tmp_path))
    assert [item.split for item in data.items] == ["training", "training", "test"]
    _, (annotation,) = next(iter(data))
    assert (annotation.class_name, annotation.split) == ("person", "training")
    assert annotation.schema.names == ("bag", "hair", "skin")
    assert [part.name for part in annotation.parts] == ["hair", "skin"]
    assert annotation.parts[0].box == (2, 0, 5, 1)
    assert annotation.parts[1].box == (1, 3, 8, 5)
    assert annotation.box == (1, 0, 8, 5)
    assert annotation.mask is not None
    assert annotation.mask.sum() == 3 + 14
    np.testing.assert_array_equal(annotation.labels() > 0, annotation.mask)


def test_what_is_broken_is_left_out(tmp_path: Path) -> None:
    root = written(tmp_path, 4)
    folder = root / "annotations" / "pixel-level"
    (folder / "0000.mat").unlink()
    (folder / "0001.mat").write_bytes(b"MATLAB, but cut off")
    labels(root, 2, size=(8, 6))
    data = read_dataset("clothing", root)
    assert [item.name for item, _ in data] == ["0003.jpg"]
    assert [str(each).rsplit(": ", 1)[1] for each in data.problems.found] == [
        "missing mask",
        "damaged file",
        "mask of another size than the picture",
    ]


def test_what_is_refused(tmp_path: Path) -> None:
    root = written(tmp_path)
    labels(root, 0, value=9)
    with pytest.raises(PartonomyError, match=r"0000\.jpg, 9: unknown label"):
        list(read_dataset("clothing", root))
    savemat(root / "label_list.mat", {"other": 1})
    with pytest.raises(PartonomyError, match="no list of labels as Clothing Co-Parsing has it"):
        read_dataset("clothing", root)


@pytest.mark.real
def test_the_real_files(data: Path) -> None:
    clothing = read_dataset("clothing", data / "images" / "ccp_person_parsing")
    assert {split: len(clothing.of_split(split)) for split in clothing.splits} == {
        "training": 160,
        "test": 80,
    }
    found = [annotation for _, (annotation,) in clothing.of_split("test")]
    assert len(found) == 80
    assert len(found[0].schema.names) == 58
    assert {"skin", "hair"} < {part.name for part in found[0].parts}
    assert clothing.problems.counts() == {}
