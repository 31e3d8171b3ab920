"""LabelMe: a JSON file for each picture, each part a shape of type ``mask``.

Follows what labelme itself writes (https://github.com/wkentaro/labelme, 5.3 and later): ``points``
are the first and the last pixel of the part's box, and ``mask`` is that box as a PNG in base64.
Pieces and holes are kept to the pixel.
"""

from __future__ import annotations

import base64
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from partonomy.export.collection import LabelledPicture, LabelledPictures, PartOfPicture
from partonomy.export.registry import exporter

FORMAT_VERSION = "5.3.0"
"""The first version with shapes of type ``mask``."""


@exporter("labelme")
def export(pictures: LabelledPictures, folder: Path) -> str:
    """Write ``NAME.json`` for each picture, in folders as the pictures are."""
    for _ in pictures.map(lambda picture: _write(picture, folder, pictures.names)):
        pass
    return (
        f"open with `labelme {pictures.root} --output` and this folder; sub-folders one at a time"
    )


def _write(picture: LabelledPicture, folder: Path, names: tuple[str, ...]) -> None:
    path = folder / f"{picture.stem}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = picture.labels.shape
    content = {
        "version": FORMAT_VERSION,
        "flags": {},
        "shapes": [_shape(part, names) for part in picture.parts()],
        "imagePath": _relative(picture.path, path.parent),
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }
    text = json.dumps(content, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def _shape(part: PartOfPicture, names: tuple[str, ...]) -> dict[str, Any]:
    x, y, width, height = part.box
    png = io.BytesIO()
    Image.fromarray(part.mask.astype(np.uint8)).save(png, "PNG")
    return {
        "label": names[part.label - 1],
        "points": [[x, y], [x + width - 1, y + height - 1]],
        "group_id": None,
        "description": "",
        "shape_type": "mask",
        "flags": {},
        "mask": base64.b64encode(png.getvalue()).decode(),
    }


def _relative(picture: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(picture, folder)).as_posix()
    except ValueError:  # another drive, on Windows
        return picture.as_posix()
