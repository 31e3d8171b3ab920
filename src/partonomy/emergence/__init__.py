"""Semantic parts in filters, and the filters and parts that decide a class (arXiv 1607.03738)."""

from partonomy.emergence.part_model import FilterPartModel

__all__ = ["FilterPartModel"]
