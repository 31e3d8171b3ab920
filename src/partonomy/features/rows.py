"""Rows that a pass over a collection gathers, in one block of memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class GrowingRows:
    """A table that rows are added to.

    What a pass keeps of each picture is small. Kept as small arrays, it would lie between the large
    buffers that come and go for each picture, and keep their memory from being used again: the
    process would grow with the number of pictures by far more than it keeps.

    Args:
        columns: values a row.
        dtype: their type.
    """

    def __init__(self, columns: int, dtype: DTypeLike) -> None:
        self._rows = np.empty((1024, columns), dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, rows: NDArray[Any]) -> None:
        """Add (n, columns) rows at the end."""
        needed = self._count + len(rows)
        if needed > len(self._rows):
            capacity = max(needed, len(self._rows) * 3 // 2)
            # in place where the allocator can; no view of the block is ever given away
            self._rows.resize((capacity, self._rows.shape[1]), refcheck=False)
        self._rows[self._count : needed] = rows
        self._count = needed

    def take(self) -> NDArray[Any]:
        """All rows, (n, columns); the table is empty afterwards."""
        self._rows.resize((self._count, self._rows.shape[1]), refcheck=False)
        rows, self._rows, self._count = self._rows, self._rows[:0].copy(), 0
        return rows
