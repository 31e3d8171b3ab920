"""Pictures in: which files, their pixels, the network's input, and where everything lies."""

from partonomy.images.chunks import (
    Chunk,
    DecodedPicture,
    Picture,
    RawPicture,
    Skipped,
    decode_for,
    read_chunks,
    unusable,
)
from partonomy.images.decode import MAX_PIXELS, Pixels, decode
from partonomy.images.foreground import MaskFolder
from partonomy.images.grid import Grid, LayerGeometry, Placement
from partonomy.images.guided import GuidedFilter, halved
from partonomy.images.masks import overlay, palette, save_label_png
from partonomy.images.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocessing
from partonomy.images.reading import default_workers, digest, ordered_ahead, read_bytes
from partonomy.images.runs import LabelRuns
from partonomy.images.saving import unfinished, write_atomically
from partonomy.images.sources import PICTURE_SUFFIXES, ImageFolder, PictureFile

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "MAX_PIXELS",
    "PICTURE_SUFFIXES",
    "Chunk",
    "DecodedPicture",
    "Grid",
    "GuidedFilter",
    "ImageFolder",
    "LabelRuns",
    "LayerGeometry",
    "MaskFolder",
    "Picture",
    "PictureFile",
    "Pixels",
    "Placement",
    "Preprocessing",
    "RawPicture",
    "Skipped",
    "decode",
    "decode_for",
    "default_workers",
    "digest",
    "halved",
    "ordered_ahead",
    "overlay",
    "palette",
    "read_bytes",
    "read_chunks",
    "save_label_png",
    "unfinished",
    "unusable",
    "write_atomically",
]
