"""Whole processes, as a user starts them: how long they take and how much memory they need."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import data

PARTONOMY = str(Path(sys.executable).with_name("partonomy"))


@dataclass(frozen=True)
class Measured:
    """One process that ended well.

    Attributes:
        seconds: from its start to its end.
        peak: bytes of resident memory at most.
        output: what it printed.
    """

    seconds: float
    peak: int
    output: str


def measure(command: Sequence[str]) -> Measured:
    """Run a command to its end.

    Raises:
        SystemExit: it failed; what it printed is told.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    # only wait4 tells one child's memory; getrusage tells the largest child's so far
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed ({process.returncode}):\n{output}")
    return Measured(seconds, usage.ru_maxrss * 1024, output)


def interleaved(
    commands: Mapping[str, Callable[[], Measured]], repetitions: int
) -> dict[str, list[Measured]]:
    """Several runs of each, in turn, so that a slow moment of the machine meets all alike.

    One more of each comes first, to warm the disk's cache, and is not counted.
    """
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for repetition in range(repetitions + 1):
        for name, command in commands.items():
            measured = command()
            if repetition > 0:
                runs[name].append(measured)
    return runs


def discover_command(
    pictures: Path, output: Path, cache: Path, options: Sequence[str] = ()
) -> list[str]:
    """The main job: ``partonomy discover`` with SqueezeNet and 8 parts."""
    weights = str(data.weights("squeezenet1_1"))
    network = ["--backbone", "torchvision/squeezenet1_1", "--weights", weights]
    folders = ["--cache", str(cache), "-o", str(output)]
    return [PARTONOMY, "discover", str(pictures), *network, "--parts", "8", *folders, *options]
