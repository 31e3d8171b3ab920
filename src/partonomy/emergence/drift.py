"""How far the filters of a network, or its visual concepts, have moved from one audit to the next.

Filters of two layers are paired so that their strongest responses to the same objects are as much
alike as can be (assignment by H. W. Kuhn, *The Hungarian method*, 1955); what is left to full
correlation is drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from partonomy.emergence.comparing import measured
from partonomy.emergence.finished import FinishedAudit, Layers, Row
from partonomy.emergence.running import LAYERS, OF_CONCEPTS


@dataclass(frozen=True)
class FilterPairs:
    """Filters of two layers, paired by what they respond to.

    Attributes:
        before, after: (k,) indices, the most alike first; k is the smaller number of filters, less
            pairs that respond alike to all objects, of which nothing can be said.
        correlation: (k,) of their strongest responses over the objects.
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    correlation: NDArray[np.float64]

    @property
    def drift(self) -> float:
        """How far paired filters are from responding alike: 0 if they all do; nan of no pairs."""
        return float(1 - self.correlation.mean()) if len(self.correlation) else float("nan")


def paired_filters(before: NDArray[np.floating], after: NDArray[np.floating]) -> FilterPairs:
    """The pairing of filters with the highest sum of correlations.

    Args:
        before: (N, F) strongest response of each filter to each object.
        after: (N, F') of the other layer to the same objects.
    """
    one, other = _unit_columns(before), _unit_columns(after)
    correlation = (one.T @ other).clip(-1, 1)  # (F, F')
    first, second = linear_sum_assignment(correlation, maximize=True)
    varied = (one[:, first] != 0).any(axis=0) | (other[:, second] != 0).any(axis=0)
    first, second = first[varied], second[varied]
    alike = correlation[first, second]
    order = np.argsort(-alike, kind="stable")
    return FilterPairs(first[order], second[order], alike[order])


def unrelated_drift(
    before: NDArray[np.floating], after: NDArray[np.floating], seed: int = 0
) -> float:
    """Drift where the objects of one layer are shuffled: what pairing finds in filters by chance.

    It is below 1, the more so the fewer objects there are for each filter.

    Args:
        before, after: as for :func:`paired_filters`.
        seed: of the shuffle.
    """
    order = np.random.default_rng([seed, 6]).permutation(len(after))
    return paired_filters(before, after[order]).drift


def _unit_columns(responses: NDArray[np.floating]) -> NDArray[np.float64]:
    """Centred and of length 1; 0 where a filter responds alike to all."""
    centred = responses.astype(np.float64) - responses.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(centred, axis=0)
    return centred / np.where(length > 1e-9, length, np.inf)


@dataclass(frozen=True)
class LayerDrift:
    """How far the detectors of two layers have drifted apart.

    Attributes:
        kind: ``layers`` of filters, ``concepts`` of visual concepts.
        before, after: names of the layers.
        pairs: of their detectors.
        unrelated: drift of the same with objects shuffled.
        parts_before, parts_after: parts that a detector is the best of its layer for.
    """

    kind: str
    before: str
    after: str
    pairs: FilterPairs
    unrelated: float
    parts_before: Mapping[int, Sequence[str]]
    parts_after: Mapping[int, Sequence[str]]

    @property
    def layers(self) -> str:
        """The layers in words."""
        return self.before if self.before == self.after else f"{self.before} and {self.after}"


def layer_drifts(before: FinishedAudit, after: FinishedAudit) -> list[LayerDrift]:
    """Of the filters, then of the concepts, of each pair of layers.

    Args:
        before, after: audits of the same objects.

    Raises:
        PartonomyError: a table of responses cannot be read.
    """
    names = paired_layers(before.filters, after.filters)
    kinds = (
        (LAYERS, before.filters, after.filters),
        (OF_CONCEPTS, before.concepts, after.concepts),
    )
    return [
        _layer_drift(kind, before, after, (old, tables[old]), (new, others[new]))
        for kind, tables, others in kinds
        for old, new in names
        if old in tables and new in others
    ]


def paired_layers(before: Layers, after: Layers) -> list[tuple[str, str]]:
    """Layers of one name; if there are none, those with the highest mean AP on training objects."""
    if common := [name for name in before if name in after]:
        return [(name, name) for name in common]
    return [(_strongest(before), _strongest(after))]


def _strongest(layers: Layers) -> str:
    def mean(layer: str) -> float:
        scores = [row["AP training"] for row in measured(layers[layer])]
        return sum(scores) / len(scores) if scores else -1.0

    return max(layers, key=mean)


def _layer_drift(
    kind: str,
    before: FinishedAudit,
    after: FinishedAudit,
    old: tuple[str, Sequence[Row]],
    new: tuple[str, Sequence[Row]],
) -> LayerDrift:
    responses = before.responses(kind, old[0]), after.responses(kind, new[0])
    return LayerDrift(
        kind,
        old[0],
        new[0],
        paired_filters(*responses),
        unrelated_drift(*responses),
        _parts_of_filters(old[1]),
        _parts_of_filters(new[1]),
    )


def _parts_of_filters(rows: Sequence[Row]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in measured(rows):
        found.setdefault(row["filter"], []).append(f"{row['class']} {row['part']}")
    return found
