"""Small runs of a trained segmenter; as a program, one that is killed at a step."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from partonomy.images import ImageFolder, MaskFolder
from partonomy.parts import Run
from partonomy.segmenter.choudhury import Choudhury2021, train_choudhury

SMALL: dict[str, Any] = {
    "n_parts": 2,
    "network": "resnet18",
    "perceptual": "networks:small_network",
    "perceptual_layers": {"1": 0.5, "5": 1.0},
    "batch": 4,
    "framing": {"size": 32},
    "steps": 6,
}
OFTEN = {"log_every": 1, "check_every": 2, "checkpoint_every": 2}
ANEW = {"weights": "random", "perceptual_weights": "random", "device": "cpu"}


def draw_pictures(folder: Path, count: int = 6) -> None:
    """Objects red above and blue below on noise, in ``pictures``; where they are, in ``masks``."""
    for name in ("pictures", "masks"):
        (folder / name).mkdir(parents=True)
    for index in range(count):
        generator = np.random.default_rng(index)
        picture = generator.integers(90, 160, (48, 64, 3), dtype=np.uint8)
        truth = np.zeros((48, 64), np.uint8)
        y, x = generator.integers(2, 14), generator.integers(2, 30)
        truth[y : y + 16, x : x + 28] = 1
        truth[y + 16 : y + 30, x : x + 28] = 2
        for part, colour in ((1, (200, 40, 40)), (2, (40, 60, 190))):
            noise = generator.integers(-30, 30, ((truth == part).sum(), 3))
            picture[truth == part] = np.array(colour) + noise
        Image.fromarray(picture).save(folder / "pictures" / f"{index:02d}.png")
        Image.fromarray((truth > 0).astype(np.uint8)).save(folder / "masks" / f"{index:02d}.png")


def small_run(folder: Path, output: Path, changes: Any = (), **options: Any) -> Run:
    """A training of a few steps on what :func:`draw_pictures` drew."""
    return train_choudhury(
        ImageFolder(folder / "pictures"),
        output,
        Choudhury2021(**SMALL | dict(changes)),
        masks=MaskFolder(folder / "masks"),
        training=OFTEN,
        **ANEW | options,
    )


def killing(phase: str, last: int) -> Callable[[str, int], Callable[..., None]]:
    """Progress that kills the process when so many are done in a phase."""

    def begin(name: str, _total: int) -> Callable[..., None]:
        done = 0

        def advance(n: int, _note: str = "", /) -> None:
            nonlocal done
            done += n
            if name == phase and done >= last:
                os.kill(os.getpid(), signal.SIGKILL)

        return advance

    return begin


if __name__ == "__main__":
    torch.set_num_threads(1)
    small_run(Path(sys.argv[1]), Path(sys.argv[2]), begin=killing("training", int(sys.argv[3])))
