"""Small networks with class scores, whose layers lie in lines, branches and tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FILTERS = 80


class Plain(nn.Module):
    """Two convolutions and a linear reading."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, FILTERS, 5, 4), nn.ReLU(inplace=True))
        self.second = nn.Sequential(nn.Conv2d(FILTERS, 16, 3), nn.ReLU(inplace=True))
        self.head = nn.Linear(16, 5)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.second(self.first(pictures)).mean(dim=(2, 3)))


class Branches(Plain):
    """Beside it a second branch, which is joined to it after the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.beside = nn.Sequential(nn.Conv2d(3, 4, 5, 4), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(FILTERS + 4, 16, 3), nn.ReLU(inplace=True))

    def forward(self, pictures: Tensor) -> Tensor:
        both = torch.cat([self.first(pictures), self.beside(pictures)], dim=1)
        return self.head(self.second(both).mean(dim=(2, 3)))


class Tokens(nn.Module):
    """Patches as tokens, a block that lets them see one another, and a reading of their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, FILTERS, 8, 8)
        self.block = nn.TransformerEncoderLayer(FILTERS, 4, 32, batch_first=True)
        self.head = nn.Linear(FILTERS, 5)

    def forward(self, pictures: Tensor) -> Tensor:
        tokens = self.patches(pictures).flatten(2).transpose(1, 2)
        return self.head(self.block(tokens).mean(dim=1))


def made(kind: type[nn.Module]) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind().eval().requires_grad_(False)


def pictures(count: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(1, 3, 32, 40, generator=generator) for _ in range(count)]
