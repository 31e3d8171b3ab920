"""Contrastive reconstruction: part segmenters trained without part labels (arXiv 2111.06349)."""

from partonomy.segmenter.network_model import NetworkPartModel, part_model_of

__all__ = ["NetworkPartModel", "part_model_of"]
