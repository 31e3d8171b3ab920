"""Killed at random moments and started again: whether the part model and masks are the same."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import data
from benchmarks.processes import discover_command, measure
from benchmarks.record import table

KILLS = 10
SEED = 0


def run(n_pictures: int | None) -> Iterator[str]:
    """Kill ``partonomy discover`` on the cars ten times, each time from an empty cache."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = data.link_pictures(data.car_pictures(n_pictures), folder / "pictures")
        whole = measure(discover_command(pictures, folder / "whole", folder / "cache-whole"))
        expected = _found(folder / "whole")
        generator = random.Random(SEED)
        rows = []
        for attempt in range(1, KILLS + 1):
            command = discover_command(pictures, folder / "run", folder / "cache")
            moment = generator.uniform(0.05, 0.95) * whole.seconds
            died = _kill(command, moment)
            again = measure(command)
            same = _compared(_found(folder / "run"), expected)
            left = f"{moment:.1f}" if died else f"{moment:.1f} (it had finished)"
            rows.append([str(attempt), left, f"{again.seconds:.1f}", same])
            shutil.rmtree(folder / "run")
            shutil.rmtree(folder / "cache")
        yield f"Not killed, the run takes {whole.seconds:.1f} s."
        header = ["attempt", "killed after s", "started again, s", "same model and masks"]
        yield table(header, rows)


def _kill(command: list[str], moment: float) -> bool:
    """Start a command and kill it; whether it was still running."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    time.sleep(moment)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running


def _compared(found: dict[str, bytes], expected: dict[str, bytes]) -> str:
    """Yes, or how many files differ and the first of them."""
    names = sorted(found.keys() | expected.keys())
    other = [name for name in names if found.get(name) != expected.get(name)]
    return f"**NO**: {len(other)} files, first {', '.join(other[:3])}" if other else "yes"


def _found(run: Path) -> dict[str, bytes]:
    """The model and the masks of a run, byte by byte."""
    return {
        path.relative_to(run).as_posix(): path.read_bytes()
        for part in ("model", "masks")
        for path in sorted((run / part).rglob("*"))
        if path.is_file()
    }
