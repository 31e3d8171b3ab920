"""A small convolutional classifier of the demo's objects, and its training from fresh renderings.

The network learns from class names alone; it never sees a part mask.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from partonomy.backbones import picture_threads
from partonomy.demo.render import CLASSES, render

CHANNELS = (16, 32, 96, 160)
"""The channels of stage 1 to stage 4."""

_MEAN = (0.485, 0.456, 0.406)  # The usual statistics of ImageNet, from 0 to 1.
_DEVIATION = (0.229, 0.224, 0.225)
PHASES = ((900, 64), (200, 128))
"""Training steps, and the pictures' size in pixels: most is learnt from small pictures, cheaply."""

_BATCH = 24
_FRESH = 4  # Pictures rendered anew for each training step.
_LEARNING_RATE = 3e-3
_POOL = 3000
_RECENT = 10  # Progress is the mean over this many steps.
_HELD_OUT_PER_CLASS = 40
# Far beyond the seeds that folders of pictures use, so that those are never seen in training.
_HELD_OUT_SEEDS = 10**15
_TRAINING_SEEDS = 2 * 10**15

Batch = tuple[Tensor, Tensor]
Phases = Sequence[tuple[int, int]]
Progress = Callable[[float, float, float], None]
"""Called after each step with the share of training done, and the mean loss and accuracy lately."""


class SmallNetwork(nn.Module):
    """Four stages of convolutions, each at half the resolution of the one before, then a vote.

    Takes (N, 3, H, W), RGB normalised with ImageNet's mean and deviation, of any size from 16 up;
    returns class scores (N, num_classes). ``stage4`` holds one feature vector per 16 x 16 pixels.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        first, second, third, fourth = CHANNELS
        self.stage1 = _stage(3, first)
        self.stage2 = _stage(first, second)
        self.stage3 = _stage(second, third)
        self.stage4 = _stage(third, fourth)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(fourth, num_classes)

    def forward(self, pictures: Tensor) -> Tensor:
        features = self.stage4(self.stage3(self.stage2(self.stage1(pictures))))
        scores: Tensor = self.classifier(self.pool(features).flatten(1))
        return scores


def make_network(num_classes: int = len(CLASSES)) -> nn.Module:
    """The demo's network with random weights; names it "partonomy.demo.network:make_network"."""
    return SmallNetwork(num_classes)


