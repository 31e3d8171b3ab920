"""The part model that sets of filters make: the parts of one class, seen by one layer.

A detection paints its part where, inside its box, the part's filters fire at least ``PAINTED`` of
what they do at their strongest there; the surest detection has a place. Where nothing is painted is
background. How maps follow from detections is ours, chosen on training pictures
(docs/emergence.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone, BackboneSpec
from partonomy.emergence.detectors import Detections, PartDetectors
from partonomy.emergence.refinement import BoxRefinement
from partonomy.images import Grid, Placement, halved
from partonomy.parts import FeaturePartModel, PartMaps, part_model_loader, save_part_model

KIND = "emergence"

PAINTED = 0.3
"""Share of the strongest activation in a detection's box from which its part is painted."""
KAPPA = 3.0
"""What turns scores, as multiples of thresholds, into probabilities, as their power."""
_OBJECT = 3.0
"""Log-odds that what is painted is object, and what is not is none."""
_LEAST = 1e-3
"""Score of a part where it is not painted, as a multiple of its threshold."""


class FilterPartModel(FeaturePartModel):
    """Paints the parts that sets of filters detect.

    Args:
        backbone: the network, with the one layer.
        size: short side of its input, in pixels.
        detectors: of the parts.
        seed: that their sets were searched with.
    """

    with_masks = False

    def __init__(
        self, backbone: Backbone, size: int, detectors: PartDetectors, *, seed: int
    ) -> None:
        self.backbone = backbone
        self.size = size
        self.detectors = detectors
        self.part_names: Sequence[str] = tuple(detectors.part_names)
        self.seed = seed

    def part_maps_from(
        self,
        maps: Sequence[Tensor],
        placement: Placement,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None = None,
    ) -> PartMaps:
        """Part maps of one picture, see :class:`partonomy.parts.FeaturePartModel`.

        With a foreground too, what no part is found on is background.
        """
        activations, grid = self.responses(maps, placement)
        guide = halved(picture)
        found = self.detectors(activations, grid)
        size = halved(guide).shape[:2]  # at which maps are sharpened
        painted = _painted(self.detectors, found, activations, grid, (size[0], size[1]))
        odds = torch.where(painted.amax(dim=0) > 0, _OBJECT, -_OBJECT)
        scores = KAPPA * painted.clamp(min=_LEAST).log()
        sharp = PartMaps(scores, grid.refined((size[0], size[1])), None, odds).sharpened(guide)
        if foreground is None:
            return sharp
        return replace(sharp, foreground=foreground & (sharp.labels() > 0), objectness=None)

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        save_filter_part_model(folder, self.backbone.spec, self.size, self.detectors, self.seed)


def save_filter_part_model(
    folder: Path, spec: BackboneSpec, size: int, detectors: PartDetectors, seed: int
) -> None:
    """Write a part model whose network need not be there.

    Args:
        folder: made if need be.
        spec: of the network with the one layer.
        size, detectors, seed: see :class:`FilterPartModel`.

    Raises:
        PartonomyError: the folder cannot be written.
    """
    description = {
        "part_names": list(detectors.part_names),
        "class": detectors.class_name,
        "size": size,
        "seed": seed,
        "suppressed": detectors.suppressed,
        "scores": {
            "kind": f"{KAPPA:g} x log of a detection's score as a multiple of its part's threshold"
        },
    }
    tables = {
        "part": detectors.part,
        "filter": detectors.filters,
        "strength": detectors.strength,
        "refinement": detectors.refine.weights,
        "pairs": detectors.refine.pairs,
        "threshold": detectors.threshold,
    }
    tensors = {name: torch.from_numpy(table) for name, table in tables.items()}
    save_part_model(folder, KIND, description, tensors, spec)


@part_model_loader(KIND)
def _load(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> FilterPartModel:
    part, filters, pairs = (tensors[name].long().numpy() for name in ("part", "filter", "pairs"))
    strength, weights, threshold = (
        tensors[name].float().numpy() for name in ("strength", "refinement", "threshold")
    )
    detectors = PartDetectors(
        str(description["class"]),
        tuple(map(str, description["part_names"])),
        part,
        filters,
        strength,
        BoxRefinement(weights, pairs),
        threshold,
        float(description["suppressed"]),
    )
    if filters.max() >= backbone.layers[0].channels:
        raise ValueError(f"the layer has {backbone.layers[0].channels} filters")
    return FilterPartModel(
        backbone, int(description["size"]), detectors, seed=int(description["seed"])
    )


def _painted(
    detectors: PartDetectors,
    found: Detections,
    activations: Tensor,
    grid: Grid,
    size: tuple[int, int],
) -> Tensor:
    """(K, *size) the surest detection's score as a multiple of its part's threshold, or 0."""
    painted = torch.zeros(len(detectors.part_names), *size)
    down, across = (torch.from_numpy(grid.interpolation(axis, size[axis])) for axis in (0, 1))
    sides = np.array(size)[[1, 0, 1, 0]] / np.array(grid.picture_size)[[1, 0, 1, 0]]
    # cells whose middles are in the box
    edges = np.ceil(found.boxes * sides - 0.5).astype(np.int64).clip(min=0)
    shares = found.share / detectors.threshold[found.part]
    for part in np.unique(found.part):
        fired = down @ detectors.activation(activations, int(part)) @ across.T
        for which in np.flatnonzero(found.part == part):
            x0, y0, x1, y1 = edges[which]
            inside = fired[y0:y1, x0:x1]
            if inside.numel():
                score = torch.where(inside >= PAINTED * inside.amax(), float(shares[which]), 0.0)
                place = painted[part, y0:y1, x0:x1]
                torch.maximum(place, score, out=place)
    return painted
