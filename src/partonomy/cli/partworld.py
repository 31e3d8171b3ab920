"""``partonomy partworld``: rendered pictures with exact parts, as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress


def partworld(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the folder goes.")],
    pictures: Annotated[int, typer.Option("--pictures", help="How many in all.")] = 1200,
    classes: Annotated[
        list[str] | None, typer.Option("--class", help="One class; repeatable; all by default.")
    ] = None,
    size: Annotated[int, typer.Option("--size", help="Height and width in pixels.")] = 128,
    occlusion: Annotated[
        int,
        typer.Option(
            "--occlusion",
            help="How much is hidden: 0 nothing, 1 20-40 %, 2 40-60 %, 3 60-80 % of the object.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Another one gives other pictures.")] = 0,
    split: Annotated[
        str, typer.Option("--split", help="Pictures of one split are in no other.")
    ] = "training",
    workers: options.Workers = None,
) -> None:
    """Render pictures of articulated objects with exact masks of their parts.

    The folder holds pictures, foregrounds, label maps and a COCO file of objects and parts.

    Example: partonomy partworld --class car --class bird --pictures 200 -o runs/world
    """
    from partonomy.datasets.partworld import PartWorld, write_folder
    from partonomy.images import default_workers

    world = PartWorld(pictures, tuple(classes or ()), size, occlusion, seed, split)
    with progress() as begin:
        chosen = default_workers() if workers is None else workers
        write_folder(world, output, chosen, begin("rendering", len(world)))
    print(f"{len(world)} pictures of {', '.join(world.classes)}: {output.absolute()}")
