"""The guided filter: maps smoothed so that they change where the picture changes.

Notation
    I  guide, three planes of colour
    p  a map to be filtered
    q  = a . I + b  within each window, with a and b by ridge regression of p on I there

Coefficients are smooth, so they are computed on a smaller picture and enlarged; only their use is
at the full size. Source: He, Sun, Tang, *Guided image filtering*, TPAMI 2013 (colour guide,
equation 19); He, Sun, *Fast guided filter*, arXiv 1505.00996.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from partonomy.images.grid import Size

Plane = NDArray[np.float32]


def halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture at half its size, by area: at the input's half, the guide that maps follow.

    Args:
        pixels: (height, width, 3) uint8.
    """
    height, width = (max(1, round(side / 2)) for side in pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


class GuidedFilter:
    """Filters maps along the edges of one picture.

    Args:
        guide: (h, w, 3) uint8.
        size: (height, width) at which coefficients are computed, and maps are given.
        radius: of the windows, in pixels of ``size``.
        epsilon: ridge of the regression, as a variance of values in 0..1: contrast from which an
            edge counts, squared.
    """

    def __init__(
        self, guide: NDArray[np.uint8], size: Size, radius: int, epsilon: float = 1e-4
    ) -> None:
        self.size = size
        self._guide = _planes(guide)
        self._window = (2 * radius + 1, 2 * radius + 1)
        small = cv2.resize(guide, size[::-1], interpolation=cv2.INTER_AREA)
        self._small = _planes(small)
        self._means = [self._mean(plane) for plane in self._small]
        self._inverse = self._inverted_covariance(epsilon)

    def __call__(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Filter (K, *size) maps: (K, h, w), at the guide's size."""
        filtered = np.empty((len(maps), *self._guide[0].shape), np.float32)
        for plane, out in zip(maps, filtered, strict=True):
            *slopes, offset = map(self._enlarged, self._coefficients(plane))
            out[:] = offset
            for slope, colour in zip(slopes, self._guide, strict=True):
                out += np.multiply(slope, colour, out=slope)
        return filtered

    def _coefficients(self, plane: Plane) -> list[Plane]:
        """The three planes of a, and b, averaged over the windows that a pixel is in."""
        mean = self._mean(plane)
        covariances = [
            self._mean(plane * colour) - mean * colour_mean
            for colour, colour_mean in zip(self._small, self._means, strict=True)
        ]
        slopes = [
            row[0] * covariances[0] + row[1] * covariances[1] + row[2] * covariances[2]
            for row in self._inverse
        ]
        offset = mean
        for slope, colour_mean in zip(slopes, self._means, strict=True):
            offset = offset - slope * colour_mean
        return [self._mean(coefficient) for coefficient in (*slopes, offset)]

    def _mean(self, plane: Plane) -> Plane:
        """Mean over each window."""
        mean = cv2.boxFilter(plane, -1, self._window, borderType=cv2.BORDER_REFLECT_101)
        return np.asarray(mean, np.float32)

    def _enlarged(self, plane: Plane) -> Plane:
        height, width = self._guide[0].shape
        large = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(large, np.float32)

    def _inverted_covariance(self, epsilon: float) -> list[list[Plane]]:
        """3 x 3 planes: the inverse of the guide's covariance in each window, with the ridge."""

        def covariance(i: int, j: int) -> Plane:
            product = self._mean(self._small[i] * self._small[j])
            return product - self._means[i] * self._means[j]

        rr, gg, bb = (covariance(i, i) + epsilon for i in range(3))
        rg, rb, gb = covariance(0, 1), covariance(0, 2), covariance(1, 2)
        # the adjugate over the determinant: a solver for each pixel would be slow
        first, second, third = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
        fourth, fifth, sixth = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
        scale = 1 / (rr * first + rg * second + rb * third)
        first, second, third, fourth, fifth, sixth = (
            entry * scale for entry in (first, second, third, fourth, fifth, sixth)
        )
        return [[first, second, third], [second, fourth, fifth], [third, fifth, sixth]]


def _planes(rgb: NDArray[np.uint8]) -> list[Plane]:
    """Three planes of colour in 0..1."""
    return [np.ascontiguousarray(rgb[..., c], np.float32) / np.float32(255) for c in range(3)]
