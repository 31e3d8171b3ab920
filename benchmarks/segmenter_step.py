"""A training step of ``choudhury2021`` beside one written as its equations read."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor, nn

import partonomy as pt
from benchmarks import data
from benchmarks.record import table
from benchmarks.rivals.direct_segmenter import DirectSegmenter, parameters
from partonomy.segmenter.choudhury import Choudhury2021, ChoudhuryTask
from partonomy.segmenter.training import Draw
from partonomy.segmenter.training.launching import Ranks
from partonomy.segmenter.training.optimizing import make_optimizer, take_step

PICTURES = 24
REPEATS = 5
BAR = 2.0
WITHIN = 1e-4


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown.

    Args:
        limit: if given, one repeat only, at a quarter of the pictures' side.
    """
    framing = {"size": 256 if limit is None else 64}
    # the statistics of normalisation are then the same on both sides
    recipe = Choudhury2021(views="apart", framing=framing)
    pictures = pt.ImageFolder(*data.car_pictures(PICTURES))
    task = ChoudhuryTask(recipe, pictures, weights="random", perceptual_weights="random")
    ours, direct, floor = _ours(task), _direct(task), _floor(task)
    yield (
        f"Cars at {recipe.framing.size} x {recipe.framing.size}, batch {recipe.batch}, "
        f"K = {recipe.n_parts}, ResNet-50 and VGG-19 with random weights, on "
        f"{task.device.type}, {torch.get_num_threads()} threads; the perceptual network in "
        f"{task.perceptual.backbone.spec.precision}. Batch, views, losses, backward, optimizer. "
        f"Medians of {REPEATS if limit is None else 1} steps, run in turn after one that does not "
        "count. The floor: the two networks alone, the trained one forward and backward on both "
        "views and the perceptual one forward, as partonomy has them."
    )
    yield _agreement(ours(0), direct(0))
    floor(0)
    seconds: dict[str, list[float]] = {"partonomy": [], "as the equations read": [], "floor": []}
    for step in range(1, (REPEATS if limit is None else 1) + 1):
        for name, work in zip(seconds, (ours, direct, floor), strict=True):
            start = time.perf_counter()
            work(step)
            seconds[name].append(time.perf_counter() - start)
    median = {name: statistics.median(each) for name, each in seconds.items()}
    yield table(
        ("step", "seconds", "of the floor"),
        [(name, f"{each:.2f}", f"{each / median['floor']:.2f}") for name, each in median.items()],
    )
    times = median["as the equations read"] / median["partonomy"]
    verdict = "held" if times >= BAR else "**NOT** held"
    yield f"partonomy is {times:.2f} times as fast (bar {BAR:g}: {verdict})."


def _agreement(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> str:
    """How far the losses of the first step are apart."""
    apart = {name: abs(float(ours[name] / theirs[name]) - 1) for name in theirs}
    worst = max(apart, key=lambda name: apart[name])
    verdict = "held" if apart[worst] <= WITHIN else "**NOT** held"
    return (
        f"The weighted losses of the same step with the same weights are apart by "
        f"{apart[worst]:.1e} at most ({worst}), relatively (bar {WITHIN:g}: {verdict})."
    )


def _ours(task: ChoudhuryTask) -> Callable[[int], Mapping[str, Tensor]]:
    settings = task.recipe.training()
    optimizer = make_optimizer(task, settings)

    def step(number: int) -> Mapping[str, Tensor]:
        losses, _ = take_step(task, optimizer, Draw(0, number), Ranks(), settings)
        return {name: term.detach() for name, term in losses.terms.items()}

    return step


def _direct(task: ChoudhuryTask) -> Callable[[int], Mapping[str, Tensor]]:
    segmenter = DirectSegmenter(task)
    recipe, trained = task.recipe, parameters(segmenter)
    optimizer = torch.optim.SGD(
        trained, recipe.learning_rate, recipe.momentum, weight_decay=recipe.weight_decay
    )

    def step(number: int) -> Mapping[str, Tensor]:
        draw = Draw(0, number)
        terms = segmenter.terms(task.views(task.batch(draw), draw), draw)
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        nn.utils.clip_grad_norm_(trained, recipe.clip)
        optimizer.step()
        return {name: term.detach() for name, term in terms.items()}

    return step


def _floor(task: ChoudhuryTask) -> Callable[[int], None]:
    side, batch = task.recipe.framing.size, task.recipe.batch
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(2, batch, 3, side, side, generator=generator)
    pictures = torch.zeros(batch, side, side, 3, dtype=torch.uint8)

    def step(number: int) -> None:
        task.module.zero_grad()
        for view in inputs:
            view = view.to(task.device, memory_format=torch.channels_last)
            task.module(view).square().mean().backward()
        task.perceptual(pictures)

    return step
