"""The methods of a benchmark by name: each makes a part model of a collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from partonomy.baselines import BASELINES, fit_baseline
from partonomy.concepts import VisualConcepts
from partonomy.features import FeatureExtractor
from partonomy.images import ImageFolder
from partonomy.parts import PartModel


@dataclass(frozen=True)
class Fitting:
    """What a method is given.

    Attributes:
        pictures: the collection.
        extractor: gives the features, and knows the foreground.
        untrained: likewise of the network with random weights, of a seed.
        n_parts: how many are looked for.
        seed: of everything random.
    """

    pictures: ImageFolder
    extractor: FeatureExtractor
    untrained: Callable[[int], FeatureExtractor]
    n_parts: int
    seed: int


Method = Callable[[Fitting], PartModel]

OURS = "partonomy"
RANDOM = "partonomy, random weights"


def _visual_concepts(of: Fitting, extractor: FeatureExtractor | None = None) -> PartModel:
    """The defaults of ``discover``."""
    extractor = extractor or of.extractor
    estimator = VisualConcepts(
        n_parts=of.n_parts,
        size=extractor.preprocessing.size,
        foreground=None,  # the extractor has it
        random_state=of.seed,
    )
    return estimator.fit_features(extractor, of.pictures).part_model_


def _random_weights(of: Fitting) -> PartModel:
    return _visual_concepts(of, of.untrained(of.seed))


def _baseline(name: str, of: Fitting) -> PartModel:
    return fit_baseline(name, of.extractor, of.pictures.files, of.n_parts, of.seed)


METHODS: Mapping[str, Method] = {
    OURS: _visual_concepts,
    **{name: partial(_baseline, name) for name in BASELINES},
    RANDOM: _random_weights,
}


def fitted(methods: Sequence[str], of: Fitting) -> list[PartModel]:
    """The part model of each method."""
    return [METHODS[name](of) for name in methods]
