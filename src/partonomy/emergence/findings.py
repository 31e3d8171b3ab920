"""What an audit comes to: populations against filters, what goes with emergence, what decides.

Each part is taken in the layer that knows it best on training objects wherever layers are put
together, so that nothing is chosen on what is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from partonomy.emergence.comparing import best_layers, measured, precision_of_row
from partonomy.emergence.discriminative import share_of_loss
from partonomy.emergence.finished import FinishedAudit, Row
from partonomy.emergence.networks import THRESHOLDS
from partonomy.emergence.relations import rank_relation, within_classes
from partonomy.emergence.running import ABLATION, BLANKING, LAYERS
from partonomy.metrics import Interval, combination

EMERGED = THRESHOLDS[1]
"""AP from which a filter counts as one of a part."""


def difference(rows: Sequence[Row], others: Sequence[Row]) -> Interval | None:
    """How much more some detectors know than others, mean AP over the parts that both have.

    Args:
        rows, others: of ``parts.parquet``, of the same test objects.
    """
    one, other = (
        {(row["class"], row["part"]): precision_of_row(row) for row in measured(each)}
        for each in (rows, others)
    )
    both = [key for key in one if key in other]
    if not both:
        return None
    return combination(
        [
            (weight / len(both), some[key])
            for weight, some in ((1, one), (-1, other))
            for key in both
        ]
    )


@dataclass(frozen=True)
class SetsOfFilters:
    """What the sets that one search found know, mean over a layer's parts.

    Attributes:
        search: ``greedy``, ``genetic`` or ``linear``.
        mean: AP on the test objects.
        emerged: how many parts have at least the AP of each threshold.
        filters: in a set, median.
    """

    search: str
    mean: float
    emerged: Sequence[int]
    filters: float


def sets_of_filters(rows: Sequence[Row]) -> list[SetsOfFilters]:
    """Search by search.

    Args:
        rows: of ``sets.parquet``.
    """
    found = []
    for search in dict.fromkeys(row["search"] for row in rows):
        some = [row for row in rows if row["search"] == search]
        scores = np.array([row["AP"] for row in some], np.float64)
        sizes = [len(row["filters"]) for row in some]
        emerged = [int((scores >= threshold).sum()) for threshold in THRESHOLDS]
        found.append(SetsOfFilters(search, float(scores.mean()), emerged, float(np.median(sizes))))
    return found


@dataclass(frozen=True)
class Relations:
    """What goes with how well parts are known: rank correlations over parts, None of too few.

    Attributes:
        size: of the part.
        number: of true boxes on the training objects.
        decisive: what the class's score loses with the part blanked, less what it loses elsewhere
            on the object, as deviations within its class.
    """

    size: Interval | None
    number: Interval | None
    decisive: Interval | None


def relations(audit: FinishedAudit, blanked: Sequence[Row], seed: int = 0) -> Relations:
    """Of the AP of each part's best filter.

    Args:
        audit: that is done.
        blanked: see :func:`blanked_parts`.
        seed: of the intervals.
    """
    best = {key: row for key, (_, row) in best_layers(audit.filters).items()}
    own = {(row["class"], row["part"]): row["own"] for row in blanked if row["low"] is not None}
    keys = list(best)
    known = _column([best[key]["AP"] for key in keys])
    decisive = within_classes(
        _column([own.get(key) for key in keys]), np.array([key[0] for key in keys])
    )
    return Relations(
        rank_relation(known, _column([best[key]["size"] for key in keys]), seed),
        rank_relation(known, _column([best[key]["n_training"] for key in keys]), seed),
        rank_relation(known, decisive, seed),
    )


def blanked_parts(audit: FinishedAudit) -> list[Row]:
    """Parts of each class, those whose blanking costs most first; none where nothing decides."""
    if "outputs" not in audit.facts:
        return []
    rows = audit.table(BLANKING, None, "drops")
    return sorted(rows, key=lambda row: (row["class"], -np.nan_to_num(row["own"] or 0.0)))


@dataclass(frozen=True)
class DecidedClass:
    """What the filters of one layer have to do with one class's score.

    Attributes:
        class_name, layer: which.
        index: of the network's output for the class.
        given: whether it was named.
        probability: that the network gives it, mean over objects; None of a network with one
            output.
        filters: of the layer.
        discriminative: rows of ``drops.parquet``, the filter that is missed most first.
        share: of all that is lost to single filters, what is lost to these.
        agreement: rank correlation of the estimate with the exact drop.
        on_parts, finding: how many of these fire on one part by the six-of-ten rule, and how many
            find a part of the class with an AP of 0.3 or more on the test objects.
        all_on_parts, all_finding: share of all filters of the layer that do.
    """

    class_name: str
    layer: str
    index: int
    given: bool
    probability: float | None
    filters: int
    discriminative: Sequence[Row]
    share: float
    agreement: float
    on_parts: int
    finding: int
    all_on_parts: float
    all_finding: float


def decided_classes(audit: FinishedAudit) -> list[DecidedClass]:
    """Class by class, of each layer whose filters were taken away."""
    found = []
    for layer in audit.facts.get("ablated", ()):
        drops = audit.table(ABLATION, layer, "drops")
        stimuli = audit.table(LAYERS, layer, "stimuli")
        scored = audit.table(LAYERS, layer, "filters")
        for name, output in audit.facts["outputs"].items():
            rows = [row for row in drops if row["class"] == name]
            if rows:
                on_part = {
                    row["filter"]: row["part"] is not None
                    for row in stimuli
                    if row["class"] == name
                }
                found.append(_decided(name, layer, output, rows, on_part, _best(scored, name)))
    return found


def _decided(
    name: str,
    layer: str,
    output: Row,
    rows: Sequence[Row],
    on_part: Mapping[int, bool],
    best: Mapping[int, float],
) -> DecidedClass:
    drop, estimate = (_column([row[key] for row in rows]) for key in ("drop", "estimate"))
    some = sorted((row for row in rows if row["discriminative"]), key=lambda row: -row["drop"])
    chosen = [row["filter"] for row in some]
    finds = {index: score >= EMERGED for index, score in best.items()}
    return DecidedClass(
        name,
        layer,
        output["index"],
        output["given"],
        output["probability"],
        len(rows),
        some,
        share_of_loss(drop)[len(some) - 1] if some else 0.0,
        float(spearmanr(drop, estimate).statistic),
        sum(on_part.get(index, False) for index in chosen),
        sum(finds.get(index, False) for index in chosen),
        sum(on_part.values()) / len(rows),
        sum(finds.values()) / len(rows),
    )


def _best(scored: Sequence[Row], class_name: str) -> dict[int, float]:
    """The AP of each filter for the part of the class that it finds best."""
    best: dict[int, float] = {}
    for row in scored:
        if row["class"] == class_name:
            best[row["filter"]] = max(best.get(row["filter"], 0.0), row["AP test"] or 0.0)
    return best


def _column(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if each is None else each for each in values], np.float64)
