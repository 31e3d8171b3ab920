"""COCO instances: one annotation for each part of each picture, masks run-length encoded.

Follows "Data format" of the COCO site (https://cocodataset.org/#format-data). The counts are
written as a list of numbers: pycocotools, detectron2, datumaro and CVAT read that form and the
compressed one, others that form alone.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from partonomy.export.collection import LabelledPicture, LabelledPictures
from partonomy.export.registry import exporter
from partonomy.images import LabelRuns

Entry = dict[str, Any]

ANNOTATIONS = Path("annotations", "instances_default.json")
"""Where importers of whole data sets look for it."""


@exporter("coco")
def export(pictures: LabelledPictures, folder: Path) -> str:
    """Write ``annotations/instances_default.json``."""
    (folder / ANNOTATIONS).parent.mkdir()
    head = {
        "info": {"description": "Parts found by partonomy", "version": version("partonomy")},
        "licenses": [],
        "categories": [
            {"id": label, "name": name, "supercategory": "part"}
            for label, name in enumerate(pictures.names, 1)
        ],
    }
    images: list[Entry] = []
    count = 0
    with (folder / ANNOTATIONS).open("w", encoding="utf-8") as file:
        file.write(f'{_text(head)[:-1]},\n"annotations":[')
        for image, annotations in pictures.map(_entries):
            images.append({"id": len(images) + 1} | image)
            for annotation in annotations:
                count += 1
                entry = {"id": count, "image_id": len(images)} | annotation
                file.write(f"{',' if count > 1 else ''}\n{_text(entry)}")
        lines = ",\n".join(map(_text, images))
        file.write(f'],\n"images":[\n{lines}]}}\n')
    return (
        "read it with pycocotools or as COCO 1.0; its file names are relative to the folder "
        f"{pictures.root}"
    )


def _entries(picture: LabelledPicture) -> tuple[Entry, list[Entry]]:
    height, width = picture.labels.shape
    runs = LabelRuns.of(picture.labels.ravel(order="F"))  # COCO counts down the columns
    annotations = [
        {
            "category_id": part.label,
            "segmentation": {
                "size": [height, width],
                "counts": runs.counts(part.label).tolist(),
            },
            "area": int(part.mask.sum()),
            "bbox": list(part.box),
            "iscrowd": 0,
        }
        for part in picture.parts()
    ]
    return {"file_name": picture.name, "width": width, "height": height}, annotations


def _text(entry: Entry) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
