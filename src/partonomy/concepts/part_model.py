"""The part model that visual concepts make: parts are branches of a tree of concepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.concepts.hierarchy import Linkage, cut, order_by_weight
from partonomy.errors import PartonomyError
from partonomy.features import (
    ForegroundModel,
    KnownObjects,
    Surroundings,
    main_objects,
    surrounded,
)
from partonomy.features.population import (
    common_response,
    relative_responses,
    unit_rows,
)
from partonomy.images import Grid
from partonomy.parts import (
    MAX_PARTS,
    PartMaps,
    ResponsePartModel,
    foreground_loaded,
    foreground_saved,
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


class ConceptPartModel(ResponsePartModel):
    """Scores parts by the cosine of relative responses to each part's mean.

    Args:
        backbone: the network; its layers are looked at as one.
        size: short side of its input, in pixels.
        context: see :func:`partonomy.features.surrounded`.
        tree: the concepts.
        n_parts: where the tree is cut; fewer if it has fewer concepts.
        surroundings: of a cell, that say with it what it is.
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
        surroundings: Surroundings = "even",
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
        self.surroundings: Surroundings = surroundings
        self.part_names = tuple(f"part_{part:02d}" for part in range(1, len(self.directions) + 1))
        self.foreground = foreground
        self.with_masks = with_masks
        self.sharpen = sharpen
        self.seed = seed

    @property
    def known(self) -> KnownObjects:
        """Objects that its concepts know."""
        return KnownObjects(torch.from_numpy(self.tree.concepts), self.tree.known)

    def _maps_of(self, unit: Tensor, grid: Grid, foreground: NDArray[np.bool_] | None) -> PartMaps:
        weight, odds = None, None
        if foreground is not None:
            weight = torch.from_numpy(grid.coverage(foreground)).float()
        elif self.foreground is not None:
            odds = self.foreground.log_odds(unit)
            weight = main_objects(odds).sigmoid()
        responses = surrounded(unit, self.surroundings, self.context, weight)
        objectness = None
        if odds is not None:
            objectness = main_objects(self.known.only_known(odds, responses))
        common = common_response(responses, weight)
        relative = relative_responses(responses.flatten(1).T, common)
        scores = KAPPA * (self.directions @ relative.T).reshape(-1, *responses.shape[1:])
        return PartMaps(scores, grid, foreground, objectness)

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
            surroundings=self.surroundings,
            foreground=self.foreground,
            with_masks=self.with_masks,
            sharpen=self.sharpen,
            seed=self.seed,
        )

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        tree = self.tree
        found, foreground = foreground_saved(self.foreground)
        description = {
            "part_names": list(self.part_names),
            "size": self.size,
            "context": self.context,
            "surroundings": self.surroundings,
            "seed": self.seed,
            "with_masks": self.with_masks,
            "sharpen": self.sharpen,
            "known": tree.known,
            "scores": {"kind": f"{KAPPA:g} x cosine to the part's mean; softmax gives probability"},
            **foreground,
        }
        tensors = {
            "concepts": torch.from_numpy(tree.concepts),
            "sums": torch.from_numpy(tree.sums),
            "populations": torch.from_numpy(tree.populations),
            "linkage": torch.from_numpy(tree.linkage),
            **found,
        }
        save_part_model(folder, KIND, description, tensors, self.backbone.spec)


@part_model_loader(KIND)
def _load(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> ConceptPartModel:
    names = ("concepts", "sums", "populations", "linkage")
    concepts, sums, populations, linkage = (tensors[name].numpy() for name in names)
    model = ConceptPartModel(
        backbone,
        int(description["size"]),
        float(description["context"]),
        ConceptTree(concepts, sums, populations, linkage, float(description["known"])),
        len(description["part_names"]),
        # models of before had none but these
        surroundings=description.get("surroundings", "even"),
        foreground=foreground_loaded(description, tensors),
        with_masks=bool(description["with_masks"]),
        sharpen=bool(description["sharpen"]),
        seed=int(description["seed"]),
    )
    model.part_names = tuple(description["part_names"])
    return model
