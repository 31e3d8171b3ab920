"""``partonomy evaluate``: found parts scored against a data set's, by a named protocol."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress

if TYPE_CHECKING:
    from partonomy.evaluation import Evaluation
    from partonomy.metrics import Interval


def evaluate(
    model: Annotated[Path, typer.Argument(help="A run, or the folder of a part model.")],
    dataset: Annotated[
        str, typer.Option("--dataset", help="A data set's name, as `partonomy datasets` lists it.")
    ],
    root: Annotated[Path, typer.Option("--root", help="Its folder.")],
    protocol: Annotated[
        str, typer.Option("--protocol", help="How parts are scored: see `partonomy protocols`.")
    ] = "dense/foreground",
    split: Annotated[
        str | None,
        typer.Option("--split", help="One split; the protocol's, or all pictures, if not given."),
    ] = None,
    class_name: Annotated[
        str | None, typer.Option("--class", help="The objects' class, where there are several.")
    ] = None,
    foreground: Annotated[
        str,
        typer.Option(
            "--foreground",
            help="auto (what the model finds), truth (the data set's masks), or a folder of masks.",
        ),
    ] = "auto",
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
    from partonomy.evaluation.evaluating import chosen_pictures
    from partonomy.evaluation.looking import Foreground
    from partonomy.images import MaskFolder
    from partonomy.parts import load
    from partonomy.parts.run import SkippedEntry

    options.allow_own_functions(backbone)
    chosen = protocol_of(protocol)
    data = read_dataset(dataset, root)
    known: Foreground = "auto"
    if foreground == "truth":
        known = "truth"
    elif foreground != "auto":
        known = MaskFolder(foreground)
    part_model = load(model, backbone=backbone, weights=weights, device=device)
    total = sum(len(each) for each in chosen_pictures(data, chosen, split) if each is not None)
    with progress() as begin:
        done = score(
            part_model,
            data,
            chosen,
            split=split,
            class_name=class_name,
            foreground=known,
            on_progress=begin("pictures", total),
        )
    if part_model.with_masks and foreground == "auto":
        print(
            "note: this model was fitted inside foreground masks; without them every pixel gets "
            "a part (--foreground truth, or a folder)"
        )
    skipped = [SkippedEntry(picture=each.name, reason=each.reason) for each in done.skipped]
    fitted = f", fitted on {len(done.training)}" if done.training else ""
    print(
        f"{chosen.name}, version {chosen.version}: {len(part_model.part_names)} parts, "
        f"{len(done.rows)} pictures of {dataset}{fitted}{options.skipped_note(skipped)}"
    )
    numbers = done.numbers()
    width = max(map(len, numbers))
    for name, number in numbers.items():
        old = " (for comparison only)" if name in chosen.historical else ""
        print(f"{name:{width}} {number.value:7.3f} [{number.low:.3f}, {number.high:.3f}]{old}")
    _print_rivals(done, numbers)
    if output is not None:
        done.write(output)
        print(f"result: {output.absolute()}")


def _print_rivals(done: Evaluation, numbers: Mapping[str, Interval]) -> None:
    """Ours above what was published by the same protocol, in percent."""
    from partonomy.evaluation.published import CERTAINTY, rivals

    found = rivals(done)
    if not found:
        return
    measures = [name for name in numbers if any(name in row.numbers for row, _ in found)]
    width = max(len(row.method) for row, _ in found)
    print("\npublished by this protocol, in percent (labels: what training was told):")
    of_all = [reason for reason in found[0][1] if all(reason in against for _, against in found)]
    if of_all:
        print(f"  none of it is comparable: {'; '.join(of_all)}")
    for number, measure in enumerate(measures, start=1):
        print(f"  ({number}) {measure}")
    heads = " ".join(f"{f'({number})':>6}" for number in range(1, len(measures) + 1))
    print(f"{'':{width}}   K labels  {heads}")
    ours = " ".join(f"{100 * numbers[name].value:6.1f}" for name in measures)
    print(f"{'here':{width}} {done.n_parts:3}          {ours}")
    for row, against in found:
        values = " ".join(
            f"{row.numbers[name]:6.1f}" if name in row.numbers else f"{'-':>6}" for name in measures
        )
        print(f"{row.method:{width}} {row.parts or '-':>3} {row.labels:8} {values}")
        more = [reason for reason in against if reason not in of_all]
        why = f"; not comparable: {'; '.join(more)}" if more else ""
        print(f"    {row.source}, {CERTAINTY[row.sure]}{why}")
