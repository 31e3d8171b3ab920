"""Any COCO file of instances whose categories are parts, such as the car parts.

Follows "Data format" of the COCO site (https://cocodataset.org/#format-data).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as runs

from partonomy.datasets.annotation import AnnotatedPart, Annotation, Mask, PartSchema
from partonomy.datasets.reading import (
    Fault,
    Item,
    Problems,
    inside,
    numbers,
    part,
    picture_size,
    union,
)
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.images.grid import Box, Size
from partonomy.images.moving import tight_box

Entry = Mapping[str, Any]

FOLDERS = ("", "JPEGImages", "images", "..", "../images")
"""Where pictures are looked for, seen from the file that names them."""
OBJECT = "object"
"""The class of parts that are named without one."""
SPLITS = {"training": ("train",), "validation": ("val",), "test": ("test",)}
NO_PART = ("_background_", "background")

CARD = Card(
    name="coco",
    title="COCO instances whose categories are parts (Lin et al., ECCV 2014; for instance the car "
    "parts of Pasupa et al., 2021)",
    layout="one JSON file a split: *.json, annotations/*.json or SPLIT/annotations.json; pictures "
    "beside it, in JPEGImages/ or images/ beside it or beside its folder",
    labels="the file's categories; background ones have no instances. A category CLASS/PART is a "
    "part of a class, and CLASS the whole object",
    licence="the data set's own; the car parts state none",
    obtain="your labelling tool's COCO export; the car parts: the repository "
    "dsmlr/Car-Parts-Segmentation on GitHub",
    traps=(
        "boxes are x, y, width, height",
        "parts are of the picture: what is not named CLASS/PART has no object of its own, and the "
        "object is the union of its parts",
        "the car parts tell sides apart (front_left_door, front_right_door), which networks "
        "trained with mirrored pictures do not",
    ),
    expected=(Expected("**/*.json", "annotations"),),
)


@dataset(CARD)
def coco(root: Path, problems: Problems) -> list[Item]:
    """List the pictures of every file of instances below a folder."""
    files = sorted([*root.glob("*.json"), *root.glob("*/*.json")])
    found = [(path, entries) for path in files if (entries := instances(path, problems))]
    if not found:
        problems.stop(Fault.MALFORMED, f"{root}: no file of COCO instances (*.json, */*.json)")
    return [item for path, entries in found for item in _items(root, path, entries, problems)]


@dataclass(frozen=True)
class Categories:
    """What a file's categories stand for.

    Attributes:
        roles: by id, the class and the part; no part for the whole object, None for background.
        schemas: by class.
    """

    roles: Mapping[Any, tuple[str, str | None] | None]
    schemas: Mapping[str, PartSchema]

    @classmethod
    def of(cls, names: Mapping[Any, str]) -> Categories:
        classes = {name.partition("/")[0] for name in names.values() if "/" in name}

        def role(name: str) -> tuple[str, str | None] | None:
            if name in NO_PART:
                return None
            class_name, _, part_name = name.partition("/")
            if part_name:
                return class_name, part_name
            return (name, None) if name in classes else (OBJECT, name)

        roles = {id_: role(name) for id_, name in names.items()}
        parts: dict[str, list[str]] = {}
        for class_name, part_name in filter(None, roles.values()):
            parts.setdefault(class_name, []).extend([part_name] if part_name else [])
        return cls(roles, {name: PartSchema(tuple(each)) for name, each in parts.items()})


def _items(root: Path, path: Path, entries: Entry, problems: Problems) -> list[Item]:
    where = path.relative_to(root).as_posix()
    named = by_id(entries["categories"], f"{where}, category", problems)
    categories = Categories.of({id_: str(each["name"]) for id_, each in named.items()})
    pictures = by_id(entries["images"], f"{where}, picture", problems)
    of_picture = by_picture(entries, pictures, categories, where, problems)
    split, folder = _split(path, root), path.parent.relative_to(root)
    items = []
    for id_, each in pictures.items():
        if "file_name" not in each:
            problems.stop(Fault.MALFORMED, f"{where}, picture {id_} without a file_name")
        file_name = str(each["file_name"])
        places = [folder / place / file_name for place in FOLDERS]
        place = next((each for each in places if (root / each).is_file()), places[0])
        name = (folder / file_name).as_posix()
        annotate = partial(
            annotate_instances, root, place, name, split, of_picture[id_], categories
        )
        items.append(Item(name, root / place, split, annotate))
    return items


def by_picture(
    entries: Entry,
    pictures: Mapping[Any, Entry],
    categories: Categories,
    where: str,
    problems: Problems,
) -> dict[Any, list[Entry]]:
    """A file's annotations by the id of their picture.

    Raises:
        PartonomyError: one has no id or another's, is of no picture, or of no category.
    """
    found: dict[Any, list[Entry]] = {id_: [] for id_ in pictures}
    for id_, each in by_id(entries["annotations"], f"{where}, annotation", problems).items():
        label, picture = each.get("category_id"), each.get("image_id")
        if not _is_id(label) or label not in categories.roles:
            problems.stop(Fault.UNKNOWN_LABEL, f"{where}, annotation {id_}, category {label}")
        if not _is_id(picture) or picture not in found:
            problems.stop(Fault.MALFORMED, f"{where}, annotation {id_}, of no picture")
        found[picture].append(each)
    return found


def annotate_instances(
    root: Path,
    place: Path,
    name: str,
    split: str | None,
    entries: list[Entry],
    categories: Categories,
    problems: Problems,
) -> tuple[Annotation, ...]:
    """Read the instances of one picture, one annotation a class.

    Args:
        root: the data set's folder.
        place: of the picture, below it.
        name: of the picture.
        split: that it is in.
        entries: its annotations.
        categories: what theirs stand for.
        problems: where faults are noted.

    Raises:
        SkippedPicture: the picture is missing or damaged, or a mask has another size.
        PartonomyError: the picture lies outside the folder.
    """
    size = picture_size(inside(root, str(place), problems), problems)
    parts: dict[str, list[AnnotatedPart]] = {}
    wholes: dict[str, AnnotatedPart] = {}
    for entry in entries:
        role = categories.roles[entry["category_id"]]
        if role is None:
            continue
        class_name, part_name = role
        where = f"{name}, annotation {entry['id']}"
        mask = _mask(entry, size, where, problems)
        found = part(
            part_name or class_name,
            size,
            where,
            problems,
            box=_box(entry, where, problems),
            mask=mask,
        )
        if found is None:
            continue
        if part_name is None:
            wholes[class_name] = found
        else:
            parts.setdefault(class_name, []).append(found)
    annotations = []
    for class_name in dict.fromkeys([*wholes, *parts]):
        of_class = tuple(parts.get(class_name, ()))
        whole = wholes.get(class_name)
        mask = union(of_class, size) if whole is None else whole.mask
        box = whole.box if whole is not None else None if mask is None else tight_box(mask)
        schema = categories.schemas[class_name]
        annotations.append(
            Annotation(name, size, class_name, schema, of_class, None, box, mask, split)
        )
    return tuple(annotations)


def instances(path: Path, problems: Problems) -> Entry | None:
    """What a file holds, if it is one of COCO instances.

    Raises:
        PartonomyError: it is no JSON.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        problems.stop(Fault.MALFORMED, f"{path}: no JSON")
    keys = ("images", "annotations", "categories")
    if not isinstance(entries, dict) or not all(isinstance(entries.get(k), list) for k in keys):
        return None
    return entries


