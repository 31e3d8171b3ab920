"""Peak memory of ``discover`` on many pictures beside that on few."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import data
from benchmarks.processes import Measured, discover_command, measure
from benchmarks.record import table

COPIES = 10
BAR = 1.15
KEEPING = (("features kept", ()), ("`--cache-limit 0`", ("--cache-limit", "0")))


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures, to try the script out.
    """
    paths = data.car_pictures(limit)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = data.link_pictures(paths, folder / "few")
        many = data.copy_pictures(paths, folder / "many", COPIES)
        yield (
            f"`discover` with SqueezeNet 1.1, 8 parts, on the {len(paths)} car pictures and on "
            f"{COPIES} copies of each with different bytes: resident memory at most, in MB."
        )
        rows = []
        for title, options in KEEPING:
            small = _discover(few, folder, options)
            large = _discover(many, folder, options)
            ratio = large.peak / small.peak
            held = "yes" if ratio <= BAR else "**NO**"
            peaks = (f"{one.peak / 1e6:.0f}" for one in (small, large))
            rows.append((title, *peaks, f"{ratio:.3f}", f"{BAR:g}", held))
    few_many = (f"{len(paths)} pictures", f"{len(paths) * COPIES} pictures")
    yield table(("features", *few_many, "ratio", "bar", "held"), rows)


def _discover(pictures: Path, folder: Path, options: tuple[str, ...]) -> Measured:
    output, cache = folder / "output", folder / "cache"
    measured = measure(discover_command(pictures, output, cache, options))
    shutil.rmtree(output)
    shutil.rmtree(cache, ignore_errors=True)
    return measured
