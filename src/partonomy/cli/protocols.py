"""``partonomy protocols``: the rules that parts are scored by, and what was published by them."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer


def protocols(
    name: Annotated[
        str | None, typer.Argument(help="A protocol's name; all of them if not given.")
    ] = None,
) -> None:
    """List the protocols; with a name, its rules and what was published by it.

    Example: partonomy protocols choudhury2021/cub
    """
    from partonomy.evaluation import all_protocols, protocol_of
    from partonomy.evaluation.published import CERTAINTY, published_rows

    if name is None:
        known = all_protocols()
        width = max(map(len, known))
        for each in known.values():
            print(f"{each.name:{width}}  version {each.version}  {each.title}")
        print("\npartonomy protocols NAME: its rules, and what was published by it")
        return
    protocol = protocol_of(name)
    print(f"{protocol.name}, version {protocol.version}: {protocol.title}\n")
    print(textwrap.fill(protocol.rules, 88))
    for measure, why in protocol.historical.items():
        print(f"\n{textwrap.fill(f'{measure}: {why}', 88)}")
    rows = [row for row in published_rows() if row.protocol == protocol.name]
    for row in rows:
        parts = "" if row.parts is None else f", {row.parts} parts"
        of = "".join(f", {each}" for each in (row.class_name, row.dataset) if each)
        note = "" if row.note is None else f"; {row.note}"
        numbers = ", ".join(f"{measure} {value:g}" for measure, value in row.numbers.items())
        print(f"\n{row.method}{parts}{of}; labels in training: {row.labels}")
        print(textwrap.indent(textwrap.fill(numbers, 84), "    "))
        print(textwrap.indent(f"{row.source} ({CERTAINTY[row.sure]}){note}", "    "))
