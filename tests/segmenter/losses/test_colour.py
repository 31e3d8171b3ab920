"""CIE Lab: against OpenCV, a loop with the standard's formulas, and colours that are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from partonomy.segmenter.losses import rgb_to_lab


def random_pictures(seed: int = 0) -> torch.Tensor:
    return torch.rand((2, 3, 16, 17), generator=torch.Generator().manual_seed(seed))


def reference(rgb: list[float]) -> list[float]:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
    matrix = [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
    xyz = [
        sum(m * v for m, v in zip(row, linear, strict=True)) / white
        for row, white in zip(matrix, (0.95047, 1.0, 1.08883), strict=True)
    ]
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def test_is_what_a_loop_over_pixels_gives() -> None:
    pictures = random_pictures()
    pictures[0, :, :8] *= 0.06  # dark enough for both formulas' straight parts
    found = rgb_to_lab(pictures).permute(0, 2, 3, 1).reshape(-1, 3)
    expected = [reference(rgb) for rgb in pictures.permute(0, 2, 3, 1).reshape(-1, 3).tolist()]
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-4)


def test_is_what_opencv_gives_of_floats() -> None:
    """OpenCV's white differs in the fifth digit, and it interpolates in a table of few colours."""
    pictures = random_pictures(1)
    for picture, lab in zip(pictures, rgb_to_lab(pictures), strict=True):
        expected = cv2.cvtColor(picture.permute(1, 2, 0).numpy(), cv2.COLOR_RGB2Lab)
        np.testing.assert_allclose(lab.permute(1, 2, 0).numpy(), expected, atol=0.5)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.74, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
    ],
)
def test_known_colours_are_where_they_belong(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    picture = torch.tensor(rgb, dtype=torch.float32).view(1, 3, 1, 1)
    np.testing.assert_allclose(rgb_to_lab(picture).flatten().numpy(), lab, atol=0.02)


def test_gradients_are_right_and_finite_where_it_is_black() -> None:
    pictures = random_pictures()[:1, :, :2, :2].double().requires_grad_()
    assert torch.autograd.gradcheck(rgb_to_lab, pictures)
    black = torch.zeros(1, 3, 1, 1, requires_grad=True)
    rgb_to_lab(black).sum().backward()
    assert black.grad.isfinite().all()
