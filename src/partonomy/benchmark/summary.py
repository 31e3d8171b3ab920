"""Tables of a benchmark: means over seeds and classes, and which differences are real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from partonomy.benchmark.cells import Score
from partonomy.benchmark.plan import Plan
from partonomy.benchmark.running import Result
from partonomy.evaluation.scores import is_error
from partonomy.metrics import Interval, combination


@dataclass(frozen=True)
class Entry:
    """A method's score with one network.

    Attributes:
        interval: of the mean over classes and seeds, over pictures drawn anew; nan if a training
            came to nothing.
        spread: standard deviation over seeds; nan of one.
        best: whether no other method of the network is better.
        real: whether the difference from the best is: its interval does not hold 0.
    """

    interval: Interval
    spread: float
    best: bool
    real: bool


@dataclass(frozen=True)
class Table:
    """One measure on one data set: a row for each method, a column for each network.

    Attributes:
        data: title of the data set.
        n_parts: how many were looked for; None where it depends on the class.
        measure: of the protocol.
        protocol: its name.
        pictures: how many were scored.
        classes: how many the score is the mean of.
        networks: titles of the columns.
        rows: (title of the method, an entry for each network).
    """

    data: str
    n_parts: int | None
    measure: str
    protocol: str
    pictures: int
    classes: int
    networks: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]

    @property
    def lower_is_better(self) -> bool:
        """Whether it is an error."""
        return is_error(self.measure)


def tables_of(plan: Plan, results: Sequence[Result]) -> list[Table]:
    """All tables, by data set, number of parts and measure."""
    tables = []
    for data in plan.data:
        of_data = [result for result in results if result.cell.data.title == data.title]
        scores = [score for result in of_data for score in result.scores]
        n_parts: Sequence[int | None] = (
            [None] if data.parts == "true" else list(dict.fromkeys(each.n_parts for each in scores))
        )
        for parts in n_parts:
            measures = dict.fromkeys(score.measure for score in scores)
            for measure in measures:
                columns = {
                    network.title: _column(
                        plan,
                        [
                            [s for s in result.scores if _is(s, parts, measure)]
                            for result in of_data
                            if result.cell.network.title == network.title
                        ],
                        measure,
                    )
                    for network in plan.networks
                }
                first = [result for result in of_data if result.cell.network == plan.networks[0]]
                tables.append(
                    Table(
                        data.title,
                        parts,
                        measure,
                        data.protocol,
                        sum(result.scores[0].pictures for result in first),
                        len(first),
                        tuple(columns),
                        tuple(
                            (row.title, tuple(column[row.title] for column in columns.values()))
                            for row in plan.rows
                        ),
                    )
                )
    return tables


def _is(score: Score, n_parts: int | None, measure: str) -> bool:
    return score.measure == measure and n_parts in (None, score.n_parts)


def _column(plan: Plan, of_classes: Sequence[Sequence[Score]], measure: str) -> dict[str, Entry]:
    """Each method's entry with one network, of the scores of each class."""
    means: dict[str, Interval] = {}
    spreads: dict[str, float] = {}
    for method in (row.title for row in plan.rows):
        of_seeds = [
            [s.interval for of in of_classes for s in of if (s.method, s.seed) == (method, seed)]
            for seed in plan.seeds
        ]
        each = [_mean(intervals) for intervals in of_seeds]
        means[method] = _mean(each)
        values = [one.value for one in each]
        spreads[method] = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    sign = -1 if is_error(measure) else 1
    scored = {method: mean for method, mean in means.items() if not isnan(mean.value)}
    best = max(scored or means, key=lambda method: sign * means[method].value)
    entries = {}
    for method, mean in means.items():
        behind = combination([(sign, means[best]), (-sign, mean)])
        real = method not in scored or behind.low > 0
        entries[method] = Entry(mean, spreads[method], method == best, real)
    return entries


def _mean(intervals: Sequence[Interval]) -> Interval:
    return combination([(1 / len(intervals), each) for each in intervals])
