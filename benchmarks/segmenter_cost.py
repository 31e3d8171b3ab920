"""What ``train --recipe compact`` costs beyond extracting features."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import data
from benchmarks.processes import PARTONOMY, Measured, measure
from benchmarks.record import table
from partonomy.parts import Run

SECONDS, BYTES = 300, 3 * 2**30
N_PARTS = 8
PHASES = ("fit", "train", "segment")

ROWS = {
    "`discover --surroundings alike`, nothing kept yet": ("discover", "--surroundings", "alike"),
    "`train`, the pictures' features kept": ("train", "--recipe", "compact"),
    "`train`, their views' too": ("train", "--recipe", "compact"),
}
"""Commands that one after another find more of what they need in the cache."""


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures, to try the script out.
    """
    paths = data.car_pictures(limit)
    yield (
        f"The {len(paths)} car pictures, ViT-Tiny at its recommended layer, {N_PARTS} parts, "
        "foreground found, 448 px; whole commands, overlays and report included, that share a "
        "cache. Seconds of the fit, of training (views of pictures and examples included) and of "
        "segmenting are parts of the total; memory is resident at most."
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = data.link_pictures(paths, folder / "pictures")
        measured = {
            title: _measured(arguments, pictures, folder, folder / str(index))
            for index, (title, arguments) in enumerate(ROWS.items())
        }
    yield table(
        ("command", "seconds", *PHASES, "memory, MB"),
        [
            (
                title,
                f"{whole.seconds:.0f}",
                *(f"{phases[phase]:.0f}" if phase in phases else "" for phase in PHASES),
                f"{whole.peak / 1e6:.0f}",
            )
            for title, (whole, phases) in measured.items()
        ],
    )
    rows = []
    for title, (whole, _) in list(measured.items())[1:]:
        held = "yes" if whole.seconds < SECONDS and whole.peak < BYTES else "**NO**"
        rows.append((title, f"{SECONDS} s, {BYTES / 1e6:.0f} MB", held))
    yield table(("beyond extracting features", "bar", "held"), rows)


def _measured(
    arguments: tuple[str, ...], pictures: Path, folder: Path, output: Path
) -> tuple[Measured, Mapping[str, float]]:
    command, *options = arguments
    network = [
        *("--backbone", "vit_tiny_patch16_224", "--mean", "0.5", "--std", "0.5"),
        *("--weights", str(data.weights("vit_tiny_patch16_224"))),
    ]
    shared = ["--parts", str(N_PARTS), "--cache", str(folder / "cache"), "-o", str(output)]
    whole = measure([PARTONOMY, command, str(pictures), *options, *network, *shared])
    return whole, Run(output).file.timings
