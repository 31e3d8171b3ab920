"""``bundled/partworld``: a classifier of PartWorld's classes, which never sees a part.

Pictures of all levels of occlusion are rendered once, a little larger than needed. Each epoch sees
all of them, cropped, with another light and with a rectangle hidden: a network that must do with
what is left learns every part, not only the most telling one. Most epochs see them small, which is
cheap; the last ones at full size.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from partonomy.backbones.bundled.partworld import CLASSES, PartWorldNetwork
from partonomy.backbones.weights import weights_digest
from partonomy.datasets.partworld import LEVELS, PartWorld, Rendering
from partonomy.images import IMAGENET_MEAN, IMAGENET_STD, write_atomically

NAME = "partworld"
HELD_OUT = "test"


@dataclass(frozen=True)
class Recipe:
    """What the network is trained with.

    Attributes:
        pictures: how many are rendered, by level of occlusion.
        rendered: their height and width.
        sides: height and width that each epoch sees, after cropping.
        batch: pictures a step.
        learning_rate: the highest; it rises over ``warm_up`` steps and falls along a cosine.
        weight_decay: of AdamW.
        smoothing: of the labels.
        held_out: pictures of each class at each level that are scored in the end.
    """

    pictures: tuple[int, ...] = (18_000, 5_400, 7_200, 5_400)
    rendered: int = 160
    sides: tuple[int, ...] = (96,) * 8 + (128,) * 4
    batch: int = 64
    learning_rate: float = 3e-3
    warm_up: int = 500
    weight_decay: float = 0.05
    smoothing: float = 0.1
    held_out: int = 50


def train(
    output: Path, *, seed: int, workers: int, device: str, recipe: Recipe | None = None
) -> dict[str, Any]:
    """Render, train, score; write ``partworld.safetensors`` and its card ``partworld.json``.

    What was done is kept after each epoch: called again, it goes on there and ends with the same
    weights.

    Args:
        output: the folder for everything.
        seed: of the first weights and the pictures.
        workers: processes to render on; 0 for this one.
        device: to train on.
        recipe: the default one if not given.

    Returns:
        The card.
    """
    recipe = recipe or Recipe()
    output.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    pictures, labels = _rendered(output, recipe, seed, workers)
    torch.manual_seed(seed)
    network = PartWorldNetwork().to(device, memory_format=torch.channels_last)
    steps = len(recipe.sides) * (len(pictures) // recipe.batch)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=recipe.weight_decay)
    checkpoint = output / "checkpoint.pt"
    done, spent = _restore(checkpoint, network, optimiser)
    for epoch in range(done, len(recipe.sides)):
        loss = _epoch(network, optimiser, pictures, labels, recipe, seed, epoch, steps)
        seconds = spent + time.monotonic() - began
        _keep(checkpoint, network, optimiser, epoch + 1, seconds)
        of = f"epoch {epoch + 1} of {len(recipe.sides)}"
        print(f"{of}: loss {loss:.3f}, {seconds:.0f} s", flush=True)
    accuracy = score(network, recipe.held_out, recipe.sides[-1], seed, workers)
    state = {name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_atomically(output / f"{NAME}.safetensors", lambda part: save_file(state, part))
    card = {
        "network": f"bundled/{NAME}",
        "classes": CLASSES,
        "digest": weights_digest(network),
        "trained_on": f"PartWorld, split training, seed {seed}: names of classes, no parts",
        "recipe": asdict(recipe),
        "seed": seed,
        "seconds": round(spent + time.monotonic() - began),
        "device": device,
        "held_out": f"PartWorld, split {HELD_OUT}, seed {seed}",
        "accuracy": accuracy,
        "versions": {name: version(name) for name in ("partonomy", "torch", "numpy")},
    }
    text = json.dumps(card, indent=2) + "\n"
    write_atomically(output / f"{NAME}.json", lambda part: Path(part).write_text(text))
    return card


def score(
    network: nn.Module, each: int, size: int, seed: int, workers: int
) -> dict[str, dict[str, float]]:
    """Share of held-out pictures whose class the network names, by level and class.

    Args:
        network: gives scores of ``CLASSES``.
        each: pictures of a class at a level.
        size: their height and width.
        seed: of PartWorld.
        workers: processes to render on; 0 for this one.
    """
    device = next(network.parameters()).device
    network.eval()
    found: dict[str, dict[str, float]] = {}
    for level in range(len(LEVELS)):
        world = PartWorld(each * len(CLASSES), CLASSES, size, level, seed, HELD_OUT)
        batches = torch.from_numpy(np.stack(list(world.map(_pixels, workers)))).split(256)
        with torch.inference_mode():
            scores = [network(normalised(batch).to(device)) for batch in batches]
        guesses = torch.cat(scores).argmax(1).cpu().numpy()
        right = (guesses == _labels(len(world))).reshape(each, -1)
        shares = dict(zip(CLASSES, right.mean(axis=0).round(4).tolist(), strict=True))
        found[str(level)] = {"all": round(float(right.mean()), 4), **shares}
    return found


def normalised(pictures: Tensor) -> Tensor:
    """From (N, H, W, 3) uint8 RGB to the (N, 3, H, W) that the network takes."""
    mean, deviation = (torch.tensor(values) * 255 for values in (IMAGENET_MEAN, IMAGENET_STD))
    return ((pictures - mean) / deviation).permute(0, 3, 1, 2)


def _pixels(rendering: Rendering) -> NDArray[np.uint8]:
    return rendering.picture


def _rendered(
    output: Path, recipe: Recipe, seed: int, workers: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All pictures, (N, side, side, 3) mapped from disk, and their classes (N,)."""
    total, side = sum(recipe.pictures), recipe.rendered
    path, progress = output / "pictures.npy", output / "rendered.txt"
    shape = (total, side, side, 3)
    if not path.exists():
        np.lib.format.open_memmap(path, "w+", np.uint8, shape).flush()
        progress.write_text("0")
    pictures = np.lib.format.open_memmap(path, "r+")
    if pictures.shape != shape:
        raise SystemExit(f"{path} holds other pictures: remove it, or choose another -o")
    done = int(progress.read_text())
    first, number = 0, 0
    for level, count in enumerate(recipe.pictures):
        if not count:
            continue  # no world is empty
        world = PartWorld(count, CLASSES, side, level, seed)
        order = range(max(done - first, 0), count)
        for number, picture in enumerate(world.map(_pixels, workers, order), first + order.start):
            pictures[number] = picture
            if (number + 1) % 1200 == 0 or number + 1 == total:
                pictures.flush()
                progress.write_text(str(number + 1))
                print(f"rendered {number + 1} of {total}", flush=True)
        first += count
    return pictures, np.concatenate([_labels(count) for count in recipe.pictures])


