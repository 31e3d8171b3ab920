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
    """Where the parts and the keypoints of a view's one object are, in pixels of the view.

    Beside them stand the keypoints' ``names`` and the view's ``size`` (width, height).
    """
    (only,) = seen.objects
    height, width = only.size
    soft = torch.from_numpy(seen.maps.probabilities()[1:])[None]
    keypoints, visible = keypoints_of(only)
    return {
        "centroids": part_centroids(soft)[0].double().numpy(),
        "presence": soft[0].amax(dim=(1, 2)).numpy(),
        "keypoints": keypoints,
        "visible": visible,
        "names": np.array(only.schema.names),
        "size": np.array([width, height], float),
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
