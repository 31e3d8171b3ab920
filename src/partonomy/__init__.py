"""partonomy: see the semantic parts that a vision network knows.

The first screen::

    import partonomy as pt

    backbone = pt.load_backbone("torchvision/resnet50", layer="layer3")
    concepts = pt.VisualConcepts(n_parts=8).fit(backbone, pt.ImageFolder("photos/"))
    for picture in concepts.predict(pt.ImageFolder("more/")):
        picture.save_mask("masks/")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from partonomy.errors import PartonomyError, PictureError

if TYPE_CHECKING:
    from partonomy.backbones import Backbone, list_layers, load_backbone
    from partonomy.concepts import DiscoverSettings, VisualConcepts, discover
    from partonomy.export import export_run
    from partonomy.images import Grid, ImageFolder, MaskFolder
    from partonomy.parts import PartMaps, PartModel, Run, load, segment, segment_collection
    from partonomy.report import write_report
    from partonomy.segmenter.choudhury import Choudhury2021, train_choudhury
    from partonomy.segmenter.compact import Compact, CompactTraining

# rooms are imported when first used, so that `partonomy --help` need not wait for torch
_ROOMS = {
    "Backbone": "backbones",
    "list_layers": "backbones",
    "load_backbone": "backbones",
    "DiscoverSettings": "concepts",
    "VisualConcepts": "concepts",
    "discover": "concepts",
    "export_run": "export",
    "Grid": "images",
    "ImageFolder": "images",
    "MaskFolder": "images",
    "PartMaps": "parts",
    "PartModel": "parts",
    "Run": "parts",
    "load": "parts",
    "segment": "parts",
    "segment_collection": "parts",
    "write_report": "report",
    "Choudhury2021": "segmenter.choudhury",
    "train_choudhury": "segmenter.choudhury",
    "Compact": "segmenter.compact",
    "CompactTraining": "segmenter.compact",
}

__all__ = [
    "Backbone",
    "Choudhury2021",
    "Compact",
    "CompactTraining",
    "DiscoverSettings",
    "Grid",
    "ImageFolder",
    "MaskFolder",
    "PartMaps",
    "PartModel",
    "PartonomyError",
    "PictureError",
    "Run",
    "VisualConcepts",
    "discover",
    "export_run",
    "list_layers",
    "load",
    "load_backbone",
    "segment",
    "segment_collection",
    "train_choudhury",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("partonomy")
    if name in _ROOMS:
        return getattr(importlib.import_module(f"partonomy.{_ROOMS[name]}"), name)
    raise AttributeError(f"module 'partonomy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
