"""PartWorld: as many pictures as one asks for, rendered when they are looked at."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar
from zlib import crc32

import cv2

from partonomy.datasets.partworld.figures import FIGURES
from partonomy.datasets.partworld.rendering import Rendering, check, render
from partonomy.errors import PartonomyError
from partonomy.images import ordered_ahead

Result = TypeVar("Result")

_BATCH = 8
"""Pictures that a process is told of at a time: telling takes time too."""
_AHEAD = 8


@dataclass(frozen=True)
class PartWorld:
    """A row of pictures, in which the classes take turns, and in each class its styles.

    It is a data set as torch's loaders take it: ``len(world)``, ``world[index]``; nothing is on
    disk. Equal arguments give equal pictures, on any machine; a world with more pictures begins
    with those of one with fewer.

    Attributes:
        n_pictures: how many.
        classes: names, each once; all if none is given.
        size: height and width in pixels.
        occlusion: how much is hidden, see :func:`render`.
        seed: another one gives other pictures.
        split: pictures of one split are in no other.

    Raises:
        PartonomyError: there is no such class or level, or a number is out of range.
    """

    n_pictures: int
    classes: tuple[str, ...] = ()
    size: int = 128
    occlusion: int = 0
    seed: int = 0
    split: str = "training"

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", tuple(dict.fromkeys(self.classes or FIGURES)))
        if self.n_pictures < 1:
            raise PartonomyError(f"a world has at least one picture, not {self.n_pictures}")
        if self.seed < 0:
            raise PartonomyError(f"a seed is 0 or more, not {self.seed}")
        for name in self.classes:
            check(name, self.size, self.occlusion)

    def __len__(self) -> int:
        return self.n_pictures

    def __getitem__(self, index: int) -> Rendering:
        if not 0 <= index < self.n_pictures:
            raise IndexError(f"picture {index} of {self.n_pictures}")
        turn, place = divmod(index, len(self.classes))
        class_name = self.classes[place]
        styles = FIGURES[class_name].styles
        return render(
            class_name,
            styles[turn % len(styles)],
            (self.seed, crc32(self.split.encode()), turn),
            self.size,
            self.occlusion,
            name=f"{class_name}/{turn:05d}.png",
            split=self.split,
        )

    def __iter__(self) -> Iterator[Rendering]:
        return map(self.__getitem__, range(self.n_pictures))

    def map(
        self,
        work: Callable[[Rendering], Result],
        workers: int,
        order: Sequence[int] | range | None = None,
    ) -> Iterator[Result]:
        """What a function gives for each picture, in order, on several processes.

        Args:
            work: a function that processes can be told of by name.
            workers: how many; 0 to stay in this one.
            order: which pictures; all if not given.
        """
        indices = range(self.n_pictures) if order is None else order
        if not workers:
            return (work(self[index]) for index in indices)
        # forked, a process may wait forever for a lock that a thread of this one held
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, context, cv2.setNumThreads, (1,))
        batches = (indices[start : start + _BATCH] for start in range(0, len(indices), _BATCH))
        return chain.from_iterable(ordered_ahead(_Task(self, work), batches, pool, _AHEAD))


@dataclass(frozen=True)
class _Task(Generic[Result]):
    world: PartWorld
    work: Callable[[Rendering], Result]

    def __call__(self, indices: Sequence[int]) -> list[Result]:
        return [self.work(self.world[index]) for index in indices]
