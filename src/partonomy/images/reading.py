"""Reading pictures ahead of the computing, in order and with bounded memory."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

from partonomy.errors import PictureError

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_bytes(path: Path) -> bytes:
    """A picture file's bytes.

    Raises:
        PictureError: the file cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"cannot be opened: {error.strerror or error}") from None
    except ValueError as error:  # a name with a null character, out of a list
        raise PictureError(f"cannot be opened: {error}") from None


def digest(*pieces: bytes) -> str:
    """A short content address (BLAKE2b, 128 bits) of some bytes."""
    state = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        state.update(piece)
    return state.hexdigest()


def default_workers() -> int:
    """Threads that read and decode beside the computing: one a core, at most eight."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 4)


def ordered_ahead(
    work: Callable[[Item], Result], items: Iterable[Item], pool: Executor, ahead: int
) -> Iterator[Result]:
    """``map(work, items)`` on a pool, in order, with at most ``ahead`` results waiting.

    The pool is shut down at the end. Pillow releases the interpreter while it decodes, so threads
    are enough to overlap decoding with a network's computing. An exception of ``work`` is raised at
    its item's turn.
    """
    waiting: deque[Future[Result]] = deque()
    with pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
