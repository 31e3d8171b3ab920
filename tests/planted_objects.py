"""Objects with planted parts, as detectors see them: each part has a direction of its own."""

from __future__ import annotations

import numpy as np
import torch

from partonomy.concepts.detectors import ObjectCrop, Places
from partonomy.images import Grid, LayerGeometry, Placement

STRIDE = 16
NAMES = ("head", "wheel", "tail")


def grid_of(shape: tuple[int, int], stride: int = STRIDE) -> Grid:
    size = (shape[0] * stride, shape[1] * stride)
    geometry = LayerGeometry((stride, stride), (stride / 2, stride / 2), (100, 100))
    return Grid(Placement(size, size, (1.0, 1.0)), geometry, shape)


def crop_of(
    features: torch.Tensor,
    part: list[int],
    cells: list[tuple[int, int]],
    visible: list[bool] | None = None,
    picture: str = "a.png",
) -> ObjectCrop:
    """An object with parts at the centres of some cells."""
    point = [(column * STRIDE + STRIDE / 2, row * STRIDE + STRIDE / 2) for row, column in cells]
    places = Places(
        np.array(part, np.int64),
        np.array(point, float).reshape(-1, 2),
        np.array([True] * len(part) if visible is None else visible, bool),
    )
    shape = (features.shape[1], features.shape[2])
    return ObjectCrop(picture, "thing", NAMES, features.half(), grid_of(shape), places, None)


def planted_objects(
    count: int, seed: int, channels: int = 24, shape: tuple[int, int] = (12, 12)
) -> list[ObjectCrop]:
    """Objects whose parts lie alike, four cells apart or more but for the wheels, anywhere.

    Channel p responds at part p (two wheels); the others are noise.
    """
    generator = np.random.default_rng(seed)
    crops = []
    for index in range(count):
        row, column = generator.integers(1, 7, 2).tolist()
        cells = [(row, column), (row, column + 5), (row + 2, column + 5), (row + 4, column + 1)]
        part = [0, 1, 1, 2]  # head, wheels, tail
        features = generator.random((channels, *shape)).astype(np.float32)
        features[: len(NAMES)] *= 0.2
        for which, (r, c) in zip(part, cells, strict=True):
            features[:, r, c] *= 0.3
            features[which, r, c] = 6.0
        crops.append(crop_of(torch.from_numpy(features), part, cells, picture=f"{index}.png"))
    return crops
