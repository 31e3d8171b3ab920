"""Keypoints in one JSON list, as of the bees (apic.ai bee pose data set)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from partonomy.datasets.annotation import Annotation, PartSchema
from partonomy.datasets.reading import Fault, Item, Problems, inside, numbers, part, picture_size
from partonomy.datasets.registry import Card, Expected, dataset
from partonomy.datasets.sides import mirrored_sides

LIST, NAMES = "data/pose_dataset.json", "keypoint_names.json"
SPLITS = {"train": "training", "val": "validation"}

CARD = Card(
    name="keypoints",
    title="Keypoints in a JSON list, as of the honey bees of apic.ai (bee pose data set)",
    layout="data/pose_dataset.json, a list of {path, set, keypoints: {id: [x, y]}}; pictures below "
    "data/; keypoint_names.json, {id: name}",
    labels="the names of keypoint_names.json; bees have 32 keypoints",
    licence="the data set's own; the bees CC BY-NC-SA 4.0",
    obtain="the bees: the repository apic-ai/apic-bee-pose-dataset on GitHub",
    traps=(
        "there are keypoints alone: no boxes, no masks; what is not listed is not visible",
        "neighbouring frames of one film occur in the bees, and are no independent pictures",
    ),
    expected=(Expected(LIST, "keypoints"), Expected(NAMES, "their names")),
)


@dataset(CARD)
def keypoints(root: Path, problems: Problems) -> list[Item]:
    """List the pictures."""
    names = _json(root / NAMES, dict, problems)
    schema = PartSchema(tuple(map(str, names.values())))
    schema = PartSchema(schema.names, mirrored=mirrored_sides(schema.names))
    items = []
    for entry in _json(root / LIST, list, problems):
        if not isinstance(entry, dict) or not {"path", "keypoints"} <= entry.keys():
            problems.stop(Fault.MALFORMED, f"{LIST}, an entry without path or keypoints")
        given = str(entry["set"]) if "set" in entry else None
        split = None if given is None else SPLITS.get(given, given)
        name = str(entry["path"])
        path = Path(LIST).parent / name
        annotate = partial(_annotate, root, path, name, split, entry["keypoints"], names, schema)
        items.append(Item(name, root / path, split, annotate))
    return items


def _annotate(
    root: Path,
    path: Path,
    name: str,
    split: str | None,
    places: Mapping[str, Any],
    names: Mapping[str, str],
    schema: PartSchema,
    problems: Problems,
) -> tuple[Annotation, ...]:
    size = picture_size(inside(root, str(path), problems), problems)
    parts = []
    for id_, place in places.items():
        if id_ not in names:
            problems.stop(Fault.UNKNOWN_LABEL, f"{name}, keypoint {id_}")
        x, y = numbers(place, 2, f"{name}, keypoint {id_}", problems)
        found = part(str(names[id_]), size, name, problems, keypoint=(x + 0.5, y + 0.5))
        parts += [] if found is None else [found]
    return (Annotation(name, size, "object", schema, tuple(parts), split=split),)


def _json(path: Path, kind: type, problems: Problems) -> Any:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        problems.stop(Fault.MALFORMED, f"{path}: no JSON")
    if not isinstance(found, kind):
        problems.stop(Fault.MALFORMED, f"{path}: no JSON {kind.__name__}")
    return found
