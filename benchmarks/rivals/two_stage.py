"""Two-stage clustering of deep features (Amir, Gandelsman, Bagon and Dekel, 2021).

First stage: k-means of all pictures' unit features; as many clusters as until the next would save
less than 2.5 % of the squared distances, 14 at most; a cluster is foreground if it is salient in
three quarters of the pictures. Second stage: k-means of the foreground's features into the parts.
Then a conditional random field. Where the foreground is given the first stage is left out.

What is salient is told by the attention of a DINO transformer's class token there; here, where most
networks have none, by the first principal component of the features, its sign taken so that the
pictures' borders are low. A cluster is salient in a picture if its cells there are above the
picture's mean on average; pictures where it has under 1 % of the cells have no vote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.bench import Bench, Cut, Pictures, Segmenter, cuts, some
from benchmarks.datasets import GRID, LabelledPicture
from benchmarks.metrics import Labels
from benchmarks.rivals import crf
from partonomy.baselines import kmeans
from partonomy.features import PictureFeatures

MOST_VECTORS = 10_000
RESTARTS, ITERATIONS = 10, 30
MOST_CLUSTERS, ELBOW = 14, 0.975
VOTES, LEAST_SHARE = 0.75, 0.01
NEVER = 100.0
"""Cost of the background where no cluster is; above what neighbours can say for it."""
BORDER = 1 / 8
"""Share of a picture's height and width, on each side, that is its border."""

Vectors = NDArray[np.float32]


def fit_parts(vectors: Vectors) -> Segmenter:
    """The second stage on the (n, C) unit features of a foreground that is given."""
    chosen = some(vectors, MOST_VECTORS)
    centroids = {cut: torch.from_numpy(_kmeans(chosen, cut)) for cut in cuts()}
    stacked = torch.cat(list(centroids.values()))
    sizes = [len(each) for each in centroids.values()]

    def segment(
        picture: LabelledPicture, features: PictureFeatures
    ) -> Iterator[tuple[Cut, Labels]]:
        nodes = picture.truth > 0
        energies = _at_grid(_distances(stacked, features), features)[:, torch.from_numpy(nodes)]
        for cut, found in zip(centroids, _infer(picture, nodes, energies, sizes), strict=True):
            labels = np.zeros((GRID, GRID), np.uint8)
            labels[nodes] = found + 1
            yield cut, labels

    return segment


def fit_all(bench: Bench, pictures: Pictures, n_parts: int, seeds: Sequence[int]) -> Segmenter:
    """Both stages, on pictures whose foreground is not known.

    A cell's cost of being background is its squared distance to the nearest background cluster; of
    being a part, that to the nearest foreground cluster and how much further than the nearest part
    the part is. The least cost then is what the two stages say.
    """
    vectors, _ = bench.vectors(pictures)
    chosen = some(vectors, MOST_VECTORS)
    saliency = _saliency(bench, pictures, chosen)
    fitted: dict[Cut, tuple[Tensor, Tensor, Tensor]] = {}
    for seed in seeds:
        clusters = _clusters(chosen, seed)
        salient = _vote(bench, pictures, clusters, saliency)
        of_foreground = salient[(chosen @ clusters.T - (clusters**2).sum(axis=1) / 2).argmax(1)]
        parts = _kmeans(chosen[of_foreground], (n_parts, seed))
        fitted[n_parts, seed] = (
            torch.from_numpy(clusters[~salient]),
            torch.from_numpy(clusters[salient]),
            torch.from_numpy(parts),
        )
    sizes = [1 + len(parts) for _, _, parts in fitted.values()]
    everywhere = np.ones((GRID, GRID), bool)

    def segment(
        picture: LabelledPicture, features: PictureFeatures
    ) -> Iterator[tuple[Cut, Labels]]:
        costs = torch.cat([_energies(*each, features) for each in fitted.values()])
        energies = _at_grid(costs, features).flatten(1)
        for cut, found in zip(fitted, _infer(picture, everywhere, energies, sizes), strict=True):
            yield cut, found.reshape(GRID, GRID).astype(np.uint8)

    return segment


