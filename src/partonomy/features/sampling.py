"""Positions drawn from a collection for fitting: a reservoir a picture, seeded, bounded in all.

Source: arXiv 1511.06855, section 3 (population responses sampled at random, border left out).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import picture_threads
from partonomy.features.extraction import FeatureChunk, FeatureExtractor, PictureFeatures
from partonomy.features.population import common_response
from partonomy.features.rows import GrowingRows
from partonomy.features.store import ShardStore
from partonomy.images import Grid, Picture, PictureFile, Skipped, digest


@dataclass(frozen=True)
class SamplingSettings:
    """How positions are drawn.

    Attributes:
        max_positions: how many in all, about; spread evenly over the pictures.
        border: cells along the lattice's border that are left out.
        seed: which positions.
    """

    max_positions: int = 50_000
    border: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Sample:
    """Population responses at sampled positions.

    Attributes:
        features: (n, C) float32, what ``respond`` made of the layer's maps, at each position.
        picture: (n,) index into ``pictures``.
        cell: (n, 2) row and column on the picture's lattice.
        pairs: (m, 2) indices of positions that are neighbours on one lattice (of 8 each has).
        common: (p, C) float16 mean response of each picture's object.
        place: (n, 2) where in the object's box (the picture, where it is unknown) the cell lies,
            (y, x) in 0..1.
        pictures: the pictures that were read.
        grids: their lattices.
        skipped: the pictures that were not.
    """

    features: NDArray[np.float32]
    picture: NDArray[np.int64]
    cell: NDArray[np.int64]
    pairs: NDArray[np.int64]
    place: NDArray[np.float32]
    common: NDArray[np.float16]
    pictures: Sequence[Picture]
    grids: Sequence[Grid]
    skipped: Sequence[Skipped]

    def select(self, chosen: NDArray[np.bool_]) -> Sample:
        """The sample with some of its positions; ``chosen`` is (n,)."""
        index = np.cumsum(chosen) - 1
        return replace(
            self,
            features=self.features[chosen],
            picture=self.picture[chosen],
            cell=self.cell[chosen],
            pairs=index[self.pairs[chosen[self.pairs].all(axis=1)]],
            place=self.place[chosen],
        )


def sample_positions(
    extractor: FeatureExtractor,
    files: Sequence[PictureFile],
    settings: SamplingSettings,
    respond: Callable[[PictureFeatures], Tensor],
    respond_key: str,
    on_progress: Callable[[int], None] = lambda _n: None,
) -> Sample:
    """Draw positions in one pass over a collection.

    Where dense features are not kept, each chunk's sample is, so that a pass that was killed goes
    on with the next chunk.

    Args:
        extractor: gives the features; positions are cells of its first layer.
        files: the collection.
        settings: how many positions and which.
        respond: makes of a picture's features the (C, h, w) that is sampled.
        respond_key: tells what ``respond`` does from what another would.
        on_progress: called with the number of pictures done since the last call.
    """
    quota = settings.max_positions / len(files)

    def key(chunk: FeatureChunk) -> str:
        foreground = chunk.mask_key if extractor.foreground is None else extractor.foreground.key
        parts = (extractor.key(chunk), foreground, f"{settings}{quota}{respond_key}, common")
        return digest(b"sample", *(part.encode() for part in parts))

    keeper: ShardStore | None = None if extractor.keep else extractor.store

    def done(chunk: FeatureChunk) -> bool:
        return keeper is not None and keeper.has(key(chunk))

    def draw(features: PictureFeatures) -> _Piece:
        return _draw(features, respond(features), quota, settings)

    gathered = _Gathered(sum(layer.channels for layer in extractor.backbone.layers))
    with (
        picture_threads(extractor.workers) as pool,
        closing(extractor.chunks(files, done)) as chunks,
    ):
        for chunk in chunks:
            for drawn in _chunk_sample(extractor, chunk, draw, pool, keeper, key(chunk)):
                gathered.add(drawn)
            on_progress(len(chunk.raw))
    return gathered.sample()


@dataclass(frozen=True)
class _Piece:
    picture: Picture
    grid: Grid
    features: Tensor  # (n, C) float16
    cell: NDArray[np.int64]  # (n, 2)
    pairs: NDArray[np.int64]  # (m, 2)
    place: NDArray[np.float32]  # (n, 2)
    common: Tensor  # (C,) float16


def _chunk_sample(
    extractor: FeatureExtractor,
    chunk: FeatureChunk,
    draw: Callable[[PictureFeatures], _Piece],
    pool: ThreadPoolExecutor,
    keeper: ShardStore | None,
    key: str,
) -> list[_Piece | Skipped]:
    kept = keeper.load(key) if keeper is not None else None
    if kept is not None:
        return list(_unpack(extractor, chunk, *kept))
    drawn: list[_Piece | Skipped] = list(
        pool.map(
            lambda entry: entry if isinstance(entry, Skipped) else draw(entry),
            extractor.features(chunk),
        )
    )
    if keeper is not None:
        keeper.save(key, *_pack(drawn))
    return drawn


def _draw(
    features: PictureFeatures, responses: Tensor, quota: float, settings: SamplingSettings
) -> _Piece:
    """A picture's reservoir: seeded by its content, so that neighbours do not matter.

    Half of the positions are drawn evenly; each of the others is a neighbour of one of them, so
    that what occurs side by side can be counted on the sample.
    """
    generator = np.random.default_rng([settings.seed, int(features.picture.digest, 16)])
    inside = features.inside
    allowed = inside & _interior(inside.shape, settings.border)
    allowed = allowed if allowed.any() else inside
    cells = np.argwhere(allowed)
    count = min(len(cells), int(quota / 2 + generator.random()))
    anchor = cells[np.sort(generator.choice(len(cells), count, replace=False))]
    beside, has_neighbour = _neighbour(anchor, allowed, generator)
    cell = np.concatenate([anchor, beside[has_neighbour]])
    first = np.flatnonzero(has_neighbour)
    pairs = np.stack([first, count + np.arange(len(first))], axis=1)
    # unit responses fit 16-bit floats; rounded always, so that kept and fresh samples are the same
    flat = torch.from_numpy(np.ravel_multi_index((cell[:, 0], cell[:, 1]), inside.shape))
    picked = responses.flatten(1).index_select(1, flat).T.half()  # (n, C)
    weight = features.coverage
    common = common_response(
        responses, None if weight is None else torch.from_numpy(weight).float()
    )
    return _Piece(
        features.picture,
        features.grids[0],
        picked,
        cell,
        pairs,
        _place(cell, inside),
        common.half(),
    )


_AROUND = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])


def _neighbour(
    cell: NDArray[np.int64], allowed: NDArray[np.bool_], generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each cell one of its allowed neighbours, evenly drawn, and whether it has any."""
    around = cell[:, None] + _AROUND  # (n, 8, 2)
    open_ = np.pad(allowed, 1)[around[..., 0] + 1, around[..., 1] + 1]
    draw = np.where(open_, generator.random(open_.shape), -1.0).argmax(axis=1)
    each = np.arange(len(cell))
    return around[each, draw], open_[each, draw]


