"""CVAT's "Segmentation mask 1.1": class and instance masks in one archive.

Follows "Segmentation Mask" of CVAT's documentation
(https://docs.cvat.ai/docs/dataset_management/formats/format-smask/) and, for ``labels.json``, the
raw labels of "Create annotation task". CVAT finds a picture by its path without the suffix.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.errors import PartonomyError
from partonomy.export.collection import LabelledPicture, LabelledPictures
from partonomy.export.naming import BACKGROUND
from partonomy.export.registry import exporter
from partonomy.images import palette

ARCHIVE = "segmentation-mask-1.1.zip"

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of everything in the archive, so that the same run gives the same bytes."""

_Named = tuple[str, str, bytes, bytes]
"""A picture's name and stem, its class mask and its instance mask."""


@exporter("cvat")
def export(pictures: LabelledPictures, folder: Path) -> str:
    """Write the archive, and ``labels.json`` for the constructor of labels.

    Raises:
        PartonomyError: a name has a colon or begins with #, which labelmap.txt cannot hold.
    """
    for name in pictures.names:
        if ":" in name or name.startswith("#"):
            raise PartonomyError(
                f"--format cvat: CVAT's labelmap.txt cannot hold the name {name!r}: "
                "give it another by --rename, without a colon or a leading #"
            )
    colours = palette(len(pictures.names))
    stems, apart = [], []
    with zipfile.ZipFile(folder / ARCHIVE, "w") as archive:
        _add(archive, "labelmap.txt", _label_map(pictures.names).encode())
        for name, stem, classes, instances in pictures.map(lambda p: _masks(p, colours)):
            _add(archive, f"SegmentationClass/{stem}.png", classes)
            _add(archive, f"SegmentationObject/{stem}.png", instances)
            stems.append(stem)
            if stem != PurePosixPath(name).with_suffix("").as_posix():
                apart.append(name)
        names = "".join(f"{stem}\n" for stem in stems)
        _add(archive, "ImageSets/Segmentation/default.txt", names.encode())
    labels = [
        {"name": name, "color": "#{:02x}{:02x}{:02x}".format(*colour), "attributes": []}
        for name, colour in zip(pictures.names, colours[1:], strict=True)
    ]
    text = json.dumps(labels, ensure_ascii=False, indent=2)
    (folder / "labels.json").write_text(text + "\n", encoding="utf-8")
    advice = (
        f"paste labels.json into the Raw tab of a new task's labels, then Upload annotations, "
        f"Segmentation mask 1.1, {ARCHIVE}"
    )
    if apart:
        advice += (
            f" (CVAT cannot tell {' from '.join(apart[:2])}, which differ by suffix alone: rename "
            "such pictures first)"
        )
    return advice


def _masks(picture: LabelledPicture, colours: Sequence[tuple[int, int, int]]) -> _Named:
    # a part is one instance, whose number is its label
    return (
        picture.name,
        picture.stem,
        _png(picture.labels, colours),
        _png(picture.labels, _voc_colours()),
    )


def _png(labels: NDArray[np.uint8], colours: Sequence[tuple[int, int, int]]) -> bytes:
    """An indexed PNG, which readers take for either its numbers or its colours: both are right."""
    image = Image.fromarray(labels)
    image.putpalette([value for colour in colours for value in colour])
    content = io.BytesIO()
    image.save(content, "PNG", compress_level=1)
    return content.getvalue()


def _label_map(names: Sequence[str]) -> str:
    lines = ["# label:color_rgb:parts:actions"]
    for name, colour in zip((BACKGROUND, *names), palette(len(names)), strict=True):
        lines.append(f"{name}:{','.join(map(str, colour))}::")
    return "\n".join(lines) + "\n"


def _voc_colours() -> list[tuple[int, int, int]]:
    """The 256 colours by which Pascal VOC numbers instances.

    Bits 0, 3, 6 of a number are the highest bits of red, bits 1, 4, 7 of green, 2, 5 of blue.
    """

    def channel(number: int, first: int) -> int:
        return sum((number >> first + 3 * k & 1) << 7 - k for k in range(3))

    return [(channel(n, 0), channel(n, 1), channel(n, 2)) for n in range(256)]


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
