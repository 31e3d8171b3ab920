"""Killed at random moments and started again: whether the part model and masks are the same."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
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
        written = (folder / "run", folder / "cache")
        command = discover_command(pictures, *written)
        generator = random.Random(SEED)
        rows = []
        for kill in range(1, KILLS + 1):
            moment = killed(command, whole.seconds, generator, written)
            again = measure(command)
            same = _compared(_found(folder / "run"), expected)
            rows.append([str(kill), f"{moment:.1f}", f"{again.seconds:.1f}", same])
            _clear(written)
        yield f"Not killed, the run takes {whole.seconds:.1f} s."
        header = ["kill", "after s", "started again, s", "same model and masks"]
        yield table(header, rows)


def killed(
    command: Sequence[str], seconds: float, generator: random.Random, written: Sequence[Path]
) -> float:
    """Start a command and kill it at a random moment.

    One that has finished by then was not killed: it begins anew, and is killed at another moment.

    Args:
        command: what is started.
        seconds: how long it takes about.
        generator: of the moment.
        written: the folders that it writes, which are removed before it begins anew.

    Returns:
        How long it ran, in seconds.

    Raises:
        SystemExit: it failed by itself.
    """
    while True:
        moment = generator.uniform(0.05, 0.95) * seconds
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(moment)
        process.kill()
        status = process.wait()
        if status == -signal.SIGKILL:
            return moment
        if status != 0:
            raise SystemExit(f"{' '.join(command)} failed ({status})")
        _clear(written)


def _clear(folders: Sequence[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder)


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
