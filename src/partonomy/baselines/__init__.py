"""What any way to find parts must be better than, each a part model like the others."""

from partonomy.baselines.clusters import PointClusters, kmeans
from partonomy.baselines.factorization import factorized, unfolded
from partonomy.baselines.features import FeatureBaseline
from partonomy.baselines.fitting import BASELINES, fit_baseline
from partonomy.baselines.pixels import PixelBaseline, colour_and_position, position

__all__ = [
    "BASELINES",
    "FeatureBaseline",
    "PixelBaseline",
    "PointClusters",
    "colour_and_position",
    "factorized",
    "fit_baseline",
    "kmeans",
    "position",
    "unfolded",
]
