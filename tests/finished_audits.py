"""Folders of finished audits with what is planted in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

RESAMPLES = 200
OBJECTS = 30
NETWORK = "resnet18.a1_in1k"
SETTINGS = {
    "criterion": {"kind": "iou", "threshold": 0.4},
    "ridge": 1000.0,
    "fewest": 10,
    "resamples": RESAMPLES,
    "seed": 0,
}
SHARED = np.random.default_rng(0).normal(0, 0.1, RESAMPLES)
"""How all scores move with the objects that are drawn."""


def row(part: str, score: float, filter_: int = 0, *, own: float = 0.0, **more: Any) -> dict:
    """A part that is measured; its draws move with the objects, and by ``own`` by themselves."""
    alone = np.random.default_rng([len(part), round(1000 * score)]).normal(0, 1, RESAMPLES)
    draws = score + SHARED + own * alone
    low, high = np.quantile(draws, [0.025, 0.975])
    measured = {"filter": filter_, "AP training": score, "AP": score, "low": low, "high": high}
    return {**rare(part, 20), "size": 0.3, **measured, "draws": draws.tolist(), **more}


def rare(part: str, count: int = 3) -> dict:
    """A part that is not measured."""
    return {"class": "car", "part": part, "n_training": count, "n_test": count}


def responses(seed: int, filters: int = 12) -> NDArray[np.float32]:
    """Of filters to the objects; the last never responds."""
    found = np.random.default_rng(seed).gamma(1, 1, (OBJECTS, filters)).astype(np.float32)
    found[:, -1] = 0
    return found


def write_audit(
    folder: Path,
    layers: Mapping[str, Sequence[Mapping[str, Any]]],
    seen: Mapping[str, NDArray[np.float32]] | None = None,
    *,
    kinds: Sequence[str] = ("layers", "concepts", "random"),
    **facts: Any,
) -> Path:
    """An audit's folder: in each layer, filters, concepts and random weights with the same rows.

    Args:
        folder: made.
        layers: rows of parts.
        seen: responses of each layer; any if not given.
        kinds: what was audited.
        facts: that are otherwise.
    """
    folder.mkdir(parents=True)
    made = {
        "network": NETWORK,
        "weights": "0123",
        "weights_from": "pretrained",
        "normalisation": [[0.5] * 3, [0.5] * 3],
        "precision": "float32",
        "data": {"dataset": "coco", "root": str(folder), "pictures": [OBJECTS, OBJECTS]},
        "settings": SETTINGS,
        "size": 224,
        "layers": [{"name": name} for name in layers],
        "kinds": list(kinds),
    }
    (folder / "audit.json").write_text(json.dumps(made | facts))
    for index, (name, rows) in enumerate(layers.items()):
        of_layer = responses(index) if seen is None else seen[name]
        for kind in kinds:
            (folder / kind / name).mkdir(parents=True)
            columns = dict.fromkeys(key for row in rows for key in row)
            table = pa.table({key: [row.get(key) for row in rows] for key in columns})
            pq.write_table(table, folder / kind / name / "parts.parquet")
            pictures = [f"{index}.jpg" for index in range(len(of_layer))]
            objects = {"picture": pictures, "class": ["car"] * len(of_layer)}
            table = pa.table({**objects, "responses": list(of_layer)})
            pq.write_table(table, folder / kind / name / "responses.parquet")
    return folder
