"""Filters and concepts as detectors, and how concepts are fitted on objects."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from partonomy.concepts.detectors import ConceptBank, FilterBank, fit_concepts
from partonomy.concepts.detectors.banks import BORDER, FEWEST_MERGED, sample_units
from partonomy.errors import PartonomyError
from planted_objects import crop_of, planted_objects


def test_filters_score_as_the_layer_has_them() -> None:
    (crop,) = planted_objects(1, 0)
    bank = FilterBank(24)
    assert len(bank.names) == 24
    assert torch.equal(bank.scores(crop), crop.features.float())


def test_concepts_score_by_the_angle_to_each_cell() -> None:
    (crop,) = planted_objects(1, 0)
    concepts = torch.nn.functional.normalize(torch.rand(5, 24), dim=1)
    scores = ConceptBank(concepts).scores(crop)
    cell = crop.features[:, 4, 7].double()
    slow = [float(concept.double() @ cell / cell.norm()) for concept in concepts]
    assert scores[:, 4, 7].tolist() == pytest.approx(slow, abs=1e-3)


def test_positions_are_away_from_the_border_and_alive() -> None:
    features = torch.zeros(3, 12, 12)
    features[0] = 1  # the border
    features[:, BORDER:-BORDER, BORDER:-BORDER] = torch.tensor([0.0, 2.0, 0.0])[:, None, None]
    features[:, 5, 5:8] = 0
    sampled = sample_units([crop_of(features, [], [])], np.random.default_rng(0), 1000)
    assert len(sampled) == (12 - 2 * BORDER) ** 2 - 3
    assert np.allclose(sampled, [0, 1, 0])


def test_small_lattices_are_sampled_too() -> None:
    features = torch.ones(3, 2, 5)
    assert len(sample_units([crop_of(features, [], [])], np.random.default_rng(0))) == 2 * 3


def test_planted_parts_are_among_the_concepts() -> None:
    concepts, merged = fit_concepts(planted_objects(60, 0), 12)
    assert concepts.concepts.shape == (12, 24)
    assert round(FEWEST_MERGED * 12) <= len(merged.concepts) <= 12
    assert torch.allclose(concepts.concepts.norm(dim=1), torch.ones(12), atol=1e-3)
    # wheels are far enough from the border
    assert concepts.concepts[:, 1].max() > 0.9


def test_seeds_repeat() -> None:
    crops = planted_objects(20, 0)
    one, other = (fit_concepts(crops, 8, seed=3)[0].concepts for _ in range(2))
    assert torch.equal(one, other)
    assert not torch.equal(one, fit_concepts(crops, 8, seed=4)[0].concepts)


def test_too_few_positions_are_refused() -> None:
    with pytest.raises(PartonomyError, match="positions of 1 objects make no concepts"):
        fit_concepts([crop_of(torch.zeros(3, 12, 12), [], [])])
