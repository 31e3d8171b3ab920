"""Affine views of pictures, and what a backbone says in them: computed once, and kept.

Views stand in for the warps of each step: a frozen network need not see a picture anew to tell how
its parts move, and a few views of each are as good as many (measured in ``docs/segmenter.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.backbones import picture_threads
from partonomy.errors import PictureError
from partonomy.features import FeatureExtractor, ShardStore, fused, round_to_storage
from partonomy.features.population import unit_responses
from partonomy.images import (
    Chunk,
    DecodedPicture,
    Grid,
    PictureFile,
    Placement,
    RawPicture,
    Skipped,
    digest,
    halved,
    read_chunks,
)
from partonomy.segmenter.compact.recipe import Compact
from partonomy.segmenter.warps import Affine, PhotometricJitter, random_affine

SHIFT, STRETCH = 0.1, 1.1
JITTER = PhotometricJitter(0.3, 0.3, 0.4, 0.05, 0.8, 0.2)
MIRRORED = 0.5
"""Share of the views; left and right are one part to networks trained with mirrored pictures."""
VERSION = 2


@dataclass(frozen=True)
class ViewedPicture:
    """What a backbone says in a picture and in views of it.

    Attributes:
        unit: (1 + V, C, h, w) unit responses in 16 bits: of the picture, then of its views.
        weight: (h, w) share of each cell of the picture that is object, where masks are given.
        warped_weights: (V, h, w) likewise of the views.
        guide: (H, W, 3) uint8, the picture at half its input size.
        mask: (H, W) float, share of the guide's pixels that are object, where masks are given.
        matrices: (V, 2, 3) of the views, see :class:`partonomy.segmenter.warps.Affine`.
        grid: where the picture's cells lie.
    """

    unit: Tensor
    weight: Tensor | None
    warped_weights: Tensor | None
    guide: NDArray[np.uint8]
    mask: NDArray[np.float32] | None
    matrices: Tensor
    grid: Grid


def viewed_pictures(
    extractor: FeatureExtractor,
    files: list[PictureFile],
    recipe: Compact,
    store: ShardStore,
    on_progress: Callable[[int], None],
) -> Iterator[ViewedPicture]:
    """Each readable picture with its views, from the store where they were seen before.

    Args:
        extractor: whose backbone, input size and masks are used.
        files: the pictures.
        recipe: says which views.
        store: keeps what was computed.
        on_progress: called with the number of pictures done since the last call.
    """

    def key(chunk: Chunk[ViewedPicture]) -> str:
        drawn = f"views {VERSION} {recipe.views} {recipe.rotation} {recipe.scale}"
        return digest(extractor.key(chunk).encode(), chunk.mask_key.encode(), drawn.encode())

    def work(picture: DecodedPicture, raw: RawPicture) -> ViewedPicture | Skipped:
        try:
            mask = raw.foreground(picture.size)
        except PictureError as error:
            return Skipped(picture.file.name, str(error))
        return _viewed(extractor, picture, mask, recipe)

    with picture_threads(extractor.workers) as pool, extractor.backbone.running():
        chunks = read_chunks(
            files,
            extractor.preprocessing,
            work,
            pool,
            chunk_size=extractor.chunk_size,
            masks=extractor.masks,
            wanted=lambda chunk: not store.has(key(chunk)),
        )
        with closing(chunks):  # type: ignore[type-var]
            for chunk in chunks:
                kept = store.load(key(chunk))
                if kept is None:
                    results = [each for each in chunk.results() if not isinstance(each, Skipped)]
                    tensors, rows = _packed(results)
                    store.save(key(chunk), tensors, rows)
                else:
                    results = _unpacked(*kept, extractor)
                yield from results
                on_progress(len(chunk.raw))


def _viewed(
    extractor: FeatureExtractor,
    picture: DecodedPicture,
    mask: NDArray[np.bool_] | None,
    recipe: Compact,
) -> ViewedPicture:
    size = (picture.pixels.shape[0], picture.pixels.shape[1])
    generator = torch.Generator().manual_seed(int(picture.digest[:8], 16))
    warp = draw_views(size, recipe, generator)
    pixels = torch.from_numpy(picture.pixels).permute(2, 0, 1)[None].float() / 255
    copies = pixels.expand(len(warp), -1, -1, -1)
    shown = warp.of_maps(JITTER(copies, generator), padding="reflection")
    seen = torch.cat([pixels, shown]).mul(255).round().clamp(0, 255).to(torch.uint8)
    maps = [
        round_to_storage(each, extractor.dtype)
        for each in extractor.backbone.feature_maps(seen.permute(0, 2, 3, 1).contiguous())
    ]
    placement = extractor.preprocessing.place(picture.size)
    grids = [
        Grid(placement, layer.geometry, (each.shape[2], each.shape[3]))
        for layer, each in zip(extractor.backbone.layers, maps, strict=True)
    ]
    unit = torch.stack(
        [unit_responses(fused(each, grids)) for each in zip(*maps, strict=True)]
    ).half()
    guide = halved(picture.pixels)
    if mask is None:
        return ViewedPicture(unit, None, None, guide, None, warp.matrices, grids[0])
    weight = torch.from_numpy(grids[0].coverage(mask)).float()
    inside = torch.from_numpy(
        np.asarray(cv2.resize(mask.astype(np.float32), guide.shape[1::-1], interpolation=3))
    )
    warped = warp.of_masks(inside.expand(len(warp), 1, -1, -1), size)[:, 0]
    whole = Placement(size, size, (1.0, 1.0))
    grid = Grid(whole, grids[0].geometry, grids[0].shape)
    cells = torch.from_numpy(np.stack([grid.coverage(each) for each in warped.numpy()])).float()
    return ViewedPicture(unit, weight, cells, guide, inside.numpy(), warp.matrices, grids[0])


def draw_views(size: tuple[int, int], recipe: Compact, generator: torch.Generator) -> Affine:
    """The views of a picture of (height, width): affine in its pixels, whatever its aspect."""
    drawn = random_affine(
        recipe.views,
        generator,
        rotation=recipe.rotation,
        scale=recipe.scale,
        shift=SHIFT,
        stretch=STRETCH,
    ).matrices
    # from the frame, in which every picture is square, to pixels and back
    height, width = size
    aspect = torch.tensor([[1.0, height / width], [width / height, 1.0]])
    linear = drawn[..., :2] * aspect
    mirrored = torch.rand(recipe.views, generator=generator) < MIRRORED
    linear[mirrored, :, 0] *= -1
    return Affine(torch.cat([linear, drawn[..., 2:]], dim=2))


def _packed(
    pictures: list[ViewedPicture],
) -> tuple[dict[str, Tensor], list[dict[str, int]]]:
    tensors: dict[str, Tensor] = {}
    for index, each in enumerate(pictures):
        found = {
            "unit": each.unit,
            "weight": each.weight,
            "warped": each.warped_weights,
            "guide": torch.from_numpy(each.guide),
            "mask": None if each.mask is None else torch.from_numpy(each.mask),
            "matrices": each.matrices,
        }
        tensors |= {f"{index}/{name}": value for name, value in found.items() if value is not None}
    sizes = [each.grid.picture_size for each in pictures]
    return tensors, [{"height": height, "width": width} for height, width in sizes]


def _unpacked(
    tensors: dict[str, Tensor], rows: list[dict[str, int]], extractor: FeatureExtractor
) -> list[ViewedPicture]:
    pictures = []
    for index, row in enumerate(rows):
        unit = tensors[f"{index}/unit"]
        placement = extractor.preprocessing.place((row["height"], row["width"]))
        geometry = extractor.backbone.layers[0].geometry
        mask = tensors.get(f"{index}/mask")
        pictures.append(
            ViewedPicture(
                unit,
                tensors.get(f"{index}/weight"),
                tensors.get(f"{index}/warped"),
                tensors[f"{index}/guide"].numpy(),
                None if mask is None else mask.numpy(),
                tensors[f"{index}/matrices"],
                Grid(placement, geometry, (unit.shape[2], unit.shape[3])),
            )
        )
    return pictures
