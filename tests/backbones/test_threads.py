"""Pictures side by side: one thread each, and torch as it was afterwards."""

from __future__ import annotations

import pytest
import torch

from partonomy.backbones import picture_threads


@pytest.mark.parametrize("before", [1, 2, 3])
def test_threads_compute_with_one_thread_each_and_torch_is_as_it_was(before: int) -> None:
    original = torch.get_num_threads()
    try:
        torch.set_num_threads(before)
        with picture_threads(2) as pool:
            counts = list(pool.map(lambda _: torch.get_num_threads(), range(6)))
        assert counts == [1] * 6
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(original)


def test_torch_is_as_it_was_after_an_error() -> None:
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), picture_threads(1) as pool:
        pool.submit(lambda: None).result()
        _ = 1 / 0
    assert torch.get_num_threads() == before
