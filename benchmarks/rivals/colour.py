"""Parts without a network: k-means of colour and position, or of position alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench import Cut, Pictures, cuts
from benchmarks.datasets import LabelledPicture
from benchmarks.metrics import Labels
from partonomy import baselines
from partonomy.baselines import PointClusters
from partonomy.baselines.clusters import MOST_POINTS, RESTARTS

__all__ = ["MOST_POINTS", "RESTARTS", "colour_and_position", "fit", "position"]

Describe = Callable[[LabelledPicture], NDArray[np.float32]]


def position(picture: LabelledPicture) -> NDArray[np.float32]:
    """(n, 2) place of the foreground's cells in the foreground's box."""
    return baselines.position(picture.truth > 0)


def colour_and_position(picture: LabelledPicture) -> NDArray[np.float32]:
    """(n, 5) CIE Lab of the foreground's cells, and their position."""
    return baselines.colour_and_position(picture.colours, picture.truth > 0)


def fit(
    describe: Describe, pictures: Pictures
) -> Callable[[LabelledPicture], Iterable[tuple[Cut, Labels]]]:
    """k-means of the foreground's cells, each quantity scaled to a deviation of 1."""
    points = np.concatenate([describe(picture) for picture in pictures])
    clusters = {cut: PointClusters.fit(points, *cut) for cut in cuts()}

    def segment(picture: LabelledPicture) -> Iterator[tuple[Cut, Labels]]:
        points, foreground = describe(picture), picture.truth > 0
        for cut, found in clusters.items():
            yield cut, found.labels(points, foreground)

    return segment
