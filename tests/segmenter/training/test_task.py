"""The randomness of a step, and its losses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from partonomy.segmenter.training import Draw, StepLosses


def numbers(draw: Draw, purpose: str = "") -> tuple[bytes, bytes]:
    return (
        draw.numpy(purpose).random(8).tobytes(),
        torch.rand(8, generator=draw.torch("cpu", purpose)).numpy().tobytes(),
    )


def test_a_draw_depends_on_its_three_numbers_alone():
    before = numbers(Draw(1, 2, 3))
    torch.rand(5)
    np.random.default_rng().random(5)
    assert numbers(Draw(1, 2, 3)) == before


def test_other_seeds_steps_ranks_and_purposes_draw_otherwise():
    draws = [Draw(1, 2, 3), Draw(2, 2, 3), Draw(1, 3, 3), Draw(1, 2, 4), Draw(2, 1, 3)]
    seen = [numbers(draw) for draw in draws] + [numbers(draws[0], name) for name in ("a", "b")]
    assert len({one for one, _ in seen}) == len(seen)
    assert len({other for _, other in seen}) == len(seen)


def test_drawing_leaves_the_global_generator_alone():
    state = torch.get_rng_state()
    numbers(Draw(1, 2))
    assert torch.equal(torch.get_rng_state(), state)


def test_the_total_is_the_sum_of_the_terms():
    terms = {"a": torch.tensor(1.5), "b": torch.tensor(2.0, dtype=torch.bfloat16)}
    total = StepLosses(terms, torch.ones(1)).total
    assert float(total) == pytest.approx(3.5)
    assert total.dtype == torch.float32
