"""What protocols on keypoints keep of a view: parts at keypoints, and parts' centres of mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from partonomy.datasets import Annotation
from partonomy.evaluation.protocol import Record, Seen
from partonomy.evaluation.scores import stacked
from partonomy.metrics import (
    Frame,
    KeypointErrors,
    Landmarks,
    box_frame,
    part_centroids,
    sample_at_keypoints,
)


def at_keypoints(seen: Seen, *, background: bool) -> NDArray[np.int64]:
    """How often each keypoint has each label, over the objects of a view.

    Soft maps are compared in the pixel that a keypoint lies in; a keypoint that is not visible, or
    lies outside the view, is none.

    Args:
        seen: a view.
        background: whether a keypoint may lie on background, which is then label 0; otherwise the
            best of the K parts, whatever the model takes for background.

    Returns:
        (P, K + 1) or (P, K).
    """
    maps = seen.maps if background else replace(seen.maps, foreground=None, objectness=None)
    soft = maps.probabilities()[0 if background else 1 :]
    names = seen.objects[0].schema.names
    table = np.zeros((len(names), len(soft)), np.int64)
    for each in seen.objects:
        keypoints, visible = keypoints_of(each)
        labels = sample_at_keypoints(
            torch.from_numpy(soft)[None], torch.from_numpy(keypoints)[None]
        )[0].numpy()
        counted = visible & (labels >= 0)
        np.add.at(table, (np.flatnonzero(counted), labels[counted]), 1)
    return table


def keypoints_of(annotation: Annotation) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(P, 2) positions (x, y) in the order of the schema, and (P,) which are known and visible."""
    names = annotation.schema.names
    keypoints, visible = np.zeros((len(names), 2)), np.zeros(len(names), bool)
    for part in annotation.parts:
        if part.keypoint is not None and part.visible:
            index = names.index(part.name)
            keypoints[index], visible[index] = part.keypoint, True
    return keypoints, visible


def landmark_record(seen: Seen) -> Record:
    """Where the parts and the keypoints of a view's one object are, in pixels of the view."""
    (only,) = seen.objects
    soft = torch.from_numpy(seen.maps.probabilities()[1:])[None]
    keypoints, visible = keypoints_of(only)
    return {
        "centroids": part_centroids(soft)[0].double().numpy(),
        "presence": soft[0].amax(dim=(1, 2)).numpy(),
        "keypoints": keypoints,
        "visible": visible,
    }


def landmarks(records: Sequence[Record], frame: Frame) -> Landmarks:
    """All pictures' parts and keypoints, in some frame."""
    centroids, presence, keypoints, visible = (
        stacked(records, name) for name in ("centroids", "presence", "keypoints", "visible")
    )
    return Landmarks(centroids, presence, keypoints, visible, frame)


def square_frames(count: int, side: float) -> Frame:
    """Positions and errors in sides of a square view."""
    return box_frame(np.tile([0.0, 0.0, side, side], (count, 1)))


def chance(training: Landmarks, test: Landmarks) -> dict[str, KeypointErrors]:
    """What no part is needed for: the middle of the frame, and each keypoint's mean place.

    Args:
        training: whose means are taken.
        test: what is scored.
    """
    count = training.visible.sum(axis=0)[:, None]
    relative = (training.keypoints - training.frame.origin[:, None]) / training.frame.side[:, None]
    total = (relative * training.visible[..., None]).sum(axis=0)
    middle = np.full_like(total, 0.5)
    means = np.where(count > 0, total / np.maximum(count, 1), middle)
    return {"image midpoint": _errors(middle, test), "mean keypoint": _errors(means, test)}


def _errors(predicted: NDArray[np.float64], test: Landmarks) -> KeypointErrors:
    """Of (P, 2) places in the frame that are the same in every picture."""
    frame = test.frame
    found = frame.origin[:, None] + predicted * frame.side[:, None]
    apart = np.linalg.norm((found - test.keypoints) / frame.unit[:, None], axis=2)
    return KeypointErrors(np.where(test.visible, apart, 0.0), test.visible)
