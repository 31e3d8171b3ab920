"""YOLO segmentation: a text file of polygons for each picture.

Follows "Instance Segmentation Datasets Overview" of Ultralytics
(https://docs.ultralytics.com/datasets/segment/): ``class x1 y1 x2 y2 ...`` a line, coordinates
divided by the picture's sides, classes from 0, and labels found by putting ``labels`` for the last
folder ``images`` of a picture's path. Each piece of a part is a line; holes are cut open.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from partonomy.export.collection import LabelledPicture, LabelledPictures, PartOfPicture
from partonomy.export.polygons import coordinates, polygons
from partonomy.export.registry import exporter

IMAGES, LABELS = "images", "labels"

_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
"""What file systems without links say, and Windows (the last) to users who may not make them."""

_SUFFIXES = {".jpe": ".jpg"}
"""Suffixes that Ultralytics does not look for, and what to call those pictures instead."""


@exporter("yolo-seg")
def export(pictures: LabelledPictures, folder: Path) -> str:
    """Write ``data.yaml``, ``labels/`` and ``images/``, which links to the pictures."""
    for _ in pictures.map(lambda picture: _write(picture, folder)):
        pass
    # JSON texts are YAML texts too, so that any name can be written
    names = "".join(
        f"  {index}: {json.dumps(name, ensure_ascii=False)}\n"
        for index, name in enumerate(pictures.names)
    )
    text = f"train: {IMAGES}\nval: {IMAGES} # the same pictures: split them as you need\nnames:\n"
    (folder / "data.yaml").write_text(text + names, encoding="utf-8")
    return (
        "give its data.yaml to `yolo segment train data=...`; its images/ links to the pictures, "
        "so leave those where they are"
    )


def _write(picture: LabelledPicture, folder: Path) -> None:
    suffix = PurePosixPath(picture.name).suffix
    # the stem, since pictures that differ by suffix alone would share a file of labels
    image = folder / IMAGES / (picture.stem + _SUFFIXES.get(suffix.lower(), suffix))
    _link(picture.path, image)
    before, after = str(folder / IMAGES / picture.stem).rsplit(f"{os.sep}{IMAGES}{os.sep}", 1)
    labels = Path(f"{before}{os.sep}{LABELS}{os.sep}{after}.txt")
    labels.parent.mkdir(parents=True, exist_ok=True)
    height, width = picture.labels.shape
    lines = (line for part in picture.parts() for line in _lines(part, width, height))
    labels.write_text("".join(lines), encoding="utf-8")


def _lines(part: PartOfPicture, width: int, height: int) -> list[str]:
    x, y, part_width, part_height = part.box
    columns, rows = _texts(x, part_width, width), _texts(y, part_height, height)
    lines = []
    for polygon in polygons(part.mask):
        corners = np.stack([columns[polygon[:, 0]], rows[polygon[:, 1]]], axis=1)
        lines.append(f"{part.label - 1} {' '.join(corners.ravel().tolist())}\n")
    return lines


def _texts(start: int, length: int, side: int) -> NDArray[np.object_]:
    """Coordinates of thirds of pixels over a side, to a hundredth of a pixel."""
    digits = len(str(side)) + 2
    texts = [f"{value:.{digits}f}" for value in coordinates(length, start) / side]
    return np.array(texts, object)


def _link(picture: Path, to: Path) -> None:
    """A link where the file system has links, which takes no room; else a copy."""
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        to.symlink_to(picture)
    except OSError as error:
        if error.errno not in _NO_LINKS:  # such as a full disk, which a copy would only hide
            raise
        shutil.copyfile(picture, to)
