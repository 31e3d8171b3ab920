"""How much networks know of parts: by layer, by depth and by kind of training."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from partonomy.emergence.comparing import best_layers, measured, precision_of_row
from partonomy.emergence.finished import FinishedAudit, Layers, Row
from partonomy.metrics import Interval, combination

THRESHOLDS = (0.2, 0.3, 0.4)
"""AP from which a part is said to emerge; the paper's is not known for sure, 0.3 is likely."""
NONE, SELF_SUPERVISED, TRAINED = "none", "self-supervised", "trained"
_SELF_SUPERVISED = re.compile(r"(byol|clip|dino|fcmae|ijepa|mae|moco|simclr|swav)(v?\d+)?")
_FINE_TUNED = "ft"


@dataclass(frozen=True)
class Knowledge:
    """What some detectors, such as a layer's filters, know of parts.

    Attributes:
        parts: how many are measured.
        mean: AP over them; None of no part.
        emerged: how many have at least the AP of each of ``THRESHOLDS``.
    """

    parts: int
    mean: Interval | None
    emerged: Sequence[int]


@dataclass(frozen=True)
class NetworkRow:
    """What one layer of a network knows of parts, or all of them together.

    Attributes:
        run: name of the audit.
        network: its name.
        training: kind of it: ``none``, ``self-supervised`` or ``trained``.
        layer: its name; None: of each part the layer that knows it best on training objects.
        depth: of the layer, from 0 for the first audited one to 1 for the last; None of all.
        filters: what they know.
        concepts: what visual concepts in their place know; None where they were not audited.
        untrained: what the filters know before training; likewise.
    """

    run: str
    network: str
    training: str
    layer: str | None
    depth: float | None
    filters: Knowledge
    concepts: Knowledge | None
    untrained: Knowledge | None


def knowledge(rows: Sequence[Row]) -> Knowledge:
    """Of rows of ``parts.parquet``, one a part."""
    scores = [precision_of_row(row) for row in measured(rows)]
    mean = combination([(1 / len(scores), each) for each in scores]) if scores else None
    emerged = [sum(each.value >= threshold for each in scores) for threshold in THRESHOLDS]
    return Knowledge(len(scores), mean, emerged)


def network_rows(run: str, audit: FinishedAudit) -> list[NetworkRow]:
    """One a layer, from the first to the last, and one of all.

    Args:
        run: name of the audit.
        audit: that is done.
    """
    training = training_of(audit)
    last = max(len(audit.filters) - 1, 1)
    kinds = (audit.filters, audit.concepts, audit.untrained)
    rows = [
        NetworkRow(
            run,
            audit.network,
            training,
            layer,
            index / last,
            knowledge(parts),
            *(knowledge(each[layer]) if layer in each else None for each in kinds[1:]),
        )
        for index, (layer, parts) in enumerate(audit.filters.items())
    ]
    filters, concepts, untrained = map(_over_layers, kinds)
    assert filters is not None
    whole = NetworkRow(run, audit.network, training, None, None, filters, concepts, untrained)
    return [*rows, whole]


def _over_layers(layers: Layers) -> Knowledge | None:
    return knowledge([row for _, row in best_layers(layers).values()]) if layers else None


def training_of(audit: FinishedAudit) -> str:
    """What a network was trained by, as far as its weights and name tell.

    ``none`` of random weights; ``self-supervised`` where timm's name of the weights says so and not
    that they were fine-tuned (``ft``); else ``trained``.
    """
    if audit.facts["weights_from"] == "random":
        return NONE
    words = re.split(r"[^a-z0-9]+", audit.network.lower())
    if _FINE_TUNED not in words and any(map(_SELF_SUPERVISED.fullmatch, words)):
        return SELF_SUPERVISED
    return TRAINED


def by_training(rows: Sequence[NetworkRow]) -> dict[str, tuple[int, Interval]]:
    """How many networks there are of each kind of training, and their mean AP over all layers.

    Untrained twins that were audited beside networks count as such of no training, once for each
    network that has several checkpoints.

    Args:
        rows: of all networks.
    """
    of_all = [row for row in rows if row.layer is None]
    twins = {row.network: row.untrained for row in reversed(of_all) if row.untrained is not None}
    found = [(row.training, row.filters) for row in of_all]
    found += [(NONE, known) for known in twins.values()]
    scores: dict[str, list[Interval]] = {}
    for kind, known in found:
        if known.mean is not None:
            scores.setdefault(kind, []).append(known.mean)
    return {
        kind: (len(some), combination([(1 / len(some), each) for each in some]))
        for kind, some in scores.items()
    }
