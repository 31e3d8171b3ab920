"""Two audits of the same objects beside one another: parts gained and lost.

Each part is taken where a network knows it best, the layer chosen on training objects. Precision of
the same objects is compared by differences of the same resamples, in which what they have in common
cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from partonomy.emergence.chance import LEVEL
from partonomy.emergence.finished import Layers, Row
from partonomy.metrics import Interval, combination

PartKey = tuple[str, str]
"""Class and part."""


@dataclass(frozen=True)
class Known:
    """A part in the layer that knows it best.

    Attributes:
        layer: its name.
        filter: the best there.
        precision: AP on the test objects.
        size: of the part, as a share of its object's; nan if it is not told.
    """

    layer: str
    filter: int
    precision: Interval
    size: float


@dataclass(frozen=True)
class PartChange:
    """How the precision of a part differs between two audits.

    Attributes:
        class_name, part: which.
        before, after: None where an audit says nothing of it, as it is too rare or missing.
        change: after less before, with its interval; None where one of them says nothing of it.
    """

    class_name: str
    part: str
    before: Known | None
    after: Known | None
    change: Interval | None

    @property
    def name(self) -> str:
        """Class and part in words."""
        return f"{self.class_name} {self.part}"

    @property
    def gained(self) -> bool:
        """Whether it is known better, beyond what other objects might have shown."""
        return self.change is not None and self.change.low > 0

    @property
    def lost(self) -> bool:
        """Whether it is known worse, beyond what other objects might have shown."""
        return self.change is not None and self.change.high < 0


def best_layers(layers: Layers) -> dict[PartKey, tuple[str, Row]]:
    """The layer that knows each part best on the training objects, and its row; first of equals."""
    best: dict[PartKey, tuple[str, Row]] = {}
    for layer, rows in layers.items():
        for row in measured(rows):
            key = row["class"], row["part"]
            if key not in best or row["AP training"] > best[key][1]["AP training"]:
                best[key] = layer, row
    return best


def measured(rows: Sequence[Row]) -> list[Row]:
    """Without the parts that are too rare to say anything of."""
    return [row for row in rows if row.get("AP") is not None]


def precision_of_row(row: Row) -> Interval:
    """AP of a part's best filter on the test objects."""
    draws = np.array(row["draws"], np.float64)
    return Interval(row["AP"], row["low"], row["high"], LEVEL, draws)


def part_changes(before: Layers, after: Layers) -> list[PartChange]:
    """Each part of two audits, the greatest loss first, what cannot be compared last.

    Args:
        before, after: tables of audits of the same objects with the same seed.
    """
    first, second = (
        {key: _known(*found) for key, found in best_layers(each).items()}
        for each in (before, after)
    )
    listed = [
        (row["class"], row["part"])
        for layers in (before, after)
        for rows in layers.values()
        for row in rows
    ]
    changes = []
    for key in dict.fromkeys(listed):
        old, new = first.get(key), second.get(key)
        change = None
        if old is not None and new is not None:
            change = combination([(1, new.precision), (-1, old.precision)])
        changes.append(PartChange(*key, old, new, change))
    return sorted(changes, key=lambda each: np.inf if each.change is None else each.change.value)


def _known(layer: str, row: Row) -> Known:
    size = row.get("size")
    return Known(
        layer, row["filter"], precision_of_row(row), float("nan") if size is None else size
    )
