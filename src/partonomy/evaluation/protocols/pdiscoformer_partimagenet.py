"""PartImageNet as the PDisco papers score it: every pixel, background included.

Sources: arXiv 2407.04538, section 4, and its evaluation code.
"""

from __future__ import annotations

from collections.abc import Sequence

from partonomy.datasets import Annotation
from partonomy.evaluation.protocol import Protocol, Published, Record, Seen, protocol
from partonomy.evaluation.regions import joined_tables, named_table
from partonomy.evaluation.scores import agreement
from partonomy.evaluation.views import View, framed, short_side, trimmed
from partonomy.metrics import Interval

SIDE = 224


@protocol
class PDiscoFormerPartImageNet(Protocol):
    """Records: those of :func:`partonomy.evaluation.regions.named_table`."""

    name = "pdiscoformer/partimagenet"
    version = 1
    title = "every pixel of many classes (arXiv 2407.04538)"
    rules = f"""\
The picture with its short side {SIDE}, its middle square. Every pixel is compared, in one table \
of all pictures and classes: the true part by the class's own parts, where masks overlap the one \
that most of them say, or background; found, K parts or background. Such a table is mostly \
background: who separates objects well has a high ARI with few parts."""
    split = "test"
    across_classes = True
    published = Published(("partimagenet-ood",), "test", 1658)

    def views(self, objects: Sequence[Annotation], fitting: bool) -> Sequence[View]:
        return [framed(objects, trimmed(short_side(objects[0].size, SIDE), (SIDE, SIDE)))]

    def record(self, seen: Sequence[Seen], fitting: bool) -> Record:
        (only,) = seen
        return named_table(only.objects, only.maps.labels(), len(only.maps.scores))

    def numbers(self, test: Sequence[Record], training: Sequence[Record]) -> dict[str, Interval]:
        return agreement(joined_tables(test), background=True)
