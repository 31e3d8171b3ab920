"""Which parts decide a class: how far its score falls when a part is blanked out.

A part's drop says as much about blanking as about the part: whatever is covered, the score falls.
Beside each blanked part stand blanks of the same size and form elsewhere on the object and beside
it; the result is the drop less that of those on the object. Source: arXiv 1607.03738, section 5.2;
controls and fills are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Region = NDArray[np.bool_]
Fill = Literal["mean", "blur", "inpaint"]
FILLS: tuple[Fill, ...] = ("mean", "blur", "inpaint")

CONTROLS = 4
"""Blanks of each kind beside each part."""
TRIES = 50
"""Places that are tried for each."""
OVERLAPPED = 0.25
"""Share of a control that may lie on the part; more would measure the part again."""
INSIDE = 0.5
"""Share of a control that is to lie on the object, and beside it at least as much off it."""
BLUR = 1 / 8
"""Standard deviation of the blur, as a share of the picture's short side."""

Scores = Callable[[Sequence[Rgb]], NDArray[np.float32]]
"""Score of one class for pictures of one size, (n,)."""


@dataclass(frozen=True)
class Drop:
    """What one blanked part costs.

    Attributes:
        drop: of the class's score.
        elsewhere: mean drop of blanks elsewhere on the object; nan where there is no room.
        beside: of blanks off the object; nan likewise, or where the object is not known.
    """

    drop: float
    elsewhere: float
    beside: float

    @property
    def own(self) -> float:
        """The drop less that of blanks elsewhere on the object."""
        return self.drop - self.elsewhere


def blanked(picture: Rgb, region: Region, fill: Fill, mean: Sequence[float]) -> Rgb:
    """A picture with a region blanked out.

    Args:
        picture: (H, W, 3).
        region: (H, W).
        fill: ``mean`` colour, a strong ``blur`` of the picture, or ``inpaint`` from around.
        mean: the mean colour, RGB in 0..255.
    """
    result = picture.copy()
    if not region.any():
        return result
    if fill == "mean":
        result[region] = np.rint(mean).astype(np.uint8)
    elif fill == "blur":
        width = BLUR * min(region.shape)
        result[region] = cv2.GaussianBlur(picture, (0, 0), width)[region]
    else:
        result = cv2.inpaint(picture, region.astype(np.uint8), 3, cv2.INPAINT_TELEA).astype(
            np.uint8
        )
    return result


def part_drop(
    picture: Rgb,
    part: Region,
    whole: Region | None,
    score: Scores,
    generator: np.random.Generator,
    fill: Fill = "mean",
    mean: Sequence[float] = (127.5, 127.5, 127.5),
) -> Drop:
    """What a picture's class score loses when a part is blanked, and when other places are.

    Args:
        picture: (H, W, 3).
        part: (H, W), not empty.
        whole: (H, W) of the object; the picture where it is not known.
        score: of the class.
        generator: of the controls' places.
        fill, mean: see :func:`blanked`.
    """
    on = np.ones(part.shape, bool) if whole is None else whole
    elsewhere = list(_controls(part, on, ~part, generator))
    beside = [] if whole is None else list(_controls(part, ~whole, ~part, generator))
    regions = [np.zeros_like(part), part, *elsewhere, *beside]
    scores = score([blanked(picture, region, fill, mean) for region in regions])
    drops = scores[0] - scores[1:]
    first = 1 + len(elsewhere)
    return Drop(float(drops[0]), _mean(drops[1:first]), _mean(drops[first:]))


def _mean(drops: NDArray[np.float32]) -> float:
    return float(drops.mean()) if len(drops) else float("nan")


def _controls(
    part: Region, on: Region, off_part: Region, generator: np.random.Generator
) -> Iterator[Region]:
    """The part's form at other places, for the most part on ``on`` and hardly on the part."""
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    form = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    area, found = form.sum(), 0
    spare = np.array(part.shape) - form.shape + 1
    for _ in range(TRIES):
        if found == CONTROLS:
            return
        y, x = generator.integers(0, spare)
        window = slice(y, y + form.shape[0]), slice(x, x + form.shape[1])
        fits = (on[window] & form).sum() >= INSIDE * area
        if fits and (off_part[window] & form).sum() >= (1 - OVERLAPPED) * area:
            region = np.zeros_like(part)
            region[window] = form
            found += 1
            yield region
