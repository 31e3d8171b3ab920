"""The car parts (Pasupa et al., 2021).

Sides are merged (a left door is a door), since a network's features are nearly mirrored. The
splits are the data's own: 400 pictures for training and 100 for test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.data import CAR_FOLDERS, data_folder
from benchmarks.datasets import TEST, TRAINING, LabelledPicture


def read(limit: int | None = None) -> list[LabelledPicture]:
    """The pictures of both splits with their truth, ``limit`` of each split if it is given."""
    root = data_folder() / "images" / "car_parts"
    splits = zip((TRAINING, TEST), CAR_FOLDERS, strict=True)
    return [car for split, name in splits for car in read_split(root / name, split, limit)]


def read_split(folder: Path, split: str, limit: int | None = None) -> list[LabelledPicture]:
    """The pictures of one split with their truth, the first ``limit`` if it is given.

    Args:
        folder: of the split, with ``annotations.json`` and ``JPEGImages``.
        split: what it is called.
        limit: how many.
    """
    annotations = json.loads((folder / "annotations.json").read_text())
    merged = {entry["id"]: _without_side(entry["name"]) for entry in annotations["categories"]}
    names = sorted(set(merged.values()) - {"_background_"})
    label = {id_: names.index(name) + 1 for id_, name in merged.items() if name in names}
    instances: dict[int, list[dict[str, Any]]] = {}
    for entry in annotations["annotations"]:
        instances.setdefault(entry["image_id"], []).append(entry)
    return [
        LabelledPicture(
            folder / "JPEGImages" / Path(picture["file_name"]).name,
            split,
            _rasterise(picture, instances.get(picture["id"], []), label),
        )
        for picture in annotations["images"][:limit]
    ]


def _without_side(name: str) -> str:
    return name.replace("left_", "").replace("right_", "")


def _rasterise(
    picture: dict[str, Any], instances: list[dict[str, Any]], label: dict[int, int]
) -> NDArray[np.uint8]:
    image = Image.new("L", (picture["width"], picture["height"]), 0)
    draw = ImageDraw.Draw(image)
    for instance in instances:
        for polygon in instance["segmentation"]:
            corners = list(zip(polygon[::2], polygon[1::2], strict=True))
            if len(corners) > 2:
                draw.polygon(corners, fill=label[instance["category_id"]])
    return np.array(image)
