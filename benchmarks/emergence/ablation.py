"""Every filter of a layer set to 0 in turn, beside as many passes of the whole network."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

import partonomy as pt
from benchmarks import data
from benchmarks.backbones import NETWORKS
from benchmarks.record import table
from partonomy.backbones.tail import NetworkTail, class_scores, edited_layer
from partonomy.emergence.discriminative import COPIES, score_drops
from partonomy.images import decode, read_bytes

BAR = 0.15
SIZE = 224
TARGET = 0
PICTURES = 100
OTHERS, WHOLE = 5, 3
"""Pictures of the rows without a bar, and pictures that whole passes are timed on."""


@dataclass(frozen=True)
class Row:
    """A layer of a network of the table.

    Attributes:
        title: the network's, as in ``NETWORKS``.
        layer: its name.
        axis: of its channels.
        pictures: that filters are set to 0 on.
        bar: whether the bar is for it.
    """

    title: str
    layer: str
    axis: int = 1
    pictures: int = OTHERS
    bar: bool = False


ROWS = (
    Row("SqueezeNet 1.1", "features.12", pictures=PICTURES, bar=True),
    Row("SqueezeNet 1.1", "features.7"),
    Row("MobileNetV2", "features.17"),
    Row("MobileNetV2", "features.14"),
    Row("ViT-Tiny", "blocks.11", axis=-1),
    Row("ViT-Tiny", "blocks.8", axis=-1),
)


def run(limit: int | None = None) -> Iterator[str]:
    """This part's lines of markdown.

    Args:
        limit: pictures, to try the script out.
    """
    yield (
        f"All filters of a layer set to 0 one at a time, the drop of one class score of each, "
        f"beside as many passes of the whole network on copies of the picture ({COPIES} at once in "
        f"both); float32, {SIZE} x {SIZE} px, {torch.get_num_threads()} threads, seconds a "
        f"picture, medians. Whole passes are timed on {WHOLE} pictures, between the others. Apart: "
        "the largest difference of a drop from that by whole passes, as a share of the largest "
        "drop."
    )
    rows = [_measured(row, limit) for row in ROWS]
    header = ("layer", "filters", "pictures", "seconds", "whole passes, seconds", "share", "apart",
              "bar", "held")  # fmt: skip
    yield table(header, rows)


def _measured(row: Row, limit: int | None) -> tuple[str, ...]:
    known = next(each for each in NETWORKS if each.title == row.title)
    centre = None if known.centre is None else (known.centre,) * 3
    backbone = pt.load_backbone(
        known.name,
        row.layer,
        data.weights(known.weights),
        mean=centre,
        std=centre,
        precision="float32",
    )
    pictures = _pictures(backbone, min(row.pictures, limit or row.pictures))
    network, filters = backbone.network, backbone.layers[0].channels
    tail = NetworkTail(network, row.layer, pictures[0])
    score_drops(tail, pictures[:1], TARGET, row.axis)
    ours, whole, apart = [], [], []
    for index, picture in enumerate(pictures):
        start = time.perf_counter()
        drops = score_drops(tail, [picture], TARGET, row.axis).exact[0]
        ours.append(time.perf_counter() - start)
        if index % -(-len(pictures) // WHOLE) == 0:
            start = time.perf_counter()
            scores = _whole_passes(network, row.layer, picture, filters, row.axis)
            whole.append(time.perf_counter() - start)
            left = drops[0] + scores - scores[0]  # drops from the same score
            apart.append(float((torch.from_numpy(drops) - drops[0] + scores - scores[0]).abs().max()
                         / abs(drops).max()))  # fmt: skip
    ...
