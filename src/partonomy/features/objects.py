"""Objects cut out of annotated pictures, as a network sees them.

Frames
    crop    pixels of an object's box, resized to a short side of ``SHORT_SIDE``, aspect kept: the
            network's input

Source: arXiv 1511.06855, section 4; boxes as in the authors' code (lower corners rounded down,
upper ones up, cut off at the picture's border).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone, picture_threads
from partonomy.datasets import Annotation, DataSet, Item
from partonomy.datasets.partworld import PartWorld
from partonomy.datasets.reading import SkippedPicture
from partonomy.datasets.sides import merged_sides
from partonomy.errors import PictureError
from partonomy.features.store import round_to_storage, storage_dtype
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
"""Of a crop, in pixels."""

_AHEAD = 2
"""Pictures under way for each thread."""

Rgb = NDArray[np.uint8]
Result = TypeVar("Result")


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
class CutObject:
    """One object, cut out of its picture.

    Attributes:
        picture: name of the picture that it is in.
        annotation: of the object, in original pixels.
        placement: of the crop in the network's input.
        pixels: (H, W, 3) uint8, that input.
    """

    picture: str
    annotation: Annotation
    placement: Placement
    pixels: Rgb


@dataclass(frozen=True)
class ObjectView(CutObject):
    """One object as the network sees it.

    Attributes:
        maps: of each layer (C, h, w) activations, in 16 bits.
        grids: of each layer, where its cells lie in the original picture.
    """

    maps: Sequence[Tensor]
    grids: Sequence[Grid]


def annotated_pictures(data: DataSet, merge_sides: bool = False) -> list[AnnotatedPicture]:
    """The pictures of a data set.

    Args:
        data: the data set.
        merge_sides: whether left and right parts are one, see
            :func:`partonomy.datasets.sides.merged_sides`.
    """

    def load(item: Item) -> tuple[Rgb, Sequence[Annotation]]:
        found = item.annotate(data.problems)
        return decode(read_bytes(item.path)).rgb, (
            [merged_sides(each) for each in found] if merge_sides else found
        )

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


def look_at_objects(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    look: Callable[[ObjectView], Result],
    *,
    class_name: str | None = None,
    size: int = SHORT_SIDE,
    workers: int | None = None,
) -> Generator[Result | Skipped, None, None]:
    """What each object is found to be, one after another, and the pictures that were left out.

    A few pictures are under way at a time; what is yielded is not kept here.

    Args:
        backbone: the network and its layers.
        pictures: in the order in which their objects come.
        look: called on any thread.
        class_name: of the objects; all if not given.
        size: short side of a crop, in pixels; sides are rounded to whole strides.
        workers: threads that decode, and on a CPU compute; one a core if not given.

    Raises:
        PartonomyError: the network cannot take crops of this size.
    """

    def work(picture: AnnotatedPicture) -> list[Result | Skipped]:
        return [
            each if isinstance(each, Skipped) else look(_view(backbone, each))
            for each in cut_objects(backbone, [picture], class_name=class_name, size=size)
        ]

    threads = workers or default_workers()
    with picture_threads(threads) as pool, backbone.running():
        for found in ordered_ahead(work, pictures, pool, _AHEAD * threads):
            yield from found


def cut_objects(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    *,
    class_name: str | None = None,
    size: int = SHORT_SIDE,
) -> Iterator[CutObject | Skipped]:
    """Each object cut out for a network, and the pictures and objects that were left out.

    Args:
        backbone: the network.
        pictures: in the order in which their objects come; read when it is their turn.
        class_name: of the objects; all if not given.
        size: short side of a crop, in pixels; sides are rounded to whole strides.
    """
    for picture in pictures:
        try:
            rgb, annotations = picture.load()
        except (SkippedPicture, PictureError) as reason:
            yield Skipped(picture.name, str(reason))
            continue
        for each in annotations:
            if class_name in (None, each.class_name):
                yield _cut(backbone, picture.name, rgb, each, size)


def _cut(
    backbone: Backbone, name: str, rgb: Rgb, annotation: Annotation, size: int
) -> CutObject | Skipped:
    box = object_box(annotation)
    if box is None:
        return Skipped(name, "an object without area")
    if rgb.shape[:2] != annotation.size:
        return Skipped(name, f"annotated at {annotation.size}, but of {rgb.shape[:2]} pixels")
    sides = (round(box[3] - box[1]), round(box[2] - box[0]))
    placement = crop_placement(
        annotation.size, box, backbone.preprocessing(size).place(sides).input_size
    )
    return CutObject(name, annotation, placement, place_pixels(rgb, placement))


def _view(backbone: Backbone, cut: CutObject) -> ObjectView:
    precision = storage_dtype(backbone.spec.precision)
    maps = [
        round_to_storage(each[0], precision)
        for each in backbone.feature_maps(torch.from_numpy(cut.pixels)[None])
    ]
    grids = [
        Grid(cut.placement, layer.geometry, (each.shape[1], each.shape[2]))
        for layer, each in zip(backbone.layers, maps, strict=True)
    ]
    return ObjectView(cut.picture, cut.annotation, cut.placement, cut.pixels, maps, grids)


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
