"""Progress on a terminal: what is done, the rate, the time left; silent elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]
Begin = Callable[[str, int], Advance]
"""Opens a bar of a name and a length, and gives what moves it."""


@contextmanager
def progress() -> Iterator[Begin]:
    """A set of progress bars, on standard error."""
    if not sys.stderr.isatty():
        yield lambda _name, _total: lambda _n: None
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
        console=Console(stderr=True),
    )
    with bars:

        def begin(name: str, total: int) -> Advance:
            task = bars.add_task(name, total=total)
            return lambda n: bars.advance(task, n)

        yield begin
