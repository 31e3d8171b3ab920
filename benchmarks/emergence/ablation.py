"""Every filter of a layer set to 0 in turn, beside as many passes of the whole network."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import torch
from torch import Tensor, nn

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
OTHERS, WHOLE = 5, 2
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
    Row("ViT-Tiny", "blocks.11", axis=-1),
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
    between = -(-len(pictures) // WHOLE)
    ours, whole, apart = [], [], []
    for index, picture in enumerate(pictures):
        start = time.perf_counter()
        drops = score_drops(tail, [picture], TARGET, row.axis)
        ours.append(time.perf_counter() - start)
        if index % between == 0:
            start = time.perf_counter()
            left = _whole_passes(network, row, picture, filters)
            whole.append(time.perf_counter() - start)
            expected = drops.score[0] - left[:, TARGET].numpy()
            apart.append(abs(drops.exact[0] - expected).max() / abs(expected).max())
    share = statistics.median(ours) / statistics.median(whole)
    held = "yes" if share <= BAR else "**NO**"
    return (
        f"{row.title}, `{row.layer}`",
        f"{filters}",
        f"{len(pictures)}",
        f"{statistics.median(ours):.3f}",
        f"{statistics.median(whole):.2f}",
        f"{share:.1%}",
        f"{max(apart):.0e}",
        f"{BAR:.0%}" if row.bar else "",
        held if row.bar else "",
    )


@torch.no_grad()
def _whole_passes(network: nn.Module, row: Row, picture: Tensor, filters: int) -> Tensor:
    """(F, classes) the plain way: each copy goes through the whole network."""
    scores = []
    for some in torch.arange(filters).split(COPIES):

        def off(output: Tensor, some: Tensor = some) -> Tensor:
            output = output.clone()
            output.movedim(row.axis, 1)[torch.arange(len(some)), some] = 0
            return output

        copies = picture.repeat(len(some), 1, 1, 1)
        with edited_layer(network, row.layer, off):
            scores.append(class_scores(network, copies))
    return torch.cat(scores)


def _pictures(backbone: pt.Backbone, count: int) -> list[Tensor]:
    """Car pictures, squashed to the size that the networks were trained at."""
    found = []
    for path in data.car_pictures(count):
        rgb = cv2.resize(decode(read_bytes(path)).rgb, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        found.append(backbone.normalised(torch.from_numpy(rgb)[None]))
    return found
