"""``partonomy benchmark``: networks x methods x data sets x seeds, and a page of results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress


def benchmark(
    plan: Annotated[Path, typer.Argument(help="A TOML file, see docs/benchmark.md.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where finished cells and the results go.")
    ],
) -> None:
    """Run networks, methods, data sets and seeds against each other, and write a results page.

    The same command goes on where it was stopped.

    Example: partonomy benchmark table.toml -o runs/table
    """
    from partonomy.benchmark import read_plan, run_benchmark, tables_of, write_results

    chosen = read_plan(plan)
    for network in chosen.networks:
        options.allow_own_functions(network.backbone)
    with progress() as begin:
        results = run_benchmark(chosen, output, begin=begin, say=print)
    tables = tables_of(chosen, results)
    for path in write_results(chosen, plan.read_text(encoding="utf-8"), tables, output):
        print(f"results: {path.absolute()}")
