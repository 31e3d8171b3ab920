"""What makes better parts of parts that were found: the seam between methods that find and train.

A method that finds parts does not know the one that trains on them, nor the other way round: a run
is given both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.features import (
    Begin,
    FeatureExtractor,
    ForegroundModel,
    KnownObjects,
    Surroundings,
)
from partonomy.images import ImageFolder
from partonomy.parts.on_features import ResponsePartModel


class FoundParts(Protocol):
    """Parts as directions of responses, see :class:`partonomy.concepts.ConceptPartModel`.

    Attributes:
        backbone, size, part_names, with_masks, seed: as of any part model.
        directions: (K, C) unit directions of relative responses.
        surroundings: of the responses.
        foreground: what finds the foreground where no mask is given.
        sharpen: whether masks follow the pictures' edges.
    """

    backbone: Backbone
    size: int
    part_names: Sequence[str]
    with_masks: bool
    seed: int
    directions: Tensor
    surroundings: Surroundings
    foreground: ForegroundModel | None
    sharpen: bool

    @property
    def known(self) -> KnownObjects:
        """Objects that are found."""
        ...


@dataclass(frozen=True)
class Refined:
    """What came of it.

    Attributes:
        model: the better parts; part i is what became of part i.
        results: figures for ``run.json``.
        tables: rows for the run's tables, by name.
        notes: sentences for people.
    """

    model: ResponsePartModel
    results: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    notes: Sequence[str] = ()


class Refinement(Protocol):
    """Makes better parts of found ones."""

    @property
    def config(self) -> Mapping[str, Any]:
        """All that decides what comes of it, as JSON values with a ``name``."""
        ...

    def __call__(
        self,
        found: FoundParts,
        extractor: FeatureExtractor,
        pictures: ImageFolder,
        folder: Path,
        begin: Begin,
    ) -> Refined:
        """Train on a collection.

        Args:
            found: the parts to begin with.
            extractor: gives the features they were found in, and knows the masks.
            pictures: the collection.
            folder: for checkpoints, so that a rerun goes on.
            begin: for progress.
        """
        ...
