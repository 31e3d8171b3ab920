"""Semantic parts in filters, and the filters and parts that decide a class (arXiv 1607.03738)."""
