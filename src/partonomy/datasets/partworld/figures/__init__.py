"""The classes of PartWorld, one file each."""

from partonomy.datasets.partworld.figures import (  # each registers its class
    aircraft,
    bicycle,
    bird,
    car,
    chair,
    face,
    fish,
    house,
    insect,
    person,
    quadruped,
    ship,
)
from partonomy.datasets.partworld.figures.registry import FIGURES, Figure

__all__ = [
    "FIGURES",
    "Figure",
    "aircraft",
    "bicycle",
    "bird",
    "car",
    "chair",
    "face",
    "fish",
    "house",
    "insect",
    "person",
    "quadruped",
    "ship",
]
