"""COCO instances: annotations of pictures, masks run-length encoded, written one by one.

Follows "Data format" of the COCO site (https://cocodataset.org/#format-data). The counts are
written as a list of numbers: pycocotools, detectron2, datumaro and CVAT read that form and the
compressed one, others that form alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.images import LabelRuns

Entry = dict[str, Any]


def write_coco(
    path: Path,
    description: str,
    categories: Sequence[Entry],
    pictures: Iterable[tuple[Entry, Sequence[Entry]]],
) -> None:
    """Write a file of instances, holding one picture at a time.

    Args:
        path: of the file.
        description: of the data.
        categories: with their ``id``, from 1.
        pictures: for each its entry and those of its annotations; ids are added here.
    """
    info = {"description": description, "version": version("partonomy")}
    head = {"info": info, "licenses": [], "categories": categories}
    images: list[Entry] = []
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{_text(head)[:-1]},\n"annotations":[')
        for image, annotations in pictures:
            images.append({"id": len(images) + 1} | image)
            for annotation in annotations:
                count += 1
                entry = {"id": count, "image_id": len(images)} | annotation
                file.write(f"{',' if count > 1 else ''}\n{_text(entry)}")
        lines = ",\n".join(map(_text, images))
        file.write(f'],\n"images":[\n{lines}]}}\n')


def label_runs(labels: NDArray[np.uint8]) -> LabelRuns:
    """The runs of a (height, width) label map as COCO counts them: down the columns."""
    return LabelRuns.of(labels.ravel(order="F"))


def segmentation(runs: LabelRuns, label: int, size: tuple[int, int]) -> Entry:
    """The mask of one label of a (height, width) map."""
    return {"size": list(size), "counts": runs.counts(label).tolist()}


def _text(entry: Entry) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
