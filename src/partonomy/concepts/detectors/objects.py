"""Objects as detectors see them: what a layer says at each cell, and where the parts are.

Frames
    crop    pixels of an object's box, resized to a short side of ``SHORT_SIDE``: what the network
            sees, and what all places, boxes and distances of detectors are in
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone
from partonomy.concepts.detectors.places import Kind, Places, part_places
from partonomy.errors import PartonomyError
from partonomy.features.objects import SHORT_SIDE, AnnotatedPicture, ObjectView, look_at_objects
from partonomy.features.population import unit_responses
from partonomy.images import Grid, Placement, Skipped


@dataclass(frozen=True)
class ObjectCrop:
    """One object as detectors see it, in the crop's frame.

    Attributes:
        picture: name of the picture that it is in.
        class_name: of the object.
        part_names: that it may have.
        features: (C, h, w) activations of the layer, in 16 bits.
        grid: where the cells lie in the crop.
        places: where the parts are.
        inside: (h, w) bool, cells of which at least half is the object; None if its pixels are not
            known.
    """

    picture: str
    class_name: str
    part_names: tuple[str, ...]
    features: Tensor
    grid: Grid
    places: Places
    inside: NDArray[np.bool_] | None

    @property
    def activations(self) -> Tensor:
        """(C, h, w) float32."""
        return self.features.float()

    @property
    def unit(self) -> Tensor:
        """(C, h, w) float32, each cell's response at unit length; 0 where no channel responds."""
        return unit_responses(self.features)


def object_crops(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    kind: Kind,
    *,
    class_name: str | None = None,
    size: int = SHORT_SIDE,
    workers: int | None = None,
) -> Generator[ObjectCrop | Skipped, None, None]:
    """Every object of a class, one after another, and the pictures that had to be left out.

    Args:
        backbone: of one layer.
        pictures: in the order in which their objects come.
        kind: of the parts' places.
        class_name: of the objects; needed where there are several.
        size, workers: see :func:`partonomy.features.objects.look_at_objects`.

    Raises:
        PartonomyError: the backbone has several layers, there are objects of several classes, or
            the network cannot take crops of this size.
    """
    if len(backbone.layers) > 1:
        names = ",".join(layer.name for layer in backbone.layers)
        raise PartonomyError(f"--layer {names}: detectors look at one layer, choose one of them")
    classes: dict[str, None] = {}
    for found in look_at_objects(
        backbone,
        pictures,
        lambda seen: _crop(seen, kind),
        class_name=class_name,
        size=size,
        workers=workers,
    ):
        if isinstance(found, ObjectCrop):
            classes[found.class_name] = None
            if len(classes) > 1:
                names = ", ".join(sorted(classes))
                raise PartonomyError(f"--class is missing: there are {names}, or more")
        yield found


def _crop(seen: ObjectView, kind: Kind) -> ObjectCrop:
    placed = seen.annotation.placed(seen.placement)
    (features,), (of_picture,) = seen.maps, seen.grids
    frame = Placement(placed.size, placed.size, (1.0, 1.0))
    grid = Grid(frame, of_picture.geometry, of_picture.shape)
    inside = None if placed.mask is None else grid.coverage(placed.mask) >= 0.5
    return ObjectCrop(
        seen.picture,
        placed.class_name,
        placed.schema.names,
        features,
        grid,
        part_places(placed, kind),
        inside,
    )
