"""One pass over annotated pictures: what filters of several layers fire on, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partonomy.backbones import Backbone
from partonomy.datasets import AnnotatedPart, Annotation
from partonomy.emergence.agreement import label_stimuli
from partonomy.emergence.stimuli import (
    STRONGEST,
    ObjectStimuli,
    Stimuli,
    StimuliTable,
    find_stimuli,
)
from partonomy.features.objects import SHORT_SIDE, AnnotatedPicture, ObjectView, look_at_objects
from partonomy.features.rows import GrowingRows
from partonomy.images import Skipped
from partonomy.images.moving import tight_box


@dataclass(frozen=True)
class LayerStimuli:
    """What the filters of one layer fire on.

    Attributes:
        layer: its name.
        stimuli: on all objects.
        labels: (N, F, T) int16 what each stimulus is on, see
            :func:`partonomy.emergence.agreement.label_stimuli`.
    """

    layer: str
    stimuli: Stimuli
    labels: NDArray[np.int16]


@dataclass(frozen=True)
class Collection:
    """The objects of a data set, as the layers of a network see them.

    Attributes:
        layers: in the backbone's order.
        objects: annotations of all objects, with boxes in place of masks.
        pictures: name of the picture that each is in.
        skipped: pictures and objects that were left out.
    """

    layers: Sequence[LayerStimuli]
    objects: Sequence[Annotation]
    pictures: Sequence[str]
    skipped: Sequence[Skipped]


def collect(
    backbone: Backbone,
    pictures: Sequence[AnnotatedPicture],
    *,
    size: int = SHORT_SIDE,
    strongest: int = STRONGEST,
    workers: int | None = None,
    on_object: Callable[[int], None] = lambda _n: None,
) -> Collection:
    """Look at every object once.

    Args:
        backbone: the network and its layers.
        pictures: of all objects.
        size: short side of an object's crop, in pixels.
        strongest: stimuli that are kept of a filter on an object.
        workers: see :func:`partonomy.features.objects.look_at_objects`.
        on_object: called with 1 after each object or skipped picture.

    Raises:
        PartonomyError: the network cannot take crops of this size.
    """

    def look(
        seen: ObjectView,
    ) -> tuple[str, Annotation, list[tuple[ObjectStimuli, NDArray[np.int16]]]]:
        stimuli = [
            find_stimuli(each.cpu(), grid, strongest)
            for each, grid in zip(seen.maps, seen.grids, strict=True)
        ]
        labelled = [(each, label_stimuli(each, seen.annotation)) for each in stimuli]
        return seen.picture, without_masks(seen.annotation), labelled

    tables = [StimuliTable(layer.channels, strongest) for layer in backbone.layers]
    labels = [GrowingRows(layer.channels * strongest, np.int16) for layer in backbone.layers]
    objects: list[Annotation] = []
    names: list[str] = []
    skipped: list[Skipped] = []
    for found in look_at_objects(backbone, pictures, look, size=size, workers=workers):
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            name, annotation, of_layers = found
            names.append(name)
            objects.append(annotation)
            for table, rows, (stimuli, label) in zip(tables, labels, of_layers, strict=True):
                table.add(stimuli)
                rows.extend(label.reshape(1, -1))
        on_object(1)
    return Collection(
        [
            LayerStimuli(
                layer.name, table.take(), rows.take().reshape(-1, layer.channels, strongest)
            )
            for layer, table, rows in zip(backbone.layers, tables, labels, strict=True)
        ],
        objects,
        names,
        skipped,
    )


def without_masks(annotation: Annotation) -> Annotation:
    """Boxes in place of masks, which are too large to be kept of many objects."""

    def boxed(part: AnnotatedPart) -> AnnotatedPart:
        if part.mask is None:
            return part
        return replace(part, mask=None, box=part.box or tight_box(part.mask))

    whole = annotation.mask
    box = annotation.box or (None if whole is None else tight_box(whole))
    return replace(
        annotation, parts=tuple(boxed(part) for part in annotation.parts), mask=None, box=box
    )
