"""How long jobs tell how far they are."""

from __future__ import annotations

from collections.abc import Callable

Begin = Callable[[str, int], Callable[[int], None]]
"""Told of each phase's name and length; gives what to call with the number of pictures done."""


def unseen(_name: str, _total: int) -> Callable[[int], None]:
    """Progress that nobody looks at."""
    return lambda _n: None
