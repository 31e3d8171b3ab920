"""Features of a collection, chunk by chunk: from the cache, or computed and maybe kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import Backbone, picture_threads
from partonomy.errors import PictureError
from partonomy.features.fusion import fused
from partonomy.features.objectness import ForegroundModel
from partonomy.features.population import unit_responses
from partonomy.features.store import ShardStore, round_to_storage, storage_dtype
from partonomy.images import (
    Chunk,
    DecodedPicture,
    Grid,
    MaskFolder,
    Picture,
    PictureFile,
    RawPicture,
    Skipped,
    default_workers,
    digest,
    halved,
    read_chunks,
)

CHUNK_SIZE = 16
CHUNK_SIZE_ACCELERATED = 64
BATCH_SIZE_ACCELERATED = 32
"""On a CPU the batch is one picture, and as many go side by side as there are cores."""


@dataclass(frozen=True)
class PictureFeatures:
    """The maps of one picture.

    Attributes:
        picture: which one.
        maps: for each layer (C, h, w), in 16 bits, on the CPU.
        grids: for each layer, where its cells lie in the picture.
        guide: (height, width, 3) uint8, the picture at half the input's size: what masks follow.
        foreground: (height, width) bool in original pixels, where masks are used.
        foreground_model: what finds it, where there are no masks.
    """

    picture: Picture
    maps: Sequence[Tensor]
    grids: Sequence[Grid]
    guide: NDArray[np.uint8]
    foreground: NDArray[np.bool_] | None = None
    foreground_model: ForegroundModel | None = None

    @property
    def fused(self) -> Tensor:
        """(C, h, w) the maps of all layers as one, on the first layer's lattice."""
        return fused(self.maps, self.grids)

    @cached_property
    def unit(self) -> Tensor:
        """(C, h, w) float32 unit responses of all layers."""
        return unit_responses(self.fused)

    @cached_property
    def objectness(self) -> Tensor | None:
        """(h, w) log-odds that a cell is object; None without a model."""
        if self.foreground is not None or self.foreground_model is None:
            return None
        return self.foreground_model.objectness(self.unit)

    @cached_property
    def coverage(self) -> NDArray[np.float64] | None:
        """(h, w) share of each cell of the first layer that is foreground; None if unknown."""
        if self.foreground is not None:
            return self.grids[0].coverage(self.foreground)
        return None if self.objectness is None else self.objectness.double().sigmoid().numpy()

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(h, w) bool: cells of which at least half is foreground; all where it is unknown."""
        covered = self.coverage
        return np.ones(self.grids[0].shape, bool) if covered is None else covered >= 0.5


FeatureChunk = Chunk["DecodedPicture | PictureFeatures"]


class FeatureExtractor:
    """Gives the features of collections, computing what the store does not hold.

    Args:
        backbone: the network.
        size: short side of its input, in pixels.
        store: where dense features are looked up, and kept if ``keep``.
        keep: whether to keep what is computed.
        masks: foreground masks.
        workers: threads that decode, and on a CPU compute; one a core if not given.
    """

    def __init__(
        self,
        backbone: Backbone,
        size: int,
        store: ShardStore | None = None,
        *,
        keep: bool = True,
        masks: MaskFolder | None = None,
        workers: int | None = None,
    ) -> None:
        self.backbone = backbone
        self._backbone_key = backbone.key
        self.preprocessing = backbone.preprocessing(size)
        self.store = store
        self.keep = keep and store is not None
        self.masks = masks
        self.foreground: ForegroundModel | None = None
        self.workers = workers or default_workers()
        self.dtype = storage_dtype(backbone.spec.precision)
        on_cpu = backbone.device.type == "cpu"
        self.batch_size = 1 if on_cpu else BATCH_SIZE_ACCELERATED
        self.chunk_size = CHUNK_SIZE if on_cpu else CHUNK_SIZE_ACCELERATED

    def without_store(self) -> FeatureExtractor:
        """The same, but nothing is looked up or kept."""
        other = copy(self)
        other.store, other.keep = None, False
        return other

    def with_foreground(self, foreground: ForegroundModel | None) -> FeatureExtractor:
        """The same, with a foreground that is found."""
        other = copy(self)
        other.foreground = foreground
        return other

    def key(self, chunk: Chunk[Any]) -> str:
        """Content address of a chunk's features: weights, layers, preprocessing, pictures."""
        network = f"{self._backbone_key}{self.preprocessing}{self.batch_size} with guides"
        return digest(network.encode(), chunk.key.encode())

    def estimated_bytes(self, n_pictures: int) -> int:
        """About how much the dense features of so many pictures take on disk."""
        side = self.preprocessing.size
        cells = (
            4 / 3 * side * side / (layer.geometry.stride[0] * layer.geometry.stride[1])
            for layer in self.backbone.layers
        )
        values = sum(
            n * layer.channels for n, layer in zip(cells, self.backbone.layers, strict=True)
        )
        guide = 4 / 3 * (side / 2) ** 2 * 3
        return round((2 * values + guide) * n_pictures)

    def chunks(
        self,
        files: Sequence[PictureFile],
        done: Callable[[FeatureChunk], bool] = lambda _chunk: False,
    ) -> Generator[FeatureChunk, None, None]:
        """The collection's chunks, with the features of the next ones under way.

        Close it where it is left early, so that the work that is under way stops.

        Args:
            files: the collection.
            done: chunks that need no features at all.
        """

        def wanted(chunk: FeatureChunk) -> bool:
            return not (self._has(chunk) or done(chunk))

        with picture_threads(self.workers) as pool, self.backbone.running():
            yield from read_chunks(
                files,
                self.preprocessing,
                self._work,
                pool,
                chunk_size=self.chunk_size,
                masks=self.masks,
                wanted=wanted,
            )

    def features(self, chunk: FeatureChunk) -> list[PictureFeatures | Skipped]:
        """The features of a chunk's pictures, in order; and which pictures were skipped."""
        loaded = self._load(chunk)
        if loaded is None:
            loaded = self._in_batches(chunk.results())
            if self.keep:
                self._save(chunk, loaded)
        return [
            result if isinstance(result, Skipped) else self._with_foreground(result, raw)
            for result, raw in zip(loaded, chunk.raw, strict=True)
        ]

    def _work(self, picture: DecodedPicture, _raw: RawPicture) -> DecodedPicture | PictureFeatures:
        """What a thread does with a decoded picture: on a CPU, all of it."""
        return self._compute([picture])[0] if self.batch_size == 1 else picture

    def _has(self, chunk: Chunk[Any]) -> bool:
        return self.store is not None and self.store.has(self.key(chunk))

    def _load(self, chunk: Chunk[Any]) -> list[PictureFeatures | Skipped] | None:
        shard = self.store.load(self.key(chunk)) if self.store is not None else None
        if shard is None:
            return None
        tensors, rows = shard
        results: list[PictureFeatures | Skipped] = []
        for index, (raw, row) in enumerate(zip(chunk.raw, rows, strict=True)):
            if row["reason"] is not None:
                results.append(Skipped(raw.file.name, row["reason"]))
                continue
            picture = Picture(raw.file, raw.digest, (row["height"], row["width"]))
            maps = [tensors[f"{index}/{name}"] for name in self.backbone.spec.layers]
            results.append(self._lay_out(picture, maps, tensors[f"guide/{index}"].numpy()))
        return results

    def _in_batches(
        self, entries: Sequence[DecodedPicture | PictureFeatures | Skipped]
    ) -> list[PictureFeatures | Skipped]:
        """Run what is only decoded so far through the network, same sizes together."""
        results: dict[int, PictureFeatures | Skipped] = {
            index: entry
            for index, entry in enumerate(entries)
            if not isinstance(entry, DecodedPicture)
        }
        waiting = [
            (index, entry)
            for index, entry in enumerate(entries)
            if isinstance(entry, DecodedPicture)
        ]
        waiting.sort(key=lambda item: item[1].pixels.shape)
        for _, group in groupby(waiting, key=lambda item: item[1].pixels.shape):
            same = list(group)
            for start in range(0, len(same), self.batch_size):
                batch = same[start : start + self.batch_size]
                computed = self._compute([picture for _, picture in batch])
                results.update(zip([index for index, _ in batch], computed, strict=True))
        return [results[index] for index in range(len(entries))]

    def _compute(self, batch: Sequence[DecodedPicture]) -> list[PictureFeatures]:
        pixels = torch.from_numpy(np.stack([picture.pixels for picture in batch]))
        layers = [round_to_storage(maps, self.dtype) for maps in self.backbone.feature_maps(pixels)]
        return [
            self._lay_out(
                Picture(picture.file, picture.digest, picture.size),
                [maps[position] for maps in layers],
                halved(picture.pixels),
            )
            for position, picture in enumerate(batch)
        ]

    def _lay_out(
        self, picture: Picture, maps: Sequence[Tensor], guide: NDArray[np.uint8]
    ) -> PictureFeatures:
        placement = self.preprocessing.place(picture.size)
        grids = [
            Grid(placement, layer.geometry, (map_.shape[1], map_.shape[2]))
            for layer, map_ in zip(self.backbone.layers, maps, strict=True)
        ]
        return PictureFeatures(picture, maps, grids, guide)

    def _save(self, chunk: Chunk[Any], results: Sequence[PictureFeatures | Skipped]) -> None:
        assert self.store is not None
        tensors, rows = {}, []
        for index, (raw, result) in enumerate(zip(chunk.raw, results, strict=True)):
            if isinstance(result, Skipped):
                height, width, reason = 0, 0, result.reason
            else:
                (height, width), reason = result.picture.size, None
                for name, map_ in zip(self.backbone.spec.layers, result.maps, strict=True):
                    tensors[f"{index}/{name}"] = map_
                tensors[f"guide/{index}"] = torch.from_numpy(result.guide)
            rows.append({"picture": raw.digest, "height": height, "width": width, "reason": reason})
        self.store.save(self.key(chunk), tensors, rows)

    def _with_foreground(
        self, features: PictureFeatures, raw: RawPicture
    ) -> PictureFeatures | Skipped:
        try:
            mask = raw.foreground(features.picture.size)
        except PictureError as error:
            return Skipped(raw.file.name, str(error))
        return replace(features, foreground=mask, foreground_model=self.foreground)
