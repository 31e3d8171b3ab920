"""``discover`` and ``segment`` beside a bare loop over the same pictures; ``--help``.

Every figure is of whole processes, from start to end. The bare loop is tried in several ways, and
the fastest of those that compute in partonomy's precision is what ratios are to.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import data
from benchmarks.processes import PARTONOMY, Measured, discover_command, interleaved, measure
from benchmarks.record import table

REPETITIONS = 3
BARE_LOOP = Path(__file__).with_name("bare_loop.py")
PLAIN = ("--batch 1", "--batch 8")
SIDE_BY_SIDE = "--side-by-side"
WAYS = (*PLAIN, SIDE_BY_SIDE)
DISCOVER_BAR, SEGMENT_BAR, HELP_BAR = 1.5, 1.3, 0.5
WHOLE_PICTURES = ("--foreground", "none", "--no-sharpen")
"""What there was when the bar was set; the foreground and sharp masks came after."""


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: pictures, to try the script out.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = data.car_pictures(limit)
        pictures = data.link_pictures(paths, folder / "pictures")
        model, cache, output = folder / "model", folder / "cache", folder / "output"
        measure(discover_command(pictures, model, cache))
        shutil.rmtree(cache)
        precision = json.loads((model / "run.json").read_text())["config"]["backbone"]["precision"]
        discover = discover_command(pictures, output, cache)
        segment = [PARTONOMY, "segment", str(model), str(pictures), "-o", str(output)]
        whole_pictures = [*discover, *WHOLE_PICTURES]
        commands = {
            "`discover`, 8 parts": (_anew(discover, output, cache), DISCOVER_BAR),
            f"`discover`, 8 parts, `{' '.join(WHOLE_PICTURES)}`": (
                _anew(whole_pictures, output, cache),
                DISCOVER_BAR,
            ),
            "`segment`": (_anew(segment, output), SEGMENT_BAR),
            "`partonomy --help`": (_anew([PARTONOMY, "--help"]), HELP_BAR),
        }
        bars = {name: bar for name, (_, bar) in commands.items()}
        starts = {name: start for name, (start, _) in commands.items()}
        ways = {f"{precision} {way}": _anew(_bare(pictures, precision, way)) for way in WAYS}
        runs = interleaved(starts | ways, REPETITIONS if limit is None else 1)
    whole = {
        name: statistics.median(one.seconds for one in measured) for name, measured in runs.items()
    }
    loop = {
        name: statistics.median(float(one.output.split()[-1]) for one in runs[name])
        for name in ways
    }
    fastest = min((f"{precision} {way}" for way in PLAIN), key=lambda name: whole[name])
    side_by_side = f"{precision} {SIDE_BY_SIDE}"
    yield (
        f"{len(paths)} car pictures, SqueezeNet 1.1, short side 448, {precision}, an empty cache "
        f"each time; whole processes, medians of {len(runs[fastest])} runs of each in turn. Ratios "
        f"are to the fastest plain loop of the same precision (`bare_loop.py`, {fastest}); beside "
        "them, to a loop that is no longer bare: pictures side by side, as partonomy does it."
    )
    rows = []
    for name, bar in bars.items():
        seconds, ratio = whole[name], whole[name] / whole[fastest]
        held = (seconds if "--help" in name else ratio) <= bar
        unit = "s" if "--help" in name else "times"
        to_loop = f"{seconds / loop[fastest]:.2f}"
        to_side = f"{seconds / whole[side_by_side]:.2f}"
        verdict = "yes" if held else "**NO**"
        rows.append(
            (name, f"{seconds:.2f}", f"{ratio:.2f}", to_loop, to_side, f"{bar:g} {unit}", verdict)
        )
    header = ("process", "seconds", "ratio", "to its loop alone", "to side by side", "bar", "held")
    yield table(header, rows)
    yield table(
        ("bare loop", "seconds", "of which its loop"),
        [(name, f"{whole[name]:.2f}", f"{loop[name]:.2f}") for name in loop],
    )


def _anew(command: list[str], *written: Path) -> Callable[[], Measured]:
    """Runs a command that finds nothing of its run before."""

    def start() -> Measured:
        for folder in written:
            shutil.rmtree(folder, ignore_errors=True)
        return measure(command)

    return start


def _bare(pictures: Path, precision: str, way: str) -> list[str]:
    weights = str(data.weights("squeezenet1_1"))
    options = ["--precision", precision, *way.split()]
    return [sys.executable, str(BARE_LOOP), weights, str(pictures), *options]
