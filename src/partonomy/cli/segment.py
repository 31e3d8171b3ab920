"""``partonomy segment``: a saved part model on new pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress


def segment(
    model: Annotated[Path, typer.Argument(help="A run, or the folder of a part model.")],
    pictures: options.Pictures,
    output: options.Output,
    foreground: Annotated[
        str,
        typer.Option("--foreground", help="auto (what the model finds), or a folder of masks."),
    ] = "auto",
    strict: options.Strict = False,
    overlays: options.Overlays = False,
    backbone: options.ModelBackbone = None,
    weights: options.ModelWeights = None,
    device: options.Device = "auto",
    workers: options.Workers = None,
) -> None:
    """Segment pictures into the parts of a run; the part ids are the run's.

    Example: partonomy segment runs/photos new_photos/ -o out/
    """
    from partonomy.images import ImageFolder, MaskFolder
    from partonomy.parts import load, segment_collection

    options.allow_own_functions(backbone)
    collection = ImageFolder(*pictures)
    part_model = load(model, backbone=backbone, weights=weights, device=device)
    masks = None if foreground == "auto" else MaskFolder(foreground)
    with progress() as begin:
        run = segment_collection(
            part_model,
            collection,
            output,
            masks=masks,
            strict=strict,
            workers=workers,
            command=options.command_line(),
            on_progress=begin("masks", len(collection)),
        )
        if overlays:
            from partonomy.report import write_overlays

            write_overlays(run, len(part_model.part_names), begin("overlays", run.file.n_read))
    if part_model.with_masks and masks is None:
        print(
            "note: this model was fitted inside foreground masks; without them every pixel gets "
            "a part (--foreground DIR)"
        )
    print(
        f"{run.file.n_read} pictures segmented into {len(part_model.part_names)} parts"
        f"{options.skipped_note(run.file.skipped)}"
    )
    print(f"masks: {run.masks}")
