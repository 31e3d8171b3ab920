"""A folder of pictures and one of label maps with the same names."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.label_maps import annotation_of_map
from partonomy.datasets.reading import Fault, Item, Problems, picture_size
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.images.sources import walk_pictures

NAMES = "id2label.json"

CARD = Card(
    name="masks",
    title="A folder of pictures and one of label maps",
    layout="images/**; masks/** of the same names, as PNG; id2label.json, names by value",
    labels="values from 1 in the order of id2label.json; 0 is background",
    licence="yours",
    obtain="`partonomy export RUN --format indexed-png` writes masks/ and id2label.json; labelling "
    "tools export such folders as indexed PNGs or Pascal VOC masks",
    traps=(
        "label maps must be indexed or grey; a palette's colours do not matter",
        "everything that has a label is one object",
    ),
    expected=(
        Expected("images", "pictures"),
        Expected("masks", "label maps"),
        Expected(NAMES, "names of the labels"),
    ),
)


@dataset(CARD)
def masks(root: Path, problems: Problems) -> list[Item]:
    """List the pictures."""
    schema = PartSchema(_names(root / NAMES, problems))
    return [
        Item(
            (name := path.relative_to(root / "images")).as_posix(),
            path,
            None,
            partial(_annotate, path, root / "masks" / name.with_suffix(".png"), name, schema),
        )
        for path in sorted(walk_pictures(root / "images"))
    ]


def _annotate(
    path: Path, label_map: Path, name: Path, schema: PartSchema, problems: Problems
) -> tuple[Annotation, ...]:
    size = picture_size(path, problems)
    return (annotation_of_map(label_map, size, name.as_posix(), schema, None, problems),)


def _names(path: Path, problems: Problems) -> tuple[str, ...]:
    """The names of the values 1, 2, ..."""
    try:
        named = {int(value): str(name) for value, name in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        problems.stop(Fault.MALFORMED, f"{path}: no names by value")
    named.pop(0, None)
    if sorted(named) != list(range(1, len(named) + 1)):
        problems.stop(Fault.MALFORMED, f"{path}: values are not 1 to {len(named)}")
    return tuple(named[value] for value in sorted(named))
