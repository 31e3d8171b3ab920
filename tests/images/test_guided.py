"""The guided filter: ridge regressions window by window, and edges that maps take from pictures."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from partonomy.images import GuidedFilter

Guide = NDArray[np.uint8]


def noise(height: int, width: int, seed: int = 0) -> Guide:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (height, width, 3)).astype(np.uint8)


def some_maps(count: int, height: int, width: int, seed: int = 1) -> NDArray[np.float32]:
    generator = np.random.default_rng(seed)
    return generator.random((count, height, width)).astype(np.float32)


def window(height: int, width: int, row: int, column: int, radius: int) -> list[tuple[int, int]]:
    """The pixels of a window; beyond the border the picture is mirrored at its outermost pixels."""

    def mirrored(place: int, length: int) -> int:
        period = max(1, 2 * (length - 1))
        place %= period
        return min(place, period - place)

    around = range(-radius, radius + 1)
    return [
        (mirrored(row + i, height), mirrored(column + j, width)) for i in around for j in around
    ]


def reference(
    guide: Guide, plane: NDArray[np.float32], radius: int, epsilon: float
) -> NDArray[np.float64]:
    """A ridge regression in each window, and each pixel by the mean of its windows' regressions."""
    height, width = plane.shape
    colours, target = guide / 255.0, plane.astype(np.float64)
    fits = np.zeros((height, width, 4))
    for row in range(height):
        for column in range(width):
            pixels = window(height, width, row, column, radius)
            inputs = np.array([colours[pixel] for pixel in pixels])
            outputs = np.array([target[pixel] for pixel in pixels])
            centred = inputs - inputs.mean(axis=0)
            covariance = centred.T @ centred / len(pixels) + epsilon * np.eye(3)
            slopes = np.linalg.solve(covariance, centred.T @ outputs / len(pixels))
            fits[row, column] = *slopes, outputs.mean() - slopes @ inputs.mean(axis=0)
    filtered = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            pixels = window(height, width, row, column, radius)
            *slopes, offset = np.mean([fits[pixel] for pixel in pixels], axis=0)
            filtered[row, column] = slopes @ colours[row, column] + offset
    return filtered


def box_mean(plane: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    height, width = plane.shape
    means = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            pixels = window(height, width, row, column, radius)
            means[row, column] = np.mean([plane[pixel] for pixel in pixels])
    return means


@pytest.mark.parametrize(
    ("size", "radius", "epsilon"),
    [
        ((9, 7), 1, 1e-3),
        ((8, 11), 2, 1e-2),
        ((5, 6), 3, 1e-3),
        ((4, 3), 9, 1e-2),  # windows larger than the picture
        ((1, 8), 2, 1e-2),
        ((8, 1), 2, 1e-2),
        ((1, 1), 1, 1e-3),
    ],
)
def test_agrees_with_a_regression_in_each_window(
    size: tuple[int, int], radius: int, epsilon: float
) -> None:
    guide, maps = noise(*size), some_maps(2, *size)
    filtered = GuidedFilter(guide, size, radius, epsilon)(maps)
    assert filtered.shape == maps.shape
    assert filtered.dtype == np.float32
    for plane, found in zip(maps, filtered, strict=True):
        expected = reference(guide, plane, radius, epsilon)
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("size", [(24, 32), (12, 16), (5, 7), (1, 1)])
def test_a_constant_map_stays_constant(size: tuple[int, int]) -> None:
    maps = np.full((1, *size), 0.7, np.float32)
    filtered = GuidedFilter(noise(24, 32), size, 3)(maps)
    np.testing.assert_allclose(filtered, np.full((1, 24, 32), 0.7), atol=1e-5)


def test_what_the_colours_say_is_kept() -> None:
    """A map that is affine in the guide comes back, where the ridge is small."""
    guide = noise(20, 30)
    plane = (guide / 255.0 @ (0.5, -0.3, 0.2) + 0.25).astype(np.float32)
    filtered = GuidedFilter(guide, (20, 30), 4, epsilon=1e-6)(plane[None])
    np.testing.assert_allclose(filtered[0], plane, atol=1e-3)


@pytest.mark.parametrize("size", [(20, 30), (10, 15)])
def test_is_linear_in_the_maps_and_looks_at_each_alone(size: tuple[int, int]) -> None:
    filter_ = GuidedFilter(noise(20, 30), size, 2)
    first, second = some_maps(2, *size)
    mixed = (2 * first - 3 * second)[None]
    apart = filter_(np.stack([first, second]))
    np.testing.assert_allclose(filter_(mixed)[0], 2 * apart[0] - 3 * apart[1], atol=1e-4)
    np.testing.assert_array_equal(filter_(first[None])[0], apart[0])


def test_a_blurred_step_is_as_steep_as_the_pictures_edge() -> None:
    """A ramp over 16 pixels falls within one pixel, at the edge that lies in the ramp."""
    guide = np.zeros((32, 48, 3), np.uint8)
    guide[:, 22:] = (200, 90, 30)
    ramp = np.clip((np.arange(48) - 14) / 16, 0, 1).astype(np.float32)
    plane = np.tile(ramp, (32, 1))
    (filtered,) = GuidedFilter(guide, (32, 48), 8)(plane[None])
    steps = np.diff(filtered, axis=1)
    assert (steps.argmax(axis=1) == 21).all()
    assert (steps.max(axis=1) > 4 * np.diff(ramp).max()).all()
    beside = steps[:, 21 - 3 : 21], steps[:, 22 : 22 + 3]
    assert max(abs(near).max() for near in beside) < np.diff(ramp).max()


def test_coefficients_at_half_the_size_still_follow_the_full_picture() -> None:
    guide = np.zeros((32, 48, 3), np.uint8)
    guide[:, 22:] = 220
    ramp = np.clip((np.arange(24) - 7) / 8, 0, 1).astype(np.float32)
    (filtered,) = GuidedFilter(guide, (16, 24), 4)(np.tile(ramp, (1, 16, 1)))
    assert filtered.shape == (32, 48)
    assert (np.diff(filtered, axis=1).argmax(axis=1) == 21).all()


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (13, 200, 77)])
def test_a_picture_without_edges_leaves_means_of_means(colour: tuple[int, int, int]) -> None:
    guide = np.broadcast_to(np.array(colour, np.uint8), (12, 15, 3)).copy()
    maps = some_maps(1, 12, 15)
    filtered = GuidedFilter(guide, (12, 15), 2)(maps)
    means = box_mean(box_mean(maps[0].astype(np.float64), 2), 2)
    np.testing.assert_allclose(filtered[0], means, atol=2e-3)


