"""What holds for all warps: pictures, maps, masks and points move together, and move back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from partonomy.segmenter.warps import (
    Warp,
    pixel_centres,
    random_affine,
    random_similarity,
    random_thin_plate,
)

N = 4

DRAW: dict[str, Callable[[torch.Generator], Warp]] = {
    "similarity": lambda generator: random_similarity(N, generator),
    "affine": lambda generator: random_affine(N, generator, stretch=1.5),
    "thin plate": lambda generator: random_thin_plate(N, generator),
    "strong thin plate": lambda generator: random_thin_plate(N, generator, shift_of_points=0.06),
    "inverse of an affine": lambda generator: random_affine(N, generator).inverse(),
    "inverse of a thin plate": lambda generator: random_thin_plate(N, generator).inverse(),
}


@pytest.fixture(params=DRAW)
def warp(request: pytest.FixtureRequest) -> Warp:
    return DRAW[request.param](torch.Generator().manual_seed(3))


def dots(
    points: Tensor, size: tuple[int, int], align_corners: bool, radius: float = 0.06
) -> Tensor:
    """(N, 1, *size): a smooth dot in each picture, around its (N, 1, 2) point."""
    away = pixel_centres(size, align_corners) - points
    return (-away.square().sum(2) / radius**2).exp().view(N, 1, *size)


def centre(pictures: Tensor, align_corners: bool) -> Tensor:
    """(N, 1, 2) centroid of what is bright."""
    weights = pictures.flatten(1)[..., None]  # (N, P, 1)
    places = pixel_centres((pictures.shape[2], pictures.shape[3]), align_corners)
    return (weights * places).sum(1, keepdim=True) / weights.sum(1, keepdim=True)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize("size", [(96, 96), (64, 120)])
def test_a_dot_and_its_point_land_on_the_same_place(
    warp: Warp, size: tuple[int, int], align_corners: bool
) -> None:
    points = torch.tensor([[0.05, -0.1], [0.3, 0.1], [-0.2, 0.25], [0.0, -0.3]])[:, None]
    shown = warp.of_maps(dots(points, size, align_corners), align_corners=align_corners)
    expected = warp.to_target(points)
    assert (expected.abs() < 0.8).all()  # or the dot would be cut off
    found = centre(shown, align_corners)
    assert float((found - expected).abs().max()) < 0.01  # a third of a pixel, and less
    assert float((found - points).abs().max()) > 0.1


@pytest.mark.parametrize("align_corners", [False, True])
def test_each_pixel_shows_what_is_where_it_comes_from(warp: Warp, align_corners: bool) -> None:
    """Maps of x and of y: bilinear sampling of them gives the place itself."""
    size = (14, 18)
    places = pixel_centres(size, align_corners)
    maps = places.mT.view(1, 2, *size).expand(N, -1, -1, -1)
    shown = warp.of_maps(maps, (9, 11), align_corners=align_corners)
    sources = warp.to_source(pixel_centres((9, 11), align_corners)).mT.view(N, 2, 9, 11)
    inside = (sources.abs() <= float(places.max())).all(1, keepdim=True).expand_as(shown)
    inside = inside & (sources[:, 1:].abs() <= float(places[..., 1].max()))
    assert inside.float().mean() > 0.2
    torch.testing.assert_close(shown[inside], sources[inside], atol=1e-5, rtol=0)


@pytest.mark.parametrize("align_corners", [False, True])
def test_a_mask_shows_the_pixel_that_is_nearest(warp: Warp, align_corners: bool) -> None:
    masks = torch.rand((N, 1, 7, 5), generator=torch.Generator().manual_seed(0)) > 0.5
    shown = warp.of_masks(masks, (8, 8), align_corners=align_corners)
    sources = warp.to_source(pixel_centres((8, 8), align_corners)).view(N, 8, 8, 2)
    pixels = pixel_centres((7, 5), align_corners)[0]
    valid = warp.valid((8, 8), align_corners=align_corners)
    for n, row, column in torch.nonzero(valid[:, 0]).tolist():
        # rows and columns are further apart in the frame the fewer there are
        away = (pixels - sources[n, row, column]) * torch.tensor([5, 7])
        nearest = int(away.square().sum(1).argmin())
        assert shown[n, 0, row, column] == masks[n, 0].flatten()[nearest]
    if not align_corners:
        assert not shown[~valid].any()


@pytest.mark.parametrize("size", [(40, 40), (33, 57)])
def test_maps_of_all_resolutions_are_warped_alike(warp: Warp, size: tuple[int, int]) -> None:
    points = torch.tensor([0.1, 0.2]).expand(N, 1, 2)
    fine = warp.of_maps(dots(points, (160, 160), False))
    coarse = warp.of_maps(dots(points, size, False))
    assert float((centre(fine, False) - centre(coarse, False)).abs().max()) < 0.01
    resized = warp.of_maps(dots(points, size, False), (160, 160))
    assert resized.shape == (N, 1, 160, 160)
    assert float((centre(resized, False) - centre(fine, False)).abs().max()) < 0.01


def test_masks_are_warped_as_maps_are_and_stay_masks(warp: Warp) -> None:
    points = torch.tensor([0.1, 0.2]).expand(N, 1, 2)
    smooth = dots(points, (96, 96), False, radius=0.5)
    masks = warp.of_masks(smooth > 0.5)
    assert masks.dtype == torch.bool
    assert masks.any()
    sure = (warp.of_maps(smooth) - 0.5).abs() > 0.05  # not at the mask's edge
    assert (masks == (warp.of_maps(smooth) > 0.5))[sure].all()
    corners = warp.of_masks(smooth > 0.5, align_corners=True)
    sure = (warp.of_maps(smooth, align_corners=True) - 0.5).abs() > 0.05
    assert (corners == (warp.of_maps(smooth, align_corners=True) > 0.5))[sure].all()


def test_points_come_back(warp: Warp) -> None:
    points = 2 * torch.rand((N, 50, 2), generator=torch.Generator().manual_seed(1)) - 1
    torch.testing.assert_close(warp.to_source(warp.to_target(points)), points, atol=1e-4, rtol=0)
    torch.testing.assert_close(warp.to_target(warp.to_source(points)), points, atol=1e-4, rtol=0)


def test_the_same_points_of_all_pictures_can_be_given_once(warp: Warp) -> None:
    points = torch.rand(1, 7, 2)
    many = points.expand(N, -1, -1)
    for move in (warp.to_source, warp.to_target):
        torch.testing.assert_close(move(points), move(many))


def test_the_inverse_shows_the_source_again(warp: Warp) -> None:
    points = torch.tensor([0.1, 0.2]).expand(N, 1, 2)
    pictures = dots(points, (96, 96), False, radius=0.3)
    back = warp.inverse().of_maps(warp.of_maps(pictures))
    # read from valid pixels only, not from between them and what is beyond the edge
    shown = warp.inverse().of_maps(warp.valid((96, 96))) > 0.999
    assert shown.float().mean() > 0.05
    assert float((back - pictures)[shown].abs().max()) < 0.05
    others = torch.rand(N, 5, 2)
    torch.testing.assert_close(warp.inverse().to_source(others), warp.to_target(others))
    torch.testing.assert_close(
        warp.inverse().inverse().to_source(others), warp.to_source(others), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("align_corners", [False, True])
def test_what_is_valid_shows_the_source_and_nothing_else_does(
    warp: Warp, align_corners: bool
) -> None:
    size = (48, 64)
    valid = warp.valid(size, align_corners=align_corners)
    assert valid.shape == (N, 1, *size)
    assert valid.dtype == torch.bool
    ones = warp.of_maps(torch.ones(N, 1, 30, 20), size, align_corners=align_corners)
    # bilinear sampling fades to nothing within a pixel of the edge
    assert (ones[~valid] < 1).all()
    assert float(ones[valid].min()) >= 0.25 - 1e-5
    filled = warp.of_maps(
        torch.ones(N, 1, 30, 20), size, padding="border", align_corners=align_corners
    )
    torch.testing.assert_close(filled, torch.ones_like(filled))
    assert 0.05 < float(valid.float().mean()) <= 1


def test_half_precision_pictures_are_sampled_in_float32(warp: Warp) -> None:
    pictures = torch.rand(N, 2, 12, 12).half()
    torch.testing.assert_close(warp.of_maps(pictures), warp.of_maps(pictures.float()))


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_draws_come_from_the_generator_alone(draw: Callable[[torch.Generator], Warp]) -> None:
    points = torch.rand(N, 5, 2)
    torch.manual_seed(0)
    first = draw(torch.Generator().manual_seed(1)).to_source(points)
    torch.manual_seed(1)
    again = draw(torch.Generator().manual_seed(1)).to_source(points)
    other = draw(torch.Generator().manual_seed(2)).to_source(points)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first[0] - points[0], first[1] - points[1])


def test_can_be_moved_to_a_device(warp: Warp) -> None:
    moved = warp.to("cpu")
    points = torch.rand(N, 5, 2)
    assert len(moved) == N
    assert moved.device == torch.device("cpu")
    torch.testing.assert_close(moved.to_source(points), warp.to_source(points))


def test_gradients_flow_through_maps(warp: Warp) -> None:
    maps = torch.rand(N, 2, 8, 8, requires_grad=True)
    warp.of_maps(maps).sum().backward()
    assert maps.grad is not None
    assert float(maps.grad.sum()) > 0


def test_pixels_are_where_their_centres_are() -> None:
    expected = [[-0.75, -0.5], [-0.25, -0.5], [0.25, -0.5], [0.75, -0.5]]
    torch.testing.assert_close(pixel_centres((2, 4))[0, :4], torch.tensor(expected))
    corners = [[x, y] for y in (-1.0, 1.0) for x in (-1.0, 0.0, 1.0)]
    torch.testing.assert_close(pixel_centres((2, 3), True)[0], torch.tensor(corners))
