"""The losses of ``compact``, on batches of the cells of several pictures.

Notation
    x   what the decoder sees of cells (n, 2 (D + 2)); f its first half, responses with
        surroundings and places on the object
    M   part probabilities of cells (n, K), w how much each is object (n,)
    x', M', w'   of the same pictures' views
    T   from a picture's cells to those between which a view's lie
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from partonomy.segmenter.compact.decoder import Decoder
from partonomy.segmenter.compact.examples import Example
from partonomy.segmenter.compact.recipe import Compact
from partonomy.segmenter.losses import (
    contrast,
    entropy,
    equivariance,
    within_part_consistency,
)
from partonomy.segmenter.training import Draw, StepLosses

CRITERION_BATCHES = 8
"""How many batches the criterion is the mean over; always the same."""
_LEAST = 1e-6


@dataclass(frozen=True)
class Batch:
    """Cells of several pictures, one picture after another.

    Attributes:
        count: pictures.
        described: (n, 2 (D + 2)).
        weight: (n,).
        colours: (n, 5), see :mod:`partonomy.segmenter.compact.examples`.
        picture: (n,) which picture each is of.
        seen: (m, 2 (D + 2)) of the views.
        seen_weight: (m,).
        cells, shares: (m, 4) between which cells the views' lie, and how much of each they have.
    """

    count: int
    described: Tensor
    weight: Tensor
    colours: Tensor
    picture: Tensor
    seen: Tensor
    seen_weight: Tensor
    cells: Tensor
    shares: Tensor


class CompactTask:
    """A decoder on examples.

    Args:
        recipe: every constant.
        examples: at least one.
        decoder: that is trained.
        device: where.
    """

    def __init__(
        self, recipe: Compact, examples: Sequence[Example], decoder: Decoder, device: torch.device
    ) -> None:
        self.recipe = recipe
        self.examples = examples
        self.module = decoder
        self.device = device
        self.to(device)

    def to(self, device: torch.device) -> object:
        """Move what is trained to a device."""
        self.device = device
        self.module.to(device)
        return self

    def groups(self) -> list[tuple[list[nn.Parameter], float]]:
        """All of the decoder, at one learning rate."""
        return [(list(self.module.parameters()), 1.0)]

    def losses(self, draw: Draw) -> StepLosses:
        """The losses of a batch of pictures, each with one of its views."""
        generator = draw.numpy("batch")
        size = min(self.recipe.batch, len(self.examples))
        chosen = generator.choice(len(self.examples), size, replace=False)
        views = generator.integers(self.recipe.views, size=size)
        return self._losses(self._batch(chosen.tolist(), views.tolist()), draw)

    @torch.no_grad()
    def criterion(self) -> float:
        """The sum of the losses of a few batches, the same ones each time and for all seeds."""
        draws = [Draw(0, step) for step in range(CRITERION_BATCHES)]
        return sum(float(self.losses(draw).total) for draw in draws) / len(draws)

    def _losses(self, batch: Batch, draw: Draw) -> StepLosses:
        recipe = self.recipe
        masks = self.module(batch.described).softmax(1)
        weighted = masks * batch.weight[:, None]
        share = weighted.sum(0) / weighted.sum()
        responses = batch.described[:, : batch.described.shape[1] // 2]
        terms: dict[str, Tensor] = {}
        if recipe.consistency:
            terms["consistency"] = within_part_consistency(
                _plane(responses), _plane(masks), _plane(batch.weight[:, None])
            )
        if recipe.equivariance:
            expected = (masks[batch.cells] * batch.shares[..., None]).sum(1)
            terms["equivariance"] = equivariance(
                _plane(expected.clamp(min=_LEAST).log()),
                _plane(self.module(batch.seen)),
                _plane(batch.seen_weight[:, None]),
            )
        if recipe.colour:
            terms["colour"] = colour_consistency(masks, batch.colours, batch.picture, batch.count)
        if recipe.contrast and batch.count > 1:
            sums = _sums(weighted[..., None] * responses[:, None], batch)  # (N, K, D)
            descriptors = sums / (_sums(weighted, batch)[..., None] + _LEAST)
            terms["contrast"] = contrast(
                descriptors, recipe.temperature, draw.torch(purpose="contrast")
            )
        if recipe.presence:
            terms["presence"] = 1 - weighted.amax(0).mean()
        if recipe.balance:
            terms["balance"] = (share * share.clamp(min=_LEAST).log()).sum()
        if recipe.entropy:
            terms["entropy"] = entropy(_plane(masks), _plane(batch.weight[:, None]))
        weights = recipe.weights()
        return StepLosses(
            {name: weights[name] * term for name, term in terms.items()}, share.detach()
        )

    def _batch(self, chosen: Sequence[int], views: Sequence[int]) -> Batch:
        examples = [self.examples[index] for index in chosen]
        shown = [each.views[view] for each, view in zip(examples, views, strict=True)]
        counts = torch.tensor([len(each.weight) for each in examples])
        starts = (counts.cumsum(0) - counts).tolist()
        cells = [view.cells + start for view, start in zip(shown, starts, strict=True)]
        tensors = (
            torch.cat([each.described for each in examples]).float(),
            torch.cat([each.weight for each in examples]),
            torch.cat([each.colours for each in examples]),
            torch.repeat_interleave(torch.arange(len(examples)), counts),
            torch.cat([view.described for view in shown]).float(),
            torch.cat([view.weight for view in shown]),
            torch.cat(cells),
            torch.cat([view.shares for view in shown]),
        )
        return Batch(len(examples), *(each.to(self.device) for each in tensors))


def colour_consistency(masks: Tensor, colours: Tensor, picture: Tensor, count: int) -> Tensor:
    """Visual consistency at the pictures' resolution, from sums of cells.

    What :func:`partonomy.segmenter.losses.within_part_consistency` gives for the colours of the
    pixels and part masks interpolated between the cells.

    Args:
        masks: (n, K) part probabilities of cells.
        colours: (n, 5), see :mod:`partonomy.segmenter.compact.examples`.
        picture: (n,) which picture each cell is of.
        count: pictures.
    """
    products = masks[:, :, None] * colours[:, None]  # (n, K, 5)
    sums = masks.new_zeros(count, *products.shape[1:]).index_add(0, picture, products)
    area, first, second = sums[..., 0], sums[..., 1:4], sums[..., 4]
    spread = second - first.square().sum(-1) / (area + 1e-5)
    return (spread.sum(1) / (area.sum(1) + 1e-5)).mean()


def _sums(values: Tensor, batch: Batch) -> Tensor:
    """(N, ...) sums over each picture's cells."""
    empty = values.new_zeros(batch.count, *values.shape[1:])
    return empty.index_add(0, batch.picture, values)


def _plane(values: Tensor) -> Tensor:
    """(1, C, n, 1): cells (n, C) of all pictures as one picture's."""
    return values.T[None, :, :, None]