def by_id(entries: list[Entry], where: str, problems: Problems) -> dict[Any, Entry]:
    """Entries by their ids.

    Raises:
        PartonomyError: one has no id or another's.
    """
    found: dict[Any, Entry] = {}
    for each in entries:
        id_ = each.get("id") if isinstance(each, dict) else None
        if not _is_id(id_):
            problems.stop(Fault.MALFORMED, f"{where} without an id")
        if id_ in found:
            problems.stop(Fault.DUPLICATE, f"{where} {id_}")
        found[id_] = each
    return found


def _is_id(value: object) -> bool:
    return isinstance(value, int | str)


def _box(entry: Entry, where: str, problems: Problems) -> Box | None:
    if "bbox" not in entry:
        return None
    x, y, width, height = numbers(entry["bbox"], 4, where, problems)
    return x, y, x + width, y + height


def _mask(entry: Entry, size: Size, where: str, problems: Problems) -> Mask | None:
    """Polygons and run lengths, rasterised as pycocotools does; None if there are none."""
    given = entry.get("segmentation")
    if not given:
        return None
    try:
        return _rasterised(given, size, where, problems)
    except (TypeError, ValueError, KeyError):
        problems.stop(Fault.MALFORMED, f"{where}: no polygons and no run lengths")


def _rasterised(given: Any, size: Size, where: str, problems: Problems) -> Mask:
    height, width = size
    if isinstance(given, dict):
        if list(given.get("size", ())) != [height, width]:
            problems.stop(Fault.OTHER_SIZE, where)
        coded = given if isinstance(given["counts"], str) else runs.frPyObjects(given, *size)
        return np.asarray(runs.decode(coded), bool)
    polygons = [polygon for polygon in given if len(polygon) > 4]  # two corners have no area
    if not polygons:
        return np.zeros(size, bool)
    return np.asarray(runs.decode(runs.merge(runs.frPyObjects(polygons, height, width))), bool)


def _split(path: Path, root: Path) -> str | None:
    """What the file, or else its folder, is called after."""
    for name in (path.stem, path.parent.name if path.parent != root else ""):
        for split, words in SPLITS.items():
            if any(word in name.lower() for word in words):
                return split
    return None
