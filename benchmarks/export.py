"""How long ``partonomy export`` takes: a run on the cars in every format."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import data
from benchmarks.processes import PARTONOMY, Measured, discover_command, interleaved, measure
from benchmarks.record import table
from partonomy.export import exporters

REPETITIONS = 3
BAR = 60.0
ALL = "all"


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: pictures, to try the script out.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = data.car_pictures(limit)
        pictures = data.link_pictures(paths, folder / "pictures")
        measure(discover_command(pictures, folder / "run", folder / "cache"))
        formats = [*exporters(), ALL]
        commands = {format_: _command(folder, format_) for format_ in formats}
        together = {ALL: commands.pop(ALL)}
        runs = interleaved(commands, 1)
        runs |= interleaved(together, REPETITIONS if limit is None else 1)
        sizes = {format_: _megabytes(folder / format_) for format_ in formats}
    yield (
        f"A run of 8 parts on {len(paths)} car pictures in every format; whole processes, `{ALL}` "
        f"the median of {len(runs[ALL])}. Bar: {BAR:g} s for all formats together."
    )
    rows = []
    for format_ in formats:
        seconds = statistics.median(one.seconds for one in runs[format_])
        peak = max(one.peak for one in runs[format_]) / 1e6
        held = "" if format_ != ALL else "yes" if seconds <= BAR else "**NO**"
        rows.append(
            (f"`{format_}`", f"{seconds:.1f}", f"{sizes[format_]:.1f}", f"{peak:.0f}", held)
        )
    yield table(("format", "seconds", "size in MB", "memory in MB", "held"), rows)


def _command(folder: Path, format_: str) -> Callable[[], Measured]:
    options = ["--format", format_, "-o", str(folder / format_)]
    return lambda: measure([PARTONOMY, "export", str(folder / "run"), *options])


def _megabytes(folder: Path) -> float:
    """What a folder's own files take; links to pictures are not followed."""
    files = (path for path in folder.rglob("*") if not path.is_symlink() and path.is_file())
    return sum(path.stat().st_size for path in files) / 1e6
