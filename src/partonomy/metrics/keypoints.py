"""Keypoints out of part maps: sampled at keypoints, and regressed from the parts' centroids.

Frames
    Positions are (x, y) in any one frame with pixel centres at +0.5; a :class:`Frame` says where
    a picture's own frame begins, how long its sides are, and in which unit its errors are.

Protocols differ in the frame, in whether faint parts count, in the regressor, in what it is fitted
on and in the unit of the error, and their figures cannot be compared: each is an option here.
Sources: arXiv 2111.06349 and its evaluation (crop, least squares without intercept); Hung et al.,
*SCOPS*, CVPR 2019; van der Klis et al., *PDiscoNet*, ICCV 2023 (box, parts below 0.5 left out).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Points = NDArray[np.floating]
Visible = NDArray[np.bool_]


def sample_at_keypoints(maps: Tensor, keypoints: Tensor) -> Tensor:
    """The best part at each keypoint: soft maps are compared in the pixel that it lies in.

    Args:
        maps: (N, K, H, W) scores, at the size that the protocol wants.
        keypoints: (N, P, 2) positions (x, y) in pixels of the maps.

    Returns:
        (N, P) int64 parts 0 .. K - 1; -1 where a keypoint is outside the map.
    """
    height, width = maps.shape[2:]
    where = keypoints.to(maps.device)
    inside = ((where >= 0) & (where < torch.tensor([width, height], device=maps.device))).all(dim=2)
    x, y = torch.where(inside[..., None], where, 0).floor().long().unbind(dim=2)
    picture = torch.arange(len(maps), device=maps.device)[:, None]
    found = maps[picture, :, y, x]  # (N, P, K)
    return torch.where(inside, found.argmax(dim=2), -1)


def part_centroids(maps: Tensor, least_mass: float = 1.0) -> Tensor:
    """Where each part's centre of mass is.

    Args:
        maps: (N, K, H, W) probabilities, the foreground's share already in them.
        least_mass: masses below it count as it, so that what is absent is drawn to the corner
            instead of anywhere.

    Returns:
        (N, K, 2) positions (x, y) in pixels of the maps.
    """
    height, width = maps.shape[2:]
    mass = maps.sum(dim=(2, 3)).clamp(min=least_mass)
    x = torch.arange(width, device=maps.device, dtype=maps.dtype) + 0.5
    y = torch.arange(height, device=maps.device, dtype=maps.dtype) + 0.5
    return torch.stack([maps.sum(dim=2) @ x, maps.sum(dim=3) @ y], dim=2) / mass[..., None]


@dataclass(frozen=True)
class Frame:
    """The frame of each picture.

    Attributes:
        origin: (n, 2) its corner (x, y).
        side: (n, 2) what is 1 along x and along y.
        unit: (n, 2) what an error of 1 is along x and along y.

    Raises:
        ValueError: a side or a unit is not finite or not above 0: an empty box, eyes in one place.
    """

    origin: Points
    side: Points
    unit: Points

    def __post_init__(self) -> None:
        for name, lengths in (("side", self.side), ("unit", self.unit)):
            wrong = ~(np.isfinite(lengths) & (lengths > 0)).all(axis=1)
            if wrong.any():
                first = int(wrong.argmax())
                x, y = lengths[first].tolist()
                raise ValueError(
                    f"the {name} of picture {first} is {x:g} x {y:g}: leave such pictures out"
                )


def box_frame(boxes: Points) -> Frame:
    """x by the width and y by the height of a box (n, 4): an object's, a square crop's, the
    picture's."""
    side = boxes[:, 2:] - boxes[:, :2]
    return Frame(boxes[:, :2], side, side)


def inter_ocular_frame(boxes: Points, eyes: Points, *, before: bool = False) -> Frame:
    """Errors in distances between the eyes.

    Args:
        boxes: (n, 4) that positions are relative to.
        eyes: (n, 2, 2) both eyes' positions.
        before: divide positions by the distance before they are regressed, instead of errors
            afterwards.
    """
    distance = np.linalg.norm(eyes[:, 0] - eyes[:, 1], axis=1)
    unit = np.stack([distance, distance], axis=1)
    return Frame(boxes[:, :2], unit if before else boxes[:, 2:] - boxes[:, :2], unit)


@dataclass(frozen=True)
class Landmarks:
    """Parts and keypoints of a collection's pictures.

    Attributes:
        centroids: (n, K, 2) where each part is.
        presence: (n, K) the largest value of its map.
        keypoints: (n, P, 2).
        visible: (n, P) bool.
        frame: of each picture.
    """

    centroids: Points
    presence: NDArray[np.floating]
    keypoints: Points
    visible: Visible
    frame: Frame

    def select(self, chosen: NDArray[np.bool_]) -> Landmarks:
        """Those of some pictures; ``chosen`` is (n,): for fitting on one class and the like."""
        frame = Frame(self.frame.origin[chosen], self.frame.side[chosen], self.frame.unit[chosen])
        return Landmarks(
            self.centroids[chosen],
            self.presence[chosen],
            self.keypoints[chosen],
            self.visible[chosen],
            frame,
        )


