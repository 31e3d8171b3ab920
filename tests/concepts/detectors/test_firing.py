"""Which concepts fire: the search for the threshold, windows and correlation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from partonomy.concepts.detectors import ConceptBank, FiringCode, silent_share
from partonomy.concepts.detectors.firing import (
    FINEST,
    MOST_SILENT,
    START,
    correlate,
    firing_threshold,
    windows,
)
from planted_objects import planted_objects


@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_is_the_lowest_that_leaves_few_cells_silent(seed: int) -> None:
    generator = np.random.default_rng(seed)
    nearest = [generator.uniform(0.2, 0.9, generator.integers(50, 200)) for _ in range(10)]
    threshold = firing_threshold(nearest)
    assert silent_share(nearest, threshold) <= MOST_SILENT
    assert silent_share(nearest, threshold - FINEST - 1e-9) > MOST_SILENT


def test_the_search_begins_at_its_start() -> None:
    assert firing_threshold([np.full(10, 0.01)]) == START


def test_objects_count_alike_whatever_their_size() -> None:
    nearest = [np.full(1000, 0.9), np.full(10, 0.1), np.full(10, 0.1)]
    assert silent_share(nearest, 0.5) == pytest.approx(1 / 3)


def test_a_concept_fires_where_it_is_near() -> None:
    crops = planted_objects(20, 0)
    code = FiringCode.fit(ConceptBank(torch.eye(24)[:3]), crops)
    for crop in crops:
        assert ((1 - crop.unit[:3] < code.threshold) == code(crop).bool()).all()


def test_windows_are_padded_with_silence() -> None:
    code = torch.arange(2 * 4 * 5).view(2, 4, 5).float() + 1
    (corner, middle) = windows(code, np.array([[0, 0], [2, 3]]), 1)
    assert corner[0].tolist() == [[0, 0, 0], [0, 1, 2], [0, 6, 7]]
    assert torch.equal(middle, code[:, 1:4, 2:5])
    assert windows(code, np.zeros((0, 2), np.int64), 1).shape == (0, 2, 3, 3)


def test_correlation_is_the_product_with_each_window() -> None:
    code, kernels = torch.rand(3, 5, 6), torch.rand(2, 3, 3, 3)
    cells = np.argwhere(np.ones((5, 6)))
    slow = torch.einsum("nvij,kvij->kn", windows(code, cells, 1), kernels).view(2, 5, 6)
    assert torch.allclose(correlate(code, kernels), slow, atol=1e-5)
