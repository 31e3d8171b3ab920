"""What is trained: it begins as the found parts, and no part is ahead of another."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cosine_similarity

from partonomy.segmenter.compact.decoder import KAPPA, Decoder


def decoder(n_parts: int = 4, size: int = 6, seed: int = 0) -> Decoder:
    generator = torch.Generator().manual_seed(seed)
    return Decoder(torch.randn(n_parts, size, generator=generator), 5, generator)


def trained(seed: int = 0) -> Decoder:
    """One whose adapter does something."""
    one = decoder(seed=seed)
    torch.nn.init.normal_(one.outer.weight, generator=torch.Generator().manual_seed(9))
    return one


@pytest.fixture
def cells() -> torch.Tensor:
    return torch.randn(7, 12, generator=torch.Generator().manual_seed(1))


def test_at_first_logits_are_cosines_to_the_found_directions(cells):
    one = decoder()
    cosines = [[cosine_similarity(x[:6], w, dim=0) for w in one.directions.detach()] for x in cells]
    torch.testing.assert_close(one(cells), KAPPA * torch.tensor(cosines))


def test_at_first_a_cells_own_response_does_not_matter(cells):
    other = cells.clone()
    other[:, 6:] = torch.randn(7, 6)
    assert torch.equal(decoder()(cells), decoder()(other))
    assert not torch.allclose(trained()(cells), trained()(other), atol=0.1)


def test_the_generator_decides_the_adapter_alone():
    one, same, other = decoder(seed=0), decoder(seed=0), decoder(seed=3)
    assert torch.equal(one.inner.weight, same.inner.weight)
    assert not torch.equal(one.inner.weight, other.inner.weight)
    given = torch.eye(4, 6)
    Decoder(given, 5, torch.Generator()).directions.data.zero_()
    assert torch.equal(given, torch.eye(4, 6)), "what is given stays as it is"


def test_no_part_is_ahead_by_length_or_bias(cells):
    """However long its direction is; and nothing else is a part's own."""
    one = trained()
    before = one(cells)
    one.directions.data *= torch.tensor([[1.0], [50.0], [0.02], [3.0]])
    torch.testing.assert_close(one(cells), before, rtol=1e-4, atol=1e-4)
    assert before.abs().max() <= KAPPA * 1.0001
    own = [name for name, each in one.named_parameters() if 4 in each.shape]
    assert own == ["directions"]


def test_each_cell_is_judged_by_itself(cells):
    one = trained()
    torch.testing.assert_close(torch.cat([one(each[None]) for each in cells]), one(cells))
    assert one(cells[:0]).shape == (0, 4)


def test_all_of_it_can_be_trained(cells):
    """From the first step or, behind weights of 0, from the second."""
    one = decoder()
    optimizer = torch.optim.SGD(one.parameters(), lr=0.01)
    for _ in range(2):
        optimizer.zero_grad()
        one(cells).log_softmax(1)[:, 0].mean().backward()
        optimizer.step()
    assert all(each.grad is not None and each.grad.abs().max() > 0 for each in one.parameters())
