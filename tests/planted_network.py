"""Rendered objects with dyed parts, and a network with filters that fire on these dyes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from partonomy.datasets.partworld import PartWorld
from partonomy.features.objects import AnnotatedPicture

DYES = {"magenta": (255, 0, 255), "cyan": (0, 255, 255), "yellow": (255, 255, 0)}
FILTERS = 12
CELL = 8
"""Pixels along a side of a cell of the network."""


class Dyes(nn.Module):
    """Filters 0, 1 and 2 fire on magenta, cyan and yellow, most in their middles; others anywhere.

    The first output reads filter 0, the second filter 3.

    Args:
        outputs: how many.
    """

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.colours = nn.Conv2d(3, FILTERS, CELL, CELL)
        weight, bias = self.colours.weight.data, self.colours.bias.data
        weight.normal_(generator=generator).div_(CELL)
        bias.zero_()
        for index, rgb in enumerate(DYES.values()):
            signs = torch.tensor([1.0 if each else -2.0 for each in rgb])
            weight[index] = signs[:, None, None] / CELL**2
            bias[index] = -1.2  # a dye alone comes to 2, nothing rendered near it
        self.act = nn.ReLU()
        self.smooth = nn.AvgPool2d(5, 1, 2, count_include_pad=True)
        self.head = nn.Linear(FILTERS, outputs)
        self.head.weight.data.zero_()
        self.head.bias.data.zero_()
        self.head.weight.data[0, 0] = 200
        if outputs > 1:
            self.head.weight.data[1, 3] = 1

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.smooth(self.act(self.colours(pictures))).mean(dim=(2, 3)))


def dyed(
    world: PartWorld, dyes: Mapping[str, Sequence[str]], never: str | None = None
) -> list[AnnotatedPicture]:
    """Pictures of a world in which parts are dyed, each picture by the next dye of its part.

    Args:
        world: rendered objects.
        dyes: of each part that is dyed.
        never: a part whose annotations are taken away.
    """

    def load(index: int):
        sample = world[index]
        picture, annotation = sample.picture.copy(), sample.annotation
        for part in annotation.parts:
            if part.name in dyes and part.mask is not None:
                names = dyes[part.name]
                picture[part.mask] = DYES[names[index % len(names)]]
        kept = tuple(part for part in annotation.parts if part.name != never)
        return picture, (replace(annotation, parts=kept),)

    return [
        AnnotatedPicture(f"{world.split}/{index}", lambda index=index: load(index))
        for index in range(len(world))
    ]
