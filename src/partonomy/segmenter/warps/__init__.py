"""Other views of the same pictures: warped, and in other colours."""

from partonomy.segmenter.warps.affine import Affine, random_affine, random_similarity
from partonomy.segmenter.warps.jitter import PhotometricJitter
from partonomy.segmenter.warps.thin_plate import ThinPlate, random_thin_plate
from partonomy.segmenter.warps.warp import Warp, pixel_centres

__all__ = [
    "Affine",
    "PhotometricJitter",
    "ThinPlate",
    "Warp",
    "pixel_centres",
    "random_affine",
    "random_similarity",
    "random_thin_plate",
]
