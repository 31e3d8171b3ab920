"""Warps: each picture of a batch is shown from elsewhere, and all that belongs to it likewise.

Notation
    frame     (x, y) in [-1, 1]^2, x to the right and y down, the edges of the picture at +-1
    source    the picture as it was
    target    the picture as it is shown: each place in it shows the source at ``to_source`` of it

The frame has no pixels, so one warp serves pictures, maps and masks of any resolution. With
``align_corners`` (as the published code of arXiv 2111.06349 has it) +-1 are the centres of the
outermost pixels instead, and points are to be given so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional as F


class Warp(ABC):
    """One warp for each of N pictures."""

    @abstractmethod
    def __len__(self) -> int:
        """N."""

    @abstractmethod
    def to(self, device: torch.device | str) -> Warp:
        """The same warps on a device."""

    @abstractmethod
    def to_source(self, points: Tensor) -> Tensor:
        """Where in the source the target's points come from.

        Args:
            points: (N, P, 2), or (1, P, 2) for the same in all pictures.

        Returns:
            (N, P, 2).
        """

    @abstractmethod
    def to_target(self, points: Tensor) -> Tensor:
        """Where in the target the source's points are shown.

        Args:
            points: (N, P, 2), or (1, P, 2) for the same in all pictures.

        Returns:
            (N, P, 2); points that are not shown are beyond +-1.
        """

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the warps are, and what they are given is to be."""

    def inverse(self) -> Warp:
        """The warp that shows the source again."""
        return _Inverse(self)

    def of_maps(
        self,
        values: Tensor,
        size: tuple[int, int] | None = None,
        *,
        mode: str = "bilinear",
        padding: str = "zeros",
        align_corners: bool = False,
    ) -> Tensor:
        """Pictures or maps as they are shown.

        Args:
            values: (N, C, h, w) float.
            size: (height, width) of the target; None: the source's.
            mode: ``bilinear`` or ``nearest``.
            padding: what is beyond the source: ``zeros``, ``border`` or ``reflection``.
            align_corners: see above.

        Returns:
            (N, C, *size) float32.
        """
        sampling = self._sampling(size or (values.shape[2], values.shape[3]), align_corners)
        return F.grid_sample(values.float(), sampling, mode, padding, align_corners)

    def of_masks(
        self, masks: Tensor, size: tuple[int, int] | None = None, *, align_corners: bool = False
    ) -> Tensor:
        """Masks as they are shown: by their nearest pixel, and nothing beyond the source.

        Args:
            masks: (N, C, h, w) bool.
            size: (height, width) of the target; None: the source's.
            align_corners: see above.

        Returns:
            (N, C, *size) bool.
        """
        return self.of_maps(masks, size, mode="nearest", align_corners=align_corners) > 0.5

    def valid(self, size: tuple[int, int], *, align_corners: bool = False) -> Tensor:
        """Pixels of the target that show some of the source.

        Args:
            size: (height, width) of the target.
            align_corners: see above.

        Returns:
            (N, 1, *size) bool: the centre of the pixel is within the source.
        """
        within = self._sampling(size, align_corners).abs() <= 1
        return within.all(dim=3)[:, None]

    def _sampling(self, size: tuple[int, int], align_corners: bool) -> Tensor:
        """(N, *size, 2) places in the source of the target's pixels."""
        places = self.to_source(pixel_centres(size, align_corners, self.device))
        return places.view(len(self), *size, 2)


class _Inverse(Warp):
    """Source and target exchanged."""

    def __init__(self, warp: Warp) -> None:
        self._warp = warp

    def __len__(self) -> int:
        return len(self._warp)

    def to(self, device: torch.device | str) -> Warp:
        return _Inverse(self._warp.to(device))

    @property
    def device(self) -> torch.device:
        return self._warp.device

    def to_source(self, points: Tensor) -> Tensor:
        return self._warp.to_target(points)

    def to_target(self, points: Tensor) -> Tensor:
        return self._warp.to_source(points)

    def inverse(self) -> Warp:
        return self._warp


def pixel_centres(
    size: tuple[int, int], align_corners: bool = False, device: torch.device | str = "cpu"
) -> Tensor:
    """(1, height * width, 2) places of a picture's pixels in the frame, row by row.

    Args:
        size: (height, width).
        align_corners: whether +-1 are the centres of the outermost pixels.
        device: of the result.
    """
    identity = torch.eye(2, 3, device=device)[None]
    return F.affine_grid(identity, [1, 1, *size], align_corners).flatten(1, 2)
