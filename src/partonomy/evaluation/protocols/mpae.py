"""CUB, CelebA and PartImageNet as MPAE scores them (Xia et al., ICCV 2025, arXiv 2507.11985).

Pictures are squashed to a square. Source: the released evaluation code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from partonomy.datasets import Annotation
from partonomy.evaluation.keypoints import at_keypoints
from partonomy.evaluation.protocol import Protocol, Published, Record, Seen, protocol
from partonomy.evaluation.regions import joined_tables, named_table
from partonomy.evaluation.scores import agreement, stacked
from partonomy.evaluation.views import View, framed, squashed
from partonomy.metrics import Interval

STEPS = 128
"""Sides at which parts of PartImageNet are compared."""


class _Squashed(Protocol):
    """The picture as a square.

    Attributes:
        side: of it.
    """

    side: ClassVar[int]
    split = "test"
    across_classes = True

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        return [framed(objects, squashed(objects[0].size, self.side))]


class _AtKeypoints(_Squashed):
    """Records: ``whole`` (P, K + 1) and ``parts`` (P, K)."""

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        (only,) = seen
        return {
            "whole": at_keypoints(only, background=True),
            "parts": at_keypoints(only, background=False),
        }

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        return {
            **agreement(stacked(test, "whole")),
            **agreement(stacked(test, "parts"), "FG-"),
        }


def _keypoint_rules(side: int) -> str:
    return f"""\
The picture squashed to {side} x {side}. All visible keypoints are samples, true label, which \
keypoint; one table. NMI and ARI: found label, the part or background at its pixel. FG-NMI and \
FG-ARI: the best of the K parts there, of the whole picture as well."""


@protocol
class MpaeCub(_AtKeypoints):
    """Birds."""

    name = "mpae/cub"
    version = 1
    title = "birds, parts at keypoints of squashed pictures (arXiv 2507.11985)"
    side = 448
    rules = _keypoint_rules(side)
    published = Published(("cub",), "test", 5794)


@protocol
class MpaeCelebA(_AtKeypoints):
    """Faces that are not aligned."""

    name = "mpae/celeba"
    version = 1
    title = "faces, parts at points of squashed pictures (arXiv 2507.11985)"
    side = 224
    rules = (
        _keypoint_rules(side)
        + " Test pictures are MAFL's; whether the authors leave out small \
faces is not known."
    )
    published = Published(("mafl",), "test")


@protocol
class MpaePartImageNet(_Squashed):
    """Records: those of :func:`partonomy.evaluation.regions.named_table`."""

    name = "mpae/partimagenet"
    version = 1
    title = "every pixel of many classes, squashed pictures (arXiv 2507.11985)"
    side = 224
    rules = f"""\
The picture squashed to {side} x {side}, compared at {STEPS} x {STEPS} steps, background included, \
in one table of all pictures and classes: the true part by the class's own parts, where masks \
overlap the one that most of them say, or background; found, K parts or background."""
    published = Published(("partimagenet", "partimagenet-ood"), "test")

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        size = objects[0].size
        steps = squashed(size, STEPS)
        moved = tuple(each.placed(steps) for each in objects)
        return [View(moved, squashed(size, self.side))]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        (only,) = seen
        found = only.maps.labels((STEPS, STEPS))
        return named_table(only.objects, found, len(only.maps.scores))

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        return agreement(joined_tables(test), background=True)
