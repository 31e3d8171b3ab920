"""Visual Concepts: parts as clusters of population responses (arXiv 1511.06855)."""

from partonomy.concepts.discovery import DiscoverSettings, discover
from partonomy.concepts.part_model import ConceptPartModel
from partonomy.concepts.visual_concepts import VisualConcepts

__all__ = ["ConceptPartModel", "DiscoverSettings", "VisualConcepts", "discover"]
