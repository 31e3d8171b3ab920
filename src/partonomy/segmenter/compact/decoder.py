"""What is trained: a residual adapter of frozen responses, and a direction for each part.

Notation
    x   a cell's responses on principal axes and place on the object (2 (D + 2),): with surroundings
        in the first half, its own in the second
    y   = x's first half + B gelu(A x), at unit length: the adapted response
    w   unit directions of the parts (K, D + 2)
    logits = kappa <y, w_k>

Directions of one length and no bias keep small parts beside large ones: a classifier that is free
to do so learns how common each part is and lets the large ones take the small ones' cells.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, normalize

KAPPA = 30.0
"""Concentration that turns cosines into probabilities, as of visual concepts."""
ADAPTER_SCALE = 4.0
"""Responses are of unit length: a layer scaled for unit variance would see nearly nothing."""


class Decoder(nn.Module):
    """Part logits of single cells.

    Args:
        directions: (K, D + 2) of the parts, at first.
        hidden: units of the adapter.
        generator: of the adapter's first weights; it changes nothing before it is trained.
    """

    def __init__(self, directions: Tensor, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        size = directions.shape[1]
        self.directions = nn.Parameter(directions.clone())
        self.inner = nn.Linear(2 * size, hidden)
        self.outer = nn.Linear(hidden, size)
        bound = ADAPTER_SCALE / (2 * size) ** 0.5
        nn.init.uniform_(self.inner.weight, -bound, bound, generator=generator)
        nn.init.zeros_(self.inner.bias)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, described: Tensor) -> Tensor:
        """(n, K) logits of cells described by (n, 2 (D + 2))."""
        adapted = described[:, : self.directions.shape[1]] + self.outer(gelu(self.inner(described)))
        return KAPPA * normalize(adapted, dim=1) @ normalize(self.directions, dim=1).T
