"""The foreground that is found where none is given, and the parts in it, on the full picture.

Mean IoU is the mean over pictures of the found foreground against the true one; full-picture NMI
and ARI (x 100) take the background as one more part, all on the 128 x 128 grid. Everything is
fitted and chosen on the training split and scored on the test split.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.backbones import NETWORKS, Network
from benchmarks.bench import (
    SEEDS,
    SIZE,
    Bench,
    Cut,
    Pictures,
    Scoreboard,
    Segmenter,
    applied,
    spread,
)
from benchmarks.datasets import (
    GRID,
    TEST,
    TRAINING,
    of_split,
    write_foreground,
    write_masks,
)
from benchmarks.datasets.reading import DATA_SETS
from benchmarks.metrics import mask_iou
from benchmarks.record import table
from benchmarks.rivals import two_stage

N_PARTS = 8
ELLIPSES = np.arange(0.3, 1.45, 0.05)
"""Axes that a central ellipse may have, relative to the picture's sides."""

INTRODUCTION = f"""\
Short side {SIZE}, {N_PARTS} parts, recommended layer, mean ± standard deviation over seeds \
{", ".join(map(str, SEEDS))}; fitted on the training split, scored on the test split. Mean IoU of \
the foreground x 100; NMI / ARI x 100 of full pictures, the background being one more part. Within \
each given foreground, parts are partonomy's.

- partonomy, auto: `--foreground auto` and sharpened masks, the defaults.

- border only: a central ellipse, of the size that is best on the training split.
- two-stage clustering (Amir et al., 2021): objectness is the first principal component of the \
features, low at the borders; clusters with {two_stage.VOTES:.0%} of the pictures' votes are \
foreground; then parts, then a dense CRF.
- random weights: the same network before training."""


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures of each split, to try the script out.
    """
    yield INTRODUCTION
    for name, read in DATA_SETS.items():
        pictures = read(limit)
        axis = _best_ellipse(of_split(pictures, TRAINING))
        for network in NETWORKS:
            yield f"### {name.capitalize()}, {network.title}"
            with tempfile.TemporaryDirectory() as folder:
                rows = list(_rows(network, pictures, axis, Path(folder)))
            yield table(("foreground", "mean IoU", "NMI / ARI"), rows)


def _rows(
    network: Network, pictures: Pictures, axis: float, folder: Path
) -> Iterator[tuple[str, ...]]:
    training, test = of_split(pictures, TRAINING), of_split(pictures, TEST)
    backbone = network.load()
    ellipses = [_ellipse(axis, picture.labels.shape) for picture in pictures]
    foregrounds = {
        "given": write_foreground(pictures, folder / "given"),
        f"border only (axes {axis:.2f} of the sides)": write_masks(
            pictures, ellipses, folder / "ellipses"
        ),
        "everything": None,
    }
    for title, masks in foregrounds.items():
        bench = Bench(backbone, folder, masks)
        yield title, *_figures(bench, applied(bench.partonomy(training, (N_PARTS,))), test)
    for title, random in (("", False), (", random weights", True)):
        bench = Bench(network.load(random=random), folder, None)
        default = bench.partonomy_default(training, N_PARTS)
        yield f"**partonomy, auto**{title}", *_figures(bench, default, test)
        segment = two_stage.fit_all(bench, training, N_PARTS, SEEDS)
        yield f"two-stage clustering{title}", *_figures(bench, segment, test)


def _figures(bench: Bench, segment: Segmenter, scored: Pictures) -> tuple[str, str]:
    """Mean IoU, and full-picture NMI and ARI."""
    board = Scoreboard()
    overlaps: dict[Cut, list[float]] = defaultdict(list)
    for picture, found in bench.segmented(scored, {"": segment}):
        board.add("", picture, found[""])
        for cut, labels in found[""]:
            overlaps[cut].append(100 * mask_iou(picture.truth > 0, labels > 0))
    means = [(float(np.mean(each)),) for each in overlaps.values()]
    return spread(means), spread(board.scores(background=True)[""][N_PARTS])


def _ellipse(axis: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A mask of an ellipse in the middle, its axes so long relative to the sides."""
    down, across = (((np.arange(side) + 0.5) / side - 0.5) / (axis / 2) for side in shape)
    return down[:, None] ** 2 + across**2 <= 1


def _best_ellipse(pictures: Pictures) -> float:
    def mean(axis: float) -> float:
        mask = _ellipse(axis, (GRID, GRID))
        return float(np.mean([mask_iou(each.truth > 0, mask) for each in pictures]))

    return max(map(float, ELLIPSES), key=mean)
