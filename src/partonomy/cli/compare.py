"""``partonomy compare``: audits of the same objects beside one another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partonomy.cli import options
from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.emergence.comparing import PartChange
    from partonomy.emergence.losing import Limit
    from partonomy.emergence.networks import Knowledge
    from partonomy.report.compare import Comparison

LOST = 3
"""Exit status where a part is lost that must not be; errors have 1, wrong usage 2."""


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            help="Two or more finished audits of the same objects: before, after, others.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the page and tables go.")],
    fail_if_lost: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if-lost",
            metavar="PART:DROP",
            help="Exit with 3 if the part's AP fell by more than DROP (0.05: five points) and the "
            "interval of the fall lies below 0, or if it is measured before and not after. "
            "'wheel:0.05', 'car wheel:0.05', '*:0.05' for every part; several times if need be, "
            "the strictest counts.",
        ),
    ] = None,
) -> None:
    """Compare audits of two or more networks, or checkpoints, on the same objects.

    Of the first two: parts gained and lost, filters and concepts paired, drift. Of all: what each
    layer knows.

    Exits with 3 where a part is lost that --fail-if-lost names; with 1 after an error.

    Example: partonomy compare runs/before runs/after -o runs/compared --fail-if-lost '*:0.05'
    """
    from partonomy.emergence.comparing import part_changes
    from partonomy.emergence.drift import layer_drifts
    from partonomy.emergence.finished import check_comparable, differing_settings, read_audit
    from partonomy.emergence.losing import broken_limits, read_limit
    from partonomy.emergence.networks import network_rows
    from partonomy.report.compare import Comparison, write_comparison

    if len(runs) < 2:
        raise PartonomyError(f"{runs[0]}: give at least two audits to compare")
    limits = [read_limit(each) for each in fail_if_lost or ()]
    audits = [read_audit(each) for each in runs]
    check_comparable(audits)
    before, after = audits[:2]
    changes = part_changes(before.filters, after.filters)
    broken = broken_limits(changes, limits)
    names = _names(runs)
    found = Comparison(
        names[0],
        names[1],
        changes,
        layer_drifts(before, after),
        [row for name, each in zip(names, audits, strict=True) for row in network_rows(name, each)],
        differing_settings(before, after),
    )
    page = write_comparison(found, output, options.command_line())
    _say(found)
    print(f"\npage: {page.absolute()}")
    for change, limit in broken:
        print(_loss(change, limit), file=sys.stderr)
    if broken:
        raise typer.Exit(LOST)


def _names(runs: Sequence[Path]) -> list[str]:
    """What audits are called: by their folder, by its path where names are the same."""
    names = [each.absolute().name for each in runs]
    if len(set(names)) == len(names):
        return names
    paths = list(map(str, runs))
    if len(set(paths)) == len(paths):
        return paths
    return [f"{index}: {path}" for index, path in enumerate(paths, 1)]


def _loss(change: PartChange, limit: Limit) -> str:
    assert change.before is not None
    before = f"{100 * change.before.precision.value:.1f}"
    if change.change is None or change.after is None:
        return f"lost: {change.name}, AP x 100 {before} before, not measured after ({limit})"
    fall = change.change
    by, low, high = (f"{100 * each:+.1f}" for each in (fall.value, fall.low, fall.high))
    return (
        f"lost: {change.name}, AP x 100 {before} before, "
        f"{100 * change.after.precision.value:.1f} after, change {by} [{low}, {high}] ({limit})"
    )


def _say(found: Comparison) -> None:
    from partonomy.emergence.networks import THRESHOLDS
    from partonomy.report.compare import KINDS, verdict

    wide = max((len(each.name) for each in found.changes), default=0)
    print(f"before: {found.before}, after: {found.after}; AP x 100 on the test objects")
    print(f"{len(found.lost)} lost, {len(found.gained)} gained, of {len(found.compared)} parts\n")
    print(f"{'':{wide}} before  after  change")
    for each in found.compared:
        assert each.before is not None
        assert each.after is not None
        assert each.change is not None
        bounds = f"[{100 * each.change.low:+.1f}, {100 * each.change.high:+.1f}]"
        print(
            f"{each.name:{wide}} {100 * each.before.precision.value:6.1f} "
            f"{100 * each.after.precision.value:6.1f}  {100 * each.change.value:+6.1f} "
            f"{bounds:15} {verdict(each) if each.lost or each.gained else ''}".rstrip()
        )
    for who, changes in found.alone.items():
        if changes:
            print(f"measured by {who}: {', '.join(each.name for each in changes)}")
    print("\ndrift: 0 if paired detectors respond alike (in brackets: objects shuffled)")
    for drift in found.drifts:
        print(
            f"  {drift.layers}, {len(drift.pairs.correlation)} pairs of {KINDS[drift.kind]}: "
            f"{drift.pairs.drift:.2f} ({drift.unrelated:.2f})"
        )
    labels = [
        (row.run, row.network, row.training, "all layers" if row.layer is None else row.layer)
        for row in found.networks
    ]
    widths = [max(map(len, column)) for column in zip(*labels, strict=True)]
    counts = " ".join(f"{threshold:.0%}+" for threshold in THRESHOLDS)
    head = f"depth parts  {'mean AP':20} {counts}  concepts untrained"
    print(f"\n{'':{sum(widths) + len(widths) - 1}} {head}")
    for row, label in zip(found.networks, labels, strict=True):
        texts = " ".join(f"{text:{width}}" for text, width in zip(label, widths, strict=True))
        depth = "" if row.depth is None else f"{row.depth:.2f}"
        emerged = " ".join(f"{count:4}" for count in row.filters.emerged)
        print(
            f"{texts} {depth:>5} {row.filters.parts:5}  {_mean(row.filters, True):20} {emerged}  "
            f"{_mean(row.concepts):>8} {_mean(row.untrained):>9}".rstrip()
        )


def _mean(known: Knowledge | None, bounds: bool = False) -> str:
    if known is None or known.mean is None:
        return ""
    mean = known.mean
    text = f"{100 * mean.value:.1f}"
    return f"{text} [{100 * mean.low:.1f}, {100 * mean.high:.1f}]" if bounds else text
