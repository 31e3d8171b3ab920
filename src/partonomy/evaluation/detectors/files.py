"""A table of part detectors as files.

::

    detectors.json              protocol, data, network, settings, counts, the table with intervals
    average_precision.parquet   AP of every detector for every part, on every collection
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from partonomy.concepts.detectors import reach
from partonomy.errors import PartonomyError
from partonomy.evaluation.detectors.detections import (
    DISTANCE,
    OVERLAP,
    box_side,
    close_detectors,
    close_parts,
)
from partonomy.evaluation.detectors.scoring import CollectionScore, RowScore
from partonomy.evaluation.detectors.table import DetectorTable
from partonomy.features.objects import SHORT_SIDE
from partonomy.images import write_atomically
from partonomy.metrics import Interval

PROTOCOL, VERSION = "detectors/distance", 1
RESULT, MATRIX = "detectors.json", "average_precision.parquet"

TRAINING = "training"
"""Name of the collection that detectors are fitted and chosen on."""

RULES = f"""\
Objects are cut out of their pictures by their boxes and laid into crops with a short side of \
{SHORT_SIDE} pixels (`size`), with which all distances scale. Candidates are cells at or above the \
median of a detector's map; around each lies a box of 7 strides less 12 pixels (100 at stride 16), \
of two that overlap by more than {OVERLAP:g} the better is kept. A detection within {DISTANCE:g} \
pixels of the nearest visible place of a part is right if it is the first to take it. AP is the \
area under the precision envelope over all objects of the collection. For each part the detector \
that is best on training objects is scored; `optimistic` is of those that are best on the objects \
that are scored. mAP is the mean over parts that both collections have; intervals of 95 %, by \
drawing pictures anew."""


def write_detectors(
    table: DetectorTable, folder: Path, data: Mapping[str, Any] | None = None
) -> tuple[Path, Path]:
    """Write the result file and the matrix of APs.

    Args:
        table: what was measured.
        folder: made if need be.
        data: what is to be said of the data: JSON values.

    Returns:
        The two files.

    Raises:
        PartonomyError: the folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    result, matrix = folder / RESULT, folder / MATRIX
    text = json.dumps(_result(table, data or {}), indent=2, ensure_ascii=False) + "\n"
    rows = pa.Table.from_pylist(list(matrix_rows(table)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(matrix, lambda part: pq.write_table(rows, part))
        write_atomically(result, lambda part: Path(part).write_text(text, encoding="utf-8"))
    except OSError as error:
        raise PartonomyError(f"-o {folder}: {error.strerror or error}") from error
    return result, matrix


def matrix_rows(table: DetectorTable) -> Iterator[dict[str, Any]]:
    """A row for each collection, detector and part; no AP of parts that are not annotated."""
    for collection, scores in {TRAINING: table.training, **table.tests}.items():
        for name, row in scores.rows.items():
            for detector, averages in zip(row.detectors, row.averages.tolist(), strict=True):
                for part, average in zip(table.part_names, averages, strict=True):
                    yield {
                        "collection": collection,
                        "row": name,
                        "detector": detector,
                        "part": part,
                        "average_precision": None if math.isnan(average) else average,
                    }


def _result(table: DetectorTable, data: Mapping[str, Any]) -> dict[str, Any]:
    layer = table.backbone.layers[0]
    spec = table.backbone.spec
    return {
        "protocol": PROTOCOL,
        "version": VERSION,
        "rules": RULES,
        "data": dict(data),
        "class": table.class_name,
        "parts": list(table.part_names),
        "settings": asdict(table.settings),
        "network": {
            "name": spec.name,
            "layer": layer.name,
            "weights": spec.weights_digest,
            "key": table.backbone.key,
            "stride": layer.geometry.stride,
            "box": [box_side(stride) for stride in layer.geometry.stride],
        },
        "firing_threshold": table.threshold,
        "reach": reach(layer.geometry, table.settings.size),
        "training": _collection(table, table.training),
        "tests": {name: _collection(table, each) for name, each in table.tests.items()},
        "versions": {
            name: version(name) for name in ("partonomy", "numpy", "torch", "scikit-learn")
        },
    }


def _collection(table: DetectorTable, scores: CollectionScore) -> dict[str, Any]:
    return {
        "objects": scores.n_objects,
        "pictures": scores.n_pictures,
        "places": dict(zip(table.part_names, scores.n_places.tolist(), strict=True)),
        "hidden": scores.n_hidden,
        "skipped": [asdict(each) for each in scores.skipped],
        "coverage": {"concepts": scores.concepts_cover, "places": scores.places_cover},
        "rows": {name: _row(table, row) for name, row in scores.rows.items()},
    }


def _row(table: DetectorTable, row: RowScore) -> dict[str, Any]:
    parts = list(table.part_names)
    content: dict[str, Any] = {
        "detectors": len(row.detectors),
        "mAP": _figures(row.mean),
        "mAP with hidden parts": None if row.with_hidden is None else _figures(row.with_hidden),
        "optimistic": row.optimistic,
        "parts": {
            part: {"detector": row.detectors[detector], "AP": row.averages[detector, index].item()}
            for index, (part, detector) in enumerate(zip(parts, row.chosen.tolist(), strict=True))
            if detector >= 0 and not math.isnan(row.averages[detector, index])
        },
    }
    if row.optimistic is not None:
        close = np.bincount(close_parts(row.averages), minlength=len(parts) + 1)
        content["relations"] = {
            "detectors by number of parts": close.tolist(),
            "detectors close to a part": dict(
                zip(parts, close_detectors(row.averages).tolist(), strict=True)
            ),
        }
    return content


def _figures(interval: Interval) -> dict[str, float]:
    return {name: getattr(interval, name) for name in ("value", "low", "high", "level")}
