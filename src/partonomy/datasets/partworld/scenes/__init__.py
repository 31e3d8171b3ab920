"""The kinds of scenes behind PartWorld's objects."""

from partonomy.datasets.partworld.scenes import (  # each registers its scenes
    indoors,
    land,
    town,
    water,
    woods,
)
from partonomy.datasets.partworld.scenes.registry import SCENES, Paint

__all__ = ["SCENES", "Paint", "indoors", "land", "town", "water", "woods"]
