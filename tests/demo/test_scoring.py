"""Scores of parts: scikit-learn's figures, intervals that hold the truth, parts paired back."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from partonomy.demo.scoring import (
    MEASURES,
    advantage,
    agreement,
    paired,
    picture_tables,
    side_by_side,
)

K = 4


def labelled(count: int, right: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(count, 12, 12) true labels, and found ones that are right about so often."""
    random = np.random.default_rng(seed)
    truth = random.integers(K + 1, size=(count, 12, 12), dtype=np.uint8)
    other = random.integers(1, K + 1, size=truth.shape, dtype=np.uint8)
    found = np.where(random.random(truth.shape) < right, truth, other)
    return truth, np.where(truth > 0, found, 0).astype(np.uint8)


def test_scores_are_scikit_learns_on_all_foreground_pixels() -> None:
    truth, found = labelled(5, 0.6)
    found[truth == 0] = 1  # what is found in the background does not count
    scores = agreement(picture_tables(truth, found, K)[:, None])
    first, second = truth[truth > 0], found[truth > 0]
    nmi = normalized_mutual_info_score(first, second)
    assert scores["FG-NMI"].value == pytest.approx(nmi, abs=1e-9)
    assert scores["FG-ARI"].value == pytest.approx(adjusted_rand_score(first, second), abs=1e-9)


def test_several_classes_score_their_mean() -> None:
    wide, narrow = (picture_tables(*labelled(6, right), K) for right in (0.9, 0.4))
    alone = [agreement(each[:, None]) for each in (wide, narrow[:, :2, :3])]
    together = agreement(side_by_side([wide, narrow[:, :2, :3]]))
    for measure in MEASURES:
        mean = np.mean([each[measure].value for each in alone])
        assert together[measure].value == pytest.approx(mean)
        assert together[measure].low <= mean <= together[measure].high


def test_intervals_hold_what_many_pictures_score() -> None:
    """Pictures that agree each in a way of their own: the harder case for few of them."""
    random = np.random.default_rng(0)
    tables = np.zeros((300, K, K + 1), np.int64)
    for table in tables:
        table[np.arange(K), 1 + random.permutation(K)] = 30
        table[np.arange(K), 1 + np.arange(K)] += 10
    held = dict.fromkeys(MEASURES, 0)
    for _ in range(20):
        scores = agreement(tables[random.integers(300, size=24), None])
        for name, measure in MEASURES.items():
            held[name] += scores[name].low <= measure(tables.sum(axis=0)) <= scores[name].high
    assert min(held.values()) >= 17, held


def test_advantage_is_of_the_same_pictures() -> None:
    tables = picture_tables(*labelled(20, 0.7), K)[:, None]
    chance = picture_tables(*labelled(20, 0.0), K)[:, None]
    for gain in advantage(tables, tables).values():
        assert (gain.low, gain.value, gain.high) == (0, 0, 0)
    for above, below in zip(
        advantage(tables, chance).values(), advantage(chance, tables).values(), strict=True
    ):
        assert above.low > 0.2
        assert below.value == pytest.approx(-above.value)
        assert below.high < 0


def test_renamed_parts_are_paired_back() -> None:
    truth, _ = labelled(3, 1.0)
    renamed = np.array([0, 3, 1, 4, 2], np.uint8)
    pairing = paired(picture_tables(truth, renamed[truth], K))
    np.testing.assert_array_equal(pairing.true_label[renamed[truth]], truth)
    np.testing.assert_array_equal(pairing.overlap, np.ones(K))


def test_fewer_found_parts_are_paired_too() -> None:
    truth = np.repeat(np.arange(1, K + 1, dtype=np.uint8), 8)[None, None]
    pairing = paired(picture_tables(truth, np.where(truth > 2, np.uint8(2), np.uint8(1)), K))
    assert sorted(pairing.true_label[1:]) == list(range(1, K + 1))
    assert pairing.true_label[1] in (1, 2)
    assert pairing.true_label[2] in (3, 4)
    assert sorted(pairing.overlap) == [0, 0, 0.5, 0.5]
