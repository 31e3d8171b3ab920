"""Foreground without labels: what the pictures of a collection have in common but their borders.

Notation
    r  what is known of a cell: its unit response and its surroundings' (see ``population``)
    s  = w . r + b  log-odds that the cell is object

Seen from the collection, background is what pictures show along their borders. A first guess, how
unlike its own picture's border a cell is, is made better by turns: a Fisher discriminant over all
pictures takes the place of the guess, so that what is object in most pictures becomes object in
all; then its map is sharpened along each picture's edges, and the discriminant learns from the
sharpened masks, which takes away the halo that receptive fields leave around objects.

The border as a prior for background is from Wei et al., *Geodesic saliency using background
priors*, ECCV 2012; the rest is ours, measured in ``docs/methods.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from partonomy.backbones import picture_threads
from partonomy.features.extraction import FeatureExtractor
from partonomy.features.objectness import CONTEXT, ForegroundModel, main_objects
from partonomy.features.population import population_responses, unit_responses
from partonomy.features.store import round_to_storage, storage_dtype
from partonomy.images import GuidedFilter, PictureFile, Skipped

Guide = NDArray[np.uint8]

DIMENSIONS = 64
"""Principal components of each of the two responses that the discriminant sees."""
PRINCIPAL_CELLS = 20_000
"""Cells that the axes are computed from, about."""
BORDER_NEIGHBOURS = 5
"""Cells of the border that a cell is compared with: the most alike ones."""
ROUNDS = 16
SHARPENED_ROUNDS = 3
SURE = 0.7
"""Probability from which a sharpened cell is taken as object by the discriminant."""
RIDGE = 0.1
_CALIBRATION_STEPS = 30
FITTED_PICTURES = 64
"""Pictures that it is learned from, spread evenly over the collection."""
LEAST_SHARE, MOST_SHARE = 0.01, 0.9
"""Of the cells: what is rarer or commoner in the end is no object."""
MOST_OUTSIDE = 0.6
"""How common it may be along borders, where 1 is as common as inside. Real collections stay below
0.45, noise comes to 0.7: cells of the border have fewer neighbours to be an object with."""
GUIDE_SIDE = 112
"""Short side, in pixels, at which maps are sharpened while fitting, at most."""


def learn_foreground(
    extractor: FeatureExtractor,
    files: Sequence[PictureFile],
    on_progress: Callable[[int], None] = lambda _n: None,
) -> ForegroundModel | None:
    """Learn what is object in a collection, from some of its pictures.

    Args:
        extractor: gives the features.
        files: the collection.
        on_progress: called with the number of pictures done since the last call.

    Returns:
        The model; None where no picture can be read, or what was found is no object: nearly
        everything, nearly nothing, or about as common along the pictures' borders as inside.
    """
    some, extractor = _spread(files, extractor)
    precision = storage_dtype(extractor.backbone.spec.precision)
    maps, guides = [], []
    with closing(extractor.chunks(some)) as chunks:
        for chunk in chunks:
            for features in extractor.features(chunk):
                if isinstance(features, Skipped):
                    continue
                fused = round_to_storage(features.fused, precision)
                # what is no number would spoil the statistics of all pictures
                if fused.isfinite().all():
                    guides.append(_guide(features.guide))
                    maps.append(fused)
            on_progress(len(chunk.raw))
    if not maps:
        return None
    model = fit_foreground(maps, guides)
    return model if _is_object([model.objectness(unit_responses(each)) for each in maps]) else None


def fit_foreground(maps: Sequence[Tensor], guides: Sequence[Guide]) -> ForegroundModel:
    """Learn what is object in a collection.

    Args:
        maps: (C, h, w), one a picture.
        guides: (height, width, 3) uint8 of the same pictures, at the size that maps are sharpened
            at.
    """
    # how sums over all cells are rounded depends on how many threads share them
    with picture_threads(1) as alone:
        return alone.submit(_fit, maps, guides).result()


def _fit(maps: Sequence[Tensor], guides: Sequence[Guide]) -> ForegroundModel:
    bases = _principal_axes(maps)
    known = [_project(features, bases) for features in maps]  # (D, h, w) each
    borders = [_border(picture) for picture in known]
    around = len(bases[0].axes)
    scores = [
        _unlike_border(picture[around:], border)
        for picture, border in zip(known, borders, strict=True)
    ]
    cells = _Cells(known)
    for _ in range(ROUNDS):
        odds = _log_odds(scores)
        targets = [o.sigmoid() * ~border for o, border in zip(odds, borders, strict=True)]
        weights, bias = cells.discriminant(targets)
        scores = cells.scores(weights, bias)
    radius = GUIDE_SIDE // 14
    filters = [GuidedFilter(guide, guide.shape[:2], radius) for guide in guides]
    for _ in range(SHARPENED_ROUNDS):
        odds = _log_odds(scores)
        targets = [_sharpened(o, filter_) for o, filter_ in zip(odds, filters, strict=True)]
        weights, bias = cells.discriminant(targets)
        scores = cells.scores(weights, bias)
    slope, shift = _calibration(scores)
    return _unfolded(bases, slope * weights, slope * bias + shift)


def _spread(
    files: Sequence[PictureFile], extractor: FeatureExtractor
) -> tuple[Sequence[PictureFile], FeatureExtractor]:
    """Some of a collection, and an extractor for them.

    Chunks of other pictures than the collection's own are not worth keeping.
    """
    if len(files) <= FITTED_PICTURES:
        return files, extractor
    chosen = np.linspace(0, len(files) - 1, FITTED_PICTURES).round().astype(int)
    return [files[index] for index in chosen], extractor.without_store()


def _guide(guide: Guide) -> Guide:
    """A picture's guide at the size at which maps are sharpened here, at most."""
    scale = min(1.0, GUIDE_SIDE / min(guide.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in guide.shape[:2])
    small = cv2.resize(guide, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _is_object(odds: Sequence[Tensor]) -> bool:
    """Whether what was found is rarer than everything, and rarer along borders than inside."""
    found = [o > 0 for o in odds]
    borders = [_border(cells) for cells in found]
    share = torch.cat([cells.flatten() for cells in found]).float().mean()
    outside, inside = (
        torch.cat([cells[mask] for cells, mask in zip(found, masks, strict=True)]).float().mean()
        for masks in (borders, [~border for border in borders])
    )
    return bool(LEAST_SHARE < share < MOST_SHARE and outside < MOST_OUTSIDE * inside)


@dataclass(frozen=True)
class _Basis:
    """Principal axes: ``mean`` (C,) and ``axes`` (D, C)."""

    mean: Tensor
    axes: Tensor


def _responses(features: Tensor) -> list[Tensor]:
    """(C, h, w) of each cell by itself, and of its surroundings."""
    unit = unit_responses(features)
    return [unit, population_responses(unit, CONTEXT)]


def _principal_axes(maps: Sequence[Tensor]) -> list[_Basis]:
    """Of both responses, from evenly spread cells."""
    channels = maps[0].shape[0]
    step = -(-sum(features[0].numel() for features in maps) // PRINCIPAL_CELLS)
    # of nearly blank pictures the decomposition does not converge in 32 bits
    total = torch.zeros(2, channels, dtype=torch.float64)
    products, count = torch.zeros(2, channels, channels, dtype=torch.float64), 0
    for features in maps:
        for which, responses in enumerate(_responses(features)):
            cells = responses.flatten(1)[:, ::step]  # (C, n)
            total[which] += cells.sum(dim=1)
            products[which] += cells @ cells.T
        count += cells.shape[1]
    bases = []
    for mean, product in zip(total / count, products / count, strict=True):
        _, vectors = torch.linalg.eigh(product - torch.outer(mean, mean))
        bases.append(_Basis(mean.float(), vectors[:, -DIMENSIONS:].T.float().contiguous()))
    return bases


def _project(features: Tensor, bases: Sequence[_Basis]) -> Tensor:
    """(D, h, w): both responses of each cell on their principal axes."""
    projected = [
        torch.tensordot(basis.axes, responses, dims=1) - (basis.axes @ basis.mean)[:, None, None]
        for basis, responses in zip(bases, _responses(features), strict=True)
    ]
    return torch.cat(projected)


def _border(cells: Tensor) -> Tensor:
    """(h, w) bool: the outermost cells of a map of (..., h, w)."""
    border = torch.ones(cells.shape[-2:], dtype=torch.bool)
    border[1:-1, 1:-1] = False
    return border


def _unlike_border(cells: Tensor, border: Tensor) -> Tensor:
    """(h, w) minus the mean cosine of each cell to the most alike cells of the border."""
    unit = normalize(cells, dim=0)
    cosines = torch.einsum("cb,chw->bhw", unit[:, border], unit)
    nearest = cosines.topk(min(BORDER_NEIGHBOURS, len(cosines)), dim=0).values
    return -nearest.mean(dim=0)


class _Cells:
    """What is known of the cells of all pictures, and how object is told from background in it.

    Args:
        known: (D, h, w) of each picture.
    """

    def __init__(self, known: Sequence[Tensor]) -> None:
        self._shapes = [picture.shape[1:] for picture in known]
        self._cells = torch.cat([picture.flatten(1) for picture in known], dim=1)  # (D, n)
        self._products = self._cells @ self._cells.T
        self._weighted = torch.empty_like(self._cells)

    def discriminant(self, targets: Sequence[Tensor]) -> tuple[Tensor, float]:
        """Fisher's discriminant: w (D,) and b.

        Args:
            targets: for each picture (h, w) probability that a cell is object.
        """
        target = torch.cat([target.flatten() for target in targets])
        torch.mul(self._cells, target, out=self._weighted)
        inside = self._weighted @ self._cells.T
        means, within = [], torch.zeros_like(inside)
        for weight, products in ((target, inside), (1 - target, self._products - inside)):
            total = weight.sum().clamp(min=1e-6)
            mean = self._cells @ (weight / total)
            within += (products / total - torch.outer(mean, mean)) / 2
            means.append(mean)
        # where all cells are alike, as of a dead layer, there is no scatter to take a share of
        ridge = RIDGE * torch.diagonal(within).mean().clamp(min=1e-6) * torch.eye(len(within))
        weights = torch.linalg.solve(within + ridge, means[0] - means[1])
        return weights, -float(weights @ (means[0] + means[1])) / 2

    def scores(self, weights: Tensor, bias: float) -> list[Tensor]:
        """For each picture (h, w) of w . c + b."""
        scores = torch.split(
            weights @ self._cells + bias, [shape.numel() for shape in self._shapes]
        )
        return [score.view(shape) for score, shape in zip(scores, self._shapes, strict=True)]


def _log_odds(scores: Sequence[Tensor]) -> list[Tensor]:
    slope, shift = _calibration(scores)
    return [slope * score + shift for score in scores]


def _calibration(scores: Sequence[Tensor]) -> tuple[float, float]:
    """Slope and shift that make scores the log-odds of the higher of two Gaussians.

    Both of one width, fitted by expectation-maximisation.
    """
    values = torch.cat([score.flatten() for score in scores]).double()
    values_sum, square_mean = values.sum(), values.square().mean()
    high = (values > values.mean()).double()
    slope, shift = 1.0, 0.0
    for _ in range(_CALIBRATION_STEPS):
        share, high_sum = high.mean(), high @ values
        upper = high_sum / (share * len(values)).clamp(min=1e-6)
        lower = (values_sum - high_sum) / ((1 - share) * len(values)).clamp(min=1e-6)
        variance = square_mean - share * upper**2 - (1 - share) * lower**2
        slope = float((upper - lower) / variance.clamp(min=1e-12))
        odds = share.clamp(1e-3, 1 - 1e-3).logit()
        shift = float(odds) - slope * float(upper + lower) / 2
        high = torch.mul(values, slope, out=high).add_(shift).sigmoid_()
    return slope, shift


def _sharpened(odds: Tensor, filter_: GuidedFilter) -> Tensor:
    """(h, w) share of each cell that is surely object once sharpened along the picture's edges."""
    height, width = filter_.size
    probability = main_objects(odds).sigmoid().numpy()
    large = cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR)
    (filtered,) = filter_(np.asarray(large, np.float32)[None])
    sure = (filtered > SURE).astype(np.float32)
    cells = cv2.resize(sure, probability.shape[::-1], interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.asarray(cells, np.float32))


def _unfolded(bases: Sequence[_Basis], weights: Tensor, bias: float) -> ForegroundModel:
    """The discriminant on principal axes as one on responses."""
    per_basis = torch.split(weights, [len(basis.axes) for basis in bases])
    full = [part @ basis.axes for part, basis in zip(per_basis, bases, strict=True)]
    shift = sum(float(part @ basis.mean) for part, basis in zip(full, bases, strict=True))
    return ForegroundModel(torch.stack(full), bias - shift)
