"""Part models' look at the pictures of a data set, in the views that a protocol wants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from partonomy.backbones import picture_threads
from partonomy.datasets import Annotation, DataSet, Item
from partonomy.datasets.reading import SkippedPicture, union
from partonomy.errors import PictureError
from partonomy.evaluation.protocol import Protocol, Record, Seen
from partonomy.evaluation.views import View
from partonomy.images import (
    MaskFolder,
    PictureFile,
    Pixels,
    Placement,
    Skipped,
    decode,
    default_workers,
    digest,
    ordered_ahead,
    read_bytes,
)
from partonomy.images.foreground import decode_mask
from partonomy.images.moving import place_mask, place_pixels
from partonomy.parts import PartMaps, PartModel, part_maps_of_each

Foreground = Literal["auto", "truth"] | MaskFolder
"""What says what is object: the model, the data set's own masks, or a folder of masks."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """What is kept of a picture.

    Attributes:
        name: of the picture.
        digest: of its bytes and its truth.
        classes: of the objects in it.
        record: of the protocol.
    """

    name: str
    digest: str
    classes: tuple[str, ...]
    record: Record


@dataclass(frozen=True)
class _Wanted:
    """A picture with its objects and views, still to be looked at."""

    item: Item
    objects: tuple[Annotation, ...]
    views: Sequence[View]


def look(
    models: Sequence[PartModel],
    data: DataSet,
    protocol: Protocol,
    *,
    fitting: bool,
    class_name: str | None,
    foreground: Foreground,
) -> Iterator[list[Row] | Skipped | None]:
    """Each model's record of each picture, in order; None where there is nothing to score.

    Args:
        models: any part models that have the same preprocessing.
        data: the pictures.
        protocol: what is kept of them.
        fitting: whether something is fitted on them.
        class_name: of the objects; None for all.
        foreground: what says what is object.
    """

    def wanted() -> Iterator[_Wanted | Skipped | None]:
        # by one thread, in order: faults are noted as they are met
        for item in data.items:
            try:
                annotations = item.annotate(data.problems)
            except SkippedPicture as reason:
                yield Skipped(item.name, str(reason))
                continue
            objects = tuple(each for each in annotations if class_name in (None, each.class_name))
            views = protocol.views(objects, fitting) if objects else ()
            yield _Wanted(item, objects, views) if views else None

    def one(each: _Wanted | Skipped | None) -> list[Row] | Skipped | None:
        if not isinstance(each, _Wanted):
            return each
        try:
            return _look(models, each, protocol, fitting, foreground)
        except PictureError as error:
            return Skipped(each.item.name, str(error))

    workers = default_workers()
    with picture_threads(workers) as pool, ExitStack() as running:
        for backbone in {id(model.backbone): model.backbone for model in models}.values():
            running.enter_context(backbone.running())
        yield from ordered_ahead(one, wanted(), pool, ahead=2 * workers)


def _look(
    models: Sequence[PartModel],
    wanted: _Wanted,
    protocol: Protocol,
    fitting: bool,
    foreground: Foreground,
) -> list[Row]:
    item = wanted.item
    data = read_bytes(item.path)
    whole = all(view.placement is None for view in wanted.views)
    # of a picture as it is, no more is needed than the network's input size
    pixels = decode(data, models[0].preprocessing.size if whole else None)
    mask = _mask(wanted, foreground)
    as_it_is = Placement(pixels.size, pixels.size, (1.0, 1.0))
    seen = [
        [
            Seen(view.objects, maps, wanted.objects, view.placement or as_it_is)
            for maps in _maps(models, pixels, mask, view)
        ]
        for view in wanted.views
    ]
    truth = _truth(wanted.objects) + (b"" if mask is None else mask.tobytes())
    content = digest(digest(data).encode(), truth)
    classes = tuple(dict.fromkeys(each.class_name for each in wanted.objects))
    return [
        Row(item.name, content, classes, protocol.record(of_model, fitting))
        for of_model in zip(*seen, strict=True)
    ]


def _maps(
    models: Sequence[PartModel], pixels: Pixels, mask: Mask | None, view: View
) -> list[PartMaps]:
    if view.placement is not None:
        rgb = place_pixels(pixels.rgb, view.placement, view.fill)
        pixels = Pixels(rgb, view.placement.input_size)
        mask = None if mask is None else place_mask(mask, view.placement)
    preprocessing = models[0].preprocessing
    placement = preprocessing.place(pixels.size)
    return part_maps_of_each(models, preprocessing.resize(pixels), placement, mask)


def _mask(wanted: _Wanted, foreground: Foreground) -> Mask | None:
    """(height, width) what is object, where that is said.

    Raises:
        PictureError: there is no mask of it.
    """
    if foreground == "auto":
        return None
    size = wanted.objects[0].size
    if isinstance(foreground, MaskFolder):
        name = wanted.item.name
        stem = PurePosixPath(name).with_suffix("").as_posix()
        return decode_mask(foreground.read(PictureFile(wanted.item.path, name, stem)), size)
    whole = np.zeros(size, bool)
    for each in wanted.objects:
        whole |= union(each.parts, size) if each.mask is None else each.mask
    if not whole.any():
        raise PictureError("--foreground truth: no mask of the object is known")
    return whole


def _truth(objects: Sequence[Annotation]) -> bytes:
    """What decides a protocol's truth, as bytes."""
    parts = [
        (each.name, each.box, each.keypoint, each.visible) for of in objects for each in of.parts
    ]
    boxes = [of.box for of in objects]
    return repr((parts, boxes)).encode() + b"".join(of.labels().tobytes() for of in objects)