def _interior(shape: tuple[int, ...], border: int) -> NDArray[np.bool_]:
    interior = np.zeros(shape, bool)
    interior[border : shape[0] - border, border : shape[1] - border] = True
    return interior


def _place(cell: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Cell centres relative to the box around the cells that are inside."""
    if not len(cell):
        return np.zeros((0, 2), np.float32)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    low = np.array([rows[0], columns[0]])
    extent = np.array([rows[-1], columns[-1]]) + 1 - low
    return ((cell + 0.5 - low) / extent).astype(np.float32)


def _pack(drawn: Sequence[_Piece | Skipped]) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    tensors: dict[str, Tensor] = {}
    rows: list[dict[str, Any]] = []
    for index, entry in enumerate(drawn):
        if isinstance(entry, Skipped):
            rows.append(dict.fromkeys(("height", "width", "rows", "columns"), 0))
            rows[-1]["reason"] = entry.reason
            continue
        tensors[f"{index}/features"] = entry.features
        tensors[f"{index}/cell"] = torch.from_numpy(entry.cell)
        tensors[f"{index}/pairs"] = torch.from_numpy(entry.pairs)
        tensors[f"{index}/place"] = torch.from_numpy(entry.place)
        tensors[f"{index}/common"] = entry.common
        height, width = entry.picture.size
        shape = entry.grid.shape
        rows.append(
            {
                "height": height,
                "width": width,
                "rows": shape[0],
                "columns": shape[1],
                "reason": None,
            }
        )
    return tensors, rows


def _unpack(
    extractor: FeatureExtractor,
    chunk: FeatureChunk,
    tensors: dict[str, Tensor],
    rows: Sequence[dict[str, Any]],
) -> Iterator[_Piece | Skipped]:
    geometry = extractor.backbone.layers[0].geometry
    for index, (raw, row) in enumerate(zip(chunk.raw, rows, strict=True)):
        if row["reason"] is not None:
            yield Skipped(raw.file.name, str(row["reason"]))
            continue
        size = (row["height"], row["width"])
        shape = (row["rows"], row["columns"])
        yield _Piece(
            Picture(raw.file, raw.digest, size),
            Grid(extractor.preprocessing.place(size), geometry, shape),
            tensors[f"{index}/features"],
            tensors[f"{index}/cell"].numpy(),
            tensors[f"{index}/pairs"].numpy(),
            tensors[f"{index}/place"].numpy(),
            tensors[f"{index}/common"],
        )


class _Gathered:
    """The pieces of a pass, put together as they come."""

    def __init__(self, channels: int) -> None:
        self.features = GrowingRows(channels, np.float32)
        self.picture = GrowingRows(1, np.int64)
        self.cell = GrowingRows(2, np.int64)
        self.pairs = GrowingRows(2, np.int64)
        self.place = GrowingRows(2, np.float32)
        self.common = GrowingRows(channels, np.float16)
        self.pictures: list[Picture] = []
        self.grids: list[Grid] = []
        self.skipped: list[Skipped] = []

    def add(self, piece: _Piece | Skipped) -> None:
        if isinstance(piece, Skipped):
            self.skipped.append(piece)
            return
        self.pairs.extend(piece.pairs + len(self.features))
        self.features.extend(piece.features.float().numpy())
        self.picture.extend(np.full((len(piece.cell), 1), len(self.pictures)))
        self.cell.extend(piece.cell)
        self.place.extend(piece.place)
        self.common.extend(piece.common[None].numpy())
        self.pictures.append(piece.picture)
        self.grids.append(piece.grid)

    def sample(self) -> Sample:
        return Sample(
            features=self.features.take(),
            picture=self.picture.take()[:, 0],
            cell=self.cell.take(),
            pairs=self.pairs.take(),
            place=self.place.take(),
            common=self.common.take(),
            pictures=self.pictures,
            grids=self.grids,
            skipped=self.skipped,
        )
