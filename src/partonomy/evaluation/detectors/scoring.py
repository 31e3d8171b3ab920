"""Rows of detectors on one collection: objects go through one by one, then all is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partonomy.concepts.detectors import (
    Detectors,
    FiringCode,
    ObjectCrop,
    Places,
    distances,
    scaled,
)
from partonomy.evaluation.detectors.detections import (
    DISTANCE,
    Averages,
    Found,
    average_precisions,
    best_detectors,
    true_parts,
    within,
)
from partonomy.evaluation.detectors.intervals import mean_average_precision
from partonomy.images import Skipped
from partonomy.metrics import Interval, TrueParts


@dataclass(frozen=True)
class RowScore:
    """One row of the table on one collection.

    Attributes:
        detectors: their names.
        chosen: (P,) the detector of each part, chosen on training objects; -1 for none.
        averages: (D, P) AP of each detector for each part.
        mean: of the chosen detectors' APs over parts.
        with_hidden: likewise, parts of which nothing can be seen being true too; None where all
            can be seen.
        optimistic: mean of the APs of the detectors that are best here; None where there is one
            detector a part, and nothing to choose.
    """

    detectors: Sequence[str]
    chosen: NDArray[np.int64]
    averages: Averages
    mean: Interval
    with_hidden: Interval | None
    optimistic: float | None


@dataclass(frozen=True)
class CollectionScore:
    """All rows on one collection.

    Attributes:
        n_objects, n_pictures: that were scored.
        n_places: (P,) visible places of each part.
        n_hidden: places of parts of which nothing can be seen.
        concepts_cover: share of an object's cells where a concept fires, as a mean over objects.
        places_cover: likewise within the distance of a place.
        rows: by name.
        skipped: pictures and objects that were left out.
    """

    n_objects: int
    n_pictures: int
    n_places: NDArray[np.int64]
    n_hidden: int
    concepts_cover: float
    places_cover: float
    rows: Mapping[str, RowScore]
    skipped: tuple[Skipped, ...]


class Scoring:
    """What is kept of a collection's objects while they go through.

    Args:
        rows: detectors, by name.
        code: which concepts fire.
        size: short side of crops, in pixels.
        dropped: first points of each curve that are left out.
    """

    def __init__(
        self, rows: Mapping[str, Detectors], code: FiringCode, size: int, dropped: int
    ) -> None:
        self.skipped: list[Skipped] = []
        self._rows, self._code, self._dropped = rows, code, dropped
        self._distance = scaled(DISTANCE, size)
        self._found = {name: Found(len(row.names)) for name, row in rows.items()}
        self._pictures: list[str] = []
        self._places: list[Places] = []
        self._covered: list[tuple[float, float]] = []

    def __len__(self) -> int:
        return len(self._pictures)

    def add(self, crop: ObjectCrop) -> None:
        """What each detector finds in one more object."""
        for name, row in self._rows.items():
            self._found[name].add(len(self), row.scores(crop), crop.grid)
        self._pictures.append(crop.picture)
        self._places.append(crop.places)
        near = distances(crop.grid, crop.places.seen().point) <= self._distance
        fires = float(self._code(crop).amax(dim=0).mean())
        self._covered.append((fires, float(near.any(axis=0).mean())))

    def scores(
        self, n_parts: int, chosen: Mapping[str, NDArray[np.int64]] | None = None
    ) -> CollectionScore:
        """Every row's scores; nothing can be added afterwards.

        Args:
            n_parts: of the class.
            chosen: for each row (P,) a detector of each part, -1 for none; the best ones here if
                not given.
        """
        truth = _truth([places.seen() for places in self._places], n_parts)
        whole = _truth(self._places, n_parts)
        n_hidden = len(whole.part) - len(truth.part)
        _, pictures = np.unique(self._pictures, return_inverse=True)
        concepts_cover, places_cover = np.mean(self._covered, axis=0).tolist()
        return CollectionScore(
            len(self),
            int(pictures.max()) + 1,
            np.bincount(truth.part, minlength=n_parts),
            n_hidden,
            concepts_cover,
            places_cover,
            {
                name: self._row(
                    name, None if chosen is None else chosen[name], truth, whole, pictures
                )
                for name in self._rows
            },
            tuple(self.skipped),
        )

    def _row(
        self,
        name: str,
        chosen: NDArray[np.int64] | None,
        truth: TrueParts,
        whole: TrueParts,
        pictures: NDArray[np.int64],
    ) -> RowScore:
        row, found, criterion = self._rows[name], self._found[name], within(self._distance)
        averages = average_precisions(found, truth, criterion, self._dropped)
        best = best_detectors(averages)
        mine = best if chosen is None else chosen

        def mean(of: TrueParts) -> Interval:
            return mean_average_precision(
                found, mine, of, criterion, pictures, dropped=self._dropped
            )

        return RowScore(
            row.names,
            mine,
            averages,
            mean(truth),
            mean(whole) if len(whole.part) > len(truth.part) else None,
            None if row.of_parts else _mean_of(averages, np.where(mine >= 0, best, -1)),
        )


def _truth(places: Sequence[Places], n_parts: int) -> TrueParts:
    return true_parts([(each.part, each.point) for each in places], n_parts)


def _mean_of(averages: Averages, chosen: NDArray[np.int64]) -> float:
    """Mean over parts of the AP of the detector chosen for each."""
    parts = np.flatnonzero(chosen >= 0)
    return float(averages[chosen[parts], parts].mean()) if len(parts) else float("nan")
