"""How long jobs tell how far they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Advance(Protocol):
    """Called with how many pictures or steps were done, and perhaps a word on the latest."""

    def __call__(self, n: int, note: str = "", /) -> None: ...


Begin = Callable[[str, int], Advance]
"""Told of each phase's name and length; gives what to call as it advances."""


def unseen(_name: str, _total: int) -> Advance:
    """Progress that nobody looks at."""
    return lambda _n, _note="": None
