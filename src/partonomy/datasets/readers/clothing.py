"""Clothing Co-Parsing (Yang, Luo and Lin, CVPR 2014): people in the street, pixel by pixel."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.reading import Fault, Item, Problems, part, picture_size, union
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.errors import PartonomyError
from partonomy.images.moving import tight_box

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
            "training" if index % TEST_STEP else "test",
            partial(_annotate, root, path, schema),
        )
        for index, path in enumerate(paths, start=1)
    ]


def _annotate(
    root: Path, path: Path, schema: PartSchema, problems: Problems
) -> tuple[Annotation, ...]:
    labels = _labels(root / "annotations" / "pixel-level" / f"{path.stem}.mat", problems)
    size = picture_size(path, problems)
    if labels.shape != size:
        problems.stop(Fault.OTHER_SIZE, path.name)
    parts = []
    for value in np.unique(labels[labels > 0]).tolist():
        if value > len(schema.names):
            problems.stop(Fault.UNKNOWN_LABEL, f"{path.name}, {value}")
        mask = labels == value
        name = schema.names[value - 1]
        found = part(name, size, path.name, problems, mask=mask, box=tight_box(mask))
        parts += [] if found is None else [found]
    whole = union(parts, size)
    return (
        Annotation(
            path.name, size, "person", schema, tuple(parts), box=tight_box(whole), mask=whole
        ),
    )


def _names(path: Path) -> tuple[str, ...]:
    """The names of the values from 1."""
    try:
        return tuple(str(name[0]) for name in loadmat(path)["label_list"].ravel()[1:])
    except (KeyError, ValueError, TypeError, IndexError, OSError, NotImplementedError):
        raise PartonomyError(f"{path}: no list of labels as Clothing Co-Parsing has it") from None


def _labels(path: Path, problems: Problems) -> NDArray[np.int64]:
    if not path.is_file():
        problems.stop(Fault.MISSING_MASK, str(path))
    try:
        return np.asarray(loadmat(path)["groundtruth"], np.int64)
    except (KeyError, ValueError, TypeError, OSError, NotImplementedError):
        problems.stop(Fault.DAMAGED, str(path))
