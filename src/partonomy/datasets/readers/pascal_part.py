"""PASCAL-Part (Chen et al., CVPR 2014): the objects of PASCAL VOC 2010, part by part."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from partonomy.datasets.annotation import AnnotatedPart, Annotation
from partonomy.datasets.matlab import elements, field, mask, read_variable
from partonomy.datasets.pascal_parts import MERGED, RAW, limb, part_schema
from partonomy.datasets.reading import (
    Fault,
    Item,
    Problems,
    inside,
    part,
    picture_size,
    union,
)
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.images.grid import Size
from partonomy.images.moving import tight_box

FOLDERS = ("", "VOCdevkit/VOC2010", "VOC2010")
"""Where the folders of VOC are looked for."""
SPLITS = {"train": "training", "val": "validation"}

CARD = Card(
    name="pascal-part",
    title="PASCAL-Part (Chen, Mottaghi, Liu, Fidler, Urtasun and Yuille, CVPR 2014), sides and "
    "halves merged",
    layout="Annotations_Part/*.mat (variable `anno`: imname, objects(class, class_ind, mask, "
    "parts(part_name, mask))), JPEGImages/*.jpg and ImageSets/Main/train.txt and val.txt of VOC "
    "2010, each in the folder itself or in VOCdevkit/VOC2010/ in it",
    labels="by class, what `partonomy.datasets.pascal_parts` lists: legs are not told apart, upper "
    "and lower half of one limb are one part; each wheel, window or coach is a part of its own",
    licence="the annotations state none; the pictures are Flickr's, under the terms of PASCAL VOC",
    obtain="annotations: the PASCAL-Part page of the CCVL group (UCLA, now Johns Hopkins); "
    "pictures and lists: the development kit of PASCAL VOC 2010, training and validation",
    traps=(
        "16 of the 20 classes have parts: boat, chair, diningtable and sofa have silhouettes alone",
        "a part may lie on another (eye on head): masks overlap, and in a label map the later "
        "one of the file is seen",
        "left and right are the object's; the left wing of a bird may be on either side",
        "numbers of names (wheel_1) only count, and say nothing of which wheel",
        "the literature's 105 parts are what is left when tiny and rare ones are discarded; "
        "`PUBLISHED` lists them after the authors' code, and `kept_parts` is their rule; whether "
        "the rule gives the list could not be checked, the files not being at hand",
        "the authors speak of the training pictures for their main figures: say which you use",
        "for the names in the files use pascal-part-raw",
    ),
    expected=(
        Expected("**/Annotations_Part/*.mat", "annotations", 10103),
        Expected("**/JPEGImages/*.jpg", "photographs", 10103),
        Expected("**/ImageSets/Main/train.txt", "list of the training pictures"),
        Expected("**/ImageSets/Main/val.txt", "list of the validation pictures"),
    ),
)

RAW_CARD = replace(
    CARD,
    name="pascal-part-raw",
    title=CARD.title.replace("sides and halves merged", "parts as the files name them"),
    labels="by class, the names of the files without their numbers (lfuleg: left front upper leg; "
    "lfpa: paw; lfho: hoof; fliplate: front licence plate; wheel_1 and wheel_2: wheel)",
    traps=(*CARD.traps[:-1], "for sides and halves merged use pascal-part"),
)


@dataset(CARD)
def pascal_part(root: Path, problems: Problems) -> list[Item]:
    """List the pictures; sides and halves of parts will be merged."""
    return _items(root, True, problems)


@dataset(RAW_CARD)
def pascal_part_raw(root: Path, problems: Problems) -> list[Item]:
    """List the pictures; parts will be named as in the files."""
    return _items(root, False, problems)


def _items(root: Path, merged: bool, problems: Problems) -> list[Item]:
    pictures = _folder(root, "JPEGImages", problems)
    annotations = _folder(root, "Annotations_Part", problems)
    lists = _folder(root, "ImageSets/Main", problems)
    items = []
    for stem, split in SPLITS.items():
        try:
            lines = (lists / f"{stem}.txt").read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            problems.stop(Fault.MALFORMED, f"{lists / stem}.txt: no text")
        for name in (line.split()[0] for line in lines if line.strip()):
            annotate = partial(_annotate, pictures, annotations, name, split, merged)
            items.append(Item(name, pictures / f"{name}.jpg", split, annotate))
    return items


def _annotate(
    pictures: Path,
    annotations: Path,
    name: str,
    split: str,
    merged: bool,
    problems: Problems,
) -> tuple[Annotation, ...]:
    size = picture_size(inside(pictures, f"{name}.jpg", problems), problems)
    anno = read_variable(annotations / f"{name}.mat", "anno", problems)
    found = []
    for number, each in enumerate(elements(field(anno, "objects", name, problems)), start=1):
        where = f"{name}, object {number}"
        class_name = str(field(each, "class", where, problems))
        if class_name not in RAW:
            problems.stop(Fault.UNKNOWN_LABEL, f"{where}, {class_name}")
        whole = _region(class_name, each, size, where, problems)
        parts = _parts(class_name, each, merged, size, where, problems)
        if whole is not None:
            schema = part_schema(class_name, merged)
            found.append(
                Annotation(
                    name, size, class_name, schema, parts, None, whole.box, whole.mask, split
                )
            )
    return tuple(found)


def _parts(
    class_name: str, of: Any, merged: bool, size: Size, where: str, problems: Problems
) -> tuple[AnnotatedPart, ...]:
    """The parts of an object; of halves of one limb, the limb."""
    pieces: dict[tuple[str, str], list[AnnotatedPart]] = {}
    for each in elements(field(of, "parts", where, problems)):
        given = str(field(each, "part_name", where, problems))
        name, _, number = given.partition("_")
        if name not in RAW[class_name]:
            problems.stop(Fault.UNKNOWN_LABEL, f"{where}, {class_name}, {given}")
        found = _region(name, each, size, where, problems)
        if found is not None:
            key = limb(name) if merged else name
            pieces.setdefault((key, number), []).append(found)
    if not merged:
        return tuple(piece for each in pieces.values() for piece in each)
    joined = []
    for each in pieces.values():
        whole = union(each, size)
        name = MERGED[class_name][each[0].name]
        joined.append(AnnotatedPart(name, tight_box(whole), whole))
    return tuple(joined)


def _region(name: str, of: Any, size: Size, where: str, problems: Problems) -> AnnotatedPart | None:
    region = mask(field(of, "mask", where, problems), f"{where}, {name}", problems)
    return part(name, size, where, problems, mask=region, box=tight_box(region))


def _folder(root: Path, name: str, problems: Problems) -> Path:
    found = next((root / each / name for each in FOLDERS if (root / each / name).is_dir()), None)
    if found is None:
        problems.stop(Fault.MALFORMED, f"{root}: no {name} in it or in {FOLDERS[1]}")
    return found
