"""Objects cut out of annotated pictures, and what a layer says at each cell of them.

Frames
    crop    pixels of an object's box, resized to a short side of ``SHORT_SIDE``: what the network
            sees, and what all places, boxes and distances of detectors are in

Source: arXiv 1511.06855, section 4; boxes as in the authors' code (lower corners rounded down,
upper ones up, cut off at the picture's border).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone, picture_threads
from partonomy.concepts.detectors.places import Kind, Places, part_places
from partonomy.datasets import Annotation, DataSet, Item
from partonomy.datasets.partworld import PartWorld
from partonomy.datasets.reading import SkippedPicture
from partonomy.errors import PartonomyError, PictureError
from partonomy.features import round_to_storage, storage_dtype
from partonomy.features.population import unit_responses
from partonomy.images import (
    Grid,
    Placement,
    Skipped,
    decode,
    default_workers,
    ordered_ahead,
    read_bytes,
)
from partonomy.images.grid import Box
from partonomy.images.moving import crop_placement, place_pixels, tight_box

SHORT_SIDE = 224
"""Of a crop, in pixels; distances of the protocol are meant at this size."""

_AHEAD = 2
"""Pictures under way for each thread."""

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class AnnotatedPicture:
    """A picture and its objects, read when they are needed.

    Attributes:
        name: of the picture.
        load: gives (height, width, 3) uint8 RGB and an annotation an object; called on any thread.
    """

    name: str
    load: Callable[[], tuple[Rgb, Sequence[Annotation]]]


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


def annotated_pictures(data: DataSet) -> list[AnnotatedPicture]:
    """The pictures of a data set."""

    def load(item: Item) -> tuple[Rgb, Sequence[Annotation]]:
        return decode(read_bytes(item.path)).rgb, item.annotate(data.problems)

    return [AnnotatedPicture(item.name, partial(load, item)) for item in data.items]


def rendered_pictures(world: PartWorld) -> list[AnnotatedPicture]:
    """The pictures of a rendered world, annotated as if nothing were hidden.

    Objects, and so crops, are the same at every level of occlusion, and each part lies where it
    lies as a whole; ``visible`` alone says whether anything of it is left to be seen.
    """
    clear = replace(world, occlusion=0)

    def load(index: int) -> tuple[Rgb, Sequence[Annotation]]:
        whole = clear[index]
        if not world.occlusion:
            return whole.picture, (whole.annotation,)
        hidden = world[index]
        parts = tuple(
            replace(part, visible=left.visible)
            for part, left in zip(whole.annotation.parts, hidden.annotation.parts, strict=True)
        )
        return hidden.picture, (replace(whole.annotation, parts=parts),)

    return [
        AnnotatedPicture(f"{world.split}/{index:05d}", partial(load, index))
        for index in range(len(world))
    ]


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

    A few pictures are under way at a time; what is yielded is not kept here.

    Args:
        backbone: of one layer.
        pictures: in the order in which their objects come.
        kind: of the parts' places.
        class_name: of the objects; needed where there are several.
        size: short side of a crop, in pixels; sides are rounded to whole strides.
        workers: threads that decode, and on a CPU compute; one a core if not given.

    Raises:
        PartonomyError: the backbone has several layers, there are objects of several classes, or
            the network cannot take crops of this size.
    """
    if len(backbone.layers) > 1:
        names = ",".join(layer.name for layer in backbone.layers)
        raise PartonomyError(f"--layer {names}: detectors look at one layer, choose one of them")
    classes: dict[str, None] = {}

    def work(picture: AnnotatedPicture) -> tuple[set[str], list[ObjectCrop | Skipped]]:
        try:
            rgb, annotations = picture.load()
        except (SkippedPicture, PictureError) as reason:
            return set(), [Skipped(picture.name, str(reason))]
        objects = [each for each in annotations if class_name in (None, each.class_name)]
        crops = [_crop(backbone, picture.name, rgb, each, kind, size) for each in objects]
        return {each.class_name for each in objects}, crops

    threads = workers or default_workers()
    with picture_threads(threads) as pool, backbone.running():
        for seen, crops in ordered_ahead(work, pictures, pool, _AHEAD * threads):
            classes |= dict.fromkeys(sorted(seen))
            if len(classes) > 1:
                raise PartonomyError(f"--class is missing: there are {', '.join(classes)}, or more")
            yield from crops


def _crop(
    backbone: Backbone, name: str, rgb: Rgb, annotation: Annotation, kind: Kind, size: int
) -> ObjectCrop | Skipped:
    box = object_box(annotation)
    if box is None:
        return Skipped(name, "an object without area")
    if rgb.shape[:2] != annotation.size:
        return Skipped(name, f"annotated at {annotation.size}, but of {rgb.shape[:2]} pixels")
    sides = (round(box[3] - box[1]), round(box[2] - box[0]))
    placement = crop_placement(
        annotation.size, box, backbone.preprocessing(size).place(sides).input_size
    )
    placed = annotation.placed(placement)
    pixels = torch.from_numpy(place_pixels(rgb, placement))[None]
    layer = backbone.layers[0]
    features = round_to_storage(
        backbone.feature_maps(pixels)[0][0], storage_dtype(backbone.spec.precision)
    )
    frame = Placement(placement.input_size, placement.input_size, (1.0, 1.0))
    grid = Grid(frame, layer.geometry, (features.shape[1], features.shape[2]))
    inside = None if placed.mask is None else grid.coverage(placed.mask) >= 0.5
    return ObjectCrop(
        name,
        placed.class_name,
        placed.schema.names,
        features,
        grid,
        part_places(placed, kind),
        inside,
    )


def object_box(annotation: Annotation) -> Box | None:
    """An object's box in whole pixels of the picture; None if nothing of it is in the picture.

    The box around its pixels where it has no other, the picture where neither is known.
    """
    height, width = annotation.size
    box = annotation.box
    if box is None:
        if annotation.mask is None:
            return (0.0, 0.0, float(width), float(height))
        box = tight_box(annotation.mask)
        if box is None:
            return None
    x0, y0 = (float(max(0, math.floor(low))) for low in box[:2])
    x1, y1 = (
        float(min(side, math.ceil(high)))
        for side, high in zip((width, height), box[2:], strict=True)
    )
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
