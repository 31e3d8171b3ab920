"""Parts at keypoints of the whole picture: ours, for data with keypoints alone."""

from __future__ import annotations

from collections.abc import Sequence

from partonomy.datasets import Annotation
from partonomy.evaluation.keypoints import at_keypoints
from partonomy.evaluation.protocol import Protocol, Record, Seen, protocol
from partonomy.evaluation.scores import agreement, share, stacked
from partonomy.evaluation.views import View, as_it_is
from partonomy.metrics import Interval


@protocol
class SparseKeypoints(Protocol):
    """Records: ``parts`` (P, K) and ``whole`` (P, K + 1) tables."""

    name = "sparse/keypoints"
    version = 1
    title = "parts at keypoints; ours"
    rules = """\
All visible keypoints are samples: true label, which keypoint; found label, the part at its pixel, \
soft maps being compared there; one table of all pictures. FG-NMI and FG-ARI: the best of the K \
parts, whatever the model takes for background. NMI and ARI: background being a label too. On \
object: the share of keypoints that do not lie on found background."""

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        return [as_it_is(objects)]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        (only,) = seen
        return {
            "parts": at_keypoints(only, background=False),
            "whole": at_keypoints(only, background=True),
        }

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        whole = stacked(test, "whole")
        return {
            **agreement(stacked(test, "parts"), "FG-"),
            **agreement(whole),
            "on object": share(whole[..., 1:].sum(axis=(1, 2)), whole.sum(axis=(1, 2))),
        }
