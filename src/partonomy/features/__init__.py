"""Features of whole collections: one pass, bounded memory, kept on disk by content."""

from partonomy.features.extraction import (
    CHUNK_SIZE,
    FeatureChunk,
    FeatureExtractor,
    PictureFeatures,
)
from partonomy.features.foreground import FITTED_PICTURES, fit_foreground, learn_foreground
from partonomy.features.fusion import fused
from partonomy.features.objectness import ForegroundModel, KnownObjects, main_objects
from partonomy.features.progress import Begin, unseen
from partonomy.features.sampling import Sample, SamplingSettings, sample_positions
from partonomy.features.store import (
    ShardStore,
    default_cache,
    round_to_storage,
    storage_dtype,
)
from partonomy.features.surroundings import Surroundings, surrounded

__all__ = [
    "CHUNK_SIZE",
    "FITTED_PICTURES",
    "Begin",
    "FeatureChunk",
    "FeatureExtractor",
    "ForegroundModel",
    "KnownObjects",
    "PictureFeatures",
    "Sample",
    "SamplingSettings",
    "ShardStore",
    "Surroundings",
    "default_cache",
    "fit_foreground",
    "fused",
    "learn_foreground",
    "main_objects",
    "round_to_storage",
    "sample_positions",
    "storage_dtype",
    "surrounded",
    "unseen",
]