def _kmeans(vectors: Vectors, cut: Cut) -> Vectors:
    return kmeans(vectors, *cut, restarts=RESTARTS, iterations=ITERATIONS)


def _distances(centroids: Tensor, features: PictureFeatures) -> Tensor:
    """(k, h, w) squared distances from unit features to centroids."""
    products = torch.einsum("kc,chw->khw", centroids, features.unit)
    return 1 + (centroids**2).sum(dim=1)[:, None, None] - 2 * products


def _at_grid(maps: Tensor, features: PictureFeatures) -> Tensor:
    """(k, h, w) maps, interpolated bilinearly: (k, GRID, GRID)."""
    down, across = (torch.from_numpy(features.grids[0].interpolation(i, GRID)) for i in (0, 1))
    return down @ maps @ across.T


def _infer(
    picture: LabelledPicture, nodes: NDArray[np.bool_], energies: Tensor, sizes: Sequence[int]
) -> list[NDArray[np.int64]]:
    return crf.infer(energies, sizes, crf.kernel(picture, nodes))


def _energies(
    background: Tensor, foreground: Tensor, parts: Tensor, features: PictureFeatures
) -> Tensor:
    """(1 + K, h, w) cost of the background and of each part."""
    to_parts = _distances(parts, features)
    to_foreground = _distances(foreground, features).amin(dim=0)
    of_parts = to_foreground + to_parts - to_parts.amin(dim=0)
    if not len(background):
        return torch.cat([torch.full_like(of_parts[:1], NEVER), of_parts])
    return torch.cat([_distances(background, features).amin(dim=0)[None], of_parts])


def _clusters(vectors: Vectors, seed: int) -> Vectors:
    """(k, C) centroids of the first stage."""
    best, least = None, np.inf
    for n_clusters in range(2, MOST_CLUSTERS + 1):
        centroids = _kmeans(vectors, (n_clusters, seed))
        halves = vectors @ centroids.T - (centroids**2).sum(axis=1) / 2
        remaining = len(vectors) - 2 * float(halves.max(axis=1).astype(np.float64).sum())
        if best is not None and remaining > ELBOW * least:
            break
        best, least = centroids, remaining
    assert best is not None
    return best


def _saliency(bench: Bench, pictures: Pictures, vectors: Vectors) -> Vectors:
    """(C,) direction of features along which a cell is salient."""
    centred = vectors - vectors.mean(axis=0)
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    inner, outer = [], []
    for _, features in bench.features(pictures):
        values = np.einsum("c,chw->hw", direction, features.unit.numpy())
        border = _border(values.shape)
        inner.append(values[~border].mean())
        outer.append(values[border].mean())
    return direction if np.mean(inner) > np.mean(outer) else -direction


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w) bool: cells whose centres lie in the picture's border."""
    at = [(np.arange(side) + 0.5) / side for side in shape]
    near = [(each < BORDER) | (each > 1 - BORDER) for each in at]
    return near[0][:, None] | near[1]


def _vote(
    bench: Bench, pictures: Pictures, clusters: Vectors, saliency: Vectors
) -> NDArray[np.bool_]:
    """(k,) bool: clusters that are foreground; if none has enough votes, the one with the most."""
    centroids = torch.from_numpy(clusters)
    votes, voters = np.zeros(len(clusters)), np.zeros(len(clusters))
    for _, features in bench.features(pictures):
        nearest = _distances(centroids, features).argmin(dim=0).numpy()
        values = np.einsum("c,chw->hw", saliency, features.unit.numpy())
        counts = np.bincount(nearest.ravel(), minlength=len(clusters))
        sums = np.bincount(nearest.ravel(), (values - values.mean()).ravel(), len(clusters))
        present = counts >= LEAST_SHARE * values.size
        voters += present
        votes += present & (sums > 0)
    shares = votes / np.maximum(voters, 1)
    return shares >= min(VOTES, shares.max())
