"""The annotated cars among the real pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from benchmarks.datasets import TRAINING
from benchmarks.datasets.cars import read_split
from numpy.typing import NDArray


def car_truth(folder: Path, count: int) -> dict[str, NDArray[np.uint8]]:
    """Label maps of the annotated parts of some cars by file name, left and right merged.

    Args:
        folder: of a split, with ``annotations.json`` and ``JPEGImages``.
        count: how many, the first ones.
    """
    return {car.path.name: car.labels for car in read_split(folder, TRAINING, count)}
