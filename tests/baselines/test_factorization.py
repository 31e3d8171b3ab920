"""Factors that were planted come out again, and new activations are unfolded into them."""

from __future__ import annotations

import torch

from partonomy.baselines import factorized, unfolded


def planted() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Weights, factors on channels of their own, and their product."""
    generator = torch.Generator().manual_seed(0)
    factors = torch.zeros(3, 12)
    for row in range(3):
        factors[row, 4 * row : 4 * row + 4] = torch.rand(4, generator=generator) + 0.5
    factors = torch.nn.functional.normalize(factors, dim=1)
    weights = torch.rand(400, 3, generator=generator) * (torch.rand(400, 3) < 0.5)
    return weights, factors, weights @ factors


def test_planted_factors_are_found() -> None:
    _, factors, activations = planted()
    found = factorized(activations, 3, seed=0)
    cosines = found @ factors.T
    assert (found >= 0).all()
    assert cosines.amax(dim=1).min() > 0.99
    assert sorted(cosines.argmax(dim=1).tolist()) == [0, 1, 2]


def test_new_activations_are_unfolded() -> None:
    weights, factors, activations = planted()
    torch.testing.assert_close(unfolded(activations, factors), weights, atol=0.02, rtol=0)


def test_blocks_are_as_factorizations_of_their_own() -> None:
    _, factors, activations = planted()
    blocks = [factors[:2], factors[1:]]
    gram = torch.block_diag(*(each @ each.T for each in blocks))
    together = unfolded(activations, torch.cat(blocks), gram)
    alone = torch.cat([unfolded(activations, each) for each in blocks], dim=1)
    torch.testing.assert_close(together, alone)
