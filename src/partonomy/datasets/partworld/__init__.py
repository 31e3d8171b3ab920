"""PartWorld: rendered objects whose parts are known exactly."""

from partonomy.datasets.partworld.figures import FIGURES, Figure
from partonomy.datasets.partworld.occluders import LEVELS
from partonomy.datasets.partworld.rendering import Rendering, render
from partonomy.datasets.partworld.world import PartWorld
from partonomy.datasets.partworld.writing import write_folder

__all__ = ["FIGURES", "LEVELS", "Figure", "PartWorld", "Rendering", "render", "write_folder"]
