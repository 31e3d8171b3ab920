"""The page of audits beside one another: parts gained and lost, drift, what each network knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from partonomy.emergence.comparing import Known, PartChange
from partonomy.emergence.drift import LayerDrift
from partonomy.emergence.networks import THRESHOLDS, Knowledge, NetworkRow, by_training
from partonomy.emergence.tables import write_tables
from partonomy.errors import PartonomyError
from partonomy.metrics import Interval, combination
from partonomy.report.pages import write_page
from partonomy.report.plots import depth_svg

PAGE = "compare.html"
SHOWN = 5
"""Pairs of filters at either end that the page shows of a layer."""
_COLOURS = 6

KINDS = {"layers": "filters", "concepts": "concepts"}
"""What detectors in a folder of a run are."""


@dataclass(frozen=True)
class Comparison:
    """Audits beside one another.

    Attributes:
        before, after: names of the first two.
        changes: of each part between these.
        drifts: of each pair of their layers.
        networks: what each layer of every audit knows, audit after audit.
        differing: what else the first two were not made alike in.
    """

    before: str
    after: str
    changes: Sequence[PartChange]
    drifts: Sequence[LayerDrift]
    networks: Sequence[NetworkRow]
    differing: Sequence[str]

    @property
    def lost(self) -> list[PartChange]:
        """The greatest loss first."""
        return [each for each in self.changes if each.lost]

    @property
    def gained(self) -> list[PartChange]:
        """The greatest gain first."""
        return [each for each in reversed(self.changes) if each.gained]

    @property
    def compared(self) -> list[PartChange]:
        """Parts that both measured."""
        return [each for each in self.changes if each.change is not None]

    @property
    def alone(self) -> dict[str, list[PartChange]]:
        """Parts that only one of them measured, and those that neither did."""
        left = [each for each in self.changes if each.change is None]
        return {
            f"only {self.before}": [each for each in left if each.before is not None],
            f"only {self.after}": [each for each in left if each.after is not None],
            "neither": [each for each in left if each.before is None and each.after is None],
        }

    @property
    def mean_change(self) -> Interval | None:
        """Of AP, over the parts that both measured."""
        found = [each.change for each in self.changes if each.change is not None]
        return combination([(1 / len(found), each) for each in found]) if found else None


def write_comparison(comparison: Comparison, folder: Path, command: str) -> Path:
    """Write ``compare.html``, ``parts.parquet``, ``pairs.parquet`` and ``networks.parquet``.

    Args:
        comparison: what came out.
        folder: made if need be.
        command: as it was typed.

    Raises:
        PartonomyError: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_tables(
            folder,
            {
                "parts": list(map(part_row, comparison.changes)),
                "pairs": [row for each in comparison.drifts for row in pair_rows(each)],
                "networks": list(map(network_row, comparison.networks)),
            },
        )
    except OSError as error:
        raise PartonomyError(f"-o {folder}: {error.strerror or error}") from error
    runs = list(dict.fromkeys(row.run for row in comparison.networks))
    path = folder / PAGE
    write_page(
        path,
        __package__,
        "compare.html",
        comparison=comparison,
        runs=runs,
        facts=_facts(comparison),
        reach=_reach(comparison),
        best_and_worst=best_and_worst,
        kinds=KINDS,
        thresholds=THRESHOLDS,
        by_training=by_training(comparison.networks),
        depth=_depth(comparison.networks, runs),
        colours=_COLOURS,
        verdict=verdict,
        command=command,
    )
    return path


def verdict(change: PartChange) -> str:
    """What became of a part, in a word or two."""
    if change.change is None:
        return "not compared"
    return "lost" if change.lost else "gained" if change.gained else "no more than chance"


def best_and_worst(drift: LayerDrift) -> list[list[tuple[int, int, float]]]:
    """Before, after and correlation of the pairs most alike and of those least alike.

    All in one list where there are not more than both.
    """
    rows = _in_order(drift)
    return [rows] if len(rows) <= 2 * SHOWN else [rows[:SHOWN], rows[-SHOWN:]]


