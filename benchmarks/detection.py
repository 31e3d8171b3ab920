"""Average precision of many detectors for many parts beside a plain loop over detections."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.record import table
from partonomy.metrics import Criterion, Detections, TrueParts, average_precision, precision_of

DETECTORS, DETECTIONS, PARTS, PICTURES, TRUE_A_PICTURE = 200, 10_000, 40, 1000, 60
BAR = 60.0
LOOPED = 40
"""Pairs of a detector and a part that the loop is timed on, spread over all."""
CRITERIA = (Criterion("iou", 0.4), Criterion("distance", 56.0))


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: detectors, to try the script out.
    """
    detectors = limit or DETECTORS
    truth = _truth()
    made = [_detections(seed, truth) for seed in range(detectors)]
    pairs = np.linspace(0, detectors * PARTS - 1, LOOPED).astype(int)
    rows = []
    for criterion in CRITERIA:
        start = time.perf_counter()
        found = [each.average_precision for each in precision_of(made, truth, criterion)]
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        looped = [_loop(made[pair // PARTS], truth, pair % PARTS, criterion) for pair in pairs]
        slow = (time.perf_counter() - start) / LOOPED * detectors * PARTS
        apart = np.abs(np.array(looped) - np.ravel(found)[pairs]).max()
        rows.append(
            (
                f"{criterion.kind}, {criterion.threshold:g}",
                f"{seconds:.1f}",
                f"{BAR:g}",
                "yes" if seconds < BAR else "**NO**",
                f"{slow:.0f}",
                f"{slow / seconds:.0f}",
                f"{apart:.0e}",
            )
        )
    yield (
        f"{DETECTIONS} detections each of {detectors} detectors, {PARTS} parts, {PICTURES} "
        f"pictures, {TRUE_A_PICTURE} true parts a picture. The loop is timed on "
        f"{LOOPED} of the {detectors * PARTS} pairs of detector and part."
    )
    header = ("criterion", "seconds", "bar", "held", "loop, seconds", "times faster", "apart")
    yield table(header, rows)


def _truth() -> TrueParts:
    generator = np.random.default_rng(0)
    count = PICTURES * TRUE_A_PICTURE
    corner = generator.uniform(0, 300, (count, 2))
    box = np.concatenate([corner, corner + generator.uniform(30, 120, (count, 2))], axis=1)
    picture = np.repeat(np.arange(PICTURES), TRUE_A_PICTURE)
    return TrueParts(picture, generator.integers(PARTS, size=count), box, PARTS)


def _detections(seed: int, truth: TrueParts) -> Detections:
    """Half of them near true parts."""
    generator = np.random.default_rng([1, seed])
    near = generator.integers(len(truth.part), size=DETECTIONS)
    box = truth.box[near] + generator.normal(0, 15, (DETECTIONS, 4))
    anywhere = generator.random(DETECTIONS) < 0.5
    picture = np.where(anywhere, generator.integers(PICTURES, size=DETECTIONS), truth.picture[near])
    return Detections(picture, box, generator.random(DETECTIONS))


def _loop(detections: Detections, truth: TrueParts, part: int, criterion: Criterion) -> float:
    """As the development kit of PASCAL VOC goes about it: one detection after another."""
    mine = np.flatnonzero(truth.part == part)
    of_picture: dict[int, list[int]] = {}
    for index in mine:
        of_picture.setdefault(int(truth.picture[index]), []).append(int(index))
    taken: set[int] = set()
    ranks = []
    for rank, index in enumerate(np.argsort(-detections.score, kind="stable"), start=1):
        x0, y0, x1, y1 = detections.box[index]
        best, fit = -1, -np.inf
        for true in of_picture.get(int(detections.picture[index]), []):
            u0, v0, u1, v1 = truth.box[true]
            if criterion.kind == "iou":
                both = max(0.0, min(x1, u1) - max(x0, u0)) * max(0.0, min(y1, v1) - max(y0, v0))
                own = max(0.0, x1 - x0) * max(0.0, y1 - y0)
                this = both / (own + (u1 - u0) * (v1 - v0) - both)
            else:
                this = -float(np.hypot((x0 + x1 - u0 - u1) / 2, (y0 + y1 - v0 - v1) / 2))
            if this > fit:
                best, fit = true, this
        enough = criterion.threshold if criterion.kind == "iou" else -criterion.threshold
        if fit >= enough and best not in taken:
            taken.add(best)
            ranks.append(rank)
    return average_precision(np.array(ranks, np.int64), len(mine))
