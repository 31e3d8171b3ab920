"""The results page of a benchmark: HTML to look at, Markdown for a text, Parquet for more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from partonomy.benchmark.plan import Plan
from partonomy.benchmark.summary import Entry, Table
from partonomy.errors import PartonomyError
from partonomy.evaluation import protocol_of
from partonomy.images import write_atomically
from partonomy.report import write_page

LEGEND = (
    "Numbers are x 100: the mean over seeds (and classes) ± the standard deviation over seeds, "
    "in brackets the interval of 95 % over pictures drawn anew. **Bold** is a column's best; ≈ "
    "marks what is not really worse: on the same pictures the interval of the difference holds 0. "
    "Diverged: with some seed (or class) the training came to nothing."
)


def write_results(plan: Plan, source: str, tables: Sequence[Table], folder: Path) -> list[Path]:
    """Write ``results.html``, ``results.md`` and ``results.parquet``.

    Args:
        plan: what was run.
        source: its TOML.
        tables: what came out.
        folder: where.

    Raises:
        PartonomyError: a file cannot be written.
    """
    page, text, rows = (folder / f"results.{suffix}" for suffix in ("html", "md", "parquet"))
    write_page(
        page,
        __package__,
        "results.html",
        title=plan.title,
        source=source,
        legend=LEGEND.replace("**", ""),
        sections=sections(tables),
        findings=findings(tables, plan.ours),
        ours=plan.ours,
        figure=figure,
        bounds=bounds,
        rules={each.protocol: protocol_of(each.protocol).rules for each in tables},
    )
    table = pa.Table.from_pylist(list(_rows(tables)))
    try:
        write_atomically(
            text, lambda part: Path(part).write_text(markdown(plan, source, tables), "utf-8")
        )
        write_atomically(rows, lambda part: pq.write_table(table, part))
    except OSError as error:
        raise PartonomyError(f"{folder} cannot be written: {error.strerror or error}") from error
    return [page, text, rows]


def sections(tables: Sequence[Table]) -> dict[str, list[Table]]:
    """The tables of each data set and number of parts, by heading."""
    found: dict[str, list[Table]] = {}
    for table in tables:
        parts = "as many parts as there are" if table.n_parts is None else f"{table.n_parts} parts"
        found.setdefault(f"{table.data}, {parts}", []).append(table)
    return found


def scored(table: Table) -> str:
    """What a table was scored on."""
    classes = "" if table.classes == 1 else f", mean of {table.classes} classes"
    return f"{table.protocol} on {table.pictures} pictures{classes}"


def findings(tables: Sequence[Table], ours: str) -> list[str]:
    """In which columns the row of this title is not the best, and by how much."""
    found = []
    for table in tables:
        mine_of = dict(table.rows)[ours]
        for index, network in enumerate(table.networks):
            mine = mine_of[index]
            if mine.best:
                continue
            better, entry = next(
                (method, entries[index]) for method, entries in table.rows if entries[index].best
            )
            sure = "" if mine.real else ", not really"
            found.append(
                f"{table.data}, {network}, {table.measure}: {better} {figure(entry)}, "
                f"{ours} {figure(mine)}{sure}"
            )
    return found


def figure(entry: Entry) -> str:
    """Mean and spread over seeds, x 100."""
    if isnan(entry.interval.value):
        return "diverged"
    spread = "" if entry.spread != entry.spread else f" ± {100 * entry.spread:.1f}"
    return f"{100 * entry.interval.value:.1f}{spread}"


def bounds(entry: Entry) -> str:
    """The interval, x 100; of nothing, nothing."""
    if isnan(entry.interval.value):
        return ""
    return f"[{100 * entry.interval.low:.1f}, {100 * entry.interval.high:.1f}]"


def markdown(plan: Plan, source: str, tables: Sequence[Table]) -> str:
    """All tables, and the plan that made them."""
    lines = [f"# {plan.title}", "", LEGEND]
    for heading, of_section in sections(tables).items():
        lines += ["", f"## {heading}", "", f"By {scored(of_section[0])}."]
        for table in of_section:
            direction = ", lower is better" if table.lower_is_better else ""
            lines += ["", f"| {table.measure}{direction} | {' | '.join(table.networks)} |"]
            lines.append("| --- " * (1 + len(table.networks)) + "|")
            lines += [
                f"| {method} | {' | '.join(map(_cell, entries))} |"
                for method, entries in table.rows
            ]
    lines += ["", f"## Where another row is better than {plan.ours}", ""]
    lines += [f"- {finding}" for finding in findings(tables, plan.ours)] or ["Nowhere."]
    lines += ["", "## The plan", "", "```toml", source.strip(), "```", ""]
    return "\n".join(lines)


def _cell(entry: Entry) -> str:
    mark = "" if entry.best or entry.real else " ≈"
    value = f"**{figure(entry)}**" if entry.best else figure(entry)
    return f"{value} {bounds(entry)}{mark}".rstrip()


def _rows(tables: Sequence[Table]) -> Iterator[dict[str, object]]:
    for table in tables:
        for method, entries in table.rows:
            for network, entry in zip(table.networks, entries, strict=True):
                yield {
                    "data": table.data,
                    "protocol": table.protocol,
                    "pictures": table.pictures,
                    "classes": table.classes,
                    "parts": table.n_parts,
                    "measure": table.measure,
                    "network": network,
                    "method": method,
                    **entry.interval.figures(),
                    "spread": entry.spread,
                    "best": entry.best,
                    "differs_from_best": entry.real,
                }