def train(
    weights: Path,
    phases: Phases = PHASES,
    seconds: float = math.inf,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> float:
    """Train the network on rendered pictures and save it; returns its accuracy (0 to 1).

    Args:
        weights: becomes a safetensors file with the state dict, complete or not at all.
        phases: (steps, size of the pictures in pixels), one phase after another; the accuracy is
            measured at the last size.
        seconds: of wall time at most, about; the schedule is cut short to keep to it.
        seed: of the network's first weights and of the pictures.
        on_progress: called at each step.

    Raises:
        ValueError: there are no steps, a time of zero or less, or as ``render`` does.
    """
    if seconds <= 0 or sum(steps for steps, _ in phases) <= 0:
        raise ValueError(f"there must be steps and time, got {phases} and {seconds} seconds")
    start = time.monotonic()
    held_out, answers = _held_out(phases[-1][1])
    # Testing takes about a third of the time that rendering the test pictures took, or less.
    reserve = min(0.5 * (time.monotonic() - start), 0.2 * seconds)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = make_network().to(memory_format=torch.channels_last)
    _fit(network, _Schedule(phases, start + seconds - reserve), seed, on_progress)
    accuracy = _accuracy(network, held_out, answers)
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    weights.parent.mkdir(parents=True, exist_ok=True)
    unfinished = weights.with_name(weights.name + ".unfinished")
    save_file(state, unfinished)
    unfinished.replace(weights)
    return accuracy


def normalise(pictures: Tensor) -> Tensor:
    """From (N, H, W, 3) RGB of 8 bits to the (N, 3, H, W) that the network takes."""
    values = pictures.permute(0, 3, 1, 2).float() / 255
    mean, deviation = (torch.tensor(x).view(1, 3, 1, 1) for x in (_MEAN, _DEVIATION))
    return (values - mean) / deviation


def _stage(channels_in: int, channels_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class _Schedule:
    """How far training is: by its steps or, on a machine too slow for them, by the clock."""

    def __init__(self, phases: Phases, deadline: float) -> None:
        self.steps = sum(steps for steps, _ in phases)
        self.ends = np.cumsum([steps for steps, _ in phases]) / self.steps
        self.sizes = [size for _, size in phases]
        self.began = time.monotonic()
        self.available = max(deadline - self.began, 1e-3)

    def progress(self, step: int) -> float:
        """From 0 at step 0 to 1 when training is over."""
        return min(1.0, max(step / self.steps, (time.monotonic() - self.began) / self.available))

    def phase(self, step: int) -> int:
        """The index of the phase that a step belongs to."""
        last = len(self.sizes) - 1
        return min(int(np.searchsorted(self.ends, self.progress(step), side="right")), last)


def _fit(network: nn.Module, schedule: _Schedule, seed: int, on_progress: Progress | None) -> None:
    """At least one step; the learning rate warms up, then falls."""
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    network.train()
    losses: list[float] = []
    hits: list[float] = []
    done = 0.0
    for step, (pictures, labels) in enumerate(_ahead(_batches(seed, schedule))):
        progress = schedule.progress(step)
        if progress == 1.0 and step > 0:
            break
        fall = math.cos(0.5 * math.pi * progress) ** 2
        for group in optimiser.param_groups:
            group["lr"] = _LEARNING_RATE * min(1.0, (step + 1) / 20) * fall
        scores = network(pictures)
        loss = functional.cross_entropy(scores, labels, label_smoothing=0.05)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(loss.item())
        hits.append((scores.argmax(1) == labels).float().mean().item())
        done = schedule.progress(step + 1)
        if on_progress is not None:
            on_progress(done, float(np.mean(losses[-_RECENT:])), float(np.mean(hits[-_RECENT:])))
    if on_progress is not None and done < 1.0:  # time ran out after the last step was told
        on_progress(1.0, float(np.mean(losses[-_RECENT:])), float(np.mean(hits[-_RECENT:])))


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches, the next of which are rendered on another thread."""
    with picture_threads(1) as pool:
        waiting = deque(pool.submit(next, batches) for _ in range(3))
        while True:
            waiting.append(pool.submit(next, batches))
            yield waiting.popleft().result()


def _batches(seed: int, schedule: _Schedule) -> Iterator[Batch]:
    """Endless batches from a growing pool of renderings, its oldest replaced once it is full.

    Each phase has a pool of its own size, and renders pictures that no other phase has seen.
    """
    random = torch.Generator().manual_seed(seed)
    step = 0
    for phase, size in enumerate(schedule.sizes):
        # Rendered larger than needed, so that zooming in still shows sharp pictures.
        full = size * 3 // 2
        pool = torch.empty((_POOL, full, full, 3), dtype=torch.uint8)
        first, rendered = _TRAINING_SEEDS + seed * 10**9 + phase * 10**8, 0
        while schedule.phase(step) <= phase:
            for _ in range(_FRESH if rendered else 8 * _BATCH):
                pool[rendered % _POOL] = _picture(rendered, first, full)
                rendered += 1
            chosen = torch.randint(min(rendered, _POOL), (_BATCH,), generator=random)
            # Ring positions keep their class: the pool's length is a multiple of the class count.
            yield _jitter(normalise(pool[chosen]), size, random), chosen % len(CLASSES)
            step += 1


def _jitter(pictures: Tensor, size: int, random: torch.Generator) -> Tensor:
    """Zoom each picture by 0.75 to 1.7, shift it, and hide a random rectangle of some."""
    count = len(pictures)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=random)

    scale = 1 / uniform(0.75, 1.7)
    reach = 0.5 * (1 - scale).abs() + 0.05
    warp = torch.zeros(count, 2, 3)
    warp[:, 0, 0] = warp[:, 1, 1] = scale
    warp[:, 0, 2] = reach * uniform(-1, 1)
    warp[:, 1, 2] = reach * uniform(-1, 1)
    grid = functional.affine_grid(warp, [count, 3, size, size], align_corners=False)
    seen = functional.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    # A network that must do with what is left learns every part, not only the most telling one.
    across, down = (uniform(-0.8, 0.8).view(-1, 1, 1) for _ in range(2))
    width, height = (uniform(0.0, 0.45).view(-1, 1, 1) for _ in range(2))
    place = torch.linspace(-1, 1, size)
    hidden = ((place.view(1, 1, -1) - across).abs() < width) & (
        (place.view(1, -1, 1) - down).abs() < height
    )
    fill = torch.randn(count, 3, 1, 1, generator=random)
    jittered = torch.where(hidden[:, None], fill, seen)
    return jittered.contiguous(memory_format=torch.channels_last)


def _picture(index: int, first_seed: int, size: int) -> Tensor:
    """The picture at a place in an endless row in which the classes take turns."""
    names = tuple(CLASSES)
    rendering = render(names[index % len(names)], first_seed + index, size)
    return torch.from_numpy(rendering.picture)


def _held_out(size: int) -> tuple[Tensor, Tensor]:
    count = _HELD_OUT_PER_CLASS * len(CLASSES)
    pictures = torch.stack([_picture(index, _HELD_OUT_SEEDS, size) for index in range(count)])
    return pictures, torch.arange(count) % len(CLASSES)


@torch.no_grad()
def _accuracy(network: nn.Module, pictures: Tensor, answers: Tensor) -> float:
    network.eval()
    batches = torch.split(pictures, _BATCH)
    guesses = torch.cat([network(normalise(batch)).argmax(1) for batch in batches])
    return (guesses == answers).float().mean().item()
