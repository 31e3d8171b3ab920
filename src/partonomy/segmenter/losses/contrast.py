"""Contrast: a part's descriptor is like the same part's in another picture, unlike other parts'.

Notation
    z_nk   descriptor of part k in picture n, at unit length
    tau    temperature
    m      another picture than n, drawn for each k
    L      mean over n and k of  -log softmax of z_nk . z_mk / tau  among itself and all
           z_nk . z_lj / tau  with j != k, of all pictures l

Source: arXiv 2111.06349, L_c. It is what gives a part the same meaning in all pictures. The
published code draws m with an index that is never 0, so that the first of the other pictures is
never drawn, and two pictures are too few.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from partonomy.segmenter.losses.precision import full_precision

Positives = Literal["uniform", "paper-code"]
"""Which other pictures are drawn from: all, or all but the first, as in the published code."""


@full_precision
def contrast(
    descriptors: Tensor,
    temperature: float = 0.19,
    generator: torch.Generator | None = None,
    *,
    positives: Positives = "uniform",
) -> Tensor:
    """InfoNCE over the parts of a batch of pictures.

    Args:
        descriptors: (N, K, C) of any length.
        temperature: tau.
        generator: where the draws come from, on the CPU; None: torch's own.
        positives: which other pictures are drawn from.

    Returns:
        A scalar, the mean over parts and pictures.

    Raises:
        ValueError: there are too few pictures.
    """
    pictures, parts, _ = descriptors.shape
    others = drawn_others(pictures, parts, generator, positives).to(descriptors.device)
    unit = F.normalize(descriptors, dim=2)
    scores = torch.einsum("nkc,mjc->nkmj", unit, unit) / temperature
    index = torch.arange(parts, device=descriptors.device)
    same = scores[:, index, :, index].permute(1, 0, 2)  # (N, K, N)
    positive = same.gather(2, others[..., None])  # (N, K, 1)
    itself = torch.eye(parts, dtype=torch.bool, device=descriptors.device)
    negatives = scores.masked_fill(itself[:, None], -torch.inf).flatten(2)  # (N, K, N K)
    return (torch.cat([positive, negatives], dim=2).logsumexp(2) - positive[..., 0]).mean()


def drawn_others(
    pictures: int,
    parts: int,
    generator: torch.Generator | None = None,
    positives: Positives = "uniform",
) -> Tensor:
    """(N, K) int64: for each part of each picture another picture.

    Raises:
        ValueError: there are too few pictures.
    """
    first = 0 if positives == "uniform" else 1
    if pictures - 1 <= first:
        raise ValueError(f"{pictures} pictures are too few to contrast, want {first + 2} or more")
    drawn = torch.randint(first, pictures - 1, (pictures, parts), generator=generator)
    # an index among the others: those from the picture itself on are one further
    return drawn + (drawn >= torch.arange(pictures)[:, None])
