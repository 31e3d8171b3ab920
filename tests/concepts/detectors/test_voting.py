"""Voting: votes against a loop; a part behind something is found by its neighbours."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from partonomy.concepts.detectors import (
    ConceptBank,
    FiringCode,
    ObjectCrop,
    SvmDetectors,
    VotingDetectors,
    part_cells,
)
from partonomy.concepts.detectors.voting import PRIOR, heat, offset_votes, supporters
from planted_objects import NAMES, planted_objects

CODE = FiringCode(ConceptBank(torch.eye(24)), 0.5)
RADIUS = 5


def fit(crops: list[ObjectCrop]) -> VotingDetectors:
    generator = np.random.default_rng(0)
    cells = [part_cells(crop, 224, generator) for crop in crops]
    return VotingDetectors.fit(NAMES, CODE, crops, cells, RADIUS, 224)


def cell_of(point: np.ndarray) -> tuple[int, int]:
    return int(point[1] // 16), int(point[0] // 16)


def test_votes_are_log_ratios_and_never_against() -> None:
    hits = torch.tensor([[[0.0, 3.0], [8.0, 1.0]]])
    votes = offset_votes(hits, 10, torch.tensor([0.2]))
    for index in np.ndindex(1, 2, 2):
        rate = (float(hits[index]) + PRIOR * 0.2) / (10 + PRIOR)
        assert float(votes[index]) == pytest.approx(max(0, math.log(rate / 0.2)), abs=1e-6)


def test_heat_agrees_with_a_loop() -> None:
    generator = torch.Generator().manual_seed(0)
    code = (torch.rand(2, 3, 5, 6, generator=generator) < 0.3).float()
    votes = torch.rand(2, 3, 3, 3, generator=generator)
    slow = torch.zeros(2, 5, 6)
    for part, row, column, v in np.ndindex(2, 5, 6, 3):
        cast = [0.0]
        for i, j in np.ndindex(3, 3):
            r, c = row + i - 1, column + j - 1
            if 0 <= r < 5 and 0 <= c < 6 and code[part, v, r, c]:
                cast.append(float(votes[part, v, i, j]))
        slow[part, row, column] += max(cast)
    assert torch.allclose(heat(code, votes), slow)


def test_the_concepts_that_tell_most_support() -> None:
    base = torch.full((4,), 0.1)
    hits = torch.zeros(4, 3, 3)
    hits[2, 1, 1], hits[0, 0, 0], hits[1] = 10, 5, 1
    votes = offset_votes(hits, 10, base)
    assert supporters(votes, hits, 10, base).tolist()[:2] == [2, 0]


def test_a_part_behind_something_is_found_by_its_neighbours() -> None:
    train = planted_objects(60, 0)
    voting, machine = fit(train), SvmDetectors.fit(NAMES, train, 224)
    voted = seen = 0
    tests = planted_objects(20, 1)
    for crop in tests:
        head = cell_of(crop.places.point[0])
        crop.features[:, head[0], head[1]] = crop.features[:, head[0], (head[1] + 2) % 12]
        for row in (voting, machine):
            at = divmod(int(row.scores(crop)[0].argmax()), 12)
            near = max(abs(at[0] - head[0]), abs(at[1] - head[1])) <= 1
            voted += near and row is voting
            seen += near and row is machine
    assert voted >= 19
    assert seen <= 8


def test_parts_in_sight_are_found_too() -> None:
    voting = fit(planted_objects(60, 0))
    for crop in planted_objects(10, 1):
        at = divmod(int(voting.scores(crop)[2].argmax()), 12)
        tail = cell_of(crop.places.point[3])
        assert max(abs(at[0] - tail[0]), abs(at[1] - tail[1])) <= 1
