"""Small networks that tests look through; imported by ``package.module:callable`` too."""

from __future__ import annotations

import torch
from torch import nn


def small_network() -> nn.Module:
    """Fixed random filters, stride 8, that tell colours and edges apart."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 16, 5, 2, 2), nn.ReLU(),
            nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(24, 32, 3, 2, 1), nn.ReLU(),
        ).eval()  # fmt: skip


def colour_network() -> nn.Module:
    """Filters 0, 1 and 2 fire on red, green and blue, the most where most of it is around."""
    colours = nn.Conv2d(3, 3, 1, bias=False)
    colours.weight.data = (2 * torch.eye(3) - 1)[..., None, None]
    around = nn.Conv2d(3, 3, 9, 4, 4, groups=3, bias=False)
    bell = torch.exp(-(((torch.arange(9) - 4) / 3) ** 2))
    around.weight.data[:] = torch.outer(bell, bell) / bell.sum() ** 2
    return nn.Sequential(colours, nn.ReLU(), around, nn.ReLU()).eval()


def not_a_network() -> int:
    """Something else than a network."""
    return 3
