"""What several data sets keep labels in: label pictures, and lists of numbers by name."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from partonomy.datasets.reading import Fault, Problems


def label_pixels(path: Path, mode: Literal["L", "RGB"], problems: Problems) -> NDArray[np.uint8]:
    """The pixels of a label picture: (height, width) of ``L``, (height, width, 3) of ``RGB``.

    Raises:
        SkippedPicture: it is not there, or is no picture.
    """
    if not path.is_file():
        problems.stop(Fault.MISSING_MASK, str(path))
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert(mode))
    except (OSError, SyntaxError, Image.DecompressionBombError):  # Pillow's of broken PNG chunks
        problems.stop(Fault.DAMAGED, str(path))


def numbers_by_name(
    path: Path, columns: int, problems: Problems, *, titled: bool = False
) -> dict[str, tuple[float, ...]]:
    """What a list has a name and numbers a line of, in its order.

    Args:
        path: of the list.
        columns: how many numbers there are a line.
        problems: where faults are noted.
        titled: the first line is how many names there are, the second what the numbers are.

    Raises:
        PartonomyError: it is no such list, or a name occurs twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        problems.stop(Fault.MALFORMED, f"{path}: no text")
    before = 2 if titled else 0
    if len(lines) < before:
        problems.stop(Fault.MALFORMED, f"{path}: no list of names")
    found: dict[str, tuple[float, ...]] = {}
    for number, line in enumerate(lines[before:], start=before + 1):
        if not line.strip():
            continue
        name, *rest = line.split()
        try:
            numbers = tuple(map(float, rest))
        except ValueError:
            numbers = ()
        if not len(rest) == len(numbers) == columns or not all(map(isfinite, numbers)):
            problems.stop(
                Fault.MALFORMED, f"{path}, line {number}: not a name and {columns} numbers"
            )
        if name in found:
            problems.stop(Fault.DUPLICATE, f"{path}, {name}")
        found[name] = numbers
    if titled and lines[0].strip() != str(len(found)):
        problems.stop(Fault.MALFORMED, f"{path}: {len(found)} names, not {lines[0].strip()}")
    return found
