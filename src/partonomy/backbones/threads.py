"""Pictures side by side: one thread a picture, one thread an operator."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def picture_threads(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads whose operators, of torch and of OpenCV, use one thread each.

    On a CPU, as many pictures as there are cores go through a network faster than one picture
    spread over the cores, and a picture's result does not depend on how many cores there are.
    The number of threads that they use elsewhere is as before when the context is left.
    """
    import cv2

    before, before_pictures = torch.get_num_threads(), cv2.getNumThreads()
    cv2.setNumThreads(1)
    pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)
        cv2.setNumThreads(before_pictures)
