"""How far a cell's surroundings tell of its part: chosen for each collection, without labels.

Notation
    r  unit population response of a cell, its surroundings averaged in (see ``population``)
    W  mean over objects of the variance of r within one
    B  variance over objects of their mean r

Surroundings make responses of one part alike, until they hold so much of the object that responses
tell which object it is instead of which part: W / (W + B) falls. The widest surroundings are taken
at which cells still differ within objects rather than between them. Ours, measured in
``docs/methods.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import torch
from numpy.typing import NDArray

from partonomy.backbones import picture_threads
from partonomy.features import FeatureExtractor, PictureFeatures, spread
from partonomy.features.population import population_responses
from partonomy.images import PictureFile, Skipped

CONTEXTS = (1 / 14, 1 / 20, 1 / 28, 1 / 40, 1 / 56, 0.0)
"""As shares of the lattice's shorter side: from two cells, at stride 16 and 448 pixels, to none."""
OF_TRANSFORMERS = 1 / 40
"""The widest where a cell has seen the whole picture already: attention has mixed it in."""
WITHIN = 0.7
"""Least W / (W + B)."""
PICTURES = 24
"""That are looked at, spread evenly over the collection."""

Moments = NDArray[np.float64]
"""(contexts, 1 + C): W of one object and its mean response, by context."""


def choose_context(extractor: FeatureExtractor, files: Sequence[PictureFile]) -> float:
    """The widest of ``CONTEXTS`` at which cells differ within objects rather than between them.

    Args:
        extractor: gives the features, and knows the foreground, if anything does.
        files: the collection.
    """
    some, extractor = spread(files, extractor, PICTURES)
    moments: list[Moments] = []
    with picture_threads(extractor.workers) as pool, closing(extractor.chunks(some)) as chunks:
        for chunk in chunks:
            read = [each for each in extractor.features(chunk) if not isinstance(each, Skipped)]
            moments += [each for each in pool.map(object_moments, read) if each is not None]
    sees_all = np.isinf(extractor.backbone.layers[0].geometry.receptive_field).any()
    widest = OF_TRANSFORMERS if sees_all else CONTEXTS[0]
    if not moments:
        return widest
    shares = dict(zip(CONTEXTS, within_shares(np.stack(moments)), strict=True))
    fitting = (each for each in CONTEXTS if each <= widest and shares[each] >= WITHIN)
    return next(fitting, 0.0)


def object_moments(features: PictureFeatures) -> Moments | None:
    """What a picture's object says of each context; None where none of its cells responds."""
    coverage = features.coverage
    inside = features.inside & (features.unit.square().sum(dim=0) > 0.5).numpy()
    if not inside.any():
        return None
    weight = None if coverage is None else torch.from_numpy(coverage).float()
    found = []
    for context in CONTEXTS:
        responses = population_responses(features.unit, context, weight).numpy()[:, inside]
        mean = responses.mean(axis=1, dtype=np.float64)
        found.append(np.concatenate([[1 - mean @ mean], mean]))  # responses are of unit length
    return np.stack(found)


def within_shares(moments: Moments) -> NDArray[np.float64]:
    """(contexts,) W / (W + B) of objects (n, contexts, 1 + C)."""
    within = moments[..., 0].mean(axis=0)
    between = moments[..., 1:].var(axis=0).sum(axis=1)
    total = within + between
    shares: NDArray[np.float64] = np.where(total > 0, within / np.where(total > 0, total, 1), 1.0)
    return shares
