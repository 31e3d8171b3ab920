"""What one pass over all objects says of a layer, as the tables of a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from partonomy.backbones import Layer
from partonomy.emergence.audit import AuditSettings, PartFinding, Rare, audit_layer
from partonomy.emergence.chance import corrected
from partonomy.emergence.collection import Collection
from partonomy.emergence.filters import Split
from partonomy.emergence.parts import part_size, parts_of, true_boxes
from partonomy.emergence.tables import (
    Rows,
    filter_rows,
    part_row,
    rare_row,
    response_rows,
    set_rows,
    stimuli_rows,
)
from partonomy.features import Begin


@dataclass(frozen=True)
class MeasuredLayer:
    """What is known of a layer.

    Attributes:
        rows: tables of it.
        training: its stimuli on the training objects, and the true boxes.
        found: of each part that is common enough.
    """

    rows: Rows
    training: Split
    found: Sequence[PartFinding]


def measure_layer(
    training: Collection,
    test: Collection,
    index: int,
    layer: Layer,
    settings: AuditSettings,
    begin: Begin,
) -> MeasuredLayer:
    """Measure one layer.

    Args:
        training, test: all objects.
        index: of the layer in them.
        layer: itself.
        settings: of the audit.
        begin: of progress.
    """
    parts = parts_of([*training.objects, *test.objects])
    seen, tested = training.layers[index], test.layers[index]
    splits = [
        Split(each.stimuli, true_boxes(objects.objects, parts))
        for each, objects in ((seen, training), (tested, test))
    ]
    sizes = {each.part: part_size(each, test.objects) for each in splits[1].truth}
    if settings.criterion.kind == "distance":
        splits = [each.in_inputs(layer.geometry.stride) for each in splits]
    _, pictures = np.unique(test.pictures, return_inverse=True)
    advance = begin(f"parts in {layer.name}", len(parts))
    found = list(audit_layer(splits[0], splits[1], pictures, settings, advance))
    known = [each for each in found if isinstance(each, PartFinding)]
    corrections = corrected(np.array([each.p for each in known]))
    rows: Rows = {
        "parts": [
            *(
                part_row(each, float(q), sizes[each.part])
                for each, q in zip(known, corrections, strict=True)
            ),
            *(rare_row(each) for each in found if isinstance(each, Rare)),
        ],
        "filters": [row for each in known for row in filter_rows(each)],
        "sets": [row for each in known for row in set_rows(each)],
        "stimuli": list(stimuli_rows(training, seen)),
        "responses": list(response_rows(test, tested)),
    }
    return MeasuredLayer(rows, splits[0], known)
