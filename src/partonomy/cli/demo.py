"""``partonomy demo``: parts found in rendered pictures beside the true ones, nothing to fetch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress
from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.demo import Summary

FEWEST = 2
"""Pictures of each class from which on a score has an interval."""


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where everything goes.")] = Path(
        "runs/demo"
    ),
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="What to draw, given again for each; a few if not given."),
    ] = None,
    pictures: Annotated[
        int | None, typer.Option("--pictures", help="How many of each class.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 0,
) -> None:
    """Draw pictures, find the parts inside a small network, and set them beside the true parts.

    Writes the pictures with their truth, a run with its report for each class, and demo.html, the
    page to open. The same command goes on where it was stopped.

    Example: partonomy demo --class car --class bird -o runs/demo
    """
    # numpy's threads spin while they wait for one another, and matrices are small here: on a busy
    # machine a demo takes three times as long with them
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from partonomy.datasets.partworld import FIGURES
    from partonomy.demo import (
        DEFAULT_CLASSES,
        PICTURES,
        DemoSettings,
        run_demo,
        summarise,
        write_demo_page,
    )

    for name in classes or ():
        if name not in FIGURES:
            raise PartonomyError(f"--class {name}: choose from {', '.join(FIGURES)}")
    if pictures is not None and pictures < FEWEST:
        raise PartonomyError(f"--pictures {pictures}: choose {FEWEST} or more")
    if seed < 0:
        raise PartonomyError(f"--seed {seed}: choose 0 or more")
    chosen = tuple(dict.fromkeys(classes or DEFAULT_CLASSES))
    settings = DemoSettings(chosen, pictures or PICTURES, seed)
    with progress() as begin:
        done = run_demo(output, settings, command=options.command_line(), begin=begin)
    summary = summarise(done)
    _say(summary)
    print(f"page: {write_demo_page(done, summary).absolute()}")


def _say(summary: Summary) -> None:
    """The scores as a small table, and in which partonomy is not better."""
    from partonomy.demo import in_brackets

    table = [("", *summary.rows[0].scores)] + [
        (row.method, *(f"{each.value:z.2f} {in_brackets(each)}" for each in row.scores.values()))
        for row in summary.rows
    ]
    method, *scores = (max(map(len, column)) for column in zip(*table, strict=True))
    for name, *cells in table:
        print(f"{name:{method}}", *(f"{cell:>{w}}" for cell, w in zip(cells, scores, strict=True)))
    for finding in summary.findings:
        if not finding.better:
            print(f"note: {finding.sentence}")
