"""The strongest stimuli of filters, drawn: pictures are read once, whatever is wanted of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from partonomy.datasets.reading import SkippedPicture
from partonomy.emergence.finished import Row
from partonomy.errors import PictureError
from partonomy.features.objects import AnnotatedPicture
from partonomy.images import Pixels
from partonomy.images.grid import Box
from partonomy.report.figures import boxed, data_url

SIDE = 72
"""Of a stimulus on the page, in pixels."""


class Wanted(NamedTuple):
    """A filter whose stimuli are wanted.

    Attributes:
        layer: that it is of.
        class_name: of the objects that it is seen on.
        filter: its index.
    """

    layer: str
    class_name: str
    filter: int


def stimuli_drawn(
    wanted: Mapping[Wanted, Row], pictures: Iterable[AnnotatedPicture]
) -> dict[Wanted, Sequence[str]]:
    """Stimuli in what is around them, as pictures in data URLs, the strongest first.

    Args:
        wanted: each filter's row of ``stimuli.parquet``.
        pictures: to draw from; stimuli in others, or in those that cannot be read, are left out.
    """
    of_picture: dict[str, list[tuple[Wanted, int, Box]]] = defaultdict(list)
    for one, row in wanted.items():
        for rank, (name, box) in enumerate(zip(row["pictures"], row["boxes"], strict=True)):
            of_picture[name].append((one, rank, tuple(box)))
    drawn: dict[Wanted, dict[int, str]] = {one: {} for one in wanted}
    for picture in pictures:
        if picture.name not in of_picture:
            continue
        try:
            rgb = picture.load()[0]
        except (PictureError, SkippedPicture):
            continue
        pixels = Pixels(rgb, (rgb.shape[0], rgb.shape[1]))
        for one, rank, box in of_picture[picture.name]:
            drawn[one][rank] = data_url(boxed(pixels, box, SIDE))
    return {one: [found[rank] for rank in sorted(found)] for one, found in drawn.items()}
