"""Equivariance: the parts of a warped picture are the warped parts of the picture.

Notation
    p    softmax of the picture's logits, warped: what is expected
    q    softmax of the warped picture's logits: what is found
    F    the picture's foreground, warped: 0 where the warp shows nothing of the picture
    L    = sum over pixels of F KL(p || q) / (sum of F + epsilon), mean over pictures

Source: arXiv 2111.06349, L_e, symmetrised there; the published code takes one direction, and no
gradient through p.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from partonomy.segmenter.losses.foreground import foreground_mean
from partonomy.segmenter.losses.precision import full_precision

Kind = Literal["one-sided", "symmetrised"]
"""KL(p || q) with p held fixed, or half of KL(p || q) + KL(q || p) with gradients to both."""


@full_precision
def equivariance(
    expected: Tensor, found: Tensor, foreground: Tensor | None = None, *, kind: Kind = "one-sided"
) -> Tensor:
    """Divergence of what is found in warped pictures from what is expected there.

    Args:
        expected: (N, K, H, W) the pictures' logits, or logarithms of probabilities, warped.
        found: (N, K, H, W) logits of the warped pictures.
        foreground: (N, 1, H, W) the foreground, or what of the picture is valid, warped; None: all.
        kind: direction.

    Returns:
        A scalar, in nats; a picture without foreground adds 0.

    Raises:
        ValueError: shapes do not fit.
    """
    if expected.shape != found.shape:
        raise ValueError(f"{tuple(expected.shape)} expected, {tuple(found.shape)} found")
    if kind == "one-sided":
        expected = expected.detach()
    log_p, log_q = expected.log_softmax(1), found.log_softmax(1)
    if kind == "one-sided":
        divergence = log_p.exp() * (log_p - log_q)
    else:
        divergence = (log_p.exp() - log_q.exp()) * (log_p - log_q) / 2
    return foreground_mean(divergence.sum(1, keepdim=True), foreground)