@dataclass(frozen=True)
class KeypointErrors:
    """What a regression leaves, ready to be added up over pictures.

    Attributes:
        total: (n, P) error of each visible keypoint of each picture, in the frame's unit; 0 where
            it is not visible.
        visible: (n, P) bool.
    """

    total: NDArray[np.float64]
    visible: Visible

    @property
    def mean(self) -> float:
        """The error: sum over visible keypoints by their number; nan if none is."""
        count = self.visible.sum()
        return float(self.total.sum() / count) if count else float("nan")

    def select(self, chosen: NDArray[np.bool_]) -> KeypointErrors:
        """Those of some pictures; ``chosen`` is (n,)."""
        return KeypointErrors(self.total[chosen], self.visible[chosen])


def keypoint_regression(
    training: Landmarks,
    test: Landmarks,
    *,
    ridge: float = 0.0,
    present: float | None = None,
) -> KeypointErrors:
    """How well keypoints follow from where the parts are.

    Each keypoint has a linear regression of its own from all centroids, fitted on the training
    pictures in which it is visible, after both are standardised by these.

    Args:
        training: what is fitted on: select the pictures for a protocol that wants but some.
        test: what is scored.
        ridge: weight of the coefficients' squares, relative to one picture; 0 is least squares.
        present: a part whose map reaches no more is at its mean position; all count if None.

    Raises:
        ValueError: the collections differ in parts or keypoints, or the ridge is below 0.
    """
    if ridge < 0:
        raise ValueError(f"ridge {ridge}: choose 0 or more")
    if training.centroids.shape[1:] != test.centroids.shape[1:]:
        raise ValueError("training and test pictures differ in their parts")
    if training.keypoints.shape[1:] != test.keypoints.shape[1:]:
        raise ValueError("training and test pictures differ in their keypoints")
    inputs = [_relative(each.centroids, each.frame) for each in (training, test)]
    targets = _relative(training.keypoints, training.frame)
    errors = np.zeros(test.visible.shape)
    for keypoint in range(test.visible.shape[1]):
        shown, asked = training.visible[:, keypoint], test.visible[:, keypoint]
        if not asked.any():
            continue
        if shown.any():
            predicted = _predicted(
                (inputs[0][shown], training.presence[shown]),
                targets[shown, keypoint],
                (inputs[1][asked], test.presence[asked]),
                ridge,
                present,
            )
        else:  # nothing was learned of it: the middle of the frame
            predicted = np.full((int(asked.sum()), 2), 0.5)
        frame = test.frame
        found = frame.origin[asked] + predicted * frame.side[asked]
        apart = (found - test.keypoints[asked, keypoint]) / frame.unit[asked]
        errors[asked, keypoint] = np.linalg.norm(apart, axis=1)
    return KeypointErrors(errors, test.visible)


def _predicted(
    training: tuple[Points, Points],
    targets: Points,
    test: tuple[Points, Points],
    ridge: float,
    present: float | None,
) -> NDArray[np.float64]:
    """(m, 2) positions in the test pictures' frames, of one keypoint."""
    centroids = training[0].reshape(len(targets), -1)
    mean, scale = centroids.mean(axis=0), _deviation(centroids)
    target_mean, target_scale = targets.mean(axis=0), _deviation(targets)

    def standardised(positions: Points, presence: Points) -> NDArray[np.float64]:
        values = (positions.reshape(len(positions), -1) - mean) / scale
        if present is not None:
            values[np.repeat(presence <= present, 2, axis=1)] = 0
        return np.asarray(values, np.float64)

    inputs = standardised(*training)
    outputs = (targets - target_mean) / target_scale
    if ridge:
        gram = inputs.T @ inputs + ridge * np.eye(inputs.shape[1])
        coefficients = np.linalg.solve(gram, inputs.T @ outputs)
    else:
        coefficients = np.linalg.lstsq(inputs, outputs, rcond=None)[0]
    return standardised(*test) @ coefficients * target_scale + target_mean


def _relative(points: Points, frame: Frame) -> Points:
    return (points - frame.origin[:, None]) / frame.side[:, None]


def _deviation(values: Points) -> NDArray[np.float64]:
    """Standard deviation along each column; 1 where there is none but by rounding."""
    deviation = values.std(axis=0)
    rounding = 10 * np.finfo(deviation.dtype).eps * np.abs(values).max(axis=0).clip(min=1)
    return np.where(deviation > rounding, deviation, 1.0)
