"""Caltech-UCSD Birds-200-2011 (Wah et al., 2011): birds with keypoints, boxes and silhouettes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from partonomy.datasets.annotation import Annotation, Mask, PartSchema
from partonomy.datasets.reading import Fault, Item, Problems, inside, numbers, part, picture_size
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.datasets.sides import mirrored_sides
from partonomy.images.grid import Box, Pair

SPLITS = {"1": "training", "0": "test"}
FIRST_PIXEL = 1
"""The coordinate of the first pixel's centre; see the card's traps."""
VOTES = 127
"""A silhouette's grey levels are votes; above this most saw a bird."""

CARD = Card(
    name="cub",
    title="Caltech-UCSD Birds-200-2011 (Wah, Branson, Welinder, Perona and Belongie, Caltech "
    "CNS-TR-2011-001)",
    layout="images.txt, classes.txt, image_class_labels.txt, train_test_split.txt (1 is training), "
    "bounding_boxes.txt (id x y width height), parts/parts.txt, parts/part_locs.txt (image part x "
    "y visible), images/CLASS/NAME.jpg; silhouettes, if any, in segmentations/CLASS/NAME.png "
    "inside that folder or beside it",
    labels="15 keypoints, left and right told apart; a silhouette's grey levels are votes, and "
    "above 127 is bird; the class is the species, without its number",
    licence="non-commercial research and education, by its page; the photographs belong to those "
    "who took them",
    obtain="the data set's page at Caltech (CaltechDATA record CUB-200-2011); silhouettes are a "
    "download of their own there; the folder that holds images.txt is the root",
    traps=(
        "the README does not say where pixels begin. Here the first pixel's centre is 1, as in "
        "Matlab, with which the data and the best known loaders were made: likely, not certain; "
        "were it 0, all would lie half to one pixel further right and down",
        "keypoints that are not visible are written as 0 0: they are left out",
        "left and right are the bird's",
        "keypoints are medians of several people's clicks, so they lie between pixels",
        "the published split has no validation: 5,994 for training, 5,794 for test",
        "pictures overlap with those of ImageNet, on which most networks were trained",
    ),
    expected=(
        Expected("images.txt", "names of the pictures"),
        Expected("image_class_labels.txt", "classes of the pictures"),
        Expected("classes.txt", "names of the classes"),
        Expected("train_test_split.txt", "the split"),
        Expected("bounding_boxes.txt", "boxes"),
        Expected("parts/parts.txt", "names of the parts"),
        Expected("parts/part_locs.txt", "keypoints"),
        Expected("images/*/*.jpg", "photographs", 11788),
    ),
)


@dataclass(frozen=True)
class _Bird:
    """What the lists say of one picture."""

    name: str
    species: str
    split: str
    box: Box
    keypoints: Mapping[str, Pair]


@dataset(CARD)
def cub(root: Path, problems: Problems) -> list[Item]:
    """List the pictures."""
    silhouettes = next(
        (each for each in (root, root.parent) if (each / "segmentations").is_dir()), None
    )
    folder = None if silhouettes is None else silhouettes / "segmentations"
    names = {id_: name for id_, (name,) in _by_id(root / "parts/parts.txt", 1, problems).items()}
    schema = PartSchema(tuple(names.values()), mirrored=mirrored_sides(names.values()))
    return [
        Item(
            bird.name,
            root / "images" / bird.name,
            bird.split,
            partial(_annotate, root / "images", folder, bird, schema),
        )
        for bird in _birds(root, names, problems)
    ]


def _annotate(
    root: Path, silhouettes: Path | None, bird: _Bird, schema: PartSchema, problems: Problems
) -> tuple[Annotation, ...]:
    path = inside(root, bird.name, problems)
    size = picture_size(path, problems)
    mask = None if silhouettes is None else _silhouette(silhouettes, bird.name, problems)
    whole = part("bird", size, bird.name, problems, box=bird.box)
    if mask is not None and mask.shape != size:
        problems.stop(Fault.OTHER_SIZE, bird.name)
    parts = []
    for name, keypoint in bird.keypoints.items():
        found = part(name, size, bird.name, problems, keypoint=keypoint)
        parts += [] if found is None else [found]
    box = None if whole is None else whole.box
    return (
        Annotation(
            bird.name, size, bird.species, schema, tuple(parts), None, box, mask, bird.split
        ),
    )


def _silhouette(folder: Path, name: str, problems: Problems) -> Mask:
    path = folder / PurePosixPath(name).with_suffix(".png")
    if not path.is_file():
        problems.stop(Fault.MISSING_MASK, str(path))
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L")) > VOTES
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        problems.stop(Fault.DAMAGED, str(path))


def _birds(root: Path, parts: Mapping[str, str], problems: Problems) -> Iterator[_Bird]:
    pictures = _by_id(root / "images.txt", 1, problems)
    species = _by_id(root / "classes.txt", 1, problems)
    labels = _by_id(root / "image_class_labels.txt", 1, problems)
    splits = _by_id(root / "train_test_split.txt", 1, problems)
    boxes = _by_id(root / "bounding_boxes.txt", 4, problems)
    keypoints = _keypoints(root / "parts/part_locs.txt", parts, problems)
    for id_, (name,) in pictures.items():
        if not (id_ in labels and id_ in splits and id_ in boxes):
            problems.stop(Fault.MALFORMED, f"picture {id_}, {name}: without class, split or box")
        label, split = labels[id_][0], splits[id_][0]
        if label not in species:
            problems.stop(Fault.UNKNOWN_LABEL, f"image_class_labels.txt, {name}, class {label}")
        if split not in SPLITS:
            problems.stop(Fault.UNKNOWN_LABEL, f"train_test_split.txt, {name}, split {split}")
        x, y, width, height = numbers(boxes[id_], 4, f"bounding_boxes.txt, {name}", problems)
        x, y = x - FIRST_PIXEL, y - FIRST_PIXEL
        yield _Bird(
            name,
            species[label][0].partition(".")[2] or species[label][0],
            SPLITS[split],
            (x, y, x + width, y + height),
            keypoints.get(id_, {}),
        )


def _keypoints(
    path: Path, parts: Mapping[str, str], problems: Problems
) -> dict[str, dict[str, Pair]]:
    """By picture and name of the part, those that are visible."""
    found: dict[str, dict[str, Pair]] = {}
    seen = set()
    for id_, label, *values in _rows(path, 5, problems):
        where = f"{path.name}, picture {id_}, part {label}"
        if label not in parts:
            problems.stop(Fault.UNKNOWN_LABEL, where)
        if (id_, label) in seen:
            problems.stop(Fault.DUPLICATE, where)
        seen.add((id_, label))
        x, y, visible = numbers(values, 3, where, problems)
        if visible:
            of_picture = found.setdefault(id_, {})
            of_picture[parts[label]] = (x - FIRST_PIXEL + 0.5, y - FIRST_PIXEL + 0.5)
    return found


def _by_id(path: Path, columns: int, problems: Problems) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for id_, *values in _rows(path, columns + 1, problems):
        if id_ in found:
            problems.stop(Fault.DUPLICATE, f"{path.name}, {id_}")
        found[id_] = values
    return found


def _rows(path: Path, columns: int, problems: Problems) -> Iterator[list[str]]:
    """The lines that are not empty; blanks in the last column belong to it (`left eye`)."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        problems.stop(Fault.MALFORMED, f"{path}: no text")
    for number, line in enumerate(lines, start=1):
        values = line.strip().split(maxsplit=columns - 1)
        if values and len(values) < columns:
            problems.stop(Fault.MALFORMED, f"{path.name}, line {number}")
        if values:
            yield values
