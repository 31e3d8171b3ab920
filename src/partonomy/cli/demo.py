"""``partonomy demo``: the main job on pictures that it renders itself, with nothing to fetch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import Begin, progress

NETWORK = "partonomy.demo.network:make_network"
LAYER = "stage3"
"""Stride 8: the objects are small, and so are their parts."""
TRAINING_SECONDS = 120.0
"""Two idle cores need half of it."""
PICTURES_A_CLASS = 60
ENOUGH = 0.8
"""Held-out accuracy below which the network knows too little to be looked into."""


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where everything goes.")] = Path(
        "runs/demo"
    ),
    class_name: Annotated[
        str, typer.Option("--class", help="car, bird, dog, fish or person.")
    ] = "person",
    parts: Annotated[int, typer.Option("--parts", help="Parts wanted.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 0,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="How long to train the network, at most.")
    ] = TRAINING_SECONDS,
) -> None:
    """Render pictures, train a small classifier on them, and find the parts inside it.

    Example: partonomy demo -o runs/demo
    """
    from partonomy.backbones import load_backbone
    from partonomy.concepts import DiscoverSettings
    from partonomy.concepts import discover as discover_parts
    from partonomy.demo.network import train
    from partonomy.demo.render import write_folder
    from partonomy.images import ImageFolder
    from partonomy.report import write_overlays, write_report

    weights = output / "network.safetensors"
    print("rendering pictures of articulated objects ...", flush=True)
    write_folder(output, PICTURES_A_CLASS, seed=seed, size=192)
    if not weights.exists():
        print("training a small classifier on others like them ...", flush=True)
        with progress() as begin:
            accuracy = train(weights, seconds=seconds, seed=seed, on_progress=_percent(begin))
        print(f"it names the class of {accuracy:.0%} of unseen pictures", flush=True)
        if accuracy < ENOUGH:
            print(
                "note: that is little, and the parts will be poor; on a busy machine train longer "
                f"(delete {weights} and give --seconds)"
            )
    collection = ImageFolder(output / "pictures" / class_name)
    settings = DiscoverSettings(
        n_parts=parts, foreground=output / "foreground" / class_name, size=256, seed=seed
    )
    backbone = load_backbone(NETWORK, LAYER, weights)
    with progress() as begin:
        command = options.command_line()
        run = discover_parts(
            backbone, collection, output / "run", settings, command=command, begin=begin
        )
        write_overlays(run, run.file.results["n_parts"])
    print(f"{run.file.results['n_parts']} parts of a {class_name}, found without labels")
    print(f"report: {write_report(run).absolute()}")


def _percent(begin: Begin) -> Callable[[float, float, float], None]:
    """A progress bar in percent, moved at each training step."""
    advance, shown = begin("training (%)", 100), 0

    def move(done: float, _loss: float, _accuracy: float) -> None:
        nonlocal shown
        advance(int(100 * done) - shown)
        shown = int(100 * done)

    return move
