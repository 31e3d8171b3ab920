"""A fully connected conditional random field (Krähenbühl and Koltun, 2011), by mean field.

Two kernels, weighted as Amir et al. (2021) weight them: nearness, and nearness with colour. Each
is normalised symmetrically. Distances are in pixels of the network's input, at which that paper
works; the field's nodes are the wanted cells of the 128 x 128 grid. Pairs further apart than three
deviations of the wider kernel are left out, the others are exact; so no filter approximates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from torch import Tensor

from benchmarks.bench import SIZE
from benchmarks.datasets import LabelledPicture

NEAR_DEVIATION, NEAR_WEIGHT = 3.0, 50.0
COLOUR_DEVIATION, COLOUR_RGB, COLOUR_WEIGHT = 5.0, 13.0, 15.0
ITERATIONS = 10
REACH = 3.0
LEAST = 1e-2
"""Pairs whose kernels are both smaller are left out too."""


def kernel(picture: LabelledPicture, nodes: NDArray[np.bool_]) -> csr_matrix:
    """(n, n) weight of each pair of nodes having different labels.

    Args:
        picture: the picture.
        nodes: (GRID, GRID) bool: the field's nodes.
    """
    sides = np.array(picture.labels.shape)
    steps = sides / nodes.shape * SIZE / sides.min()  # of the grid, in input pixels
    index = np.full(nodes.shape, -1)
    index[nodes] = np.arange(nodes.sum())
    rgb = picture.colours.astype(np.float32)
    pairs = list(_pairs(index, rgb, steps))
    rows, columns, near, coloured = (np.concatenate(each) for each in zip(*pairs, strict=True))
    shape = (int(nodes.sum()),) * 2
    return NEAR_WEIGHT * _normalised(near, rows, columns, shape) + COLOUR_WEIGHT * _normalised(
        coloured, rows, columns, shape
    )


def _pairs(
    index: NDArray[np.int64], rgb: NDArray[np.float32], steps: NDArray[np.float64]
) -> Iterator[tuple[NDArray, ...]]:
    """Nodes, nodes so far away, and the two kernels' values, for each offset within reach."""
    height, width = index.shape
    reach = REACH * max(NEAR_DEVIATION, COLOUR_DEVIATION)
    most = (reach / steps).astype(int)
    for down in range(-most[0], most[0] + 1):
        for right in range(-most[1], most[1] + 1):
            distance = np.square([down * steps[0], right * steps[1]]).sum()
            if distance > reach**2 or (down, right) == (0, 0):
                continue
            here = np.s_[
                max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)
            ]
            there = np.s_[
                max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)
            ]
            both = (index[here] >= 0) & (index[there] >= 0)
            apart = np.square(rgb[here][both] - rgb[there][both]).sum(axis=1)
            coloured = np.exp(-distance / (2 * COLOUR_DEVIATION**2) - apart / (2 * COLOUR_RGB**2))
            near = np.full_like(coloured, np.exp(-distance / (2 * NEAR_DEVIATION**2)))
            kept = np.maximum(near, coloured) > LEAST
            yield index[here][both][kept], index[there][both][kept], near[kept], coloured[kept]


def _normalised(
    values: NDArray, rows: NDArray, columns: NDArray, shape: tuple[int, int]
) -> csr_matrix:
    matrix = csr_matrix((values.astype(np.float32), (rows, columns)), shape=shape)
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    half = diags(1 / np.sqrt(np.maximum(sums, 1e-9)).astype(np.float32))
    return (half @ matrix @ half).tocsr()


def infer(energies: Tensor, sizes: Sequence[int], pairwise: csr_matrix) -> list[NDArray[np.int64]]:
    """Labels of several fields over the same nodes, after so many steps of mean field.

    Args:
        energies: (sum of sizes, n) cost of each label at each node, one field's after another.
        sizes: how many labels each field has.
        pairwise: of :func:`kernel`.

    Returns:
        For each field (n,) labels from 0.
    """
    logits = -energies
    for _ in range(ITERATIONS):
        beliefs = torch.cat([each.softmax(dim=0) for each in logits.split(list(sizes))])
        # the cost of a label is what the neighbours believe of the others: but for a constant,
        # minus what they believe of it
        heard = torch.from_numpy(pairwise @ beliefs.T.contiguous().numpy())  # (n, sum of sizes)
        logits = heard.T.contiguous() - energies
    return [each.argmax(dim=0).numpy() for each in logits.split(list(sizes))]
