"""``partonomy discover``: the parts in a folder of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from partonomy.cli import options
from partonomy.cli.progress import Begin, progress
from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.backbones import Backbone
    from partonomy.concepts import DiscoverSettings
    from partonomy.images import ImageFolder
    from partonomy.parts import Run


def discover(
    pictures: options.Pictures,
    output: options.Output,
    backbone: options.BackboneName = None,
    layer: options.LayerName = None,
    weights: options.Weights = None,
    parts: Annotated[
        str,
        typer.Option("--parts", help="Parts wanted (people like 4 to 16), or auto."),
    ] = "8",
    concepts: Annotated[
        str, typer.Option("--concepts", help="Visual concepts to group into parts, or auto.")
    ] = "auto",
    clustering: Annotated[
        str,
        typer.Option("--clustering", help="kmeans, or vmf (von Mises-Fisher mixture)."),
    ] = "kmeans",
    foreground: options.Foreground = "auto",
    sharpen: Annotated[
        bool, typer.Option("--sharpen/--no-sharpen", help="Let masks follow the pictures' edges.")
    ] = True,
    size: Annotated[
        int, typer.Option("--size", min=32, help="Short side of the network's input, in pixels.")
    ] = 448,
    context: Annotated[
        str,
        typer.Option(
            "--context",
            help="How far a cell's surroundings say what it is, as a share of the picture: 0 for "
            "parts of a few cells. auto: 1/14, or 1/28 if cells see it all.",
        ),
    ] = "auto",
    per_class: Annotated[
        bool, typer.Option("--per-class", help="One run, with its own parts, a class folder.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 0,
    strict: options.Strict = False,
    overlays: options.Overlays = True,
    mean: options.Mean = None,
    std: options.Std = None,
    device: options.Device = "auto",
    precision: options.PrecisionName = "auto",
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Folder for features. [default: the user's cache folder]"),
    ] = None,
    cache_limit: Annotated[
        str, typer.Option("--cache-limit", help="What it may hold; 0 keeps no features.")
    ] = "8GB",
    workers: options.Workers = None,
) -> None:
    """Find the parts in a folder of pictures, without labels.

    Writes a run folder: masks, the part model, tables and report.html. The same command goes on
    where it was stopped.

    Example: partonomy discover photos/ --parts 8 -o runs/photos
    """
    from partonomy.backbones import DEFAULT_BACKBONE, load_backbone
    from partonomy.concepts import DiscoverSettings
    from partonomy.images import ImageFolder

    if clustering not in ("kmeans", "vmf"):
        raise PartonomyError(f"--clustering {clustering}: choose kmeans or vmf")
    settings = DiscoverSettings(
        n_parts=_count(parts, "--parts"),
        n_concepts=_count(concepts, "--concepts"),
        clustering=clustering,  # type: ignore[arg-type]
        size=size,
        context=_share(context, "--context"),
        foreground=_foreground(foreground),
        sharpen=sharpen,
        seed=seed,
        strict=strict,
        cache=cache,
        cache_limit=options.byte_count(cache_limit, "--cache-limit"),
        workers=workers,
    )
    collection = ImageFolder(*pictures)
    options.allow_own_functions(backbone)
    network = load_backbone(
        backbone or DEFAULT_BACKBONE,
        None if layer is None else layer.split(","),
        weights,
        mean=options.triple(mean, "--mean"),
        std=options.triple(std, "--std"),
        device=device,
        precision=precision,
    )
    collections = collection.by_class() if per_class else {"": collection}
    for label, part_of_it in collections.items():
        with progress() as begin:
            run = _one(network, part_of_it, output / label, settings, overlays, begin)
        _say(run, label)


def _one(
    network: Backbone,
    collection: ImageFolder,
    output: Path,
    settings: DiscoverSettings,
    overlays: bool,
    begin: Begin,
) -> Run:
    from partonomy.concepts import discover as discover_parts
    from partonomy.report import write_overlays, write_report

    command = options.command_line()
    run = discover_parts(network, collection, output, settings, command=command, begin=begin)
    if overlays:
        write_overlays(run, run.file.results["n_parts"], begin("overlays", run.file.n_read))
    write_report(run)
    return run


def _foreground(text: str) -> Literal["auto"] | Path | None:
    return "auto" if text == "auto" else None if text == "none" else Path(text)


def _count(text: str, option: str) -> int | Literal["auto"]:
    if text == "auto":
        return "auto"
    if text.isdecimal():
        return int(text)
    raise PartonomyError(f"{option} {text}: give a number or auto")


def _share(text: str, option: str) -> float | Literal["auto"]:
    if text == "auto":
        return "auto"
    try:
        return float(text)
    except ValueError:
        raise PartonomyError(f"{option} {text}: give a number or auto") from None


def _say(run: Run, label: str) -> None:
    file = run.file
    name = f"{label}: " if label else ""
    print(
        f"{name}{file.results['n_parts']} parts from {file.results['n_concepts']} visual concepts "
        f"in {file.n_read} pictures{options.skipped_note(file.skipped)}"
    )
    print(f"report: {run.report}")
