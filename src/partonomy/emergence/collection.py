"""One pass over annotated pictures: what filters of several layers fire on, and the truth."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partonomy.backbones import Backbone
from partonomy.datasets import AnnotatedPart, Annotation
from partonomy.emergence.agreement import label_stimuli
from partonomy.emergence.concepts import ConceptReading, draw_responses
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
    """What the filters of one layer, or concepts in their place, fire on.

    Attributes:
        layer: its name.
        stimuli: on all objects.
        labels: (N, F, T) int16 what each stimulus is on, see
            :func:`partonomy.emergence.agreement.label_stimuli`.
        drawn: (n, C) unit responses of cells drawn from all objects.
    """

    layer: str
    stimuli: Stimuli
    labels: NDArray[np.int16]
    drawn: NDArray[np.float16]


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
    concepts: Sequence[ConceptReading] | None = None,
    drawn: int = 0,
    seed: int = 0,
    workers: int | None = None,
    on_object: Callable[[int], None] = lambda _n: None,
) -> Collection:
    """Look at every object once.

    Args:
        backbone: the network and its layers.
        pictures: of all objects.
        size: short side of an object's crop, in pixels.
        strongest: stimuli that are kept of a filter on an object.
        concepts: of each layer, in place of its filters.
        drawn: cells of an object whose responses are kept.
        seed: of that draw.
        workers: see :func:`partonomy.features.objects.look_at_objects`.
        on_object: called with 1 after each object or skipped picture.

    Raises:
        PartonomyError: the network cannot take crops of this size.
    """

    channels = [layer.channels for layer in backbone.layers]
    kept = channels if concepts is None else [len(each.centres) for each in concepts]

    def look(seen: ObjectView) -> _Looked:
        generator = np.random.default_rng([seed, zlib.crc32(seen.picture.encode())])
        responses = [draw_responses(each, drawn, generator) for each in seen.maps]
        maps = (
            seen.maps
            if concepts is None
            else [read(each) for read, each in zip(concepts, seen.maps, strict=True)]
        )
        stimuli = [
            find_stimuli(each.cpu(), grid, strongest)
            for each, grid in zip(maps, seen.grids, strict=True)
        ]
        labels = [label_stimuli(each, seen.annotation) for each in stimuli]
        return _Looked(seen.picture, without_masks(seen.annotation), stimuli, labels, responses)

    layers = [
        _LayerTables(StimuliTable(count, strongest), count * strongest, width)
        for count, width in zip(kept, channels, strict=True)
    ]
    objects: list[Annotation] = []
    names: list[str] = []
    skipped: list[Skipped] = []
    for found in look_at_objects(backbone, pictures, look, size=size, workers=workers):
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            names.append(found.picture)
            objects.append(found.annotation)
            for each, stimuli, labels, responses in zip(
                layers, found.stimuli, found.labels, found.responses, strict=True
            ):
                each.add(stimuli, labels, responses)
        on_object(1)
    return Collection(
        [
            each.take(layer.name, (count, strongest))
            for each, layer, count in zip(layers, backbone.layers, kept, strict=True)
        ],
        objects,
        names,
        skipped,
    )


@dataclass(frozen=True)
class _Looked:
    """What is kept of one object: of each layer, and its annotation."""

    picture: str
    annotation: Annotation
    stimuli: Sequence[ObjectStimuli]
    labels: Sequence[NDArray[np.int16]]
    responses: Sequence[NDArray[np.float16]]


class _LayerTables:
    """Gathers what is kept of one layer."""

    def __init__(self, stimuli: StimuliTable, labels: int, channels: int) -> None:
        self._stimuli = stimuli
        self._labels = GrowingRows(labels, np.int16)
        self._drawn = GrowingRows(channels, np.float16)

    def add(
        self, stimuli: ObjectStimuli, labels: NDArray[np.int16], drawn: NDArray[np.float16]
    ) -> None:
        self._stimuli.add(stimuli)
        self._labels.extend(labels.reshape(1, -1))
        self._drawn.extend(drawn)

    def take(self, layer: str, shape: tuple[int, int]) -> LayerStimuli:
        labels = self._labels.take().reshape(-1, *shape)
        return LayerStimuli(layer, self._stimuli.take(), labels, self._drawn.take())


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
