"""Concepts to parts: one tree over the concepts, cut where as many branches as parts are left.

Notation
    V        concepts
    linkage  (V - 1, 4) merges as SciPy writes them: two nodes, height, concepts below
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Linkage = NDArray[np.float64]
Weights = NDArray[np.floating] | NDArray[np.integer]


def weighted_ward(points: NDArray[np.floating], weights: Weights) -> Linkage:
    """Ward's hierarchy of weighted points: each merge adds least to the weighted variance.

    Joining clusters a and b costs w_a w_b / (w_a + w_b) ||p_a - p_b||^2 (Ward, 1963), with p the
    weighted means.

    Args:
        points: (V, D).
        weights: (V,), positive.

    Returns:
        (V - 1, 4) linkage; heights are the costs, and rise.
    """
    count = len(points)
    means, mass = points.astype(np.float64), np.maximum(weights.astype(np.float64), 1e-12)
    node, below = np.arange(count), np.ones(count)
    squares = (means**2).sum(axis=1)
    distance = (squares[:, None] + squares[None] - 2 * means @ means.T).clip(0)
    cost = distance * (mass[:, None] * mass[None]) / (mass[:, None] + mass[None])
    np.fill_diagonal(cost, np.inf)
    linkage = np.empty((count - 1, 4))
    height = 0.0
    for step in range(count - 1):
        first, second = sorted(map(int, np.unravel_index(cost.argmin(), cost.shape)))
        height = max(height, float(cost[first, second]))
        pair = sorted((node[first], node[second]))
        linkage[step] = (*pair, height, below[first] + below[second])
        # Lance-Williams: the new cluster's costs follow from the old ones alone
        total = mass[first] + mass[second]
        joined = (
            (mass[first] + mass) * cost[first]
            + (mass[second] + mass) * cost[second]
            - mass * cost[first, second]
        ) / (total + mass)
        mass[first], below[first], node[first] = total, below[first] + below[second], count + step
        cost[first], cost[:, first] = joined, joined
        cost[first, first] = np.inf
        cost[second], cost[:, second] = np.inf, np.inf
    return linkage


def cut(linkage: Linkage, n_parts: int) -> NDArray[np.int64]:
    """Cut a tree into at most ``n_parts`` branches.

    Returns:
        (V,) branch of each concept, 0 .. n_parts - 1, in the order of the concepts.
    """
    count = len(linkage) + 1
    n_parts = min(n_parts, count)
    parent = np.arange(2 * count - 1)
    for step in range(count - n_parts):
        parent[linkage[step, :2].astype(np.int64)] = count + step
    root = np.arange(count)
    while (parent[root] != root).any():
        root = parent[root]
    _, first, branch = np.unique(root, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[branch]


def order_by_weight(branch: NDArray[np.int64], weights: Weights) -> NDArray[np.int64]:
    """Number branches anew, heaviest first; (V,)."""
    mass = np.bincount(branch, weights=weights)
    rank = np.empty(len(mass), np.int64)
    rank[np.argsort(-mass, kind="stable")] = np.arange(len(mass))
    return rank[branch]


WALK_STEPS = 4
"""Steps of the random walk from neighbour to neighbour that says where a concept occurs."""
COMPANY_WEIGHT = 0.5
"""Of what a concept occurs beside, beside how it looks: concepts of one picture have it in common,
whatever their parts."""
PLACE_WEIGHT = 0.35
"""Of where on the object a concept lies, beside how it looks and its company."""


def part_tree(
    sums: NDArray[np.floating],
    populations: NDArray[np.integer],
    pairs: NDArray[np.int64],
    places: NDArray[np.floating] | None = None,
) -> Linkage:
    """The tree over concepts, by how they look, what they occur together with, and where.

    Each concept is described by its mean response, by the square roots of the probabilities of
    the concepts that a random walk over neighbouring positions is at after some steps, and by
    those of the places on the object that it lies at; each of them centred and brought to the same
    variance, company and places to less. Ward's method makes the tree.

    Args:
        sums: (V, C) sum of the unit responses of each concept's positions.
        populations: (V,) how many those are, none 0.
        pairs: (m, 2) concepts of positions that are neighbours on a lattice.
        places: (V, rows, columns) shares of each concept's positions by place in the object's box;
            not used where None.
    """
    weights = populations / populations.sum()
    blocks = [
        _standardised(sums / populations[:, None], weights),
        COMPANY_WEIGHT * _standardised(np.sqrt(_walk(pairs, len(populations))), weights),
    ]
    if places is not None:
        spread_out = np.sqrt(_blurred(places)).reshape(len(places), -1)
        blocks.append(PLACE_WEIGHT * _standardised(spread_out, weights))
    return weighted_ward(np.hstack(blocks), populations)


def _blurred(places: NDArray[np.floating]) -> NDArray[np.float64]:
    """(V, rows, columns) shares, half of each given to the neighbours along either axis."""
    blurred = places.astype(np.float64)
    for axis in (1, 2):
        padded = np.pad(blurred, [(0, 0), *((int(a == axis),) * 2 for a in (1, 2))], mode="edge")
        last = padded.shape[axis] - 1
        before, at, after = (
            padded.take(np.arange(start, last - 1 + start), axis) for start in (0, 1, 2)
        )
        blurred = (before + 2 * at + after) / 4
    return blurred


def _walk(pairs: NDArray[np.int64], n_concepts: int) -> NDArray[np.float64]:
    """(V, V) probability of being at each concept after some steps from each."""
    flat = np.bincount(pairs[:, 0] * n_concepts + pairs[:, 1], minlength=n_concepts**2)
    together = flat.reshape(n_concepts, n_concepts).astype(np.float64)
    together += together.T
    alone = together.sum(axis=1) == 0
    together[alone, alone] = 1  # a concept never seen beside another stays with itself
    step = together / together.sum(axis=1, keepdims=True)
    return np.linalg.matrix_power(step, WALK_STEPS)


def _standardised(points: NDArray[np.floating], weights: Weights) -> NDArray[np.float64]:
    """Points with weighted mean 0 and total weighted variance 1."""
    centred = points.astype(np.float64) - weights @ points
    variance = (weights @ centred**2).sum()
    return centred / np.sqrt(max(variance, 1e-12))
