"""From receptive fields to part boxes: one small regression for every filter and part.

Notation
    P   receptive field of a stimulus, by middle, width and height; G  box of a part
    t   ((G_x - P_x) / P_w, (G_y - P_y) / P_h, log(G_w / P_w), log(G_h / P_h))
    x   (1, s, s r_1 .. s r_8): s the score as a share of the filter's strongest stimuli, r_i the
        activations around it as shares of the score

Receptive fields are square, larger than parts and not centred on them. For every filter and part, t
is regressed on x (ridge, the constant not penalised) over pairs of a true box and the filter's
strongest stimulus that lies in it. Where there are few pairs, t is their mean; where there are
none, boxes stay receptive fields. It can create precision that the filter does not have: results
are always given with and without it. Source: arXiv 1607.03738, section 3.1 (a regressor a part, in
the parametrisation of R-CNN, arXiv 1311.2524, appendix C); what it is regressed on, and how few are
few, are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partonomy.emergence.stimuli import NEIGHBOURS, Stimuli

RIDGE = 1000.0
"""As in R-CNN."""
FEWEST = 10
"""Pairs for a regression; with fewer it is their mean."""
STRONG = 0.99
"""Quantile of a filter's stimuli that scores are shares of."""
N_INPUTS = 2 + len(NEIGHBOURS)
"""Numbers of a stimulus that regressions take."""
_MOST_GROWTH = float(np.log(1000 / 16))
"""Boxes grow or shrink by no more than that, as in detectors since R-CNN."""


@dataclass(frozen=True)
class BoxRefinement:
    """Regressions from the stimuli of F filters to the boxes of one part.

    Attributes:
        weights: (F, inputs, 4) float32.
        pairs: (F,) how many each was fitted on.
    """

    weights: NDArray[np.float32]
    pairs: NDArray[np.int64]

    def __call__(self, stimuli: Stimuli, strength: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, F, T, 4) boxes in original pixels, cut off at the pictures' borders.

        Args:
            stimuli: of the same filters.
            strength: see :func:`filter_strength`.
        """
        share = torch.from_numpy(stimuli.score) / torch.from_numpy(strength)[:, None]
        around = torch.from_numpy(stimuli.around).float()  # (n, F, T, 8)
        weights = torch.from_numpy(self.weights)
        change = torch.einsum("nfti,fij->nftj", around, weights[:, 2:])
        for_share, constant = (weights[:, None, row] for row in (1, 0))
        change = change.add_(for_share).mul_(share[..., None]).add_(constant)
        fields = torch.from_numpy(stimuli.fields)
        size, middle = fields[..., 2:] - fields[..., :2], (fields[..., 2:] + fields[..., :2]) / 2
        middle = middle + change[..., :2] * size
        half = size * change[..., 2:].clamp(-_MOST_GROWTH, _MOST_GROWTH).exp() / 2
        boxes = torch.cat([middle - half, middle + half], dim=-1).numpy()
        return stimuli.grids.clipped(boxes)


def filter_strength(stimuli: Stimuli) -> NDArray[np.float32]:
    """(F,) the score that nearly all stimuli of a filter stay below; 1 where there are none."""
    strength = np.ones(stimuli.n_filters, np.float32)
    for index in range(stimuli.n_filters):
        score = stimuli.score[:, index]
        score = score[score > 0]
        if len(score):
            strength[index] = np.quantile(score, STRONG)
    return strength


def fit_refinement(
    stimuli: Stimuli,
    truth: NDArray[np.float32],
    strength: NDArray[np.float32],
    ridge: float = RIDGE,
) -> BoxRefinement:
    """Fit the regressions of all filters to one part's boxes.

    Args:
        stimuli: on the objects of the part's class.
        truth: (n, G, 4) boxes of the part on these; nan where there are fewer.
        strength: see :func:`filter_strength`.
        ridge: weight of the penalty, above 0.
    """
    gram = torch.zeros(stimuli.n_filters, N_INPUTS, N_INPUTS, dtype=torch.float64)
    moment = torch.zeros(stimuli.n_filters, N_INPUTS, 4, dtype=torch.float64)
    for box in truth.transpose(1, 0, 2):  # (n, 4): the objects' first boxes, their second ones, ..
        objects, which = _strongest_inside(stimuli.score, stimuli.middles, box)
        chosen = objects[:, None], np.arange(stimuli.n_filters), which[objects]
        x = _inputs(stimuli.score[chosen] / strength, stimuli.around[chosen])  # (n', F, inputs)
        change = _changes(stimuli.fields[chosen], box[objects, None])
        found = torch.from_numpy(which[objects] >= 0)[..., None]
        x = x * found
        gram += torch.einsum("nfi,nfj->fij", x, x)
        moment += torch.einsum("nfi,nfj->fij", x, torch.from_numpy(change) * found)
    pairs = gram[:, 0, 0]
    return BoxRefinement(_solve(gram, moment, pairs, ridge).numpy(), pairs.long().numpy())


def _solve(gram: Tensor, moment: Tensor, pairs: Tensor, ridge: float) -> Tensor:
    """(F, inputs, 4) float32; the mean change where pairs are few, none where there are none."""
    penalty = ridge * torch.eye(N_INPUTS, dtype=torch.float64)
    penalty[0, 0] = 1e-9  # the constant is free; this only keeps filters without pairs solvable
    weights = torch.linalg.solve(gram + penalty, moment)
    few = pairs < FEWEST
    weights[few] = 0
    weights[few, 0] = moment[few, 0] / pairs[few, None].clamp(min=1)
    return weights.float()


def _inputs(share: NDArray[np.float32], around: NDArray[np.float16]) -> Tensor:
    """(..., inputs) of stimuli (...)."""
    column = share[..., None]
    near = around.astype(np.float32) * column
    return torch.from_numpy(np.concatenate([np.ones_like(column), column, near], axis=-1)).double()


def _strongest_inside(
    score: NDArray[np.float32], middle: NDArray[np.float32], box: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Objects (n',) that have a box, and for all objects which stimulus (n, F) is in it, or -1."""
    low, high = box[:, None, None, 1::-1], box[:, None, None, 3:1:-1]  # (y, x)
    inside = ((middle >= low) & (middle < high)).all(axis=-1) & (score > 0)  # (n, F, T)
    which = np.where(inside.any(axis=-1), inside.argmax(axis=-1), -1)
    return np.flatnonzero(np.isfinite(box[:, 0])), which


def _changes(fields: NDArray[np.float32], box: NDArray[np.float32]) -> NDArray[np.float64]:
    """(..., 4) what takes receptive fields (..., 4) to boxes."""
    fields, box = fields.astype(np.float64), box.astype(np.float64)
    size, wanted = fields[..., 2:] - fields[..., :2], box[..., 2:] - box[..., :2]
    shift = (box[..., 2:] + box[..., :2] - fields[..., 2:] - fields[..., :2]) / 2
    growth = np.log(np.maximum(wanted, 1) / size)  # of points, as if of one pixel
    return np.concatenate([shift / size, growth], axis=-1)
