"""NMI and ARI of many pixels beside scikit-learn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from benchmarks.record import table
from partonomy.metrics import adjusted_rand_index, contingency, normalised_mutual_information

PIXELS, LABELS = 100_000_000, 50
REPETITIONS = 3
SECONDS_BAR, MEGABYTES_BAR, TIMES_BAR, EQUAL = 2.0, 200.0, 20.0, 1e-9

Scores = tuple[float, float]
Labels = NDArray[np.uint8]


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: stands for so many hundred thousand pixels, to try the script out.
    """
    pixels = PIXELS if limit is None else limit * 100_000
    generator = np.random.default_rng(0)
    truth = generator.integers(LABELS, size=pixels, dtype=np.uint8)
    found = np.where(
        generator.random(pixels, dtype=np.float32) < 0.3,
        truth,
        generator.integers(LABELS, size=pixels, dtype=np.uint8),
    )
    seconds, peaks = [], []
    for _ in range(REPETITIONS):  # in turn, so that a slow moment of the machine meets both alike
        before = _resident_from_now()
        ours, fast = _timed(_ours, truth, found)
        peaks.append((_memory("VmHWM") - before) / 1e6)
        theirs, slow = _timed(_theirs, truth, found)
        seconds.append((fast, slow))
    fast, slow = np.median(seconds, axis=0).tolist()
    megabytes = max(peaks)
    apart = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    yield (
        f"{pixels / 1e6:g} million pixels, {LABELS} by {LABELS} labels of 8 bits, NMI and ARI "
        f"together; medians of {REPETITIONS} runs of each in turn; memory beyond the labels "
        "themselves."
    )
    yield table(
        ("", "seconds", "NMI", "ARI", "memory in MB"),
        [
            ("partonomy", f"{fast:.2f}", *map(str, ours), f"{megabytes:.0f}"),
            ("scikit-learn", f"{slow:.2f}", *map(str, theirs), ""),
        ],
    )
    held = {
        f"under {SECONDS_BAR:g} s": fast < SECONDS_BAR,
        f"under {MEGABYTES_BAR:g} MB": megabytes < MEGABYTES_BAR,
        f"{slow / fast:.0f} times faster (bar {TIMES_BAR:g})": slow / fast >= TIMES_BAR,
        f"{apart:.0e} apart (bar {EQUAL:g})": apart <= EQUAL,
    }
    yield "; ".join(f"{what}: {'yes' if yes else '**NO**'}" for what, yes in held.items())


def _ours(truth: Labels, found: Labels) -> Scores:
    counts = contingency(truth, found, (LABELS, LABELS))
    return normalised_mutual_information(counts), adjusted_rand_index(counts)


def _theirs(truth: Labels, found: Labels) -> Scores:
    return normalized_mutual_info_score(truth, found), adjusted_rand_score(truth, found)


def _timed(
    score: Callable[[Labels, Labels], Scores], truth: Labels, found: Labels
) -> tuple[Scores, float]:
    start = time.perf_counter()
    scores = score(truth, found)
    return scores, time.perf_counter() - start


def _resident_from_now() -> int:
    """Bytes of resident memory; the peak is counted anew from here on."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    """Bytes that Linux tells of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024
