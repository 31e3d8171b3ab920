"""Progress on a terminal: what is done, the rate, the time left; silent elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partonomy.features.progress import Advance, Begin


@contextmanager
def progress() -> Iterator[Begin]:
    """A set of progress bars, on standard error."""
    if not sys.stderr.isatty():
        yield lambda _name, _total: lambda _n, _note="": None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:.1f}/s")

    bars = Progress(
        TextColumn("{task.description:>12}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
    )
    with bars:

        def begin(name: str, total: int) -> Advance:
            task = bars.add_task(name, total=total, note="")

            def advance(n: int, note: str = "", /) -> None:
                bars.update(task, advance=n, note=note)

            return advance

        yield begin
