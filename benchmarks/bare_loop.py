"""The least that must be done: decode, resize and forward pictures, and throw the features away.

    python benchmarks/bare_loop.py WEIGHTS --batch 1 --precision bfloat16 PICTURES ...

SqueezeNet up to its last feature map, short side 448, aspect kept, the sides multiples of the
stride: what ``partonomy discover`` gives the network. ``--side-by-side`` puts pictures on threads
of their own, one a core, instead of spreading each operator over the cores. Prints the seconds that
the loop itself took, without importing and loading.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# as the partonomy command has it: threads that wait must not spin on cores that decode
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import squeezenet1_1

SIZE, STRIDE = 448, 16
MEAN = torch.tensor((0.485, 0.456, 0.406)) * 255
STD = torch.tensor((0.229, 0.224, 0.225)) * 255


def load(weights: str, precision: str) -> nn.Module:
    """The network's feature layers, in channels-last layout."""
    network = squeezenet1_1()
    network.load_state_dict(load_file(weights))
    features = network.features.eval().to(memory_format=torch.channels_last)
    return features.to(torch.bfloat16) if precision == "bfloat16" else features


def input_size(path: Path) -> tuple[int, int]:
    """(width, height) that a picture is resized to."""
    with Image.open(path) as image:
        scale = SIZE / min(image.size)
        width, height = (max(1, round(side * scale / STRIDE)) * STRIDE for side in image.size)
    return width, height


def decode(path: Path, size: tuple[int, int]) -> Tensor:
    """(height, width, 3) uint8."""
    image = Image.open(path)
    image.draft("RGB", size)  # a large JPEG is decoded at a fraction of its size
    return torch.from_numpy(np.array(image.convert("RGB").resize(size, Image.Resampling.BICUBIC)))


@torch.inference_mode()
def forward(network: nn.Module, precision: str, paths: list[Path]) -> None:
    """Decode pictures of one input size and give them to the network."""
    size = input_size(paths[0])
    pixels = torch.stack([decode(path, size) for path in paths]).float().sub_(MEAN).div_(STD)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        network(pixels.permute(0, 3, 1, 2))


def batches(paths: list[Path], batch: int) -> list[list[Path]]:
    """Pictures of one input size together."""
    if batch == 1:
        return [[path] for path in paths]
    by_size: dict[tuple[int, int], list[Path]] = defaultdict(list)
    for path in paths:
        by_size[input_size(path)].append(path)
    return [
        same[start : start + batch]
        for same in by_size.values()
        for start in range(0, len(same), batch)
    ]


def main() -> None:
    """Run the loop over the pictures of the folders that were named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("weights")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), required=True)
    parser.add_argument("--side-by-side", action="store_true")
    arguments = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    network = load(arguments.weights, arguments.precision)
    paths = [path for folder in arguments.folders for path in sorted(folder.iterdir())]
    start = time.perf_counter()
    groups = batches(paths, arguments.batch)
    if arguments.side_by_side:
        with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            list(pool.map(lambda group: forward(network, arguments.precision, group), groups))
    else:
        torch.set_num_threads(cores)
        for group in groups:
            forward(network, arguments.precision, group)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
