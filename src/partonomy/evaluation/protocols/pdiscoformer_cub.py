"""CUB as the PDisco papers score it (van der Klis et al., ICCV 2023; Aniraj et al., ECCV 2024).

Sources: arXiv 2407.04538, section 4, and the released evaluation code of both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from partonomy.datasets import Annotation
from partonomy.evaluation.keypoints import at_keypoints, landmark_record, landmarks
from partonomy.evaluation.protocol import Protocol, Published, Record, Seen, protocol
from partonomy.evaluation.scores import ERROR, agreement, mean_error, stacked
from partonomy.evaluation.views import View, framed, short_side, trimmed
from partonomy.evaluation.without_parts import rules_of, without_parts
from partonomy.images.moving import place_boxes
from partonomy.metrics import Interval, Landmarks, box_frame, keypoint_regression

SIDE = 518
PRESENT = 0.5
SINGLE = "throat"


@protocol
class PDiscoFormerCub(Protocol):
    """Records: ``whole`` (P, K + 1) table, where parts and keypoints are, and the bird's ``box``,
    all in the view.
    """

    name = "pdiscoformer/cub"
    version = 2
    title = "birds, parts at keypoints and keypoints out of parts (arXiv 2407.04538)"
    rules = f"""\
The picture with its short side {SIDE}, its middle square. NMI and ARI: all visible keypoints \
within it are samples, true label, which keypoint; found label, the part or background at its \
pixel; one table. Keypoint error: the parts' centres of mass regressed to each keypoint by least \
squares without intercept, all standardised by the training pictures in which it is visible; a \
part whose map reaches no more than {PRESENT} is set to its mean; x counts in widths and y in \
heights of the bird's box as it was before the crop, from its corner, moved into the square. \
{rules_of(SINGLE)}"""
    training = "training"
    split = "test"
    across_classes = True
    published = Published(("cub",), "test", 5794)

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        (bird,) = objects
        if bird.box is None:
            return []
        return [framed(objects, trimmed(short_side(bird.size, SIDE), (SIDE, SIDE)))]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        (only,) = seen
        assert only.whole[0].box is not None
        x0, y0, x1, y1 = place_boxes(np.array(only.whole[0].box), only.placement).tolist()
        corner = np.clip([x0, y0], 0, SIDE)
        box = np.concatenate([corner, corner + np.array([x1 - x0, y1 - y0])])
        table = at_keypoints(only, background=True)
        return {**landmark_record(only), "box": box, "whole": table}

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        fitted, scored = _landmarks(training), _landmarks(test)
        found = mean_error(keypoint_regression(fitted, scored, present=PRESENT))
        middle, names = stacked(test, "size") / 2, test[0]["names"].tolist()
        for name, errors in without_parts(fitted, scored, middle, names, SINGLE).items():
            found |= mean_error(errors, f"{ERROR} of {name}")
        return {**agreement(stacked(test, "whole")), **found}


def _landmarks(records: Sequence[Record]) -> Landmarks:
    return landmarks(records, box_frame(stacked(records, "box")))
