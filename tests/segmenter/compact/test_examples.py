"""What is trained on: colours summed over cells, and where views show cells again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from partonomy.features import KnownObjects
from partonomy.features.surroundings import alike_responses
from partonomy.images import Grid, LayerGeometry, Placement
from partonomy.segmenter.compact.describing import (
    LEAST_WEIGHT,
    Axes,
    ObjectFrame,
    lattice,
    responses_of,
)
from partonomy.segmenter.compact.examples import LAB, LEAST_SHOWN, colour_sums, example_of
from partonomy.segmenter.compact.task import colour_consistency
from partonomy.segmenter.compact.views import ViewedPicture
from partonomy.segmenter.losses import rgb_to_lab, within_part_consistency

CHANNELS = 6
NOTHING_KNOWN = KnownObjects(torch.zeros(1, CHANNELS), 2.0)
IDENTITY = torch.eye(2, 3)[None]
TILING, CORNERED = (4.0, 4.0), (0.5, 0.5)
"""Where the first cell's centre lies at stride 8: as a patch's, and as a convolution's."""


def grid_of(shape: tuple[int, int], offset: tuple[float, float], size: tuple[int, int]) -> Grid:
    """Cells of stride 8 in a picture of ``size`` that is brought to theirs."""
    whole = (8 * shape[0], 8 * shape[1])
    scale = (whole[0] / size[0], whole[1] / size[1])
    return Grid(Placement(size, whole, scale), LayerGeometry((8, 8), offset, (8, 8)), shape)


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("offset", [TILING, CORNERED])
def test_sums_over_cells_are_sums_over_pixels_of_interpolated_masks(offset, masked):
    """As the loss of colours at full resolution, for two pictures of different shapes."""
    generator = np.random.default_rng(0)
    drawn = torch.Generator().manual_seed(1)
    sums, cells, picture, expected = [], [], [], []
    for index, shape in enumerate([(5, 7), (6, 4)]):
        grid = grid_of(shape, offset, (83, 61))
        height, width = 4 * shape[0], 4 * shape[1]
        guide = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        mask = generator.random((height, width)).astype(np.float32) if masked else None
        masks = (4 * torch.randn(3, *shape, generator=drawn)).softmax(0)
        down, across = (
            torch.from_numpy(grid.interpolation(axis, length))
            for axis, length in enumerate((height, width))
        )
        inside = None if mask is None else torch.from_numpy(mask)[None, None]
        colours = rgb_to_lab(torch.from_numpy(guide).permute(2, 0, 1)[None].float() / 255)
        wide = (down @ masks @ across.T)[None]
        expected.append(within_part_consistency(colours / LAB, wide, inside))
        sums.append(colour_sums(guide, mask, grid).flatten(1).T)
        cells.append(masks.flatten(1).T)
        picture += [index] * len(cells[-1])
    found = colour_consistency(torch.cat(cells), torch.cat(sums), torch.tensor(picture), 2)
    torch.testing.assert_close(found, torch.stack(expected).mean(), atol=1e-5, rtol=1e-4)


def viewed(
    grid: Grid,
    matrices: torch.Tensor,
    weight: torch.Tensor | None = None,
    warped: torch.Tensor | None = None,
) -> ViewedPicture:
    """Random responses; what a view's cells say has nothing to do with the picture's."""
    generator = torch.Generator().manual_seed(0)
    shape = (1 + len(matrices), CHANNELS, *grid.shape)
    size = (4 * grid.shape[0], 4 * grid.shape[1])
    return ViewedPicture(
        normalize(torch.randn(shape, generator=generator), dim=1).half(),
        weight,
        warped,
        np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8),
        None if weight is None else np.ones(size, np.float32),
        matrices,
        grid,
    )


AXES = Axes(torch.eye(CHANNELS)[:4], torch.eye(CHANNELS)[2:], 0.5)
RELATIVE, PLACE, UNIT = slice(0, 4), slice(4, 6), slice(6, 10)
"""Columns of what a cell is described by."""


@pytest.mark.parametrize("offset", [TILING, CORNERED])
def test_a_view_that_moves_nothing_shows_each_cell_as_it_is(offset):
    grid = grid_of((5, 7), offset, (40, 56))
    found = example_of(viewed(grid, IDENTITY), AXES, None, NOTHING_KNOWN)
    assert found is not None
    (view,) = found.views
    assert len(view.cells) == 35
    share, which = view.shares.max(dim=1)
    torch.testing.assert_close(share, torch.ones(35), atol=1e-4, rtol=0)
    assert view.cells.gather(1, which[:, None])[:, 0].tolist() == list(range(35))


def turned(angle: float, factor: float, mirrored: bool, shape: tuple[int, int]) -> torch.Tensor:
    """(2, 3) a similarity in pixels, and a shift."""
    angle = np.deg2rad(angle)
    linear = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    aspect = np.array([[1, shape[0] / shape[1]], [shape[1] / shape[0], 1]])
    linear = linear * aspect @ np.diag([-1 if mirrored else 1, 1])
    return torch.from_numpy(np.column_stack([linear, [0.1, -0.05]])).float()


