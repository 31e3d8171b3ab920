"""Keypoints without any part: what keypoints that are regressed from parts must be better than.

Source: the first three rows of table 1 of arXiv 2111.06349; what the third does where its keypoint
is not visible is ours, since the paper's way is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from partonomy.metrics import Frame, KeypointErrors, Landmarks, keypoint_regression

BEST = "the one that the others follow from best in training pictures"


def rules_of(single: str | None = None) -> str:
    """The guesses in plain words, for a protocol's rules; see :func:`without_parts`."""
    which = BEST if single is None else f"the {single} (of data without it, {BEST})"
    return f"""\
Beside it stand errors that need no part: all keypoints in the middle of what the model is shown; \
each at its mean place in training pictures, in the frame of the regression; and regressed \
likewise from the true place of one keypoint alone, {which}, which is put at its mean place where \
it is not visible, and is counted, with error 0, where it is."""


def without_parts(
    training: Landmarks,
    test: Landmarks,
    middle: NDArray[np.float64],
    names: Sequence[str],
    single: str | None = None,
) -> dict[str, KeypointErrors]:
    """What is left of the test pictures' keypoints by three guesses, by their names.

    ``image midpoint`` puts all of them in the middle of the picture, ``mean keypoint`` each at its
    mean place in training pictures. ``... alone`` regresses them from the true place of a single
    one, as from a part's; where that one is not visible, it is taken to be at its mean place.

    Args:
        training: what means and regressions are fitted on.
        test: what is scored.
        middle: (n, 2) middle (x, y) of each test picture, in the frame of its keypoints.
        names: of the P keypoints.
        single: the keypoint that is given; the one that the others follow from best in the training
            pictures, if there is none of this name.
    """
    middle = (middle - test.frame.origin) / test.frame.side
    training, test = _within(training), _within(test)
    means = _means(training)
    if single in names:
        given = names.index(single)
    else:
        errors = [_from_one(each, means, training, training) for each in range(len(names))]
        given = int(np.argmin([each.mean for each in errors]))
    return {
        "image midpoint": _errors(middle[:, None], test),
        "mean keypoint": _errors(means, test),
        f"{names[given]} alone": _from_one(given, means, training, test),
    }


def _within(each: Landmarks) -> Landmarks:
    """Keypoints relative to their frames, so that what is in one place there is so exactly."""
    origin, side = each.frame.origin, each.frame.side
    relative = (each.keypoints - origin[:, None]) / side[:, None]
    frame = Frame(np.zeros_like(side), np.ones_like(side), each.frame.unit / side)
    return replace(each, keypoints=relative, frame=frame)


def _means(training: Landmarks) -> NDArray[np.float64]:
    """(P, 2) where keypoints are when visible; in the middle if never."""
    count = training.visible.sum(axis=0)[:, None]
    total = (training.keypoints * training.visible[..., None]).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), 0.5)


def _errors(found: NDArray[np.float64], test: Landmarks) -> KeypointErrors:
    """Of places (n, 1, 2), or (P, 2) of all pictures."""
    apart = np.linalg.norm((found - test.keypoints) / test.frame.unit[:, None], axis=2)
    return KeypointErrors(np.where(test.visible, apart, 0.0), test.visible)


def _from_one(
    given: int, means: NDArray[np.float64], training: Landmarks, test: Landmarks
) -> KeypointErrors:
    """Of a regression from one keypoint, at its mean place where it is not visible."""

    def alone(each: Landmarks) -> Landmarks:
        place = np.where(each.visible[:, [given]], each.keypoints[:, given], means[given])
        return replace(each, centroids=place[:, None], presence=np.ones((len(place), 1)))

    return keypoint_regression(alone(training), alone(test))
