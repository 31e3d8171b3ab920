"""The part model that visual concepts make: parts are branches of a tree of concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.concepts.hierarchy import Linkage, cut, order_by_weight
from partonomy.concepts.statistics import KNOWN
from partonomy.errors import PartonomyError
from partonomy.features import (
    ForegroundModel,
    main_objects,
    object_labels,
    turned_down,
)
from partonomy.features.population import (
    common_response,
    population_responses,
    relative_responses,
    unit_responses,
    unit_rows,
)
from partonomy.images import Grid, Placement, halved
from partonomy.parts import (
    MAX_PARTS,
    FeaturePartModel,
    PartMaps,
    part_model_loader,
    save_part_model,
)

KIND = "concepts"

KAPPA = 30.0
"""Concentration that turns cosines into probabilities (the dictionaries' published constant)."""


@dataclass(frozen=True)
class ConceptTree:
    """Visual concepts and how they make up parts.

    Attributes:
        concepts: (V, C) unit mean of what each concept's positions say in full.
        sums: (V, C) sum of the relative responses of each concept's positions.
        populations: (V,) how many those were.
        linkage: (V - 1, 4) the tree, as SciPy writes it.
        known: cosine from which a concept knows a cell.
    """

    concepts: NDArray[np.float32]
    sums: NDArray[np.float32]
    populations: NDArray[np.int64]
    linkage: Linkage
    known: float

    def parts(self, n_parts: int) -> NDArray[np.int64]:
        """(V,) part 0 .. n_parts - 1 of each concept, the commonest part first."""
        return order_by_weight(cut(self.linkage, n_parts), self.populations)

    def directions(self, n_parts: int) -> NDArray[np.float32]:
        """(K, C) unit mean relative response of each part's positions."""
        branch = self.parts(n_parts)
        total = np.zeros((branch.max() + 1, self.sums.shape[1]))
        np.add.at(total, branch, self.sums)
        return unit_rows(total)


class ConceptPartModel(FeaturePartModel):
    """Scores parts by the cosine of relative responses to each part's mean.

    Args:
        backbone: the network; its layers are looked at as one.
        size: short side of its input, in pixels.
        context: see :func:`population_responses`.
        tree: the concepts.
        n_parts: where the tree is cut; fewer if it has fewer concepts.
        foreground: what finds the foreground where no mask is given.
        with_masks: whether it was fitted inside foreground masks.
        sharpen: whether masks follow the pictures' edges.
        seed: that it was fitted with.
    """

    def __init__(
        self,
        backbone: Backbone,
        size: int,
        context: float,
        tree: ConceptTree,
        n_parts: int,
        *,
        foreground: ForegroundModel | None = None,
        with_masks: bool = False,
        sharpen: bool = True,
        seed: int,
    ) -> None:
        self.backbone = backbone
        self.size = size
        self.context = context
        self.tree = tree
        self.directions = torch.from_numpy(tree.directions(n_parts))
        self._concepts = torch.from_numpy(tree.concepts)
        self.part_names = tuple(f"part_{part:02d}" for part in range(1, len(self.directions) + 1))
        self.foreground = foreground
        self.with_masks = with_masks
        self.sharpen = sharpen
        self.seed = seed

    def part_maps_from(
        self,
        maps: Sequence[Tensor],
        placement: Placement,
        picture: NDArray[np.uint8],
        foreground: NDArray[np.bool_] | None = None,
    ) -> PartMaps:
        """Part maps of one picture, see :class:`partonomy.parts.FeaturePartModel`."""
        responses, grid = self.responses(maps, placement)
        return self.part_maps_of(unit_responses(responses), grid, halved(picture), foreground)

    def part_maps_of(
        self,
        unit: Tensor,
        grid: Grid,
        guide: NDArray[np.uint8] | None = None,
        foreground: NDArray[np.bool_] | None = None,
    ) -> PartMaps:
        """Part maps from what the layers say.

        Args:
            unit: (C, h, w) unit responses, see :func:`partonomy.features.fused`.
            grid: where their cells lie.
            guide: (H, W, 3) uint8, the picture at half the input's size, along whose edges maps are
                sharpened; they are left at the layer's resolution if not given.
            foreground: (height, width) bool in original pixels, where it is known.
        """
        weight, odds = None, None
        if foreground is not None:
            weight = torch.from_numpy(grid.coverage(foreground)).float()
        elif self.foreground is not None:
            odds = self.foreground.log_odds(unit)
            weight = main_objects(odds).sigmoid()
        responses = population_responses(unit, self.context, weight)
        # what is strange goes first: beside it, what is known may look small
        objectness = None if odds is None else main_objects(self._known_objects(odds, responses))
        common = common_response(responses, weight)
        relative = relative_responses(responses.flatten(1).T, common)
        scores = KAPPA * (self.directions @ relative.T).reshape(-1, *responses.shape[1:])
        maps = PartMaps(scores, grid, foreground, objectness)
        return maps.sharpened(guide) if self.sharpen and guide is not None else maps

    def _known_objects(self, odds: Tensor, responses: Tensor) -> Tensor:
        """(h, w) log-odds, with objects turned down that the concepts do not know."""
        labels = object_labels(odds)
        found = labels > 0
        best = (self._concepts @ responses[:, torch.from_numpy(found)]).amax(dim=0)
        known = (best >= self.tree.known).numpy()
        sizes = np.bincount(labels[found], minlength=1)
        counts = np.bincount(labels[found], weights=known, minlength=1)
        return turned_down(odds, np.isin(labels, np.flatnonzero(counts < KNOWN * sizes)))

    def cut(self, n_parts: int) -> ConceptPartModel:
        """The same tree cut into another number of parts, as a fit for that number would be.

        Raises:
            PartonomyError: a label map has no room for so many.
        """
        if not 1 <= n_parts <= MAX_PARTS:
            raise PartonomyError(f"--parts {n_parts}: choose from 1 to {MAX_PARTS}")
        return ConceptPartModel(
            self.backbone,
            self.size,
            self.context,
            self.tree,
            n_parts,
            foreground=self.foreground,
            with_masks=self.with_masks,
            sharpen=self.sharpen,
            seed=self.seed,
        )

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        tree = self.tree
        description = {
            "part_names": list(self.part_names),
            "size": self.size,
            "context": self.context,
            "seed": self.seed,
            "with_masks": self.with_masks,
            "sharpen": self.sharpen,
            "known": tree.known,
            "scores": {"kind": f"{KAPPA:g} x cosine to the part's mean; softmax gives probability"},
        }
        tensors = {
            "concepts": torch.from_numpy(tree.concepts),
            "sums": torch.from_numpy(tree.sums),
            "populations": torch.from_numpy(tree.populations),
            "linkage": torch.from_numpy(tree.linkage),
        }
        if self.foreground is not None:
            tensors["foreground"] = self.foreground.weights
            description["foreground_bias"] = self.foreground.bias
        save_part_model(folder, KIND, description, tensors, self.backbone.spec)


@part_model_loader(KIND)
def _load(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> ConceptPartModel:
    foreground = None
    if "foreground" in tensors:
        bias = float(description["foreground_bias"])
        foreground = ForegroundModel(tensors["foreground"], bias)
    names = ("concepts", "sums", "populations", "linkage")
    concepts, sums, populations, linkage = (tensors[name].numpy() for name in names)
    model = ConceptPartModel(
        backbone,
        int(description["size"]),
        float(description["context"]),
        ConceptTree(concepts, sums, populations, linkage, float(description["known"])),
        len(description["part_names"]),
        foreground=foreground,
        with_masks=bool(description["with_masks"]),
        sharpen=bool(description["sharpen"]),
        seed=int(description["seed"]),
    )
    model.part_names = tuple(description["part_names"])
    return model
