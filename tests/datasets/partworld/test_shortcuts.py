"""Neither colour nor position gives the parts away."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from partonomy.datasets.partworld import FIGURES, PartWorld
from partonomy.metrics import contingency, normalised_mutual_information

PICTURES = 60
SAMPLED = 12_000
CELLS = 12


@pytest.fixture(scope="module", params=FIGURES)
def pixels(request: pytest.FixtureRequest) -> tuple[NDArray[np.float64], ...]:
    """Of the objects of a class: colour (n, 3) in Lab, place in the object's box (n, 2), part and
    picture (n,)."""
    rows = []
    for index, rendering in enumerate(PartWorld(PICTURES, (request.param,), size=96)):
        truth = rendering.annotation
        labels = truth.labels()
        y, x = np.nonzero(labels)
        assert truth.box is not None
        x0, y0, x1, y1 = truth.box
        colour = cv2.cvtColor(rendering.picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        place = np.stack([(x + 0.5 - x0) / (x1 - x0), (y + 0.5 - y0) / (y1 - y0)], axis=1)
        rows.append((colour[y, x], place, labels[y, x], np.full(len(x), index)))
    return tuple(map(np.concatenate, zip(*rows, strict=True)))


def agreement(truth: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    table = contingency(truth, found, (int(truth.max()) + 1, int(found.max()) + 1))
    return float(normalised_mutual_information(table))


def test_clusters_of_colour_and_position_are_no_parts(pixels: tuple[NDArray, ...]) -> None:
    colour, place, part, _ = pixels
    chosen = np.random.default_rng(0).permutation(len(part))[:SAMPLED]
    both = np.hstack([each / each.std(axis=0) for each in (colour, place)])[chosen]
    found = KMeans(len(np.unique(part)), n_init=2, random_state=0).fit_predict(both)
    assert agreement(part[chosen].astype(np.int64), found.astype(np.int64)) < 0.45


def test_the_commonest_part_at_a_position_is_a_poor_guess(pixels: tuple[NDArray, ...]) -> None:
    """Learned with the labels of half the pictures, relative to the object's own box."""
    _, place, part, picture = pixels
    column, row = (place * CELLS).astype(int).clip(0, CELLS - 1).T
    cell, learned = row * CELLS + column, picture % 2 == 0
    votes = np.zeros((CELLS**2, part.max() + 1), int)
    np.add.at(votes, (cell[learned], part[learned]), 1)
    guess = votes.argmax(axis=1)[cell[~learned]]
    assert agreement(part[~learned].astype(np.int64), guess) < 0.5