def part_row(change: PartChange) -> dict[str, Any]:
    """A row of ``parts.parquet``."""
    known = change.after or change.before
    return {
        "class": change.class_name,
        "part": change.part,
        "size": known.size if known is not None else None,
        **_known("before", change.before),
        **_known("after", change.after),
        **_figures("change", change.change),
        "verdict": verdict(change),
    }


def _known(when: str, known: Known | None) -> dict[str, Any]:
    return {
        f"layer {when}": None if known is None else known.layer,
        f"filter {when}": None if known is None else known.filter,
        **_figures(f"AP {when}", None if known is None else known.precision),
    }


def _figures(name: str, interval: Interval | None) -> dict[str, float | None]:
    return {
        name: None if interval is None else interval.value,
        f"{name} low": None if interval is None else interval.low,
        f"{name} high": None if interval is None else interval.high,
    }


def pair_rows(drift: LayerDrift) -> list[dict[str, Any]]:
    """Rows of ``pairs.parquet``: the detectors of two layers, the most alike first."""
    return [
        {
            "detectors": KINDS[drift.kind],
            "layer before": drift.before,
            "layer after": drift.after,
            "before": before,
            "after": after,
            "correlation": correlation,
            "parts before": list(drift.parts_before.get(before, ())),
            "parts after": list(drift.parts_after.get(after, ())),
        }
        for before, after, correlation in _in_order(drift)
    ]


def _in_order(drift: LayerDrift) -> list[tuple[int, int, float]]:
    pairs = drift.pairs
    columns = pairs.before.tolist(), pairs.after.tolist(), pairs.correlation.tolist()
    return list(zip(*columns, strict=True))


def network_row(row: NetworkRow) -> dict[str, Any]:
    """A row of ``networks.parquet``."""
    return {
        "run": row.run,
        "network": row.network,
        "training": row.training,
        "layer": row.layer,
        "depth": row.depth,
        "parts": row.filters.parts,
        **_figures("AP", row.filters.mean),
        **{
            f"AP of {threshold:.0%} or more": count
            for threshold, count in zip(THRESHOLDS, row.filters.emerged, strict=True)
        },
        **_figures("AP of concepts", _mean(row.concepts)),
        **_figures("AP untrained", _mean(row.untrained)),
    }


def _mean(known: Knowledge | None) -> Interval | None:
    return None if known is None else known.mean


def _facts(comparison: Comparison) -> list[tuple[str, str]]:
    compared = len(comparison.compared)
    facts = [
        (str(len(comparison.lost)), f"of {compared} parts lost"),
        (str(len(comparison.gained)), f"of {compared} parts gained"),
    ]
    if (mean := comparison.mean_change) is not None:
        bounds = f"[{100 * mean.low:+.1f}, {100 * mean.high:+.1f}]"
        facts.append((f"{100 * mean.value:+.1f}", f"{bounds} mean change of AP x 100"))
    for kind, name in KINDS.items():
        some = [each.pairs.drift for each in comparison.drifts if each.kind == kind]
        some = [each for each in some if each == each]
        if some:
            facts.append((f"{sum(some) / len(some):.2f}", f"drift of {name}, mean over layers"))
    return facts


def _reach(comparison: Comparison) -> float:
    """How far from 0 the axis of changes goes."""
    changes = [each.change for each in comparison.compared if each.change is not None]
    return max((abs(end) for each in changes for end in (each.low, each.high)), default=0) or 1.0


def _depth(rows: Sequence[NetworkRow], runs: Sequence[str]) -> Markup:
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row.depth is not None:
            colour = f"series-{runs.index(row.run) % _COLOURS}"
            for classes, known in ((colour, row.filters), (f"{colour} before", row.untrained)):
                if known is not None and known.mean is not None:
                    lines.setdefault(f"run-{runs.index(row.run)} {classes}", []).append(
                        (row.depth, 100 * known.mean.value)
                    )
    return depth_svg(list(lines.items()))
