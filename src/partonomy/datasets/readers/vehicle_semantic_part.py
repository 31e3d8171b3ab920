"""VehicleSemanticPart (Wang et al., 2015 to 2017): boxes around the parts of PASCAL3D+ vehicles."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partonomy.datasets.annotation import AnnotatedPart, Annotation, PartSchema
from partonomy.datasets.matlab import elements, field, inclusive_box, read_variable
from partonomy.datasets.pascal3d_lists import listed
from partonomy.datasets.reading import Fault, Item, Problems, inside, part, picture_size
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.images.grid import Size

CLASSES = ("aeroplane", "bicycle", "bus", "car", "motorbike", "train")
COLUMNS = 9
IN_PICTURE = slice(4, 8)
"""The columns of a part's box in the original picture; the first four are of a resized crop."""

CARD = Card(
    name="vehicle-semantic-part",
    title="VehicleSemanticPart, once ImageNetPart (Wang, Zhang, Xie, Zhou, Premachandran, Zhu and "
    "Yuille, arXiv 1511.06855 and 1707.07819)",
    layout="PASCAL3D+ as of the card pascal3d, and anywhere in its folder "
    "CLASS_imagenet/transfered/NAME.mat (spelt so), variable `anno`: a row an object in the order "
    "of PASCAL3D+'s `record.objects`, whose second cell has a cell a part, with a row of 9 values "
    "an instance; values 5 to 8 are its box x1 y1 x2 y2 in the original picture",
    labels="6 classes; parts are numbered by class (part_01, part_02, ...), a part may occur "
    "several times in an object",
    licence="none stated; the pictures are those of ImageNet, under its terms",
    obtain="by a link that the authors of DeepVoting (Zhang et al., CVPR 2018) gave to a shared "
    "drive; PASCAL3D+ from the project's page at Stanford CVGL",
    traps=(
        "the layout is known from code that reads the data, not from the data: sure are `anno`, "
        "its second column, 9 values and which are the box; likely that the folder is called "
        "transfered and that the first pixel is 1 and the last one in the box; a guess is where "
        "it lies",
        "the files have no names of parts as far as is known: the numbers are those of the paper's "
        "supplement, by class",
        "values 1 to 4 are of a crop resized to a short side of 224, of no use in the picture; "
        "what the ninth value and the first column are is not known",
        "the authors' code passes over cells that have not 9 columns, so there are some: here "
        "such a picture is a damaged file",
        "an object without a row, or with none of the cells, has not been annotated: it is no "
        "object without parts, and is not given",
        "splits are PASCAL3D+'s lists train and val; later work of the authors has lists of its "
        "own, drawn at random",
    ),
    expected=(
        Expected("**/*_imagenet/transfered/*.mat", "boxes of the parts"),
        Expected("Annotations/*_imagenet", "PASCAL3D+'s folders of annotations", len(CLASSES)),
        Expected("Images/*_imagenet", "PASCAL3D+'s folders of photographs", len(CLASSES)),
        Expected("Image_sets/*_imagenet_*.txt", "PASCAL3D+'s lists", 2 * len(CLASSES)),
    ),
)


@dataset(CARD)
def vehicle_semantic_part(root: Path, problems: Problems) -> list[Item]:
    """List the pictures that have boxes of parts."""
    items = []
    for folder in sorted(root.glob("**/*_imagenet/transfered")):
        class_name = folder.parent.name.removesuffix("_imagenet")
        if class_name not in CLASSES:
            problems.stop(Fault.UNKNOWN_LABEL, f"{folder}, {class_name}")
        splits = listed(root, class_name, "imagenet", problems)
        for path in sorted(folder.glob("*.mat")):
            name, split = f"{class_name}_imagenet/{path.stem}", splits.get(path.stem)
            annotate = partial(_annotate, root, path, name, class_name, split)
            items.append(Item(name, root / "Images" / f"{name}.JPEG", split, annotate))
    return items


def _annotate(
    root: Path, path: Path, name: str, class_name: str, split: str | None, problems: Problems
) -> tuple[Annotation, ...]:
    size = picture_size(inside(root / "Images", f"{name}.JPEG", problems), problems)
    record = read_variable(root / "Annotations" / f"{name}.mat", "record", problems)
    objects = elements(field(record, "objects", name, problems))
    cells = _cells(read_variable(path, "anno", problems), path, problems)
    if len(cells) > len(objects):
        problems.stop(Fault.DAMAGED, f"{path}: {len(cells)} objects, PASCAL3D+ {len(objects)}")
    found = []
    for number, (each, of_parts) in enumerate(zip(objects, cells, strict=False), start=1):
        where = f"{name}, object {number}"
        if str(field(each, "class", where, problems)) != class_name or not of_parts:
            continue
        box = inclusive_box(field(each, "bbox", where, problems), f"{where}, bbox", problems)
        whole = part(class_name, size, where, problems, box=box)
        if whole is None:
            continue
        schema = PartSchema(tuple(f"part_{index:02}" for index in range(1, len(of_parts) + 1)))
        parts = _parts(schema, of_parts, size, where, problems)
        found.append(Annotation(name, size, class_name, schema, parts, box=whole.box, split=split))
    return tuple(found)


def _cells(anno: Any, path: Path, problems: Problems) -> list[list[Any]]:
    """By object, the cells of its parts; SciPy squeezes one row to none."""
    if not isinstance(anno, np.ndarray) or anno.dtype != object or anno.shape[-1:] != (2,):
        problems.stop(Fault.DAMAGED, f"{path}, anno")
    rows: NDArray[np.object_] = anno.reshape(-1, 2)
    return [_parts_of(cell) for cell in rows[:, 1]]


def _parts_of(cell: Any) -> list[Any]:
    if isinstance(cell, np.ndarray) and cell.dtype == object:
        return list(cell.ravel())
    return [cell] if np.size(cell) else []  # of one part alone


def _parts(
    schema: PartSchema, cells: list[Any], size: Size, where: str, problems: Problems
) -> tuple[AnnotatedPart, ...]:
    parts = []
    for name, cell in zip(schema.names, cells, strict=True):
        rows = np.asarray(cell)
        if rows.dtype.kind not in "buif" or (rows.size and rows.shape[-1] != COLUMNS):
            problems.stop(Fault.DAMAGED, f"{where}, {name}")
        for row in rows.reshape(-1, COLUMNS):
            box = inclusive_box(row[IN_PICTURE], f"{where}, {name}", problems)
            found = part(name, size, where, problems, box=box)
            parts += [] if found is None else [found]
    return tuple(parts)
