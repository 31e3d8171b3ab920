"""Concepts in the place of filters: planted populations are found, and read as cosines."""

import numpy as np
import torch

from partonomy.emergence.concepts import draw_responses, fit_concepts


def planted(n=400, channels=12, seed=0):
    """Three populations of four filters each, their lengths all different."""
    generator = np.random.default_rng(seed)
    which = generator.integers(0, 3, n)
    vectors = 0.05 * generator.random((n, channels))
    for population in range(3):
        vectors[which == population, 4 * population : 4 * population + 4] += 1
    return which, (vectors * generator.uniform(1, 50, (n, 1))).astype(np.float32)


def test_populations_that_fire_together_become_concepts():
    which, vectors = planted()
    maps = torch.from_numpy(vectors.T.reshape(12, 20, 20).copy())
    drawn = draw_responses(maps, 300, np.random.default_rng(0))
    assert drawn.shape == (300, 12)
    np.testing.assert_allclose(np.linalg.norm(drawn.astype(float), axis=1), 1, atol=2e-3)
    reading = fit_concepts(drawn, most=3)
    said = reading(maps).flatten(1).numpy()  # (3, 400)
    assert said.max() <= 1 + 1e-5
    names = said.argmax(axis=0)
    assert len({(a, b) for a, b in zip(names, which, strict=True)}) == 3
    assert (said.max(axis=0) > 0.95).all()


def test_there_are_no_more_concepts_than_filters_or_positions_for_them():
    _, vectors = planted()
    responses = draw_responses(
        torch.from_numpy(vectors.T.reshape(12, 20, 20).copy()), 400, np.random.default_rng(0)
    )
    assert len(fit_concepts(responses).centres) == 12
    assert len(fit_concepts(responses[:20]).centres) == 5


def test_cells_that_do_not_respond_are_not_drawn():
    maps = torch.zeros(5, 4, 4)
    assert fit_concepts(draw_responses(maps, 10, np.random.default_rng(0))) is None
    maps[2, 1, 1] = 3
    drawn = draw_responses(maps, 16, np.random.default_rng(0))
    np.testing.assert_array_equal(drawn, [[0, 0, 1, 0, 0]])
    assert (fit_concepts(np.repeat(drawn, 8, axis=0), most=1)(maps)[0] > 0.99).sum() == 1
