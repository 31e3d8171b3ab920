"""Ground truth in: what is annotated in pictures, and the data sets it is read from."""

from partonomy.datasets.annotation import AnnotatedPart, Annotation, PartSchema
from partonomy.datasets.reading import DataSet, Item
from partonomy.datasets.registry import cards, missing, read_dataset

__all__ = [
    "AnnotatedPart",
    "Annotation",
    "DataSet",
    "Item",
    "PartSchema",
    "cards",
    "missing",
    "read_dataset",
]
