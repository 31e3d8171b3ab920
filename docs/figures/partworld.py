"""Figures of PartWorld: every class with its styles and parts, and the levels of occlusion.

Example: python docs/figures/partworld.py docs/figures
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.datasets.partworld import FIGURES, LEVELS, render
from partonomy.images import overlay

SIZE = 160
STYLES = 4
GAP = 4

Pixels = NDArray[np.uint8]


def classes() -> Pixels:
    """Two classes a row: for each up to four styles, a picture above its parts."""
    cells = []
    for class_name, figure in FIGURES.items():
        names = figure.schema.names
        drawn = [
            render(class_name, style, (0, index), SIZE) for index, style in enumerate(figure.styles)
        ]
        parts = [overlay(each.picture, each.annotation.labels(), len(names)) for each in drawn]
        columns = [stacked([each.picture, part]) for each, part in zip(drawn, parts, strict=True)]
        blank = np.full_like(columns[0], 255)
        cells.append(beside((columns + [blank] * STYLES)[:STYLES]))
    rows = [
        beside([left, right], 4 * GAP) for left, right in zip(cells[::2], cells[1::2], strict=True)
    ]
    return stacked(rows, 4 * GAP)


def occlusion() -> Pixels:
    """One picture of some classes at each level."""
    some = list(FIGURES)[::2]
    return stacked(
        [
            beside(
                [render(name, FIGURES[name].styles[0], (1,), SIZE, level).picture for name in some]
            )
            for level in range(len(LEVELS))
        ]
    )


def world() -> Pixels:
    """A row or two of everything, for the README."""
    drawn = []
    for index, (name, figure) in enumerate(FIGURES.items()):
        found = render(name, figure.styles[index % len(figure.styles)], (7,), SIZE)
        drawn.append((found.picture, overlay(found.picture, found.annotation.labels(), 9)))
    rows = [
        beside([each[which] for each in drawn[start : start + 6]])
        for start in (0, 6)
        for which in (0, 1)
    ]
    return stacked(rows)


def beside(pictures: list[Pixels], gap: int = GAP) -> Pixels:
    """Pictures of one height, from left to right."""
    height = pictures[0].shape[0]
    space = np.full((height, gap, 3), 255, np.uint8)
    joined = [piece for picture in pictures for piece in (picture, space)]
    return np.concatenate(joined[:-1], axis=1)


def stacked(pictures: list[Pixels], gap: int = GAP) -> Pixels:
    """Pictures of one width, from top to bottom."""
    return beside([picture.swapaxes(0, 1) for picture in pictures], gap).swapaxes(0, 1)


if __name__ == "__main__":
    for make in (classes, occlusion, world):
        path = Path(sys.argv[1]) / f"partworld-{make.__name__}.jpg"
        Image.fromarray(make()).save(path, quality=82)
        print(path)
