"""A mixture of von Mises-Fisher distributions: soft clusters of unit vectors.

Notation
    X    unit vectors (n, C);  M  unit means (k, C);  pi  weights (k,);  R  responsibilities (n, k)
    log r_ij = kappa <x_i, m_j> + log pi_j - log-sum-exp over j

kappa is fixed and the same for all. Source: the dictionary learning of Compositional Nets (same
laboratory as arXiv 1511.06855), constants in ``docs/methods.md``.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from partonomy.errors import PartonomyError
from partonomy.features.kmeans import KMeansResult, Vectors, seed_centroids

_CHUNK = 16_384
_SEEDING_VECTORS = 50_000


def von_mises_fisher_mixture(
    vectors: Vectors,
    n_clusters: int,
    *,
    kappa: float = 30.0,
    max_iter: int = 150,
    tol: float = 5e-5,
    seed: int = 0,
    device: str = "cpu",
) -> KMeansResult:
    """Fit the mixture by expectation maximisation; its means serve as centroids.

    Args:
        vectors: (n, C) float32, unit length.
        n_clusters: k.
        kappa: concentration.
        max_iter: iterations at most.
        tol: gain of the mean log-likelihood below which it ends.
        seed: of the seeding.
        device: ``cpu`` or ``cuda``.

    Raises:
        PartonomyError: there are fewer vectors than clusters.
    """
    if len(vectors) < n_clusters:
        raise PartonomyError(
            f"{len(vectors)} positions cannot make {n_clusters} concepts: "
            "ask for fewer with --concepts, or give more pictures"
        )
    generator = np.random.default_rng(seed)
    subset = generator.choice(len(vectors), min(len(vectors), _SEEDING_VECTORS), replace=False)
    start = seed_centroids(vectors[subset], n_clusters, generator, power=2)
    data = torch.from_numpy(vectors).to(device)
    means = torch.from_numpy(start).to(device)
    weights = torch.full((n_clusters,), 1 / n_clusters, device=device)
    likelihood = -np.inf
    for _ in range(max_iter):
        before = likelihood
        means, weights, likelihood = _step(data, means, weights, kappa)
        if likelihood - before < tol:
            break
    cosine = torch.cat([(part @ means.T).amax(dim=1) for part in torch.split(data, _CHUNK)])
    return KMeansResult(means.cpu().numpy(), float(cosine.double().mean()))


def _step(
    data: Tensor, means: Tensor, weights: Tensor, kappa: float
) -> tuple[Tensor, Tensor, float]:
    """One E and M step: new means, weights, and the mean log-likelihood of the old ones."""
    sums, mass, total = torch.zeros_like(means), torch.zeros_like(weights), 0.0
    for part in torch.split(data, _CHUNK):
        joint = kappa * (part @ means.T) + weights.log()  # (n, k)
        evidence = joint.logsumexp(dim=1, keepdim=True)
        responsibilities = (joint - evidence).exp()
        sums += responsibilities.T @ part
        mass += responsibilities.sum(dim=0)
        total += float(evidence.double().sum())
    alive = mass > 1e-6
    new_means = torch.where(alive[:, None], normalize(sums, dim=1), means)
    new_weights = (mass / len(data)).clamp_min(1e-12)
    return new_means, new_weights, total / len(data)
