"""Affine warps, and how they are drawn.

Notation
    A, t   source = A target + t, in the frame of ``warp``

Source of the constants: the published code of arXiv 2111.06349, which draws uniformly what takes
target to source.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from partonomy.segmenter.warps.warp import Warp

ROTATION = 60.0
"""Degrees, to either side."""
SCALE = (0.7, 2.0)
"""Least and greatest factor by which things grow."""
SHIFT = 0.1
"""Of the frame, whose picture is 2 wide."""
STRETCH = 1.2
"""Ours: the published code has similarities only."""


class Affine(Warp):
    """Affine warps, exactly invertible.

    Args:
        matrices: (N, 2, 3) [A, t].
    """

    def __init__(self, matrices: Tensor) -> None:
        self.matrices = matrices

    def __len__(self) -> int:
        return len(self.matrices)

    def to(self, device: torch.device | str) -> Affine:
        return Affine(self.matrices.to(device))

    @property
    def device(self) -> torch.device:
        return self.matrices.device

    def to_source(self, points: Tensor) -> Tensor:
        return points @ self.matrices[..., :2].mT + self.matrices[:, None, :, 2]

    def to_target(self, points: Tensor) -> Tensor:
        return self.inverse().to_source(points)

    def inverse(self) -> Affine:
        back = torch.linalg.inv(self.matrices[..., :2])
        return Affine(torch.cat([back, -back @ self.matrices[..., 2:]], dim=2))


def random_similarity(
    n: int,
    generator: torch.Generator,
    *,
    rotation: float = ROTATION,
    scale: tuple[float, float] = SCALE,
    shift: float = SHIFT,
    device: torch.device | str = "cpu",
) -> Affine:
    """Draw rotations, scales and shifts, without mirroring.

    In the frame, that is: where a picture is not square, it is sheared with it.

    Args:
        n: N, warps.
        generator: where the draws come from, on the CPU.
        rotation: degrees at most, to either side.
        scale: least and greatest factor by which things grow; its inverse is drawn uniformly.
        shift: at most, of the frame, in x and in y.
        device: of the warps; the draws are the same on all.
    """
    draws = torch.rand((n, 4), generator=generator)
    angle = torch.deg2rad(rotation * (2 * draws[:, 0] - 1))
    least, most = 1 / scale[1], 1 / scale[0]
    factor = least + (most - least) * draws[:, 1]
    cosine, sine = factor * angle.cos(), factor * angle.sin()
    rows = [torch.stack(row, dim=1) for row in ((cosine, -sine), (sine, cosine))]
    moved = shift * (2 * draws[:, 2:, None] - 1)
    return Affine(torch.cat([torch.stack(rows, dim=1), moved], dim=2).to(device))


def random_affine(
    n: int,
    generator: torch.Generator,
    *,
    rotation: float = ROTATION,
    scale: tuple[float, float] = SCALE,
    shift: float = SHIFT,
    stretch: float = STRETCH,
    device: torch.device | str = "cpu",
) -> Affine:
    """Draw similarities of pictures that are stretched along a direction of their own first.

    Args:
        n: N, warps.
        generator: where the draws come from, on the CPU.
        rotation: degrees at most, to either side.
        scale: least and greatest factor by which things grow; its inverse is drawn uniformly.
        shift: at most, of the frame, in x and in y.
        stretch: at most, along the direction; across it things shrink by as much.
        device: of the warps; the draws are the same on all.
    """
    similarity = random_similarity(n, generator, rotation=rotation, scale=scale, shift=shift)
    draws = torch.rand((n, 2), generator=generator)
    direction = math.pi * draws[:, 0]
    along = torch.stack([direction.cos(), direction.sin()], dim=1)
    across = torch.stack([-along[:, 1], along[:, 0]], dim=1)
    factor = (math.log(stretch) * draws[:, 1]).exp()[:, None, None]
    stretched = factor * _outer(along) + _outer(across) / factor  # (N, 2, 2)
    linear = similarity.matrices[..., :2] @ stretched
    return Affine(torch.cat([linear, similarity.matrices[..., 2:]], dim=2).to(device))


def _outer(vectors: Tensor) -> Tensor:
    return vectors[:, :, None] * vectors[:, None, :]
