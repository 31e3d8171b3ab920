"""CUB as arXiv 2111.06349 scores it: parts at keypoints, and keypoints out of parts.

Sources: the paper, section 4 and table 1; its evaluation notebook and dataset code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from partonomy.datasets import Annotation
from partonomy.evaluation.keypoints import (
    at_keypoints,
    landmark_record,
    landmarks,
    square_frames,
)
from partonomy.evaluation.protocol import Protocol, Published, Record, Seen, protocol
from partonomy.evaluation.scores import ERROR, agreement, ari, mean_error, stacked
from partonomy.evaluation.views import (
    WHITE,
    View,
    framed,
    short_side,
    square_around,
    trimmed,
)
from partonomy.evaluation.without_parts import rules_of, without_parts
from partonomy.images import Placement
from partonomy.images.grid import Box, Size
from partonomy.metrics import Interval, Landmarks, keypoint_regression

SIDE = 256
MULTIPLE = 16
MARGIN = 0.05
FIRST_CLASSES = ("Black_footed_Albatross", "Laysan_Albatross", "Sooty_Albatross")
"""Classes 1 to 3, each of which has a column of its own in the field's tables."""
SINGLE = "throat"
HISTORICAL = "FG-ARI before its fix"


@protocol
class ChoudhuryCub(Protocol):
    """Records: ``whole`` (P, K + 1) and ``object`` (P, K) tables, ``historical`` (P, K + 1), where
    parts and keypoints are in the crop, and which ``species``.
    """

    name = "choudhury2021/cub"
    version = 2
    title = "birds, parts at keypoints and keypoints out of parts (arXiv 2111.06349)"
    rules = f"""\
All visible keypoints of the test pictures are samples: true label, which keypoint; found label, \
the part at its pixel, soft maps being compared there. One table of all samples. NMI and ARI: of \
the whole picture, short side {SIDE}, borders trimmed alike to multiples of {MULTIPLE} (a keypoint \
trimmed away is dropped), K parts and background. FG-NMI and FG-ARI: of the picture cut to the \
bird's box, then the same, the best of the K parts. Keypoint error: of the box with \
{MARGIN:.0%} on each side, made square, {SIDE} pixels, white beyond the picture; the parts' \
centres of mass, least mass 1 pixel, regressed to each keypoint by least squares without \
intercept, all standardised by the training pictures in which it is visible; mean over all \
visible keypoints, in sides of the crop. {rules_of(SINGLE)} The first two should come out as \
published; what the paper does where the {SINGLE} is not visible is not known. Columns 001 to 003 \
are the test pictures of one class, fitted on all training pictures; `fitted on 001 to 003` on \
those of the three classes alone."""
    training = "training"
    split = "test"
    across_classes = True
    historical: ClassVar[Mapping[str, str]] = {
        HISTORICAL: "before the commit that mended it, the authors' notebook took predictions "
        "with background for FG-ARI, and copies of it do so still"
    }
    published = Published(("cub",), "test", 5794)

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        (bird,) = objects
        if bird.box is None:
            return []
        crop = square_around(bird.size, bird.box, MARGIN, SIDE)
        frames = [] if fitting else [_frame(bird.size), _frame(bird.size, bird.box)]
        return [framed(objects, each, WHITE) for each in [crop, *frames]]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        crop, *rest = seen
        species = crop.objects[0].class_name
        record = {**landmark_record(crop), "species": np.array(species)}
        if rest:
            whole, box = rest
            record["whole"] = at_keypoints(whole, background=True)
            record["object"] = at_keypoints(box, background=False)
            record["historical"] = at_keypoints(box, background=True)
        return record

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        return {
            **agreement(stacked(test, "object"), "FG-"),
            **agreement(stacked(test, "whole")),
            HISTORICAL: ari(stacked(test, "historical")),
            **_errors(test, training),
        }


def _errors(test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
    fitted, scored = _landmarks(training), _landmarks(test)
    middle, names = stacked(test, "size") / 2, test[0]["names"].tolist()
    guessed = without_parts(fitted, scored, middle, names, SINGLE)
    of_all = {"": keypoint_regression(fitted, scored)}
    of_all |= {f" of {name}": errors for name, errors in guessed.items()}
    trained, tested = stacked(training, "species"), stacked(test, "species")
    columns = {f" {n:03}": tested == each for n, each in enumerate(FIRST_CLASSES, start=1)}
    found: dict[str, Interval] = {}
    for column, chosen in {"": np.ones(len(tested), bool), **columns}.items():
        for what, errors in of_all.items():
            found |= mean_error(errors.select(chosen), f"{ERROR}{column}{what}")
    three = np.isin(trained, FIRST_CLASSES)
    if three.any():
        errors = keypoint_regression(fitted.select(three), scored)
        for column, chosen in columns.items():
            found |= mean_error(errors.select(chosen), f"{ERROR}{column}, fitted on 001 to 003")
    return found


def _landmarks(records: Sequence[Record]) -> Landmarks:
    return landmarks(records, square_frames(len(records), SIDE))


def _frame(size: Size, box: Box | None = None) -> Placement:
    """Short side 256, trimmed to multiples of 16."""
    placement = short_side(size, SIDE, box)
    height, width = (side // MULTIPLE * MULTIPLE for side in placement.input_size)
    return trimmed(placement, (height, width))
