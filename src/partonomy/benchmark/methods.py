"""The methods of a benchmark by name: each makes a part model of a collection."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from partonomy.baselines import BASELINES, fit_baseline
from partonomy.concepts import ConceptPartModel, VisualConcepts
from partonomy.concepts.visual_concepts import Clustering
from partonomy.features import FeatureExtractor, Surroundings, unseen
from partonomy.images import ImageFolder
from partonomy.parts import PartModel
from partonomy.segmenter.compact import Compact, CompactTraining

Options = Mapping[str, Any]
"""Of a method, by name: those that a plan gives, the others have their defaults."""


@dataclass(frozen=True)
class Fitting:
    """What a method is given.

    Attributes:
        pictures: the collection.
        extractor: gives the features, and knows the foreground.
        untrained: likewise of the network with random weights, of a seed.
        n_parts: how many are looked for.
        seed: of everything random.
        found: visual concepts so far, by network and options: rows that begin with them share them.
    """

    pictures: ImageFolder
    extractor: FeatureExtractor
    untrained: Callable[[int], FeatureExtractor]
    n_parts: int
    seed: int
    found: dict[str, ConceptPartModel] = field(default_factory=dict, repr=False)


class NoOptions(BaseModel):
    """Of a method that takes none."""

    model_config = ConfigDict(extra="forbid")


class ConceptOptions(NoOptions):
    """Of :class:`partonomy.concepts.VisualConcepts`, whose defaults hold."""

    n_concepts: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    surroundings: Surroundings = "even"
    context: Annotated[float, Field(ge=0, le=1)] | Literal["auto"] = "auto"
    clustering: Clustering = "kmeans"
    sharpen: bool = True


@dataclass(frozen=True)
class Method:
    """A way to find parts.

    Attributes:
        fit: makes the part model of what it is given, with options.
        options: what options there are; their values are checked by it before anything runs.
    """

    fit: Callable[[Fitting, Options], PartModel]
    options: type[BaseModel] = NoOptions

    def checked(self, name: str, given: Options) -> Options:
        """The options that are given, and no others.

        Args:
            name: of the method, for errors.
            given: by a plan.

        Raises:
            ValueError: there is no such option, or it cannot have such a value; in one line.
        """
        known = self.options.model_fields
        for option in given:
            if not known:
                raise ValueError(f"{name} takes no options: leave out {option}")
            if option not in known:
                raise ValueError(f"{name} has no option {option}: choose from {', '.join(known)}")
        try:
            return self.options.model_validate(given).model_dump(exclude_unset=True)
        except ValidationError as error:
            raise ValueError(f"{name}, {first_of(error)}") from None


def first_of(error: ValidationError) -> str:
    """The first thing that is wrong, and where if in one place, in one line."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


OURS = "partonomy"
COMPACT = "compact"
RANDOM = "partonomy, random weights"


def _concepts(of: Fitting, extractor: FeatureExtractor, options: Options) -> ConceptPartModel:
    """The defaults of ``discover``, but for the options."""
    key = json.dumps([extractor.backbone.key, options], sort_keys=True)
    if key not in of.found:
        estimator = VisualConcepts(
            n_parts=of.n_parts,
            size=extractor.preprocessing.size,
            foreground=None,  # the extractor has it
            random_state=of.seed,
            **options,
        )
        of.found[key] = estimator.fit_features(extractor, of.pictures).part_model_
    return of.found[key]


def _visual_concepts(of: Fitting, options: Options) -> PartModel:
    return _concepts(of, of.extractor, options)


def _random_weights(of: Fitting, options: Options) -> PartModel:
    return _concepts(of, of.untrained(of.seed), options)


def _compact(of: Fitting, options: Options) -> PartModel:
    """Visual concepts of surroundings that are alike, and what training makes of them."""
    found = _concepts(of, of.extractor, {"surroundings": "alike"})
    training = CompactTraining(Compact(**options))
    with tempfile.TemporaryDirectory() as folder:
        return training(found, of.extractor, of.pictures, Path(folder), unseen).model


def _baseline(name: str, of: Fitting, _options: Options) -> PartModel:
    return fit_baseline(name, of.extractor, of.pictures.files, of.n_parts, of.seed)


METHODS: Mapping[str, Method] = {
    OURS: Method(_visual_concepts, ConceptOptions),
    COMPACT: Method(_compact, Compact),
    **{name: Method(partial(_baseline, name)) for name in BASELINES},
    RANDOM: Method(_random_weights, ConceptOptions),
}
