"""Affine warps: exact, and drawn within their bounds."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as torchvision_functional

from partonomy.segmenter.warps import Affine, random_affine, random_similarity


def parameters(warp: Affine) -> tuple[Tensor, Tensor, Tensor]:
    """Degrees, scales and shifts of (N, 2, 3) similarities."""
    linear = warp.matrices[..., :2].double()
    angle = torch.rad2deg(torch.atan2(linear[:, 1, 0], linear[:, 0, 0]))
    return angle, torch.linalg.det(linear).sqrt(), warp.matrices[..., 2]


def assert_spans(values: Tensor, least: float, most: float) -> None:
    """Drawn uniformly from ``least`` to ``most``."""
    assert values.min() >= least - 1e-5
    assert values.max() <= most + 1e-5
    quartiles = torch.quantile(values.double(), torch.tensor([0.25, 0.5, 0.75]).double())
    expected = least + (most - least) * torch.tensor([0.25, 0.5, 0.75]).double()
    assert float((quartiles - expected).abs().max()) < 0.03 * (most - least)


def test_similarities_have_the_papers_bounds() -> None:
    warp = random_similarity(5000, torch.Generator().manual_seed(0))
    angle, scale, shift = parameters(warp)
    assert_spans(angle, -60, 60)
    assert_spans(scale, 1 / 2.0, 1 / 0.7)  # from target to source
    for axis in shift.T:
        assert_spans(axis, -0.1, 0.1)
    linear = warp.matrices[..., :2]
    square = linear @ linear.mT / scale.float().square()[:, None, None]
    torch.testing.assert_close(square, torch.eye(2).expand(5000, 2, 2), atol=1e-5, rtol=0)


def test_bounds_can_be_chosen() -> None:
    warp = random_similarity(
        3000, torch.Generator().manual_seed(0), rotation=10, scale=(0.5, 1), shift=0.5
    )
    angle, scale, shift = parameters(warp)
    assert_spans(angle, -10, 10)
    assert_spans(scale, 1, 2)
    assert_spans(shift, -0.5, 0.5)
    still = random_similarity(2, torch.Generator(), rotation=0, scale=(1, 1), shift=0)
    torch.testing.assert_close(still.matrices, torch.eye(2, 3).expand(2, 2, 3))


def test_affine_warps_stretch_by_what_was_asked_and_keep_areas() -> None:
    chosen = {"rotation": 30.0, "scale": (1.0, 1.0), "shift": 0.2}
    warp = random_affine(2000, torch.Generator().manual_seed(0), stretch=1.5, **chosen)
    lengths = torch.linalg.svdvals(warp.matrices[..., :2])  # (N, 2), the larger first
    assert_spans(lengths[:, 0].log(), 0, math.log(1.5))
    torch.testing.assert_close(lengths.prod(1), torch.ones(2000), atol=1e-5, rtol=0)
    similar = random_affine(3, torch.Generator().manual_seed(0), stretch=1, **chosen)
    same = random_similarity(3, torch.Generator().manual_seed(0), **chosen)
    torch.testing.assert_close(similar.matrices, same.matrices)


def test_inverse_is_exact() -> None:
    warp = random_affine(20, torch.Generator().manual_seed(0))
    warp = Affine(warp.matrices.double())
    points = torch.rand(20, 30, 2, dtype=torch.float64)
    back = warp.inverse().to_source(warp.to_source(points))
    torch.testing.assert_close(back, points, atol=1e-14, rtol=0)


@pytest.mark.parametrize(("degrees", "factor"), [(30.0, 1.0), (-50.0, 1.3), (0.0, 0.8)])
def test_shows_what_torchvision_shows(degrees: float, factor: float) -> None:
    pictures = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle) / factor, math.sin(angle) / factor
    warp = Affine(torch.tensor([[[cosine, sine, 0.0], [-sine, cosine, 0.0]]]))
    expected = torchvision_functional.affine(
        pictures, degrees, [0, 0], factor, [0.0], interpolation=2
    )
    torch.testing.assert_close(warp.of_maps(pictures), expected, atol=1e-4, rtol=0)
