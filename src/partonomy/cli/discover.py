"""``partonomy discover``: the parts in a folder of pictures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from partonomy.cli import finding, options
from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.parts import Refinement


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
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="concepts, or compact, which trains on what concepts found: better parts for a "
            "few minutes more.",
        ),
    ] = "concepts",
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
    surroundings: Annotated[
        str | None,
        typer.Option(
            "--surroundings",
            help="Of a cell, that say with it what it is: even, or alike (cells that respond "
            "alike).",
            show_default="even; alike of compact",
        ),
    ] = None,
    context: Annotated[
        str,
        typer.Option(
            "--context",
            help="How far even surroundings reach, as a share of the picture: 0 for parts of a few "
            "cells. auto: 1/14, or 1/28 if cells see it all.",
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
    cache: options.Cache = None,
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
    from partonomy.concepts import DiscoverSettings
    from partonomy.concepts import discover as discover_parts
    from partonomy.images import ImageFolder

    if clustering not in ("kmeans", "vmf"):
        raise PartonomyError(f"--clustering {clustering}: choose kmeans or vmf")
    if method not in ("concepts", "compact"):
        raise PartonomyError(f"--method {method}: choose concepts or compact")
    surroundings = surroundings or ("alike" if method == "compact" else "even")
    if surroundings not in ("even", "alike"):
        raise PartonomyError(f"--surroundings {surroundings}: choose even or alike")
    if method == "compact" and surroundings == "even":
        raise PartonomyError("--surroundings even: --method compact needs alike ones")
    settings = DiscoverSettings(
        n_parts=_count(parts, "--parts"),
        n_concepts=_count(concepts, "--concepts"),
        clustering=clustering,  # type: ignore[arg-type]
        size=size,
        surroundings=surroundings,  # type: ignore[arg-type]
        context=_share(context, "--context"),
        foreground=finding.foreground_of(foreground),
        sharpen=sharpen,
        seed=seed,
        strict=strict,
        cache=cache,
        cache_limit=options.byte_count(cache_limit, "--cache-limit"),
        workers=workers,
    )
    collection = ImageFolder(*pictures)
    network = finding.load_network(backbone, layer, weights, mean, std, device, precision)
    collections = collection.by_class() if per_class else {"": collection}
    for label, part_of_it in collections.items():
        find = partial(
            discover_parts,
            network,
            part_of_it,
            output / label,
            settings,
            refinement=_refinement() if method == "compact" else None,
        )
        finding.with_report(find, overlays, label)


def _refinement() -> Refinement:
    from partonomy.segmenter.compact import CompactTraining

    return CompactTraining()


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
