"""Features of whole collections: one pass, bounded memory, kept on disk by content."""

from partonomy.features.extraction import (
    CHUNK_SIZE,
    FeatureChunk,
    FeatureExtractor,
    PictureFeatures,
)
from partonomy.features.sampling import Sample, SamplingSettings, sample_positions
from partonomy.features.store import (
    ShardStore,
    default_cache,
    round_to_storage,
    storage_dtype,
    write_atomically,
)

__all__ = [
    "CHUNK_SIZE",
    "FeatureChunk",
    "FeatureExtractor",
    "PictureFeatures",
    "Sample",
    "SamplingSettings",
    "ShardStore",
    "default_cache",
    "round_to_storage",
    "sample_positions",
    "storage_dtype",
    "write_atomically",
]
