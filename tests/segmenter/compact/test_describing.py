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
    AxesFit,
    Responses,
    chosen_cells,
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
    return fit.axes(dimensions)


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
    described = axes.described(responses)
    assert described.shape == (35, 16)
    torch.testing.assert_close(described[:, :8].norm(dim=1), torch.ones(35))
    torch.testing.assert_close(described[:, 8:] @ axes.unit, unit(2).flatten(1).T)
    torch.testing.assert_close(described[:, :8] @ axes.relative, unit(1).flatten(1).T)


def test_cells_with_next_to_nothing_of_the_object_are_not_chosen():
    assert chosen_cells(torch.tensor([[0.0, 0.01], [0.5, 1.0]]), 4).tolist() == [2, 3]
    assert chosen_cells(None, 4).tolist() == [0, 1, 2, 3]