@pytest.mark.parametrize("mirrored", [True, False])
@pytest.mark.parametrize("offset", [TILING, CORNERED])
def test_a_views_cells_lie_where_the_warp_says(offset, mirrored):
    """Cells tell their place; what a view's cells have of them is the place that it shows there."""
    shape = (9, 12)
    grid = grid_of(shape, offset, (108, 144))
    matrix = turned(25, 0.8, mirrored, shape)
    found = example_of(viewed(grid, matrix[None]), AXES, None, NOTHING_KNOWN)
    assert found is not None
    (view,) = found.views
    y, x = (grid.centres(axis) / grid.picture_size[axis] * 2 - 1 for axis in (0, 1))
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)  # of the cells, in the frame
    sources = places @ matrix[:, :2].numpy().T + matrix[:, 2].numpy()
    # those between four cells: beyond the outermost ones, these are held
    between = ((sources >= places[0]) & (sources <= places[-1])).all(axis=1)
    assert between.sum() > 40
    described = AXES.unit @ viewed(grid, matrix[None]).unit[1].float().flatten(1)
    index = {tuple(row): i for i, row in enumerate(view.described[:, UNIT].tolist())}
    here = [index[tuple(row)] for row in described.T.half()[torch.from_numpy(between)].tolist()]
    shown = np.einsum("nj,njd->nd", view.shares[here].numpy(), places[view.cells[here].numpy()])
    np.testing.assert_allclose(shown, sources[between], atol=1e-4)
    torch.testing.assert_close(view.shares.sum(1), torch.ones(len(view.shares)))


def test_only_the_objects_cells_are_there_and_views_count_where_they_show_it():
    """The object is the left half; a view shows it two columns further left."""
    grid = grid_of((4, 8), TILING, (32, 64))
    weight = torch.zeros(4, 8)
    weight[:, :4] = 1
    weight[0, 0], weight[1, 1] = LEAST_WEIGHT / 2, 0.3
    shift = torch.tensor([[[1.0, 0, 2 * 2 / 8], [0, 1, 0]]])
    warped = torch.zeros(1, 4, 8)
    warped[0, :, :2] = 1
    warped[0, 3, 0] = LEAST_SHOWN / 2
    picture = viewed(grid, shift, weight, warped)
    found = example_of(picture, AXES, None, NOTHING_KNOWN)
    assert found is not None
    of_object = torch.nonzero(weight.flatten() > LEAST_WEIGHT).flatten()
    assert torch.equal(found.weight, weight.flatten()[of_object])
    sums = colour_sums(picture.guide, picture.mask, grid).flatten(1).T
    assert torch.equal(found.colours, sums[of_object])
    (view,) = found.views
    share, which = view.shares.max(dim=1)
    torch.testing.assert_close(share, torch.ones(len(share)), atol=1e-4, rtol=0)
    seen = of_object[view.cells.gather(1, which[:, None])[:, 0]].tolist()
    assert seen == [*[8 * row + column for row in range(4) for column in (2, 3)][:-2], 27]


def test_what_the_decoder_is_shown_are_responses_on_the_axes():
    grid = grid_of((4, 5), TILING, (32, 40))
    weight = torch.rand(4, 5, generator=torch.Generator().manual_seed(3)) + 0.1
    picture = viewed(grid, IDENTITY, weight, weight[None])
    found = example_of(picture, AXES, None, NOTHING_KNOWN)
    assert found is not None
    unit = picture.unit[0].float()
    around = alike_responses(unit, weight).flatten(1)
    common = (around * weight.flatten()).sum(1) / weight.sum()
    relative = normalize(around - 0.5 * common[:, None], dim=0)
    assert found.described.dtype == torch.float16
    places = 0.5 * ObjectFrame.of(responses_of(unit, weight)).places(lattice((4, 5)))
    expected = torch.cat(
        [(AXES.relative @ relative).T, places, (AXES.unit @ unit.flatten(1)).T, places], dim=1
    )
    torch.testing.assert_close(found.described.float(), expected, atol=2e-3, rtol=2e-3)


def test_a_views_cells_have_their_places_on_the_picture_as_it_was():
    """Whole cells to the left: what is shown there lies where it lay on the object."""
    grid = grid_of((4, 8), TILING, (32, 64))
    shift = torch.tensor([[[1.0, 0, 2 * 2 / 8], [0, 1, 0]]])
    found = example_of(viewed(grid, shift), AXES, None, NOTHING_KNOWN)
    assert found is not None
    (view,) = found.views
    shown = torch.einsum("nj,njd->nd", view.shares, found.described[view.cells].float())
    # of absolute values between two cells only at the middle
    torch.testing.assert_close(view.described[:, PLACE].float(), shown[:, PLACE], atol=2e-3, rtol=0)
    assert len(torch.unique(view.described[:, PLACE], dim=0)) > 8


def test_a_picture_without_an_object_gives_nothing():
    grid = grid_of((4, 5), TILING, (32, 40))
    nothing = torch.zeros(4, 5)
    picture = viewed(grid, IDENTITY, nothing, nothing[None])
    assert example_of(picture, AXES, None, NOTHING_KNOWN) is None
