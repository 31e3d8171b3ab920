"""Contrastive reconstruction: part segmenters trained without part labels (arXiv 2111.06349)."""

from partonomy.segmenter.compact import CompactPartModel
from partonomy.segmenter.network_model import NetworkPartModel, part_model_of

__all__ = ["CompactPartModel", "NetworkPartModel", "part_model_of"]
