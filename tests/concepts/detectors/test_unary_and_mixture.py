"""Unary models and mixtures, against literal loops and planted truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from partonomy.concepts.detectors import (
    ConceptBank,
    FiringCode,
    MixtureDetectors,
    UnaryDetectors,
    part_cells,
)
from partonomy.concepts.detectors.mixture import components, tolerant_distances
from partonomy.concepts.detectors.unary import EPSILON, BitModel, against_others
from planted_objects import NAMES, planted_objects

CODE = FiringCode(ConceptBank(torch.eye(24)), 0.5)


def bits(count: int, seed: int, rate: float = 0.4) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(count, 2, 3, 3, generator=generator) < rate).float()


def test_scores_are_the_log_probability_of_the_bits() -> None:
    places = [bits(7, 0), bits(4, 1, 0.8)]
    model, seen = BitModel.fit(places), bits(1, 2)[0]
    for kind, of_kind in enumerate(places):
        slow = math.log(len(of_kind))
        for index in np.ndindex(2, 3, 3):
            q = float(of_kind[(slice(None), *index)].double().mean())
            q = min(max(q, EPSILON), 1 - EPSILON)
            slow += math.log(q if seen[index] else 1 - q)
        # the middle of a map of one window
        assert float(model(seen)[kind, 1, 1]) == pytest.approx(slow, rel=1e-4)


def test_a_part_is_judged_against_the_best_of_all_others() -> None:
    scores = torch.rand(5, 3, 4)
    found = against_others(scores, 3)
    for part in range(3):
        others = scores[[row for row in range(5) if row != part]]
        assert torch.equal(found[part], scores[part] - others.amax(dim=0))
    assert torch.equal(against_others(scores[:1], 1), scores[:1])


def test_distances_forgive_a_shift_of_one_cell() -> None:
    places = torch.zeros(4, 1, 5, 5)
    places[0, 0, 2, 2] = places[1, 0, 3, 1] = places[2, 0, 4, 4] = 1  # the last is silent
    assert tolerant_distances(places).tolist() == [
        [0, 0, 1, 0.5],
        [0, 0, 1, 0.5],
        [1, 1, 0, 0.5],
        [0.5, 0.5, 0.5, 0],
    ]


def test_distances_agree_with_a_loop() -> None:
    places = bits(6, 3)

    def missed(first: torch.Tensor, second: torch.Tensor) -> float:
        on = first.nonzero().tolist()
        far = [not second[v, max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2].any() for v, r, c in on]
        return float(np.mean(far)) if far else 0.0

    slow = [[(missed(a, b) + missed(b, a)) / 2 for b in places] for a in places]
    np.fill_diagonal(slow := np.array(slow), 0)
    assert np.allclose(tolerant_distances(places), slow)


def test_two_ways_to_look_are_two_components() -> None:
    places = torch.zeros(40, 2, 5, 5)
    for index, place in enumerate(places):
        place[index % 2, 2, 2 + index // 2 % 2] = 1
    group = components(places, 2)
    assert set(group[::2]).isdisjoint(group[1::2])
    assert components(places[:2], 4).tolist() == [0, 0]


@pytest.mark.parametrize("model", [UnaryDetectors, MixtureDetectors])
def test_planted_parts_score_best_where_they_are(model: type[UnaryDetectors]) -> None:
    crops, generator = planted_objects(40, 0), np.random.default_rng(0)
    cells = [part_cells(crop, 224, generator) for crop in crops]
    row = model.fit(NAMES, CODE, crops, cells, 2)
    for crop in planted_objects(5, 1):
        scores = row.scores(crop)
        for part, (x, y) in zip(crop.places.part, crop.places.point, strict=True):
            found = int(scores[part].argmax())
            at = [
                divmod(int(py // 16) * 12 + int(px // 16), 12)
                for which, (px, py) in zip(crop.places.part, crop.places.point, strict=True)
                if which == part
            ]
            assert divmod(found, 12) in at, (part, x, y)


def test_a_part_that_was_never_seen_is_never_found() -> None:
    crops, generator = planted_objects(10, 0), np.random.default_rng(0)
    cells = [part_cells(crop, 224, generator) for crop in crops]
    for row in (
        UnaryDetectors.fit((*NAMES, "horn"), CODE, crops, cells, 1),
        MixtureDetectors.fit((*NAMES, "horn"), CODE, crops, cells, 1),
    ):
        scores = row.scores(crops[0])
        assert scores.isfinite().all()
        assert (scores[3] < -1e8).all()
        assert (scores[:3] > -1e8).all()
