"""From stimuli to the table of average precision, beside a loop over pairs of filter and part."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.record import table
from benchmarks.rivals import filter_loop
from partonomy.emergence.filters import PartScores, Split, score_filters
from partonomy.emergence.parts import Part, TrueBoxes
from partonomy.emergence.stimuli import NEIGHBOURS, STRONGEST, Stimuli
from partonomy.images.grids import Grids

FILTERS, PARTS, PICTURES = 512, 40, 1000
BAR, TIMES_BAR = 180.0, 50.0
LOOPED = 40
"""Pairs of a filter and a part that the loop is timed on, spread over all."""
SIDE, STRIDE, FIELD = 224, 16.0, 91.0
CELLS = int(SIDE / STRIDE)
ON_PART = 0.6
"""How often the part that a filter knows has its strongest stimulus."""


def run(limit: int | None = None) -> Iterator[str]:
    """This part's lines of markdown.

    Args:
        limit: pictures of each split, to try the script out; filters too are then fewer.
    """
    pictures = limit or PICTURES
    filters = FILTERS if limit is None else min(FILTERS, 2 * PARTS)
    training, test = (made_split(split, pictures, filters) for split in (0, 1))
    start = time.perf_counter()
    scored = list(score_filters(training, test))
    seconds = time.perf_counter() - start
    pairs = np.linspace(0, filters * PARTS - 1, LOOPED).astype(int)
    start = time.perf_counter()
    looped = [filter_loop.pair_precision(training, test, *divmod(int(k), PARTS)) for k in pairs]
    slow = (time.perf_counter() - start) / LOOPED * filters * PARTS
    ours = [_of_pair(scored[k % PARTS], k // PARTS) for k in pairs]
    apart = np.abs(np.array(looped) - np.array(ours)).max()
    yield (
        f"Stimuli to the table of AP, with receptive fields and with refined boxes, of {filters} "
        f"filters, {PARTS} parts, {pictures} pictures to fit on and as many to score on; made "
        f"stimuli, beyond the forward passes. The loop takes one pair of filter and part after "
        f"another (scikit-learn's ridge, then suppression and matching box by box); it is timed on "
        f"{LOOPED} of the {filters * PARTS} pairs, and its time for all reckoned from that. Apart: "
        "the largest difference of AP on these pairs."
    )
    held = seconds < BAR and slow / seconds >= TIMES_BAR
    yield table(
        ("seconds", "loop, seconds", "times faster", "apart", "bar", "held"),
        [
            (
                f"{seconds:.1f}",
                f"{slow:.0f}",
                f"{slow / seconds:.0f}",
                f"{apart:.0e}",
                f"{BAR:g} s, {TIMES_BAR:g} times",
                "yes" if held else "**NO**",
            )
        ],
    )


def _of_pair(scores: tuple[PartScores, PartScores], filter_: int) -> list[float]:
    """AP with receptive fields and with refined boxes, each on both splits."""
    return [
        float(split.average_precision[filter_])
        for each in scores
        for split in (each.training, each.test)
    ]


def made_split(seed: int, pictures: int, filters: int) -> Split:
    """Stimuli anywhere, the strongest of filter f now and then on a part f % PARTS."""
    generator = np.random.default_rng([3, seed])
    shape = (pictures, filters, STRONGEST)
    score = -np.sort(-generator.exponential(size=shape), axis=2)
    score[np.arange(STRONGEST) >= generator.integers(2, STRONGEST + 1, shape[:2])[..., None]] = 0
    flat = np.argsort(generator.random((pictures, filters, CELLS**2), np.float32), axis=2)
    flat = flat[..., :STRONGEST]  # no cell twice
    middle = generator.uniform(0.1 * SIDE, 0.9 * SIDE, (pictures, PARTS, 2))  # (x, y)
    half = generator.uniform(0.06, 0.2, (PARTS, 2)) * SIDE
    half = half * generator.uniform(0.8, 1.25, (pictures, PARTS, 2))
    boxes = np.concatenate([middle - half, middle + half], axis=2).clip(0, SIDE)
    known = np.arange(filters) % PARTS
    at = (middle[:, known] / STRIDE).astype(int)  # (pictures, filters, 2)
    on_part = generator.random(shape[:2]) < ON_PART
    flat[..., 0] = np.where(on_part, at[..., 1] * CELLS + at[..., 0], flat[..., 0])
    cell = np.stack(np.divmod(flat, CELLS), axis=-1)
    stimuli = Stimuli(
        score.astype(np.float32),
        cell.astype(np.int16),
        generator.random((*shape, len(NEIGHBOURS)), np.float32).astype(np.float16),
        Grids.of_rows(np.tile(_GRID, (pictures, 1))),
    )
    boxes[generator.random(boxes.shape[:2]) < 0.1] = np.nan  # parts that are not seen
    truth = [
        TrueBoxes(
            Part("thing", f"part {index}"),
            np.arange(pictures),
            boxes[:, index, None].astype(np.float32),
        )
        for index in range(PARTS)
    ]
    return Split(stimuli, truth)


_GRID = [STRIDE / 2] * 2 + [STRIDE] * 2 + [FIELD] * 2 + [SIDE] * 2
"""Origin, step, receptive field and picture size, as :meth:`Grids.of_rows` takes them."""
