"""Several layers as one map: where things are stays where it was, and no layer shouts."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from partonomy.features import fused
from partonomy.images import Grid, LayerGeometry, Placement

PICTURE = Placement((96, 128), (96, 128), (1.0, 1.0))


def grid(stride: float, offset: float | None = None) -> Grid:
    shape = (int(96 // stride), int(128 // stride))
    start = stride / 2 if offset is None else offset
    geometry = LayerGeometry((stride, stride), (start, start), (stride, stride))
    return Grid(PICTURE, geometry, shape)


def random_maps(channels: int, lattice: Grid, seed: int = 0) -> torch.Tensor:
    return torch.rand(channels, *lattice.shape, generator=torch.Generator().manual_seed(seed)) + 0.1


def test_one_layer_is_left_as_it_is() -> None:
    maps = random_maps(3, grid(8)).half()
    assert fused([maps], [grid(8)]) is maps


def test_every_layer_has_unit_length_in_every_cell_on_the_first_lattice() -> None:
    fine, coarse = grid(8), grid(32)
    both = fused([100 * random_maps(5, fine), random_maps(7, coarse)], [fine, coarse])
    assert both.shape == (12, 12, 16)
    assert both.dtype == torch.float32
    torch.testing.assert_close(both[:5].norm(dim=0), torch.ones(12, 16))
    torch.testing.assert_close(both[5:].norm(dim=0), torch.ones(12, 16))


@given(st.sampled_from([16.0, 32.0]), st.floats(4, 20))
def test_positions_agree_whatever_the_offset(stride: float, offset: float) -> None:
    """A slope across the picture, seen by two layers, is one slope."""
    fine, coarse = grid(8), grid(stride, offset)

    def slope(lattice: Grid) -> torch.Tensor:
        across = torch.from_numpy(lattice.centres(1)).float().expand(lattice.shape)
        return torch.stack([across / 1000, torch.ones(lattice.shape)])

    both = fused([slope(fine), slope(coarse)], [fine, coarse])
    ratios = both[[0, 2]] / both[[1, 3]]
    first, last = coarse.centres(1)[[0, -1]]
    between = (fine.centres(1) >= first) & (fine.centres(1) <= last)
    np.testing.assert_allclose(
        ratios[0][:, between].numpy(), ratios[1][:, between].numpy(), atol=2e-3
    )


def test_where_a_layer_says_nothing_it_stays_silent() -> None:
    both = fused([torch.zeros(2, 12, 16), random_maps(3, grid(32))], [grid(8), grid(32)])
    assert not both[:2].any()
    assert both.isfinite().all()
