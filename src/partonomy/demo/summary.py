"""What a demo shows, in scores and in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from partonomy.demo.demo import METHODS, OURS, Demo
from partonomy.demo.scoring import MEASURES, advantage, agreement
from partonomy.metrics import Interval


@dataclass(frozen=True)
class ScoreRow:
    """What one method scores on some classes.

    Attributes:
        method: its name.
        scores: by measure, in its order in ``MEASURES``.
    """

    method: str
    scores: dict[str, Interval]


@dataclass(frozen=True)
class Finding:
    """How partonomy compares with a rival.

    Attributes:
        better: whether every measure is higher, interval and all.
        sentence: says so, measure by measure.
    """

    better: bool
    sentence: str


@dataclass(frozen=True)
class Summary:
    """Everything that is said of a demo's scores.

    Attributes:
        rows: each method's mean over classes.
        by_class: each method's scores on each class.
        findings: one a rival, on the mean over classes.
        shortcomings: a sentence on each score of a class in which a rival is ahead.
    """

    rows: list[ScoreRow]
    by_class: dict[str, list[ScoreRow]]
    findings: list[Finding]
    shortcomings: list[str]


def summarise(demo: Demo) -> Summary:
    """Score a demo's methods and compare them."""
    tables = {method: demo.tables(method) for method in METHODS}
    by_class = {
        each.truth.name: [
            ScoreRow(method, agreement(each.tables[method][:, None])) for method in METHODS
        ]
        for each in demo.classes
    }
    return Summary(
        [ScoreRow(method, agreement(tables[method])) for method in METHODS],
        by_class,
        [
            _finding(rival, advantage(tables[OURS], tables[rival]))
            for rival in METHODS
            if rival != OURS
        ],
        _shortcomings(by_class),
    )


def highest(rows: list[ScoreRow], measure: str) -> float:
    """The best score of a measure."""
    return max(row.scores[measure].value for row in rows)


def in_brackets(interval: Interval, form: str = "z.2f") -> str:
    """An interval as the page and the command write it."""
    return f"[{interval.low:{form}}, {interval.high:{form}}]"


def _shortcomings(by_class: dict[str, list[ScoreRow]]) -> list[str]:
    found = []
    for name, rows in by_class.items():
        for measure in MEASURES:
            best = max(rows, key=lambda row: row.scores[measure].value)
            if best.method != OURS:
                ours = next(row for row in rows if row.method == OURS).scores[measure].value
                found.append(
                    f"{name}: {best.method} has the higher {measure}, "
                    f"{best.scores[measure].value:.2f} against {ours:.2f}"
                )
    return found


def _finding(rival: str, gains: dict[str, Interval]) -> Finding:
    said = [
        f"{_standing(gain)} in {name} ({gain.value:+z.2f} {in_brackets(gain, '+z.2f')})"
        for name, gain in gains.items()
    ]
    better = all(gain.low > 0 for gain in gains.values())
    return Finding(better, f"Beside {rival}, partonomy is {', '.join(said)}.")


def _standing(gain: Interval) -> str:
    if gain.low > 0:
        return "better"
    return "worse" if gain.high < 0 else "not clearly better"
