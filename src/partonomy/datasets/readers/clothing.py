"""Clothing Co-Parsing (Yang, Luo and Lin, CVPR 2014): people in the street, pixel by pixel."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.label_maps import annotation_of_labels
from partonomy.datasets.matlab import read_variable
from partonomy.datasets.reading import Fault, Item, Problems, picture_size
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.errors import PartonomyError

TEST_STEP = 3
"""The data have no splits: every third picture by name is ours for test."""

CARD = Card(
    name="clothing",
    title="Clothing Co-Parsing (Yang, Luo and Lin, CVPR 2014)",
    layout="photos/*.jpg; annotations/pixel-level/*.mat of the same stems, variable `groundtruth` "
    "(height, width); label_list.mat, variable `label_list`, names of the values from 0",
    labels="59 values: 0 (null) is background, 1 to 58 are garments, skin and hair",
    licence="Apache-2.0, by its repository; the photographs are of real people",
    obtain="the repository bearpaw/clothing-co-parsing on GitHub",
    traps=(
        "no official split: here every third picture by name is test",
        "1,004 pictures have labels pixel by pixel, the others have tags alone",
        "there is one person a picture, and the foreground is every value but 0",
    ),
    expected=(
        Expected("photos/*.jpg", "photographs"),
        Expected("annotations/pixel-level/*.mat", "labels pixel by pixel"),
        Expected("label_list.mat", "names of the labels"),
    ),
)


@dataset(CARD)
def clothing(root: Path, problems: Problems) -> list[Item]:
    """List the photographs."""
    schema = PartSchema(_names(root / "label_list.mat"))
    paths = sorted((root / "photos").glob("*.jpg"))
    return [
        Item(
            path.name,
            path,
            (split := "training" if index % TEST_STEP else "test"),
            partial(_annotate, root, path, schema, split),
        )
        for index, path in enumerate(paths, start=1)
    ]


def _annotate(
    root: Path, path: Path, schema: PartSchema, split: str, problems: Problems
) -> tuple[Annotation, ...]:
    found = root / "annotations" / "pixel-level" / f"{path.stem}.mat"
    labels = np.asarray(read_variable(found, "groundtruth", problems))
    if labels.dtype.kind not in "ui":
        problems.stop(Fault.DAMAGED, f"{found}: no whole numbers")
    size = picture_size(path, problems)
    return (annotation_of_labels(labels, size, path.name, schema, split, problems, "person"),)


def _names(path: Path) -> tuple[str, ...]:
    """The names of the values from 1."""
    try:
        return tuple(str(name[0]) for name in loadmat(path)["label_list"].ravel()[1:])
    except Exception:  # scipy raises whatever the bytes lead it to
        raise PartonomyError(f"{path}: no list of labels as Clothing Co-Parsing has it") from None