def test_a_grey_picture_counts_as_one_colour() -> None:
    """Three equal planes, whose covariance has no inverse but for the ridge."""
    guide = np.repeat(noise(9, 8)[..., :1], 3, axis=2)
    maps = some_maps(1, 9, 8)
    filtered = GuidedFilter(guide, (9, 8), 2)(maps)
    np.testing.assert_allclose(filtered[0], reference(guide, maps[0], 2, 1e-4), atol=2e-3)


def test_flipping_the_picture_flips_the_maps() -> None:
    guide, maps = noise(14, 22), some_maps(2, 14, 22)
    filtered = GuidedFilter(guide, (14, 22), 3)(maps)
    for axis in (0, 1):
        flipped = GuidedFilter(np.flip(guide, axis).copy(), (14, 22), 3)(
            np.flip(maps, axis + 1).copy()
        )
        np.testing.assert_allclose(np.flip(flipped, axis + 1), filtered, atol=1e-4)


EXTREME = {
    "black": np.zeros((10, 14, 3), np.uint8),
    "white": np.full((10, 14, 3), 255, np.uint8),
    "checkerboard": np.repeat(np.indices((10, 14)).sum(axis=0)[..., None] % 2 * 255, 3, axis=2),
    "one colour alone": noise(10, 14) * np.array([1, 0, 0]),
    "one bright pixel": np.pad(np.full((1, 1, 3), 255), ((4, 5), (6, 7), (0, 0))),
    "one column": noise(40, 1),
    "one row": noise(1, 40),
    "one pixel": noise(1, 1),
}


@pytest.mark.parametrize("name", EXTREME)
@pytest.mark.parametrize("radius", [1, 5, 60])
def test_any_picture_gives_numbers_and_keeps_what_is_constant(name: str, radius: int) -> None:
    guide = EXTREME[name].astype(np.uint8)
    height, width = guide.shape[:2]
    for size in ((height, width), (max(1, height // 2), max(1, width // 2))):
        constant = np.array([0, 1], np.float32)[:, None, None] * np.ones(size, np.float32)
        filtered = GuidedFilter(guide, size, radius)(
            np.concatenate([constant, some_maps(1, *size)])
        )
        assert filtered.shape == (3, height, width)
        assert np.isfinite(filtered).all()
        assert abs(filtered[:2] - [[[0]], [[1]]]).max() < 1e-3
