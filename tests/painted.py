"""What a model would see that knew a picture's parts exactly: for protocols counted by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from partonomy.datasets import AnnotatedPart, Annotation, PartSchema
from partonomy.evaluation import Evaluation, Record, Seen, View, protocol_of
from partonomy.images import Grid, LayerGeometry, Placement
from partonomy.images.grid import Box
from partonomy.images.moving import place_mask
from partonomy.parts import PartMaps

Labels = NDArray[np.uint8]
SURE = 20.0


def maps_of(labels: Labels, parts: Labels, n_parts: int) -> PartMaps:
    """Maps of one cell a pixel: ``labels`` with background 0, ``parts`` the best part anywhere."""
    size = labels.shape
    scores = torch.zeros(n_parts, *size)
    scores.scatter_(0, torch.from_numpy(np.maximum(parts, 1).astype(np.int64) - 1)[None], SURE)
    grid = Grid(Placement(size, size, (1, 1)), LayerGeometry((1, 1), (0.5, 0.5), (1, 1)), size)
    return PartMaps(scores, grid, foreground=labels > 0)


def placed(labels: Labels, view: View) -> Labels:
    """A label map in the frame of a view; 0 beyond the picture."""
    if view.placement is None:
        return labels
    found = np.zeros(view.placement.input_size, np.uint8)
    for label in np.unique(labels):
        found[place_mask(labels == label, view.placement)] = label
    return found


def record(
    name: str,
    objects: Sequence[Annotation],
    found: Labels,
    n_parts: int,
    *,
    best: Labels | None = None,
    fitting: bool = False,
) -> Record:
    """What a protocol keeps of a picture.

    Args:
        name: of the protocol.
        objects: what is annotated.
        found: (height, width) what the model finds, 0 is background.
        n_parts: K.
        best: the best part everywhere, background or not; ``found`` if not given.
        fitting: whether it is one to fit on.
    """
    protocol = protocol_of(name)
    size = found.shape
    whole = Placement(size, size, (1.0, 1.0))
    seen = [
        Seen(
            view.objects,
            maps_of(placed(found, view), placed(found if best is None else best, view), n_parts),
            tuple(objects),
            view.placement or whole,
        )
        for view in protocol.views(objects, fitting)
    ]
    return protocol.record(seen, fitting)


def numbers(name: str, test: Sequence[Record], training: Sequence[Record] = ()) -> dict[str, float]:
    """Every measure of a protocol, without its interval."""
    return {key: each.value for key, each in protocol_of(name).numbers(test, training).items()}


def thing(
    size: tuple[int, int],
    keypoints: dict[str, tuple[float, float] | None],
    *,
    box: Box | None = None,
    class_name: str = "thing",
    masks: Sequence[tuple[str, Labels]] = (),
) -> Annotation:
    """An object with keypoints (None: known by name, not seen) and masks of parts."""
    names = tuple(dict.fromkeys([*keypoints, *(name for name, _ in masks)]))
    parts = [
        AnnotatedPart(part, keypoint=place, visible=place is not None)
        for part, place in keypoints.items()
    ]
    parts += [AnnotatedPart(part, mask=mask.astype(bool)) for part, mask in masks]
    return Annotation(
        "a.png", size, class_name, PartSchema(names), tuple(parts), None, box, None, "test"
    )


def split_halves(size: tuple[int, int], *, background: int = 0) -> Labels:
    """Part 1 on the left and 2 on the right, with so many rows of background on top."""
    labels = np.ones(size, np.uint8)
    labels[:, size[1] // 2 :] = 2
    labels[:background] = 0
    return labels


def assert_same(found: Evaluation, expected: Evaluation) -> None:
    """The same pictures, records and numbers."""
    for ours, theirs in ((found.rows, expected.rows), (found.training, expected.training)):
        assert [(row.name, row.digest) for row in ours] == [
            (row.name, row.digest) for row in theirs
        ]
        for row, other in zip(ours, theirs, strict=True):
            assert row.record.keys() == other.record.keys()
            for name, values in row.record.items():
                np.testing.assert_array_equal(values, other.record[name])
    assert found.numbers() == expected.numbers()
