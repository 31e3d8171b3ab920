"""The currency: part maps, part models saved and loaded, masks, runs."""

from partonomy.parts.applying import segment_collection
from partonomy.parts.hub import HubModel
from partonomy.parts.loading import load, part_model_loader
from partonomy.parts.maps import MAX_PARTS, PartMaps
from partonomy.parts.model import (
    PartModel,
    foreground_loaded,
    foreground_saved,
    network_tensors,
    save_part_model,
)
from partonomy.parts.on_features import (
    FeaturePartModel,
    ResponsePartModel,
    part_maps_of_each,
)
from partonomy.parts.refining import FoundParts, Refined, Refinement
from partonomy.parts.run import Run, RunFile
from partonomy.parts.segmenting import (
    LiveSegmentation,
    PictureParts,
    mask_path,
    segment,
    write_masks,
)

__all__ = [
    "MAX_PARTS",
    "FeaturePartModel",
    "FoundParts",
    "HubModel",
    "LiveSegmentation",
    "PartMaps",
    "PartModel",
    "PictureParts",
    "Refined",
    "Refinement",
    "ResponsePartModel",
    "Run",
    "RunFile",
    "foreground_loaded",
    "foreground_saved",
    "load",
    "mask_path",
    "network_tensors",
    "part_maps_of_each",
    "part_model_loader",
    "save_part_model",
    "segment",
    "segment_collection",
    "write_masks",
]
