"""A run of partonomy, its masks taken for truth: to compare other parts with those it found."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.label_maps import annotation_of_map
from partonomy.datasets.reading import Fault, Item, Problems, inside, picture_size
from partonomy.datasets.registry import Card, Expected, dataset

MODEL, PICTURES, MASKS = "model/part_model.json", "pictures.parquet", "masks"

CARD = Card(
    name="run",
    title="A run of partonomy, its masks taken for truth",
    layout="the folder that `partonomy discover` or `segment` wrote",
    labels="the run's own part names",
    licence="yours",
    obtain="`partonomy discover` or `partonomy segment`",
    traps=(
        "found parts are no truth: scores say how far two ways to find parts agree",
        "the pictures are where they were when the run was made",
    ),
    expected=(
        Expected(MODEL, "the part model"),
        Expected(PICTURES, "the table of pictures"),
        Expected(MASKS, "label maps"),
    ),
    pictures_elsewhere=True,
)


@dataset(CARD)
def run(root: Path, problems: Problems) -> list[Item]:
    """List the pictures."""
    try:
        schema = PartSchema(tuple(json.loads((root / MODEL).read_text())["part_names"]))
        rows = pq.read_table(root / PICTURES, columns=["picture", "path", "mask"]).to_pylist()
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        problems.stop(Fault.MALFORMED, f"{root}: no finished run")
    return [
        Item(row["picture"], Path(row["path"]), None, partial(_annotate, root, row, schema))
        for row in rows
    ]


def _annotate(
    root: Path, row: dict[str, Any], schema: PartSchema, problems: Problems
) -> tuple[Annotation, ...]:
    size = picture_size(Path(row["path"]), problems)
    if row["mask"] is None:
        problems.stop(Fault.MISSING_MASK, row["picture"])
    label_map = inside(root, f"{MASKS}/{row['mask']}", problems)
    return (annotation_of_map(label_map, size, row["picture"], schema, None, problems),)
