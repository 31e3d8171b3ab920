"""The supervised row: what it learns from, and that it finds what can be told apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.svm import LinearSVC

from partonomy.concepts.detectors import SvmDetectors, svm
from partonomy.concepts.detectors.svm import part_masks
from planted_objects import NAMES, crop_of, planted_objects


def test_cells_at_a_part_and_away_from_it() -> None:
    crop = crop_of(torch.ones(2, 12, 12), [0, 0, 1], [(2, 2), (9, 9), (5, 5)], [True, False, True])
    at, away = part_masks(crop, 3, 224)
    assert np.argwhere(at[0]).tolist() == [[1, 2], [2, 1], [2, 2], [2, 3], [3, 2]]
    rows, columns = np.mgrid[:12, :12]
    for part, cells in ((0, [(2, 2), (9, 9)]), (1, [(5, 5)]), (2, [])):
        slow = np.ones((12, 12), bool)
        for row, column in cells:
            slow &= 16 * np.hypot(rows - row, columns - column) > 56
        assert (away[part] == slow).all()
    assert not at[2].any()


def test_distances_scale_with_the_crop() -> None:
    crop = crop_of(torch.ones(2, 12, 12), [0], [(5, 5)])
    assert part_masks(crop, 1, 448)[0].sum() > part_masks(crop, 1, 224)[0].sum()


def test_it_finds_planted_parts_and_nothing_of_a_part_never_seen() -> None:
    row = SvmDetectors.fit((*NAMES, "horn"), planted_objects(40, 0), 224)
    for crop in planted_objects(5, 1):
        scores = row.scores(crop)
        assert scores.shape == (4, 12, 12)
        for part in (0, 2):
            x, y = crop.places.point[crop.places.part == part][0]
            assert int(scores[part].argmax()) == int(y // 16) * 12 + int(x // 16)
        assert (scores[3] == 0).all()


def test_scores_are_those_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svm, "NEGATIVES", 1000)  # all
    monkeypatch.setattr(svm, "MARGIN", np.inf)  # none is hard
    train, (crop,) = planted_objects(20, 0), planted_objects(1, 1)
    masks = [part_masks(each, 3, 224) for each in train]
    rows = [
        each.unit[:, torch.from_numpy(mask[kind][2])].T.numpy()
        for kind in (0, 1)
        for each, mask in zip(train, masks, strict=True)
    ]
    labels = np.repeat([1] * 20 + [0] * 20, [len(each) for each in rows])
    machine = LinearSVC(C=1.0, class_weight="balanced", dual="auto", random_state=0)
    slow = machine.fit(np.concatenate(rows), labels).decision_function(crop.unit.flatten(1).T)
    scores = SvmDetectors.fit(NAMES, train, 224).scores(crop)
    assert np.allclose(slow, scores[2].flatten(), atol=1e-3)


def test_hard_negatives_are_learned_from() -> None:
    """A few cells look like the part, too few to be among those drawn."""
    train = planted_objects(40, 0)
    for crop in train:
        crop.features[:, 11, 0] = crop.features[:, int(crop.places.point[0, 1] // 16), 11]
        crop.features[0, 11, 0], crop.features[5, 11, 0] = 6, 3
    scores = SvmDetectors.fit(NAMES, train, 224).scores(train[0])
    assert int(scores[0].argmax()) != 11 * 12
