"""Whether a method's row is the best one: on average, and in which cells it is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmarks.bench import Score

MEASURES = ("FG-NMI", "FG-ARI")

Scores = Mapping[str, Mapping[int, Sequence[Score]]]
"""By method and number of parts, one a seed."""


def verdict(
    key: Sequence[str], of_data_set: Mapping[str, Scores], ours: str
) -> Iterator[tuple[str, ...]]:
    """A row of the table for each measure.

    Args:
        key: what the row begins with.
        of_data_set: each data set's scores.
        ours: the method that is judged.
    """
    cells = {
        (name, n_parts): {method: np.mean(each[n_parts], axis=0) for method, each in scores.items()}
        for name, scores in of_data_set.items()
        for n_parts in scores[ours]
    }
    methods = list(next(iter(cells.values())))
    for index, measure in enumerate(MEASURES):
        average = {
            each: np.mean([cell[each][index] for cell in cells.values()]) for each in methods
        }
        rival = max((each for each in methods if each != ours), key=lambda each: average[each])
        beaten = []
        for (name, n_parts), cell in cells.items():
            best = max(methods, key=lambda each: cell[each][index])
            if cell[best][index] > cell[ours][index]:
                figures = f"{cell[best][index]:.1f}, {cell[ours][index]:.1f}"
                beaten.append(f"{name} {n_parts} ({best} {figures})")
        yield (
            *key,
            measure,
            f"{average[ours]:.1f}",
            f"{average[rival]:.1f} ({rival})",
            "yes" if average[ours] >= average[rival] else "**NO**",
            "; ".join(beaten),
        )
