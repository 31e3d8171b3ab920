"""The recipe ``compact``: found parts made better on frozen features, within minutes on a CPU."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from partonomy.segmenter.compact.decoder import Decoder
from partonomy.segmenter.compact.part_model import CompactPartModel

if TYPE_CHECKING:
    from partonomy.segmenter.compact.recipe import Compact
    from partonomy.segmenter.compact.refining import CompactTraining

# what trains is not imported where a trained model is loaded
_LAZY = {"Compact": "recipe", "CompactTraining": "refining"}

__all__ = ["Compact", "CompactPartModel", "CompactTraining", "Decoder"]


def __getattr__(name: str) -> object:
    if name in _LAZY:
        return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
