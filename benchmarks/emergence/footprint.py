"""Peak memory of a whole audit of many objects beside that of few."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

from benchmarks.processes import measure
from benchmarks.record import table

FEW, MANY = 1000, 10_000
BAR = 4 << 30


def run(limit: int | None = None) -> Iterator[str]:
    """This part's lines of markdown.

    Args:
        limit: objects, to try the script out.
    """
    counts = (FEW, MANY) if limit is None else (limit, 2 * limit)
    rows = []
    for objects in counts:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "benchmarks.emergence.audited", str(objects), folder]
            measured = measure(command)
        peak = int(measured.output.split()[-1])
        held = "yes" if peak < BAR else "**NO**"
        rows.append(
            (f"{objects}", f"{measured.seconds:.0f}", f"{peak / 1e6:.0f}", f"{BAR / 1e6:.0f}", held)
        )
    yield (
        "A whole audit, without sets, of a layer of 512 filters, concepts in their place and the "
        "untrained network beside it, on rendered cars of 64 px, half of them to choose filters on "
        "and half to score them on: resident memory at most."
    )
    yield table(("objects", "seconds", "peak, MB", "bar, MB", "held"), rows)
