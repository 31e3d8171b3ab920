"""COCO instances: one annotation for each part of each picture, see :mod:`datasets.coco`."""

from __future__ import annotations

from pathlib import Path

from partonomy.datasets.coco import Entry, label_runs, segmentation, write_coco
from partonomy.export.collection import LabelledPicture, LabelledPictures
from partonomy.export.registry import exporter

ANNOTATIONS = Path("annotations", "instances_default.json")
"""Where importers of whole data sets look for it."""


@exporter("coco")
def export(pictures: LabelledPictures, folder: Path) -> str:
    """Write ``annotations/instances_default.json``."""
    (folder / ANNOTATIONS).parent.mkdir()
    categories = [
        {"id": label, "name": name, "supercategory": "part"}
        for label, name in enumerate(pictures.names, 1)
    ]
    write_coco(folder / ANNOTATIONS, "Parts found by partonomy", categories, pictures.map(_entries))
    return (
        "read it with pycocotools or as COCO 1.0; its file names are relative to the folder "
        f"{pictures.root}"
    )


def _entries(picture: LabelledPicture) -> tuple[Entry, list[Entry]]:
    height, width = picture.labels.shape
    runs = label_runs(picture.labels)
    annotations = [
        {
            "category_id": part.label,
            "segmentation": segmentation(runs, part.label, (height, width)),
            "area": int(part.mask.sum()),
            "bbox": list(part.box),
            "iscrowd": 0,
        }
        for part in picture.parts()
    ]
    return {"file_name": picture.name, "width": width, "height": height}, annotations
