"""Parts without a network: k-means of colour and position, or of position alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.bench import Cut, Pictures, cuts, some
from benchmarks.datasets import GRID, LabelledPicture
from benchmarks.metrics import Labels
from benchmarks.rivals.clusters import kmeans

MOST_POINTS = 50_000
RESTARTS = 10

Describe = Callable[[LabelledPicture], NDArray[np.float32]]


def position(picture: LabelledPicture) -> NDArray[np.float32]:
    """(n, 2) y and x of the foreground's cells, from 0 to 1 over the foreground's box."""
    cells = np.argwhere(picture.truth > 0).astype(np.float32)
    if not len(cells):
        return cells
    first, last = cells.min(axis=0), cells.max(axis=0)
    return (cells - first) / np.maximum(last - first, 1)


def colour_and_position(picture: LabelledPicture) -> NDArray[np.float32]:
    """(n, 5) CIE Lab of the foreground's cells, and their position."""
    lab = cv2.cvtColor(picture.colours.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.hstack([lab[picture.truth > 0], position(picture)])


def fit(
    describe: Describe, pictures: Pictures
) -> Callable[[LabelledPicture], Iterable[tuple[Cut, Labels]]]:
    """k-means of the foreground's cells, each quantity scaled to a deviation of 1."""
    points = np.concatenate([describe(picture) for picture in pictures])
    scale = points.std(axis=0)
    chosen = some(points / scale, MOST_POINTS)
    centroids = {cut: kmeans(chosen, cut, restarts=RESTARTS) for cut in cuts()}

    def segment(picture: LabelledPicture) -> Iterator[tuple[Cut, Labels]]:
        described = describe(picture) / scale
        for cut, means in centroids.items():
            labels = np.zeros((GRID, GRID), np.uint8)
            distances = (means**2).sum(axis=1) - 2 * described @ means.T
            labels[picture.truth > 0] = distances.argmin(axis=1) + 1
            yield cut, labels

    return segment
