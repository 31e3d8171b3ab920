"""The rivals' conditional random field against loops over all pairs, and what it is for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks.datasets import GRID, LabelledPicture
from benchmarks.rivals import crf
from PIL import Image


def picture_of(pixels: np.ndarray, folder: Path) -> LabelledPicture:
    """A picture of (height, width, 3) uint8, all of it one part."""
    Image.fromarray(pixels).save(folder / "picture.png")
    return LabelledPicture(folder / "picture.png", "test", np.ones(pixels.shape[:2], np.uint8))


@pytest.fixture
def two_colours(tmp_path: Path) -> LabelledPicture:
    """Dark left of the middle and bright right of it."""
    pixels = np.full((128, 192, 3), 40, np.uint8)
    pixels[:, 96:] = 200
    return picture_of(pixels, tmp_path)


def test_the_kernel_is_that_of_all_pairs(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    picture = picture_of(generator.integers(90, 130, (128, 192, 3)).astype(np.uint8), tmp_path)
    nodes = np.zeros((GRID, GRID), bool)
    nodes[3:9, 4:9] = generator.random((6, 5)) < 0.8
    places = np.argwhere(nodes) * np.array([448 / 128, 448 / 128 * 192 / 128])  # input pixels
    colours = picture.colours[nodes].astype(float)
    near, coloured = np.zeros((2, len(places), len(places)))
    for i in range(len(places)):
        for j in range(len(places)):
            distance = ((places[i] - places[j]) ** 2).sum()
            if i == j or distance > 15**2:
                continue
            near[i, j] = np.exp(-distance / (2 * 3**2))
            apart = ((colours[i] - colours[j]) ** 2).sum()
            coloured[i, j] = np.exp(-distance / (2 * 5**2) - apart / (2 * 13**2))
    small = np.maximum(near, coloured) <= crf.LEAST
    near[small] = coloured[small] = 0
    expected = sum(
        weight * each / np.sqrt(np.outer(each.sum(axis=1), each.sum(axis=1)))
        for weight, each in ((50, near), (15, coloured))
    )
    found = crf.kernel(picture, nodes).toarray()
    assert found == pytest.approx(expected, abs=1e-4)


def test_specks_go_and_an_edge_of_colour_holds(two_colours: LabelledPicture) -> None:
    everywhere = np.ones((GRID, GRID), bool)
    labels = np.zeros((GRID, GRID), int)
    labels[:, GRID // 2 :] = 1
    noisy = labels ^ (np.random.default_rng(0).random(labels.shape) < 0.1)
    energies = 1 - torch.nn.functional.one_hot(torch.from_numpy(noisy.ravel()), 2).T.float()
    (found,) = crf.infer(energies, [2], crf.kernel(two_colours, everywhere))
    assert (found.reshape(labels.shape) == labels).mean() > 0.995


def test_fields_over_the_same_nodes_do_not_touch_each_other(two_colours: LabelledPicture) -> None:
    nodes = np.zeros((GRID, GRID), bool)
    nodes[10:40, 50:80] = True
    pairwise = crf.kernel(two_colours, nodes)
    energies = torch.rand(7, int(nodes.sum()), generator=torch.Generator().manual_seed(0))
    together = crf.infer(energies, [3, 4], pairwise)
    for labels, alone in zip(together, energies.split([3, 4]), strict=True):
        assert (labels == crf.infer(alone, [len(alone)], pairwise)[0]).all()
