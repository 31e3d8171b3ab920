"""Thin-plate splines: warps that bend least of all that take control points where they are to go.

Notation
    c_i      control points in the target, on a regular lattice over [-1, 1]^2
    U(r)     = r^2 log r^2
    source   = A target + t + sum over i of w_i U(|target - c_i|)

with sums of w_i, and of w_i c_i, of 0, so that it is affine far away. Sources: Bookstein,
*Principal warps*, TPAMI 1989; the constants are of the published code of arXiv 2111.06349.
"""

from __future__ import annotations

import torch
from torch import Tensor

from partonomy.segmenter.warps.affine import ROTATION, SCALE, SHIFT, random_similarity
from partonomy.segmenter.warps.warp import Warp

POINTS = 5
"""Control points a side."""
SHIFT_OF_POINTS = 0.01
"""Of the frame, at most."""

TOLERANCE = 1e-4
"""Of the frame: how far from a point the source may be of what is given as its place."""
_MOST_STEPS = 50
_TINY = 1e-12


class ThinPlate(Warp):
    """Thin-plate warps, inverted numerically.

    Args:
        control: (P, 2) points in the target, not all on a line.
        sources: (N, P, 2) where in the source each comes from.
    """

    def __init__(self, control: Tensor, sources: Tensor) -> None:
        self.control, self.sources = control, sources
        self._coefficients = _solved(control, sources)

    def __len__(self) -> int:
        return len(self.sources)

    def to(self, device: torch.device | str) -> ThinPlate:
        return ThinPlate(self.control.to(device), self.sources.to(device))

    @property
    def device(self) -> torch.device:
        return self.control.device

    def to_source(self, points: Tensor) -> Tensor:
        return _basis(points, self.control[None]) @ self._coefficients

    def to_target(self, points: Tensor) -> Tensor:
        """By Newton's method, to ``TOLERANCE`` in the source.

        Raises:
            ValueError: a warp folds the picture, so that a point has no one place in the target.
        """
        points = points.expand(len(self), -1, -1)
        constant, linear = self._coefficients[:, :1], self._coefficients[:, 1:3]
        found: Tensor = torch.linalg.solve(linear.mT, (points - constant).mT).mT  # were it affine
        for _ in range(_MOST_STEPS):
            missing = points - self.to_source(found)  # (N, P, 2)
            if (missing.abs() <= TOLERANCE / 10).all():
                break
            found = found + _solved_pairs(self._slopes(found), missing)
        if not (missing.abs() <= TOLERANCE).all():
            raise ValueError("a thin-plate warp folds the picture, and cannot be inverted")
        return found

    def _slopes(self, points: Tensor) -> Tensor:
        """(N, P, 2, 2) derivatives of the source by the target's x and y, in its columns."""
        away = points[:, :, None] - self.control  # (N, P, control, 2)
        squared = away.square().sum(3, keepdim=True).clamp(min=_TINY)
        # of U it is 2 away (log r^2 + 1), but sums with w of what is without log are 0
        of_bases = 2 * away * squared.log()
        bent = torch.einsum("npcx,nci->npix", of_bases, self._coefficients[:, 3:])
        return bent + self._coefficients[:, None, 1:3].mT


def random_thin_plate(
    n: int,
    generator: torch.Generator,
    *,
    points: int = POINTS,
    shift_of_points: float = SHIFT_OF_POINTS,
    rotation: float = ROTATION,
    scale: tuple[float, float] = SCALE,
    shift: float = SHIFT,
    device: torch.device | str = "cpu",
) -> ThinPlate:
    """Draw warps that move each control point a little, then turn, scale and shift all alike.

    Args:
        n: N, warps.
        generator: where the draws come from, on the CPU.
        points: control points a side.
        shift_of_points: how far each is moved at most, of the frame, in x and in y.
        rotation: degrees at most, to either side.
        scale: least and greatest factor by which things grow.
        shift: at most, of the frame, in x and in y.
        device: of the warps; the draws are the same on all.
    """
    side = torch.linspace(-1, 1, points)
    control = torch.cartesian_prod(side, side)
    draws = torch.rand((n, len(control), 2), generator=generator)
    moved = control + shift_of_points * (2 * draws - 1)
    similarity = random_similarity(n, generator, rotation=rotation, scale=scale, shift=shift)
    return ThinPlate(control, similarity.to_source(moved)).to(device)


def _solved_pairs(matrices: Tensor, right: Tensor) -> Tensor:
    """(..., 2) solutions of many systems of two equations, by Cramer's rule."""
    first, second = matrices[..., 0], matrices[..., 1]

    def determinant(a: Tensor, b: Tensor) -> Tensor:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]

    solutions = torch.stack([determinant(right, second), determinant(first, right)], dim=-1)
    return solutions / determinant(first, second)[..., None]


def _basis(points: Tensor, control: Tensor) -> Tensor:
    """(N, P, 3 + control) what coefficients multiply: 1, x, y, and U of each control point."""
    # not by products of matrices, which lose digits where points are near
    squared = torch.cdist(points, control, compute_mode="donot_use_mm_for_euclid_dist").square()
    bent = squared * squared.clamp(min=_TINY).log()
    return torch.cat([torch.ones_like(points[..., :1]), points, bent], dim=2)


def _solved(control: Tensor, sources: Tensor) -> Tensor:
    """(N, 3 + control, 2) coefficients that take the control points to their sources."""
    # on the CPU, so that a warp is the same on all devices
    control, wanted = control.cpu().double(), sources.cpu().double()
    basis = _basis(control[None], control[None])[0]  # (P, 3 + P)
    conditions = torch.cat([basis[:, :3].new_zeros(3, 3), basis[:, :3].T], dim=1)
    system = torch.cat([conditions, basis])  # (3 + P, 3 + P)
    wanted = torch.cat([wanted.new_zeros(len(wanted), 3, 2), wanted], dim=1)
    coefficients: Tensor = torch.linalg.solve(system, wanted)
    return coefficients.to(sources)
