"""Pictures to masks: the loop that writes what a part model sees, picture by picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from partonomy.backbones import picture_threads
from partonomy.errors import PartonomyError, PictureError
from partonomy.features import CHUNK_SIZE, ShardStore
from partonomy.images import (
    Chunk,
    DecodedPicture,
    MaskFolder,
    Picture,
    PictureFile,
    RawPicture,
    Skipped,
    default_workers,
    digest,
    read_chunks,
    save_label_png,
)
from partonomy.parts.maps import PartMaps
from partonomy.parts.model import PartModel


@dataclass(frozen=True)
class PictureParts:
    """The parts of one picture.

    Attributes:
        picture: which one.
        maps: its part maps.
        part_names: names of labels 1..K.
    """

    picture: Picture
    maps: PartMaps
    part_names: Sequence[str]

    def labels(self) -> NDArray[np.uint8]:
        """(height, width) uint8 label map in original pixels: 0 = background, parts from 1."""
        return self.maps.labels()

    def save_mask(self, folder: str | Path) -> Path:
        """Write the label map below ``folder`` as an indexed PNG; its path."""
        return _write_mask(
            mask_path(Path(folder), self.picture), self.labels(), len(self.part_names)
        )


def mask_path(folder: Path, picture: Picture) -> Path:
    """Where a picture's mask goes below a folder."""
    return folder / f"{picture.file.stem}.png"


Found = PictureParts | Skipped
Finished = TypeVar("Finished")


class Segmentation(Protocol):
    """A collection on its way through a part model, chunk by chunk."""

    workers: int

    def chunks(self, done: Callable[[Chunk[Any]], bool]) -> Iterator[Chunk[Any]]:
        """The chunks in order; those that are done need no work."""
        ...

    def results(
        self, chunk: Chunk[Any], pool: ThreadPoolExecutor, finish: Callable[[Found], Finished]
    ) -> list[Finished]:
        """What is made of what the model sees in a chunk's pictures, or of why one was skipped."""
        ...


class LiveSegmentation:
    """Applies a part model to pictures as they are read.

    Args:
        model: any part model.
        files: the pictures.
        masks: foreground masks, where they are given.
        workers: threads that decode, and on a CPU compute; one a core if not given.
    """

    def __init__(
        self,
        model: PartModel,
        files: Sequence[PictureFile],
        masks: MaskFolder | None = None,
        workers: int | None = None,
    ) -> None:
        self.model = model
        self.files = files
        self.masks = masks
        self.workers = workers or default_workers()

    def chunks(
        self, done: Callable[[Chunk[Any]], bool] = lambda _chunk: False
    ) -> Iterator[Chunk[PictureParts]]:
        """The chunks, with the work on the next ones under way."""
        with picture_threads(self.workers) as pool, self.model.backbone.running():
            yield from read_chunks(
                self.files,
                self.model.preprocessing,
                self._segment,
                pool,
                chunk_size=CHUNK_SIZE,
                masks=self.masks,
                wanted=lambda chunk: not done(chunk),
            )

    def results(
        self,
        chunk: Chunk[PictureParts],
        pool: ThreadPoolExecutor,
        finish: Callable[[Found], Finished],
    ) -> list[Finished]:
        """What is made of the parts of a chunk's pictures."""
        return list(pool.map(finish, chunk.results()))

    def _segment(self, entry: DecodedPicture, raw: RawPicture) -> Found:
        try:
            foreground = raw.foreground(entry.size)
        except PictureError as error:
            return Skipped(entry.file.name, str(error))
        pixels = torch.from_numpy(entry.pixels)[None]
        placement = self.model.preprocessing.place(entry.size)
        (maps,) = self.model.part_maps(pixels, [placement], [foreground])
        picture = Picture(entry.file, entry.digest, entry.size)
        return PictureParts(picture, maps, self.model.part_names)


def segment(
    model: PartModel, files: Sequence[PictureFile], masks: MaskFolder | None = None
) -> Iterator[PictureParts | Skipped]:
    """Apply a part model to pictures, reading ahead of the computing."""
    segmentation = LiveSegmentation(model, files, masks)
    for chunk in segmentation.chunks():
        yield from chunk.results()


def write_masks(
    segmentation: Segmentation,
    folder: Path,
    progress: ShardStore,
    on_progress: Callable[[int], None] = lambda _n: None,
) -> tuple[list[dict[str, Any]], list[Skipped]]:
    """Write every picture's mask, and make the table of what was found.

    Args:
        segmentation: the pictures and the model.
        folder: the masks' folder.
        progress: where it is noted which chunks are done, so that a rerun goes on after them; a
            store of its own for each model.
        on_progress: called with the number of pictures done since the last call.

    Returns:
        A row for each picture (name, picture digest, width, height, mask, confidence, shares of
        the labels 1..K among all pixels), and what was skipped.

    Raises:
        PartonomyError: a mask cannot be written.
    """
    rows: list[dict[str, Any]] = []

    def key(chunk: Chunk[Any]) -> str:
        names = "\0".join(raw.file.name for raw in chunk.raw)
        return digest(chunk.key.encode(), chunk.mask_key.encode(), names.encode())

    def write(found: Found) -> dict[str, Any]:
        return _write(found, folder)

    noted: Future[None] | None = None
    with picture_threads(segmentation.workers) as pool, ThreadPoolExecutor(1) as notes:
        for chunk in segmentation.chunks(lambda chunk: progress.has(key(chunk))):
            kept = progress.load(key(chunk))
            if kept is None:
                fresh = segmentation.results(chunk, pool, write)
                if noted is not None:
                    noted.result()
                noted = notes.submit(progress.save, key(chunk), {}, fresh)
                rows.extend(fresh)
            else:
                rows.extend(kept[1])
            on_progress(len(chunk.raw))
        if noted is not None:
            noted.result()
    skipped = [Skipped(row["picture"], row["reason"]) for row in rows if row["reason"] is not None]
    return [row for row in rows if row["reason"] is None], skipped


def _write(result: Found, folder: Path) -> dict[str, Any]:
    """Write a picture's mask; its row of the table."""
    if isinstance(result, Skipped):
        return _SKIPPED_ROW | {"picture": result.name, "reason": result.reason}
    labels = result.labels()
    path = _write_mask(mask_path(folder, result.picture), labels, len(result.part_names))
    return _row(result, labels, path.relative_to(folder))


def _row(result: PictureParts, labels: NDArray[np.uint8], mask: Path) -> dict[str, Any]:
    n_parts = len(result.part_names)
    height, width = labels.shape
    counts = np.array(Image.fromarray(labels).histogram()[: n_parts + 1])
    return {
        "picture": result.picture.file.name,
        "path": str(result.picture.file.path),
        "digest": result.picture.digest,
        "width": width,
        "height": height,
        "mask": mask.as_posix(),
        "confidence": result.maps.mean_confidence(),
        "shares": (counts[1:] / labels.size).tolist(),
        "reason": None,
    }


_SKIPPED_ROW: dict[str, Any] = {
    "path": "",
    "digest": "",
    "width": 0,
    "height": 0,
    "mask": "",
    "confidence": float("nan"),
    "shares": [],
}


def _write_mask(path: Path, labels: NDArray[np.uint8], n_parts: int) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_label_png(path, labels, n_parts)
    except OSError as error:
        raise PartonomyError(f"{path} cannot be written: {error.strerror or error}") from error
    return path
