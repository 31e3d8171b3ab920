"""DeepFashion as arXiv 2111.06349 scores it, pixel by pixel.

Sources: the paper, section 4 and table 3; its evaluation code.
"""

from __future__ import annotations

from collections.abc import Sequence

from partonomy.datasets import Annotation
from partonomy.evaluation.protocol import Protocol, Published, Record, Seen, protocol
from partonomy.evaluation.regions import best_parts, foreground_table, labels_of
from partonomy.evaluation.scores import agreement, stacked
from partonomy.evaluation.views import View, framed, padded_square, short_side
from partonomy.metrics import Interval, contingency

SIDE = 256


@protocol
class ChoudhuryDeepFashion(Protocol):
    """Records: ``foreground`` and ``whole``, (T + 1, K + 1) tables."""

    name = "choudhury2021/deepfashion"
    version = 1
    title = "clothes, pixel by pixel (arXiv 2111.06349)"
    rules = f"""\
Pixels are compared, in one table of all pictures. FG-NMI and FG-ARI: of the picture with its long \
side {SIDE}, padded to a square by the nearest pixels, where truly a segment is, the best of the K \
parts. NMI and ARI: of the picture with its short side {SIDE}, everywhere, K parts and background. \
True labels are resized by the nearest pixel; the authors' code resizes them bilinearly in the \
latter, which mixes labels at borders."""
    split = "test"
    published = Published(("deepfashion",), "test", 6922)

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        size = objects[0].size
        return [
            framed(objects, padded_square(size, SIDE), "edge"),
            framed(objects, short_side(size, SIDE)),
        ]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        square, whole = seen
        n_true, n_parts = len(whole.objects[0].schema.names), len(whole.maps.scores)
        return {
            "foreground": foreground_table(
                labels_of(square.objects), best_parts(square.maps), n_true, n_parts
            ),
            "whole": contingency(
                labels_of(whole.objects), whole.maps.labels(), (n_true + 1, n_parts + 1)
            ),
        }

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        return {
            **agreement(stacked(test, "foreground"), "FG-"),
            **agreement(stacked(test, "whole")),
        }
