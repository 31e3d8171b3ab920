"""Small runs of parts that are found and trained on; as a program, one killed at a step."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

import partonomy as pt
from partonomy.parts import Run
from partonomy.segmenter.compact import Compact, CompactTraining
from segmenter_runs import killing

SMALL: dict[str, Any] = {"steps": 20, "batch": 4, "dimensions": 12, "hidden": 8, "warmup": 2}
OFTEN = {"log_every": 1, "check_every": 10, "checkpoint_every": 5}


def small_training(*, training: Any = (), **changes: Any) -> CompactTraining:
    """Twenty steps, noted one by one."""
    return CompactTraining(Compact(**SMALL | changes), **OFTEN | dict(training))


def compact_run(
    pictures: Path,
    output: Path,
    refinement: CompactTraining | None = None,
    *,
    layer: str = "5",
    begin: Any = None,
    say: Any = None,
    **changes: Any,
) -> Run:
    """Three parts of the small network, trained on."""
    settings = pt.DiscoverSettings(
        **{
            "n_parts": 3,
            "n_concepts": 10,
            "size": 96,
            "surroundings": "alike",
            "cache": output.parent / "cache",
            "workers": 1,
        }
        | changes
    )
    told = {name: each for name, each in (("begin", begin), ("say", say)) if each is not None}
    return pt.discover(
        pt.load_backbone("networks:small_network", layer, precision="float32", device="cpu"),
        pt.ImageFolder(pictures),
        output,
        settings,
        refinement=refinement or small_training(),
        **told,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    compact_run(Path(sys.argv[1]), Path(sys.argv[2]), begin=killing("training", int(sys.argv[3])))
