"""Ground truth in: what is annotated in pictures."""

from partonomy.datasets.annotation import AnnotatedPart, Annotation, PartSchema

__all__ = ["AnnotatedPart", "Annotation", "PartSchema"]
