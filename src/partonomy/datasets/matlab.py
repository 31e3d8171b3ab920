"""Structs in MATLAB files, as several data sets keep their annotations in them.

Cells, structs and numbers come as SciPy squeezes them: one struct is no array, none is an empty
one. What is not there or not as it should be is a fault of the picture. Files that were cut off are
noticed, and so are compressed ones with other bytes in them; uncompressed ones with other bytes can
end the process inside SciPy: compare checksums of a download where its page gives them.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError, mat_struct

from partonomy.datasets.annotation import Mask
from partonomy.datasets.reading import Fault, Problems
from partonomy.images.grid import Box

_UNREADABLE = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(NotImplementedError, MemoryError, OverflowError, zlib.error, MatReadError),
)
"""What SciPy raises on files that were cut off, are of version 7.3 or are no MATLAB files."""


def read_variable(path: Path, name: str, problems: Problems) -> Any:
    """A variable of a MATLAB file before version 7.3.

    Raises:
        SkippedPicture: there is no such file, or no such variable in it.
    """
    if not path.is_file():
        problems.stop(Fault.MISSING_MASK, str(path))
    try:
        return loadmat(path, struct_as_record=False, squeeze_me=True, variable_names=[name])[name]
    except _UNREADABLE:
        problems.stop(Fault.DAMAGED, f"{path}, {name}")


def field(struct: object, name: str, where: str, problems: Problems) -> Any:
    """A field of a struct.

    Raises:
        SkippedPicture: it is no struct, or has no such field.
    """
    if name not in fields(struct):
        problems.stop(Fault.DAMAGED, f"{where}, {name}")
    return getattr(struct, name)


def fields(struct: object) -> tuple[str, ...]:
    """The names of a struct's fields; none where there is no struct."""
    return tuple(struct._fieldnames) if isinstance(struct, mat_struct) else ()


def elements(value: object) -> list[Any]:
    """The elements of a row of structs or cells, be they none, one or several."""
    if isinstance(value, np.ndarray):
        return list(value.ravel())
    return [value]


def numbers(value: object, count: int, where: str, problems: Problems) -> list[float]:
    """A row of numbers.

    Raises:
        SkippedPicture: they are others than ``count``, or no numbers.
    """
    try:
        row = np.asarray(value, float).ravel()
    except (ValueError, TypeError):
        row = np.zeros(0)
    if len(row) != count:
        problems.stop(Fault.DAMAGED, where)
    return [float(each) for each in row]


def inclusive_box(value: object, where: str, problems: Problems) -> Box:
    """The half-open box of one given as x1 y1 x2 y2, the first pixel being 1 and the last in it.

    Raises:
        SkippedPicture: it is none of four numbers.
    """
    x1, y1, x2, y2 = numbers(value, 4, where, problems)
    return x1 - 1, y1 - 1, x2, y2


def mask(value: object, where: str, problems: Problems) -> Mask:
    """(height, width) whatever is not 0.

    Raises:
        SkippedPicture: it is no matrix of numbers.
    """
    if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind not in "buif":
        problems.stop(Fault.DAMAGED, where)
    return value > 0
