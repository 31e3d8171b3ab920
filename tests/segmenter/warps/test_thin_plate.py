"""Thin-plate warps: scipy's splines, and the published constants."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.interpolate import RBFInterpolator

from partonomy.segmenter.warps import ThinPlate, random_similarity, random_thin_plate
from partonomy.segmenter.warps.thin_plate import TOLERANCE


def test_is_scipys_thin_plate_spline() -> None:
    generator = np.random.default_rng(0)
    control = generator.uniform(-1, 1, (9, 2))
    sources = control + generator.normal(0, 0.1, (3, 9, 2))
    points = generator.uniform(-1.5, 1.5, (200, 2))
    warp = ThinPlate(torch.from_numpy(control), torch.from_numpy(sources))
    found = warp.to_source(torch.from_numpy(points)[None])
    for mine, source in zip(found, sources, strict=True):
        spline = RBFInterpolator(control, source, kernel="thin_plate_spline")
        np.testing.assert_allclose(mine.numpy(), spline(points), atol=1e-9)


def test_takes_control_points_to_their_sources() -> None:
    warp = random_thin_plate(5, torch.Generator().manual_seed(0), shift_of_points=0.1)
    torch.testing.assert_close(warp.to_source(warp.control[None]), warp.sources, atol=1e-5, rtol=0)


def test_control_points_are_a_lattice_moved_a_little_and_then_all_alike() -> None:
    warp = random_thin_plate(300, torch.Generator().manual_seed(0))
    side = torch.linspace(-1, 1, 5)
    assert sorted(map(tuple, warp.control.tolist())) == sorted(
        (x, y) for x in side.tolist() for y in side.tolist()
    )
    alone = random_thin_plate(
        300, torch.Generator().manual_seed(0), rotation=0, scale=(1, 1), shift=0
    )
    moved = alone.sources - alone.control
    assert 0.0099 < float(moved.abs().max()) <= 0.01
    assert float(moved.std()) == pytest.approx(0.01 / 3**0.5, rel=0.02)
    generator = torch.Generator().manual_seed(0)
    torch.rand((300, 25, 2), generator=generator)
    similarity = random_similarity(300, generator)
    torch.testing.assert_close(similarity.to_source(alone.sources), warp.sources)


def test_without_moved_points_is_a_similarity() -> None:
    warp = random_thin_plate(4, torch.Generator().manual_seed(0), shift_of_points=0)
    generator = torch.Generator().manual_seed(0)
    torch.rand((4, 25, 2), generator=generator)
    points = 3 * torch.rand(4, 40, 2) - 1.5
    expected = random_similarity(4, generator).to_source(points)
    torch.testing.assert_close(warp.to_source(points), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shift_of_points", [0.01, 0.05, 0.1])
def test_is_inverted_to_the_tolerance(shift_of_points: float) -> None:
    warp = random_thin_plate(20, torch.Generator().manual_seed(0), shift_of_points=shift_of_points)
    points = 2 * torch.rand((20, 100, 2), generator=torch.Generator().manual_seed(1)) - 1
    back = warp.to_source(warp.to_target(points))
    assert float((back - points).abs().max()) <= TOLERANCE


def test_a_warp_that_folds_the_picture_is_told() -> None:
    warp = random_thin_plate(5, torch.Generator().manual_seed(0), points=8, shift_of_points=1)
    with pytest.raises(ValueError, match="folds the picture"):
        warp.to_target(2 * torch.rand(5, 500, 2) - 1)


def test_slopes_are_the_derivatives() -> None:
    warp = random_thin_plate(2, torch.Generator().manual_seed(0), shift_of_points=0.1)
    warp = ThinPlate(warp.control.double(), warp.sources.double())
    points = torch.rand(2, 6, 2, dtype=torch.float64)
    found = warp._slopes(points)
    for axis in range(2):
        step = torch.zeros(2, dtype=torch.float64)
        step[axis] = 1e-6
        expected = (warp.to_source(points + step) - warp.to_source(points - step)) / 2e-6
        torch.testing.assert_close(found[..., axis], expected, atol=1e-7, rtol=1e-6)
