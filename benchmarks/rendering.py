"""How many pictures of PartWorld a second, rendered on two processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from pathlib import Path
from statistics import median

from benchmarks.record import table
from partonomy.datasets.partworld import LEVELS, PartWorld, write_folder

SIZE, WORKERS, PICTURES, WARM = 128, 2, 2400, 120
ROUNDS = 5
"""Machines are noisy: the median of so many is held to the bar."""
BAR = 200.0


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: pictures, to try the script out.
    """
    count = PICTURES if limit is None else limit
    yield (
        f"{count} pictures of {SIZE} x {SIZE} pixels, all classes, on {WORKERS} processes that run "
        f"already ({WARM} pictures before), median of {ROUNDS} rounds and their range; written: "
        "with the processes' start, PNG files and COCO."
    )
    rows = []
    for level in range(len(LEVELS)):
        world = PartWorld(count + WARM, size=SIZE, occlusion=level)
        pictures = world.map(attrgetter("picture"), WORKERS)
        for _ in islice(pictures, WARM):
            pass
        rates = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            for _ in islice(pictures, count // ROUNDS):
                pass
            rates.append(count // ROUNDS / (time.perf_counter() - start))
        rate = median(rates)
        shown = f"{rate:.0f} ({min(rates):.0f} to {max(rates):.0f})"
        rows.append((f"level {level}", shown, "yes" if rate >= BAR else "**NO**"))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        write_folder(PartWorld(count, size=SIZE), Path(folder), WORKERS)
        rows.append(("written", f"{count / (time.perf_counter() - start):.0f}", ""))
    yield table(("occlusion", "pictures a second", f"at least {BAR:.0f}"), rows)
