"""``partonomy evaluate``: found parts scored against a data set's, by a named protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress


def evaluate(
    model: Annotated[Path, typer.Argument(help="A run, or the folder of a part model.")],
    dataset: Annotated[
        str, typer.Option("--dataset", help="A data set's name, as `partonomy datasets` lists it.")
    ],
    root: Annotated[Path, typer.Option("--root", help="Its folder.")],
    protocol: Annotated[
        str, typer.Option("--protocol", help="How parts are scored.")
    ] = "dense/foreground",
    split: Annotated[
        str | None, typer.Option("--split", help="One split; all pictures if not given.")
    ] = None,
    class_name: Annotated[
        str | None, typer.Option("--class", help="The objects' class, where there are several.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the result file (JSON) goes.")
    ] = None,
    backbone: options.ModelBackbone = None,
    weights: options.ModelWeights = None,
    device: options.Device = "auto",
) -> None:
    """Score found parts against a data set's true ones.

    Numbers have intervals of 95 %, by drawing pictures anew.

    Example: partonomy evaluate runs/cars --dataset coco --root data/car_parts --split test
    """
    from partonomy.datasets import read_dataset
    from partonomy.evaluation import evaluate as score
    from partonomy.evaluation import protocol_of
    from partonomy.parts import load
    from partonomy.parts.run import SkippedEntry

    options.allow_own_functions(backbone)
    chosen = protocol_of(protocol)
    data = read_dataset(dataset, root)
    part_model = load(model, backbone=backbone, weights=weights, device=device)
    total = len(data if split is None else data.of_split(split))
    with progress() as begin:
        done = score(
            part_model,
            data,
            chosen,
            split=split,
            class_name=class_name,
            on_progress=begin("pictures", total),
        )
    skipped = [SkippedEntry(picture=each.name, reason=each.reason) for each in done.skipped]
    print(
        f"{chosen.name}, version {chosen.version}: {len(part_model.part_names)} parts, "
        f"{len(done.pictures)} pictures of {dataset}{options.skipped_note(skipped)}"
    )
    for name, number in done.numbers().items():
        print(f"{name:15} {number.value:6.3f} [{number.low:.3f}, {number.high:.3f}]")
    if output is not None:
        done.write(output)
        print(f"result: {output.absolute()}")
