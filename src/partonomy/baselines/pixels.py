"""Parts without features: clusters of colour and position, or of position alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.baselines.clusters import PointClusters, Points
from partonomy.baselines.model import Baseline
from partonomy.features import ForegroundModel
from partonomy.images import Grid, halved
from partonomy.parts import PartMaps

Kind = Literal["colour and position", "position"]


def position(foreground: NDArray[np.bool_], inside: NDArray[np.bool_] | None = None) -> Points:
    """(n, 2) y and x of pixels, from 0 to 1 over the foreground's box.

    Args:
        foreground: (height, width); where nothing is, the box is the picture.
        inside: (height, width) of which pixels; the foreground's if not given.
    """
    wanted = foreground if inside is None else inside
    box = np.argwhere(foreground if foreground.any() else np.ones_like(foreground))
    first, last = box.min(axis=0).astype(np.float32), box.max(axis=0).astype(np.float32)
    return (np.argwhere(wanted).astype(np.float32) - first) / np.maximum(last - first, 1)


def colour_and_position(
    rgb: NDArray[np.uint8],
    foreground: NDArray[np.bool_],
    inside: NDArray[np.bool_] | None = None,
) -> Points:
    """(n, 5) CIE Lab of pixels, and their position.

    Args:
        rgb: (height, width, 3).
        foreground: (height, width).
        inside: (height, width) of which pixels; the foreground's if not given.
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    wanted = foreground if inside is None else inside
    return np.hstack([lab[wanted], position(foreground, inside)])


def _position_alone(
    _rgb: NDArray[np.uint8],
    foreground: NDArray[np.bool_],
    inside: NDArray[np.bool_] | None = None,
) -> Points:
    return position(foreground, inside)


Describe = Callable[[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_] | None], Points]
DESCRIPTIONS: Mapping[Kind, Describe] = {
    "colour and position": colour_and_position,
    "position": _position_alone,
}


class PixelBaseline(Baseline):
    """k-means of each pixel's colour and place on the object, at half the input's size.

    Args:
        backbone: what finds the foreground.
        size: short side of its input, in pixels.
        kind: ``colour and position`` or ``position``.
        clusters: of the pixels.
        foreground: what finds the foreground where no mask is given.
        with_masks: whether it was fitted inside foreground masks.
        seed: that it was fitted with.
    """

    def __init__(
        self,
        backbone: Backbone,
        size: int,
        kind: Kind,
        clusters: PointClusters,
        foreground: ForegroundModel | None,
        with_masks: bool,
        seed: int,
    ) -> None:
        super().__init__(backbone, size, len(clusters.centroids), foreground, with_masks, seed)
        self.kind = kind
        self.clusters = clusters

    def _found(
        self,
        responses: Tensor,
        grid: Grid,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None,
        objectness: Tensor | None,
    ) -> PartMaps:
        guide = halved(picture)
        blank = on_guide(grid, guide, foreground, objectness)
        everywhere = np.ones(guide.shape[:2], bool)
        points = DESCRIPTIONS[self.kind](guide, inside(blank), everywhere)
        scores = self.clusters.scores(points).T.reshape(-1, *guide.shape[:2])
        return PartMaps(
            torch.from_numpy(scores.astype(np.float32)), blank.grid, foreground, blank.objectness
        )

    def _described(self) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:
        tensors = {
            "scale": torch.from_numpy(self.clusters.scale),
            "centroids": torch.from_numpy(self.clusters.centroids),
        }
        return {"method": self.kind}, tensors


def on_guide(
    grid: Grid,
    guide: NDArray[np.uint8],
    foreground: NDArray[np.bool_] | None,
    objectness: Tensor | None,
) -> PartMaps:
    """Maps of one part without any score, a cell for each pixel of a guide.

    Args:
        grid: of the layer.
        guide: (H, W, 3), the picture at half the input's size.
        foreground: (height, width) in original pixels, where it is given.
        objectness: (h, w) of the layer's lattice, where it is found.
    """
    fine = grid.refined(guide.shape[:2])
    if objectness is not None:
        down, across = (torch.from_numpy(grid.resampling(axis, fine)) for axis in (0, 1))
        objectness = down @ objectness @ across.T
    return PartMaps(torch.zeros(1, *guide.shape[:2]), fine, foreground, objectness)


def inside(blank: PartMaps) -> NDArray[np.bool_]:
    """(H, W) which of a guide's pixels are object."""
    return blank.labels(blank.grid.shape) > 0
