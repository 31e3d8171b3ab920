"""``partonomy datasets``: which data sets can be read, and whether one is whole."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from partonomy.errors import PartonomyError

app = typer.Typer(no_args_is_help=False, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="A data set's name, as `partonomy datasets` lists it.")]
Root = Annotated[Path, typer.Argument(help="Its folder.")]


@app.callback(invoke_without_command=True)
def datasets(context: typer.Context) -> None:
    """List the data sets that can be read; say what one is, and whether a download is whole.

    Example: partonomy datasets check cub data/CUB_200_2011
    """
    if context.invoked_subcommand is not None:
        return
    from partonomy.datasets.registry import cards

    known = cards()
    width = max(map(len, known))
    for name, card in known.items():
        print(f"{name:{width}}  {card.title}")
    print("\npartonomy datasets show NAME: layout, labels, licence, how to get it, traps")


@app.command("show")
def show(name: Name) -> None:
    """Print a data set's card.

    Example: partonomy datasets show coco
    """
    from partonomy.datasets.registry import card_of

    card = card_of(name)
    print(card.title)
    for title, text in (
        ("layout", card.layout),
        ("labels", card.labels),
        ("licence", card.licence),
        ("get it", card.obtain),
        *(("trap", trap) for trap in card.traps),
    ):
        print(textwrap.fill(text, 88, initial_indent=f"{title:8}", subsequent_indent=" " * 8))


@app.command("check")
def check(
    name: Name,
    root: Root,
    read: Annotated[
        bool, typer.Option("--read", help="Read every annotation too, and count faults.")
    ] = False,
) -> None:
    """Tell whether a download is whole, and what is missing.

    Example: partonomy datasets check coco data/car_parts --read
    """
    from partonomy.datasets.registry import missing, read_dataset

    lacking = missing(name, root)
    for each in lacking:
        print(f"missing: {each}")
    if lacking:
        raise PartonomyError(f"{root}: not all of {name} is there")
    data = read_dataset(name, root)
    splits = ", ".join(f"{len(data.of_split(split))} {split}" for split in data.splits)
    print(f"{name}: {len(data)} pictures{f' ({splits})' if splits else ''}")
    if read:
        counts = [(len(found), sum(len(each.parts) for each in found)) for _, found in data]
        objects, parts = map(sum, zip(*counts, strict=True)) if counts else (0, 0)
        print(f"{len(counts)} read: {objects} objects, {parts} parts")
    for problem in data.problems.found:
        print(f"{problem}: {problem.fault.rule.value}")
    for title, count in data.problems.counts().items():
        print(f"{count} x {title}")
