"""What is object in a picture: a linear reading of a layer, and the objects that it finds.

Notation
    r  what is known of a cell: its unit response and its surroundings' (see ``population``)
    s  = w . r + b  log-odds that the cell is object
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.features.population import inverse_lengths, surroundings
from partonomy.images import digest

CONTEXT = 1 / 18
"""Of a cell's surroundings, see :func:`partonomy.features.population.population_responses`."""
MAIN = 0.3
"""Objects below this share of a picture's largest are left out."""
KNOWN = 0.15
"""Share of an object's cells that must be like some concept, for the object to be of their kind."""


@dataclass(frozen=True)
class ForegroundModel:
    """Tells object from background at each cell of a layer.

    Attributes:
        weights: (2, C) of a cell's own unit response and of its surroundings'.
        bias: added to their products.
    """

    weights: Tensor
    bias: float

    def objectness(self, unit: Tensor) -> Tensor:
        """(h, w) log-odds that a cell is object, from the layer's (C, h, w) unit responses.

        Objects that are small beside the picture's largest are background.
        """
        return main_objects(self.log_odds(unit))

    def log_odds(self, unit: Tensor) -> Tensor:
        """(h, w) as ``objectness``, with small objects too."""
        around = surroundings(unit, CONTEXT)
        of_cells, of_surroundings = (
            torch.tensordot(weights, responses, dims=1)
            for weights, responses in zip(self.weights, (unit, around), strict=True)
        )
        return of_cells + of_surroundings * inverse_lengths(around) + self.bias

    @property
    def key(self) -> str:
        """Tells what it finds from what another finds."""
        return digest(self.weights.numpy().tobytes(), str(self.bias).encode())


@dataclass(frozen=True)
class KnownObjects:
    """Tells objects of a collection's kind from others.

    Attributes:
        concepts: (V, C) unit responses that its objects are made of.
        least: cosine from which one of them knows a cell.
    """

    concepts: Tensor
    least: float

    def only_known(self, odds: Tensor, responses: Tensor) -> Tensor:
        """(h, w) log-odds that a cell is object, with objects turned down that are not known.

        Args:
            odds: (h, w) log-odds, of small objects too: what is strange goes before what is small,
                since beside it what is known may look small.
            responses: (C, h, w) unit responses.
        """
        labels = object_labels(odds)
        found = labels > 0
        best = (self.concepts @ responses[:, torch.from_numpy(found)]).amax(dim=0)
        known = (best >= self.least).numpy()
        sizes = np.bincount(labels[found], minlength=1)
        counts = np.bincount(labels[found], weights=known, minlength=1)
        strange = np.flatnonzero(counts < KNOWN * sizes)
        return turned_down(odds, np.isin(labels, strange))


def main_objects(odds: Tensor) -> Tensor:
    """(h, w) log-odds with every object turned down that is small beside the largest."""
    labels = object_labels(odds)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    return turned_down(odds, np.isin(labels, np.flatnonzero(areas < MAIN * areas.max())))


def object_labels(odds: Tensor) -> NDArray[np.int32]:
    """(h, w) which object each cell is of, from 1, and 0 in the background; objects touch nowhere.

    Args:
        odds: (h, w) log-odds that a cell is object.
    """
    found = (odds > 0).numpy().astype(np.uint8)
    return np.asarray(cv2.connectedComponents(found, connectivity=4)[1], np.int32)


def turned_down(odds: Tensor, cells: NDArray[np.bool_]) -> Tensor:
    """(h, w) log-odds, with the given cells background."""
    return torch.where(torch.from_numpy(cells), -odds.abs(), odds)
