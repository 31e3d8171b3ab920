"""CelebA's five points out of parts, on faces that are not aligned.

Sources: Hung et al., *SCOPS*, CVPR 2019; van der Klis et al., *PDiscoNet*, ICCV 2023, and the
released evaluation code of the latter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from partonomy.datasets import Annotation
from partonomy.evaluation.keypoints import at_keypoints, landmark_record, landmarks
from partonomy.evaluation.protocol import Protocol, Published, Record, Seen, protocol
from partonomy.evaluation.scores import ERROR, agreement, mean_error, stacked
from partonomy.evaluation.views import View, framed, short_side
from partonomy.evaluation.without_parts import rules_of, without_parts
from partonomy.metrics import Interval, Landmarks, inter_ocular_frame, keypoint_regression

SIDE = 256
LEAST_SHARE = 0.3
"""Of the picture that a face's box must cover."""
PRESENT = 0.5
EYES = ("left_eye", "right_eye")
AFTER = f"{ERROR}, divided afterwards"


@protocol
class CelebALandmarks(Protocol):
    """Records: ``whole`` (P, K + 1) table, where parts and points are, and both ``eyes`` (2, 2)."""

    name = "celeba/landmarks"
    version = 2
    title = "five points of faces out of parts (SCOPS, PDiscoNet)"
    rules = f"""\
Faces that are not aligned and whose box covers at least {LEAST_SHARE:.0%} of the picture, short \
side {SIDE}. Keypoint error: the parts' centres of mass regressed to each of the five points by \
least squares without intercept, fitted on MAFL's training pictures, standardised by them; a part \
whose map reaches no more than {PRESENT} is set to its mean; positions are divided by the distance \
of the eyes before. {rules_of()} `{AFTER}`: all parts count, positions are shares of the \
picture, and the error is divided. NMI and ARI: the five points are samples, K parts or background \
at each."""
    training = "training"
    split = "test"
    across_classes = True
    published = Published(("mafl",), "test")

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        (face,) = objects
        if face.box is None or not _wide_enough(face):
            return []
        return [framed(objects, short_side(face.size, SIDE))]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        (only,) = seen
        found = landmark_record(only)
        names = only.objects[0].schema.names
        return {
            **found,
            "whole": at_keypoints(only, background=True),
            "eyes": found["keypoints"][[names.index(eye) for eye in EYES]],
        }

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        found: dict[str, Interval] = {}
        for name, present, of in ((ERROR, PRESENT, " of"), (AFTER, None, ", of")):
            fitted, scored = (_landmarks(each, before=name == ERROR) for each in (training, test))
            found |= mean_error(keypoint_regression(fitted, scored, present=present), name)
            middle, names = stacked(test, "size") / 2, test[0]["names"].tolist()
            for guess, errors in without_parts(fitted, scored, middle, names).items():
                found |= mean_error(errors, f"{name}{of} {guess}")
        return {**found, **agreement(stacked(test, "whole"))}


def _wide_enough(face: Annotation) -> bool:
    """Whether the box is large enough, and both eyes are known and apart."""
    assert face.box is not None
    x0, y0, x1, y1 = face.box
    if (x1 - x0) * (y1 - y0) < LEAST_SHARE * face.size[0] * face.size[1]:
        return False
    eyes = {part.keypoint for part in face.parts if part.name in EYES and part.visible}
    return len(eyes - {None}) == len(EYES)


def _landmarks(records: Sequence[Record], *, before: bool) -> Landmarks:
    sizes = stacked(records, "size")
    boxes = np.concatenate([np.zeros_like(sizes), sizes], axis=1)
    return landmarks(records, inter_ocular_frame(boxes, stacked(records, "eyes"), before=before))
