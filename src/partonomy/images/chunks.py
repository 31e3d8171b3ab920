"""Chunks of consecutive pictures: the unit of work that is either done or not done.

The results of a chunk depend on its own pictures alone, so that a run that was killed and goes on
at the next chunk ends with the same bits as one that never stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from partonomy.errors import PictureError
from partonomy.images.decode import decode
from partonomy.images.foreground import MaskFolder, decode_mask
from partonomy.images.grid import Size
from partonomy.images.preprocess import Preprocessing
from partonomy.images.reading import digest, ordered_ahead, read_bytes
from partonomy.images.sources import PictureFile


@dataclass(frozen=True)
class Skipped:
    """A picture that was left out, and why."""

    name: str
    reason: str


def unusable(skipped: Sequence[Skipped], strict: bool) -> str:
    """The error where no picture could be used, or where none may be skipped."""
    named = "; ".join(f"{entry.name}: {entry.reason}" for entry in skipped[:3])
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    count = f"{len(skipped)} picture{'' if len(skipped) == 1 else 's'}"
    start = f"--strict: {count} cannot be used" if strict else f"none of {count} can be used"
    return f"{start}: {named}{more}"


@dataclass(frozen=True)
class Picture:
    """A picture that was read.

    Attributes:
        file: which one.
        digest: content address of its bytes.
        size: (height, width) in original pixels.
    """

    file: PictureFile
    digest: str
    size: Size


@dataclass(frozen=True)
class DecodedPicture(Picture):
    """A picture at the network's input size: ``pixels`` is (h, w, 3) uint8."""

    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class RawPicture:
    """A picture file's bytes, or the reason why there are none; and those of its mask."""

    file: PictureFile
    data: bytes = field(repr=False)
    digest: str
    problem: str | None = None
    mask: bytes | None = field(default=None, repr=False)
    mask_problem: str | None = None

    @property
    def mask_digest(self) -> str:
        """Content address of its mask, or of why there is none."""
        if self.mask_problem is not None:
            return digest(b"problem", self.mask_problem.encode())
        return digest(b"none") if self.mask is None else digest(b"mask", self.mask)

    def foreground(self, size: Size) -> NDArray[np.bool_] | None:
        """Its foreground as (height, width) bool; None where no masks are used.

        Raises:
            PictureError: there is no mask for this picture, or not a fitting one.
        """
        if self.mask_problem is not None:
            raise PictureError(self.mask_problem)
        return None if self.mask is None else decode_mask(self.mask, size)


Result = TypeVar("Result")


@dataclass(frozen=True)
class Chunk(Generic[Result]):
    """Some consecutive pictures of a collection.

    Attributes:
        raw: their bytes.
        key: content address of the pictures, unreadable ones included.
        mask_key: content address of their masks.
    """

    raw: Sequence[RawPicture]
    key: str
    mask_key: str
    _begin: Callable[[RawPicture], Future[Result | Skipped]]
    _begun: Sequence[Future[Result | Skipped]] | None = None

    def begun(self) -> Chunk[Result]:
        """The chunk with the work on it under way."""
        return replace(self, _begun=[self._begin(raw) for raw in self.raw])

    def results(self) -> list[Result | Skipped]:
        """What the work gave for each picture, or why it was skipped; in order.

        To be called before the chunks' iterator ends or is closed, which stops the work. An
        exception of the work is raised here.
        """
        if self._begun is None:  # it was thought not to be wanted
            return self.begun().results()
        return [future.result() for future in self._begun]


def read_chunks(
    files: Sequence[PictureFile],
    preprocessing: Preprocessing,
    work: Callable[[DecodedPicture, RawPicture], Result | Skipped],
    pool: ThreadPoolExecutor,
    *,
    chunk_size: int,
    masks: MaskFolder | None = None,
    wanted: Callable[[Chunk[Result]], bool] = lambda _chunk: True,
) -> Iterator[Chunk[Result]]:
    """Read a collection chunk by chunk, with the work on the next chunk already under way.

    Args:
        files: the collection, in order.
        preprocessing: the input size.
        work: what is done with each decoded picture and its file, on the pool's threads.
        pool: threads for decoding and work.
        chunk_size: pictures a chunk.
        masks: foreground masks, read along.
        wanted: whether the work on a chunk is needed; called on a reading thread.
    """

    def one(raw: RawPicture) -> Result | Skipped:
        decoded = decode_for(raw, preprocessing)
        return decoded if isinstance(decoded, Skipped) else work(decoded, raw)

    def begin(group: Sequence[PictureFile]) -> Chunk[Result]:
        raw = [_read(file, masks) for file in group]
        key = digest(*(picture.digest.encode() for picture in raw))
        mask_key = digest(*(picture.mask_digest.encode() for picture in raw))
        chunk = Chunk(raw, key, mask_key, lambda picture: pool.submit(one, picture))
        return chunk.begun() if wanted(chunk) else chunk

    groups = (files[start : start + chunk_size] for start in range(0, len(files), chunk_size))
    yield from ordered_ahead(begin, groups, ThreadPoolExecutor(1), ahead=1)


def _read(file: PictureFile, masks: MaskFolder | None) -> RawPicture:
    try:
        data = read_bytes(file.path)
    except PictureError as error:
        return RawPicture(file, b"", digest(str(error).encode()), problem=str(error))
    mask, mask_problem = None, None
    if masks is not None:
        try:
            mask = masks.read(file)
        except PictureError as error:
            mask_problem = str(error)
    return RawPicture(file, data, digest(data), mask=mask, mask_problem=mask_problem)


def decode_for(raw: RawPicture, preprocessing: Preprocessing) -> DecodedPicture | Skipped:
    """A picture file at a network's input size, or why there is none."""
    if raw.problem is not None:
        return Skipped(raw.file.name, raw.problem)
    try:
        pixels = decode(raw.data, preprocessing.size)
    except PictureError as error:
        return Skipped(raw.file.name, str(error))
    return DecodedPicture(raw.file, raw.digest, pixels.size, preprocessing.resize(pixels))
