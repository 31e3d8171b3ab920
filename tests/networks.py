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


def not_a_network() -> int:
    """Something else than a network."""
    return 3
