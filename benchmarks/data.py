"""The car parts (Pasupa et al., 2021): pictures, true parts, foreground.

Sides are merged (a left door is a door), since a network's features are nearly mirrored. Both
splits are used: 400 pictures to fit and 100 to test, or all 500 for both, as the baselines do.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

GRID = 128
"""Truth and prediction are compared at so many equal steps of each side of a picture."""

SPLITS = {"training": "trainingset", "test": "testset"}


@dataclass(frozen=True)
class Car:
    """One picture of the car parts.

    Attributes:
        path: its file.
        split: ``training`` or ``test``.
        labels: (height, width) uint8: 0 is background, parts count from 1.
    """

    path: Path
    split: str
    labels: NDArray[np.uint8]

    def truth(self) -> NDArray[np.uint8]:
        """(GRID, GRID) labels at the grid's centres."""
        return at_grid(self.labels)


def at_grid(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A label map at the centres of the grid's cells: (GRID, GRID)."""
    rows, columns = (((np.arange(GRID) + 0.5) * side / GRID).astype(int) for side in labels.shape)
    return labels[np.ix_(rows, columns)]


def data_folder() -> Path:
    """The real pictures and weights: ``$PARTONOMY_DATA``, else ``../shared/data``."""
    folder = Path(os.environ.get("PARTONOMY_DATA", "../shared/data")).absolute()
    if not folder.is_dir():
        raise SystemExit(f"no real pictures and weights in {folder}: set PARTONOMY_DATA")
    return folder


def weights(name: str) -> Path:
    """The weights file of a network."""
    return data_folder() / "weights" / name / f"{name}.safetensors"


def car_pictures(limit: int | None = None) -> list[Path]:
    """Files of both splits; the first ``limit`` of them, if it is given."""
    root = data_folder() / "images" / "car_parts"
    found = [path for name in SPLITS.values() for path in sorted(root.glob(f"{name}/JPEGImages/*"))]
    return found[:limit]


def read_cars(limit: int | None = None) -> list[Car]:
    """The pictures of both splits with their truth, ``limit`` of each split if it is given."""
    root = data_folder() / "images" / "car_parts"
    return [
        car for split, name in SPLITS.items() for car in _read_split(root / name, split)[:limit]
    ]


def _read_split(folder: Path, split: str) -> list[Car]:
    annotations = json.loads((folder / "annotations.json").read_text())
    merged = {entry["id"]: _without_side(entry["name"]) for entry in annotations["categories"]}
    names = sorted(set(merged.values()) - {"_background_"})
    label = {id_: names.index(name) + 1 for id_, name in merged.items() if name in names}
    instances: dict[int, list[dict[str, Any]]] = {}
    for entry in annotations["annotations"]:
        instances.setdefault(entry["image_id"], []).append(entry)
    return [
        Car(
            folder / "JPEGImages" / picture["file_name"],
            split,
            _rasterise(picture, instances.get(picture["id"], []), label),
        )
        for picture in annotations["images"]
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


def write_foreground(cars: list[Car], folder: Path) -> Path:
    """Write each picture's foreground, the union of its parts, as a PNG of the same stem."""
    folder.mkdir()
    for car in cars:
        Image.fromarray((car.labels > 0).astype(np.uint8) * 255).save(
            folder / f"{car.path.stem}.png"
        )
    return folder


def link_pictures(paths: list[Path], folder: Path) -> Path:
    """Bring pictures together in one folder."""
    folder.mkdir()
    for path in paths:
        (folder / path.name).symlink_to(path)
    return folder
