"""``partonomy export``: a run as files that labelling tools import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress


def export(
    run: Annotated[Path, typer.Argument(help="A finished run of discover or segment.")],
    formats: Annotated[
        list[str],
        typer.Option(
            "--format",
            help="coco, cvat, indexed-png, label-studio, labelme, yolo-seg, or all; repeatable.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where a folder for each format goes.")
    ],
    rename: Annotated[
        Path | None,
        typer.Option("--rename", help='A TOML file of names: part_01 = "wheel"; "" leaves it out.'),
    ] = None,
    parts: Annotated[
        int | None,
        typer.Option("--parts", help="Cut the saved tree into so many parts, and segment again."),
    ] = None,
    backbone: options.ModelBackbone = None,
    weights: options.ModelWeights = None,
    device: options.Device = "auto",
    workers: options.Workers = None,
) -> None:
    """Write a run's parts in the formats of labelling tools.

    --backbone, --weights, --device and --workers matter with --parts only.

    Example: partonomy export runs/photos --format coco --format cvat -o export/
    """
    from partonomy.export import chosen_formats, export_run, open_output, recut
    from partonomy.parts import Run

    chosen = chosen_formats(formats)
    exported_run = Run(run)
    options.allow_own_functions(backbone)
    skipped = ""
    with progress() as begin:
        if parts is not None:
            exported_run = recut(
                exported_run,
                parts,
                open_output(output) / f"run-{parts}-parts",
                backbone=backbone,
                weights=weights,
                device=device,
                workers=workers,
                command=options.command_line(),
                on_progress=begin("masks", exported_run.file.n_read),
            )
            skipped = options.skipped_note(exported_run.file.skipped)
        exported = export_run(
            exported_run,
            output,
            chosen,
            rename=rename,
            on_progress=begin("export", len(chosen) * exported_run.file.n_read),
        )
    print(f"{exported_run.file.n_read} pictures exported{skipped}")
    for name, written in exported.items():
        print(f"{name}: {written.folder}\n  {written.advice}")
