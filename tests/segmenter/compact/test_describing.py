"""What the decoder sees: responses with their surroundings and without, on principal axes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from partonomy.features import ForegroundModel, KnownObjects
from partonomy.features.population import common_response, relative_responses
from partonomy.features.surroundings import alike_responses
from partonomy.segmenter.compact.describing import (
    PLACES,
    AxesFit,
    ObjectFrame,
    Responses,
    chosen_cells,
    lattice,
    responses_of,
)


def unit(seed: int = 0, channels: int = 8) -> torch.Tensor:
    """(C, 5, 7) unit responses that vary along the first channels the most."""
    generator = torch.Generator().manual_seed(seed)
    scale = torch.linspace(3, 0.3, channels)[:, None, None]
    return normalize(scale * torch.randn(channels, 5, 7, generator=generator), dim=0)


def test_responses_are_relative_to_the_object_and_its_walk():
    weight = torch.rand(5, 7, generator=torch.Generator().manual_seed(3))
    found = responses_of(unit(), weight)
    around = alike_responses(unit(), weight)
    expected = relative_responses(around.flatten(1).T, common_response(around, weight))
    torch.testing.assert_close(found.relative.flatten(1).T, expected)
    assert torch.equal(found.unit, unit())
    assert found.weight is weight and found.objectness is None


def test_a_given_mask_goes_before_a_foreground_that_could_be_found():
    model = ForegroundModel(torch.ones(2, 8), -1.0)
    weight = torch.ones(5, 7)
    assert responses_of(unit(), weight, model).objectness is None
    assert torch.equal(
        responses_of(unit(), weight, model).relative, responses_of(unit(), weight).relative
    )


def test_without_a_mask_the_object_is_found_and_unknown_ones_are_not_its_kind():
    """Two objects: channel 0 on the left, channel 1 on the right; one of them is known."""
    responses = torch.zeros(3, 6, 9)
    responses[2] = 1
    for channel, columns in ((0, slice(1, 4)), (1, slice(5, 8))):
        responses[:, 1:5, columns] = torch.eye(3)[channel][:, None, None]
    finds = ForegroundModel(torch.tensor([[10.0, 10, 0], [0, 0, 0]]), -5.0)
    known = KnownObjects(torch.tensor([[1.0, 0, 0]]), 0.9)
    plain, only = (responses_of(responses, None, finds, each) for each in (None, known))
    assert plain.objectness is not None and only.objectness is not None
    object_of = responses[:2].sum(0) > 0
    assert torch.equal(plain.objectness > 0, object_of)
    assert torch.equal(only.objectness > 0, responses[0] > 0)
    assert only.weight is not None
    assert torch.equal(only.weight > 0.5, object_of), "its surroundings are still of all objects"


def axes_of(pictures: list[Responses], dimensions: int):
    fit = AxesFit()
    for each in pictures:
        fit.add(each)
    return fit.axes(dimensions, 0.25)


@pytest.mark.parametrize("weighted", [True, False])
def test_axes_are_those_of_the_objects_cells_not_centred(weighted):
    """Against numpy's singular value decomposition of all cells of all pictures."""
    generator = torch.Generator().manual_seed(5)
    pictures = []
    for seed in range(3):
        weight = (torch.rand(5, 7, generator=generator) > 0.4).float() if weighted else None
        pictures.append(Responses(unit(seed), unit(seed + 10), weight))
    axes = axes_of(pictures, 3)
    for name in ("relative", "unit"):
        cells = np.concatenate(
            [
                getattr(each, name)
                .flatten(1)
                .T[slice(None) if each.weight is None else each.weight.flatten() > 0]
                for each in pictures
            ]
        )
        _, _, expected = np.linalg.svd(cells.astype(np.float64), full_matrices=False)
        found = getattr(axes, name).numpy()
        assert found.shape == (3, 8) and found.dtype == np.float32
        np.testing.assert_allclose(np.abs((found * expected[:3]).sum(1)), 1, atol=1e-5)
        largest = found[np.arange(3), np.abs(found).argmax(1)]
        assert (largest > 0).all(), "whatever sign the library gives"


def test_no_more_axes_than_channels_and_then_lengths_stay():
    responses = Responses(unit(1), unit(2), None)
    axes = axes_of([responses], 64)
    assert axes.relative.shape == axes.unit.shape == (8, 8)
    places = torch.randn(35, PLACES, generator=torch.Generator().manual_seed(0))
    described = axes.described(responses, places)
    assert described.shape == (35, 20)
    torch.testing.assert_close(described[:, :8].norm(dim=1), torch.ones(35))
    torch.testing.assert_close(described[:, :8] @ axes.relative, unit(1).flatten(1).T)
    torch.testing.assert_close(described[:, 10:18] @ axes.unit, unit(2).flatten(1).T)
    for half in (described[:, 8:10], described[:, 18:]):
        torch.testing.assert_close(half, 0.25 * places)


def placed(weight: torch.Tensor | None, objectness: torch.Tensor | None = None) -> torch.Tensor:
    """(rows, columns, 2) places on the object."""
    responses = Responses(torch.zeros(1, 9, 13), torch.zeros(1, 9, 13), weight, objectness)
    return ObjectFrame.of(responses).places(lattice((9, 13))).reshape(9, 13, 2)


def block(rows: slice, columns: slice) -> torch.Tensor:
    weight = torch.zeros(9, 13)
    weight[rows, columns] = 1
    return weight


def test_places_go_with_the_object_wherever_it_is_and_however_large():
    small = placed(block(slice(1, 4), slice(0, 5)))[1:4, 0:5]
    moved = placed(block(slice(5, 8), slice(8, 13)))[5:8, 8:13]
    torch.testing.assert_close(small, moved)
    large = placed(block(slice(0, 9), slice(2, 11)))[0:9, 2:11]
    assert 1 < large[..., 1].amax() / small[..., 1].amax() < 1.5, "three times as tall"
    inside = block(slice(0, 9), slice(2, 11)).bool()
    down = placed(inside.float())[..., 1][inside]
    torch.testing.assert_close(
        (down.mean(), down.std(correction=0)), (torch.tensor(0.0), torch.tensor(1.0))
    )


def test_places_are_the_same_in_a_mirror():
    weight = torch.rand(9, 13, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(placed(weight.flip(1)).flip(1), placed(weight))


def test_places_are_in_the_picture_where_no_object_is_known_and_in_the_found_one_if_it_is():
    torch.testing.assert_close(placed(None), placed(torch.ones(9, 13)))
    found = block(slice(2, 7), slice(3, 10))
    torch.testing.assert_close(placed(torch.ones(9, 13), 40 * found - 20), placed(found))


def test_places_of_an_object_of_one_cell_or_none_are_finite():
    for weight in (block(slice(4, 5), slice(6, 7)), torch.zeros(9, 13)):
        assert torch.isfinite(placed(weight)).all()
    assert placed(block(slice(4, 5), slice(6, 7))).abs().max() <= 3


def test_cells_with_next_to_nothing_of_the_object_are_not_chosen():
    assert chosen_cells(torch.tensor([[0.0, 0.01], [0.5, 1.0]]), 4).tolist() == [2, 3]
    assert chosen_cells(None, 4).tolist() == [0, 1, 2, 3]
