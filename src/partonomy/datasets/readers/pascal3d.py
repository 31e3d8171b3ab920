"""PASCAL3D+ (Xiang, Mottaghi and Savarese, WACV 2014): rigid objects with keypoints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from partonomy.datasets.annotation import AnnotatedPart, Annotation, PartSchema
from partonomy.datasets.matlab import (
    elements,
    field,
    fields,
    inclusive_box,
    numbers,
    read_variable,
)
from partonomy.datasets.pascal3d_lists import listed
from partonomy.datasets.reading import Item, Problems, inside, part, picture_size
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.datasets.sides import mirrored_sides
from partonomy.images.grid import Size

SUFFIXES = {"imagenet": ".JPEG", "pascal": ".jpg"}
"""Where pictures come from, and how their names end."""
VISIBLE = 1

CARD = Card(
    name="pascal3d",
    title="PASCAL3D+ (Xiang, Mottaghi and Savarese, WACV 2014), release 1.1",
    layout="Annotations/CLASS_imagenet/*.mat and Annotations/CLASS_pascal/*.mat (variable `record` "
    "with objects(class, bbox, anchors.NAME(location, status))), Images/ with the same folders "
    "(.JPEG of ImageNet, .jpg of VOC), Image_sets/CLASS_imagenet_train.txt and _val.txt; for VOC's "
    "pictures PASCAL/VOCdevkit/VOC2012/ImageSets/Main/CLASS_train.txt and _val.txt (name, flag)",
    labels="12 classes; the keypoints are each class's anchors, by name (left_front_wheel); "
    "status 1 is visible, others are occluded or cut off",
    licence="the annotations state none; the pictures are under the terms of ImageNet and of "
    "PASCAL VOC",
    obtain="PASCAL3D+_release1.1.zip from the project's page at Stanford CVGL; the folder that "
    "holds Annotations is the root",
    traps=(
        "boxes are x1 y1 x2 y2, the last pixel included, and all coordinates count from 1 "
        "(Matlab): well known of VOC's boxes, taken to be so of the anchors",
        "boxes may reach out of the picture: they are cut off at its border",
        "anchors that are not visible often have no location: they are left out",
        "which anchors a class has is written in the objects alone, so each object has the schema "
        "of its own anchors, by the alphabet; all of one class should have the same",
        "a picture of VOC is in the folder of each class that it shows: only the objects of the "
        "folder's class are read, and those of other classes have no anchors there",
        "networks trained on ImageNet may have seen its pictures; results are usually reported on "
        "the lists called val",
    ),
    expected=(
        Expected("Annotations/*_imagenet", "folders of annotations", 12),
        Expected("Images/*_imagenet", "folders of photographs", 12),
        Expected("Image_sets/*_imagenet_train.txt", "lists of the training pictures", 12),
        Expected("Image_sets/*_imagenet_val.txt", "lists of the validation pictures", 12),
    ),
)


@dataclass(frozen=True)
class _Record:
    """One picture in one class's folder.

    Attributes:
        name: ``FOLDER/STEM``.
        class_name: of the folder.
        suffix: of the picture.
        split: of the class's list that names it.
    """

    name: str
    class_name: str
    suffix: str
    split: str | None


@dataset(CARD)
def pascal3d(root: Path, problems: Problems) -> list[Item]:
    """List the pictures, once for each class that they are annotated for."""
    items = []
    for folder in sorted(path for path in (root / "Annotations").iterdir() if path.is_dir()):
        class_name, _, source = folder.name.rpartition("_")
        if source not in SUFFIXES:
            continue
        splits = listed(root, class_name, source, problems)
        stems = [path.stem for path in folder.glob("*.mat")]
        if source == "imagenet":  # those of VOC also name pictures that are not of the class
            stems += splits
        for stem in sorted(set(stems)):
            record = _Record(
                f"{folder.name}/{stem}", class_name, SUFFIXES[source], splits.get(stem)
            )
            path = root / "Images" / f"{record.name}{record.suffix}"
            items.append(Item(record.name, path, record.split, partial(_annotate, root, record)))
    return items


def _annotate(root: Path, record: _Record, problems: Problems) -> tuple[Annotation, ...]:
    folder, _, stem = record.name.partition("/")
    size = picture_size(
        inside(root / "Images" / folder, f"{stem}{record.suffix}", problems), problems
    )
    path = root / "Annotations" / folder / f"{stem}.mat"
    objects = field(read_variable(path, "record", problems), "objects", record.name, problems)
    found = []
    for number, each in enumerate(elements(objects), start=1):
        where = f"{record.name}, object {number}"
        if str(field(each, "class", where, problems)) != record.class_name:
            continue
        box = inclusive_box(field(each, "bbox", where, problems), f"{where}, bbox", problems)
        whole = part(record.class_name, size, where, problems, box=box)
        if whole is None:
            continue
        anchors = each.anchors if "anchors" in fields(each) else None
        names = tuple(sorted(fields(anchors)))
        schema = PartSchema(names, mirrored=mirrored_sides(names))
        parts = _keypoints(anchors, names, size, where, problems)
        found.append(
            Annotation(
                record.name,
                size,
                record.class_name,
                schema,
                parts,
                box=whole.box,
                split=record.split,
            )
        )
    return tuple(found)


def _keypoints(
    anchors: Any, names: tuple[str, ...], size: Size, where: str, problems: Problems
) -> tuple[AnnotatedPart, ...]:
    """The anchors whose place is known."""
    parts = []
    for name in names:
        anchor = getattr(anchors, name)
        place = f"{where}, {name}"
        location = field(anchor, "location", place, problems)
        if not np.size(location):
            continue
        x, y = numbers(location, 2, place, problems)
        visible = np.array_equal(field(anchor, "status", place, problems), VISIBLE)
        keypoint = (x - 0.5, y - 0.5)  # the first pixel's centre is 1
        found = part(name, size, where, problems, keypoint=keypoint, visible=visible)
        parts += [] if found is None else [found]
    return tuple(parts)
