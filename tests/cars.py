"""The annotated cars among the real pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw


def car_truth(folder: Path, count: int) -> dict[str, NDArray[np.uint8]]:
    """Label maps of the annotated parts of some cars by file name, left and right merged.

    Args:
        folder: of a split, with ``annotations.json`` and ``JPEGImages``.
        count: how many, the first ones.
    """
    truth = json.loads((folder / "annotations.json").read_text())
    names = {
        c["id"]: c["name"].replace("left_", "").replace("right_", "") for c in truth["categories"]
    }
    order = sorted(set(names.values()))
    labels = {}
    for image in truth["images"][:count]:
        canvas = Image.new("L", (image["width"], image["height"]))
        for part in truth["annotations"]:
            if part["image_id"] == image["id"]:
                for polygon in part["segmentation"]:
                    ImageDraw.Draw(canvas).polygon(
                        polygon, fill=1 + order.index(names[part["category_id"]])
                    )
        labels[Path(image["file_name"]).name] = np.asarray(canvas)
    return labels
