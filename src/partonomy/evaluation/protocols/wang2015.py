"""Part maps as detectors of keypoints or of parts, after arXiv 1511.06855.

Sources: the paper, section 4, and the authors' later code (qliu24/SP). ``partonomy detectors`` puts
filters, concepts and combinations of them through the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from partonomy.concepts.detectors import Kind, part_places
from partonomy.datasets import Annotation
from partonomy.errors import PartonomyError
from partonomy.evaluation.detectors.detections import (
    DISTANCE,
    OVERLAP,
    Found,
    average_precisions,
    best_detectors,
    box_side,
    detections,
    true_parts,
    within,
)
from partonomy.evaluation.detectors.intervals import mean_average_precision
from partonomy.evaluation.protocol import Protocol, Record, Seen, protocol
from partonomy.evaluation.views import View, framed, short_side
from partonomy.features.objects import object_box
from partonomy.images import Grid, Placement
from partonomy.metrics import Interval, TrueParts
from partonomy.parts import PartMaps

SIDE = 224
STRIDE = 16
OPTIMISTIC = "mAP, chosen on test"


class _Detection(Protocol):
    """Records, of all objects of a picture: ``detector``, ``object``, ``point``, ``score`` of each
    detection; ``part``, ``of``, ``place`` of each true one (``of``: its object); how many
    ``objects``, ``parts`` and ``detectors`` there are.

    Attributes:
        kind: what the true places are.
        places: that in words.
    """

    kind: ClassVar[Kind]
    places: ClassVar[str]
    training = "training"
    split = "test"
    historical: ClassVar[Mapping[str, str]] = {
        OPTIMISTIC: "whether the paper chose the best detector of a part on training or on test "
        "objects is not known; chosen on the objects that are scored, numbers are too good"
    }

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        boxes = [(each, object_box(each)) for each in objects]
        return [
            framed([each], short_side(each.size, SIDE, box))
            for each, box in boxes
            if box is not None
        ]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        found, places = [], []
        for index, each in enumerate(seen):
            scores, grid = on_lattice(each.maps)
            detector, point, score = detections(scores, grid)
            found.append(np.column_stack([np.full_like(detector, index), detector, point, score]))
            (only,) = each.objects
            true = part_places(only, self.kind).seen()
            places.append(np.column_stack([np.full_like(true.part, index), true.part, true.point]))
        rows, truth = np.concatenate(found), np.concatenate(places)
        return {
            "object": rows[:, 0].astype(np.int64),
            "detector": rows[:, 1].astype(np.int64),
            "point": rows[:, 2:4],
            "score": rows[:, 4],
            "of": truth[:, 0].astype(np.int64),
            "part": truth[:, 1].astype(np.int64),
            "place": truth[:, 2:4],
            "objects": np.array(len(seen)),
            "parts": np.array(len(seen[0].objects[0].schema.names)),
            "detectors": np.array(len(seen[0].maps.scores)),
        }

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        criterion = within(DISTANCE)
        chosen = best_detectors(average_precisions(*_gathered(training)[:2], criterion))
        found, truth, pictures = _gathered(test)
        best = np.where(
            chosen >= 0, best_detectors(average_precisions(found, truth, criterion)), -1
        )
        if (best < 0).all():
            raise PartonomyError(f"no {self.places} that can be seen in both splits")
        return {
            name: mean_average_precision(found, detectors, truth, criterion, pictures)
            for name, detectors in (("mAP", chosen), (OPTIMISTIC, best))
        }


def _rules(of: str) -> str:
    return f"""\
Objects of one class, each cut out by its box (in whole pixels), short side {SIDE}, aspect kept. \
Each of the K parts is a detector: its scores, on a lattice of {STRIDE} pixels, whatever the model \
takes for background; candidates are cells at or above the map's median; boxes of \
{box_side(STRIDE):g} pixels around them are suppressed above an IoU of {OVERLAP}. A detection is \
right if it lies within {DISTANCE:g} pixels of {of} that can be seen and is the first there: it \
stands for the nearest one, taken or not. AP over all points, all objects pooled. For each true \
part, the detector that is best on training objects is scored on the others; mAP is the mean over \
true parts."""


@protocol
class Keypoints(_Detection):
    """True places are keypoints."""

    name = "wang2015/keypoints"
    version = 1
    title = "part maps as detectors of keypoints (arXiv 1511.06855)"
    rules = _rules("a keypoint")
    kind = "keypoints"
    places = "keypoint"


@protocol
class Parts(_Detection):
    """True places are middles of parts' boxes."""

    name = "wang2015/parts"
    version = 1
    title = "part maps as detectors of parts' middles (arXiv 1511.06855)"
    rules = _rules("the middle of a part's box")
    kind = "centres"
    places = "part with a box or mask"


def on_lattice(maps: PartMaps) -> tuple[NDArray[np.float32], Grid]:
    """(K, h, w) scores at the middles of cells of 16 pixels of the view, and where they lie."""
    size = maps.grid.picture_size
    frame = Grid(Placement(size, size, (1.0, 1.0)), maps.grid.geometry, maps.grid.shape)
    height, width = size
    lattice = frame.refined((max(1, round(height / STRIDE)), max(1, round(width / STRIDE))))
    down, across = (torch.from_numpy(maps.grid.resampling(axis, lattice)) for axis in (0, 1))
    return (down @ maps.scores @ across.T).numpy(), lattice


def _gathered(records: Sequence[Record]) -> tuple[Found, TrueParts, NDArray[np.int64]]:
    """Detections and truth of all objects, and the picture of each object."""
    found = Found(int(records[0]["detectors"]))
    places: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    pictures: list[int] = []
    for picture, record in enumerate(records):
        found.put(
            record["object"] + len(places), record["detector"], record["point"], record["score"]
        )
        for index in range(int(record["objects"])):
            mine = record["of"] == index
            places.append((record["part"][mine], record["place"][mine]))
            pictures.append(picture)
    return found, true_parts(places, int(records[0]["parts"])), np.array(pictures)
