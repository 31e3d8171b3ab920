"""Clothing Co-Parsing (Yang, Luo and Lin, 2014): people in the street, garments pixel by pixel.

The labels are the data's 59, none merged: 0 is background, the others are garments, skin and
hair. The data have no splits: every third picture by name is test.
"""

from __future__ import annotations

from scipy.io import loadmat

from benchmarks.data import data_folder
from benchmarks.datasets import TEST, TRAINING, LabelledPicture

TEST_STEP = 3


def read(limit: int | None = None) -> list[LabelledPicture]:
    """The pictures of both splits with their truth, ``limit`` of each split if it is given."""
    root = data_folder() / "images" / "ccp_person_parsing"
    paths = sorted((root / "photos").glob("*.jpg"))
    splits = {
        TRAINING: [path for index, path in enumerate(paths) if (index + 1) % TEST_STEP],
        TEST: paths[TEST_STEP - 1 :: TEST_STEP],
    }
    labels = root / "annotations" / "pixel-level"
    return [
        LabelledPicture(path, split, loadmat(labels / f"{path.stem}.mat")["groundtruth"])
        for split, chosen in splits.items()
        for path in chosen[:limit]
    ]