def _labels(count: int) -> NDArray[np.int64]:
    """The classes of so many pictures of a world, in which they take turns."""
    return np.arange(count) % len(CLASSES)


def _epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    pictures: NDArray[np.uint8],
    labels: NDArray[np.int64],
    recipe: Recipe,
    seed: int,
    epoch: int,
    steps: int,
) -> float:
    """One pass over all pictures; the mean loss."""
    random = torch.Generator().manual_seed(10_000 * seed + epoch)
    device = next(network.parameters()).device
    network.train()
    batches = len(pictures) // recipe.batch
    order = torch.randperm(len(pictures), generator=random)[: batches * recipe.batch]
    total = 0.0
    for index, chosen in enumerate(order.view(batches, -1)):
        members = np.sort(chosen.numpy())
        seen = jittered(torch.from_numpy(pictures[members]), recipe.sides[epoch], random)
        step = epoch * batches + index
        fall = math.cos(0.5 * math.pi * step / steps) ** 2
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * min(1.0, (step + 1) / recipe.warm_up) * fall
        scores = network(seen.to(device))
        wanted = torch.from_numpy(labels[members]).to(device)
        loss = functional.cross_entropy(scores, wanted, label_smoothing=recipe.smoothing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += float(loss.detach())
    return total / batches


def jittered(pictures: Tensor, side: int, random: torch.Generator) -> Tensor:
    """A batch as the network sees it: cropped and resized, another light, a rectangle hidden.

    Args:
        pictures: (N, H, W, 3) uint8 RGB.
        side: height and width of the result.
        random: random numbers.

    Returns:
        (N, 3, side, side) normalised.
    """
    count, whole = pictures.shape[:2]

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=random)

    cut = int(uniform(0.6, 1.0) * whole)
    corners = torch.randint(whole - cut + 1, (count, 2), generator=random).tolist()
    parts = [
        picture[y : y + cut, x : x + cut] for picture, (y, x) in zip(pictures, corners, strict=True)
    ]
    cropped = normalised(torch.stack(parts))
    seen = functional.interpolate(cropped, (side, side), mode="bilinear", antialias=True)
    seen = seen * uniform(0.6, 1.4, count, 1, 1, 1) + uniform(-0.5, 0.5, count, 3, 1, 1)
    middle, half = uniform(0, 1, 2, count, 1), uniform(0, 0.3, 2, count, 1)
    place = (torch.arange(side) + 0.5) / side
    down, across = (place - middle).abs() < half
    hidden = (down[:, :, None] & across[:, None, :])[:, None]
    return torch.where(hidden, uniform(-2, 2, count, 3, 1, 1), seen).contiguous(
        memory_format=torch.channels_last
    )


def _restore(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[int, float]:
    """Epochs done and seconds spent, as far as a checkpoint knows."""
    if not path.exists():
        return 0, 0.0
    kept = torch.load(path, weights_only=True)
    network.load_state_dict(kept["network"])
    optimiser.load_state_dict(kept["optimiser"])
    return kept["epochs"], kept["seconds"]


def _keep(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, epochs: int, seconds: float
) -> None:
    kept = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "epochs": epochs,
        "seconds": seconds,
    }
    write_atomically(path, lambda part: torch.save(kept, part))
