"""The recipe ``compact``: found parts made better on frozen features, within minutes on a CPU."""

from partonomy.segmenter.compact.decoder import Decoder
from partonomy.segmenter.compact.part_model import CompactPartModel
from partonomy.segmenter.compact.recipe import Compact
from partonomy.segmenter.compact.refining import CompactTraining

__all__ = ["Compact", "CompactPartModel", "CompactTraining", "Decoder"]
