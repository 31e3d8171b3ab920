"""Metrics: pure functions, arrays in and numbers out."""

from partonomy.metrics.agreement import adjusted_rand_index, contingency

__all__ = ["adjusted_rand_index", "contingency"]
