"""``partonomy train``: a part segmenter, trained on pictures without part labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partonomy.cli import finding, options
from partonomy.cli.constants import constants, made
from partonomy.cli.progress import progress
from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.images import ImageFolder
    from partonomy.parts import Run

COMPACT, CHOUDHURY = "compact", "choudhury2021"


def train(
    pictures: options.Pictures,
    output: options.Output,
    recipe: Annotated[
        str,
        typer.Option(
            "--recipe",
            help="compact (frozen features, minutes on a CPU) or choudhury2021 (a whole network, "
            "on a GPU).",
        ),
    ] = COMPACT,
    parts: Annotated[int, typer.Option("--parts", min=2, help="Parts wanted.")] = 8,
    foreground: options.Foreground = "auto",
    changed: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Another constant of the recipe, nested ones with dots: framing.margin=0.1; "
            "values are JSON. Can be given several times.",
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", help="Of the optimizer.", show_default="the recipe's"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Of everything random.", show_default="the recipe's"),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds", min=1, help="Train so many times, and keep what is best without labels."
        ),
    ] = 1,
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            min=8,
            help="Short side of the network's input, in pixels.",
            show_default="448; 256 of choudhury2021",
        ),
    ] = None,
    backbone: options.BackboneName = None,
    layer: options.LayerName = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            help="A .safetensors or .pt file, or `random`: of the frozen network, or what "
            "choudhury2021 begins with.",
        ),
    ] = None,
    perceptual: Annotated[
        str | None,
        typer.Option(
            "--perceptual",
            help="(choudhury2021) The network whose features are compared; its layers are the "
            "constant perceptual_layers.",
            show_default="torchvision/vgg19",
        ),
    ] = None,
    perceptual_weights: Annotated[
        str | None,
        typer.Option("--perceptual-weights", help="(choudhury2021) Its weights: a file, `random`."),
    ] = None,
    mean: options.Mean = None,
    std: options.Std = None,
    patience: Annotated[
        int | None,
        typer.Option(
            "--patience",
            help="Stop after so many looks at the unlabeled criterion without a gain.",
        ),
    ] = None,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Refuse what gives other bits each time.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write event files below RUN/training too.")
    ] = False,
    devices: Annotated[
        int, typer.Option("--devices", help="GPUs, or processes on a CPU, that train together.")
    ] = 1,
    device: options.Device = "auto",
    precision: options.PrecisionName = "auto",
    overlays: options.Overlays = True,
    strict: options.Strict = False,
    cache: options.Cache = None,
    cache_limit: Annotated[
        str | None,
        typer.Option(
            "--cache-limit", help="What it may hold; 0 keeps no features.", show_default="8GB"
        ),
    ] = None,
    workers: options.Workers = None,
) -> None:
    """Train a part segmenter on a folder of pictures, without part labels.

    Writes a run folder: masks of the pictures, the part model for `segment`, tables of pictures
    and losses, checkpoints. The same command goes on where it was stopped.

    Example: partonomy train photos/ --parts 8 -o runs/photos

    Example: partonomy train birds/ --recipe choudhury2021 --parts 4 --foreground birds_masks/
    --steps 60000 -o runs/birds
    """
    from partonomy.images import ImageFolder

    of_compact = {
        "--backbone": backbone,
        "--layer": layer,
        "--mean": mean,
        "--std": std,
        "--cache": cache,
        "--cache-limit": cache_limit,
    }
    of_choudhury = {"--perceptual": perceptual, "--perceptual-weights": perceptual_weights}
    training = {
        "devices": devices,
        "deterministic": deterministic,
        "patience": patience,
        "tensorboard": tensorboard,
    }
    if recipe == COMPACT:
        _refuse(of_choudhury, recipe)
        find = _compact(
            constants({"steps": steps}, changed or []),
            {
                "n_parts": parts,
                "foreground": finding.foreground_of(foreground),
                "size": size,
                "seed": seed,
                "strict": strict,
                "cache": cache,
                "cache_limit": cache_limit and options.byte_count(cache_limit, "--cache-limit"),
                "workers": workers,
            },
            seeds,
            training,
        )
        collection = ImageFolder(*pictures)
        network = finding.load_network(backbone, layer, weights, mean, std, device, precision)
        finding.with_report(partial(find, network, collection, output), overlays)
    elif recipe == CHOUDHURY:
        _refuse(of_compact, recipe)
        options.allow_own_functions(perceptual)
        given = {
            "n_parts": parts,
            "steps": steps,
            "seed": seed,
            "framing.size": size,
            "perceptual": perceptual,
        }
        _choudhury(
            ImageFolder(*pictures),
            output,
            constants(given, changed or []),
            foreground,
            seeds,
            overlays,
            training=training | _in_precision(precision),
            weights=weights,
            perceptual_weights=perceptual_weights,
            device=device,
            precision=precision,
            strict=strict,
            workers=workers,
        )
    else:
        raise PartonomyError(f"--recipe {recipe}: choose {COMPACT} or {CHOUDHURY}")


def _compact(
    changes: Mapping[str, Any],
    discovery: Mapping[str, Any],
    seeds: int,
    training: Mapping[str, Any],
) -> Callable[..., Run]:
    """What finds parts and trains on them, once a network, pictures and a folder are given."""
    from partonomy.concepts import DiscoverSettings, discover
    from partonomy.segmenter.compact import Compact, CompactTraining

    given = {name: value for name, value in discovery.items() if value is not None}
    settings = DiscoverSettings(**given, surroundings="alike")
    several = range(settings.seed, settings.seed + seeds) if seeds > 1 else None
    refinement = CompactTraining(made(Compact, changes), several, **training)
    return partial(discover, settings=settings, refinement=refinement)


def _choudhury(
    collection: ImageFolder,
    output: Path,
    changes: Mapping[str, Any],
    foreground: str,
    seeds: int,
    overlays: bool,
    **passed_on: Any,
) -> None:
    from partonomy.images import MaskFolder
    from partonomy.segmenter.choudhury import Choudhury2021, train_choudhury

    if foreground == "auto":
        raise PartonomyError(
            f"--foreground auto: the recipe {CHOUDHURY} trains inside given masks: give "
            "--foreground DIR, or --foreground none for whole pictures"
        )
    recipe = made(Choudhury2021, changes)
    with progress() as begin:
        run = train_choudhury(
            collection,
            output,
            recipe,
            masks=None if foreground == "none" else MaskFolder(foreground),
            seeds=range(recipe.seed, recipe.seed + seeds),
            command=options.command_line(),
            begin=begin,
            say=finding.say,
            **passed_on,
        )
        if overlays:
            finding.draw_overlays(run, begin)
    file = run.file
    print(
        f"{file.results['n_parts']} parts trained in {file.results['step']} steps on "
        f"{file.n_read} pictures{options.skipped_note(file.skipped)}"
    )
    print(f"masks: {run.masks}")


def _refuse(of_another: Mapping[str, Any], recipe: str) -> None:
    """Say so where an option would do nothing."""
    for option, value in of_another.items():
        if value is not None:
            raise PartonomyError(f"{option} {value}: the recipe {recipe} has no use for it")


def _in_precision(precision: str) -> dict[str, str]:
    """Of the trained network: as published if nothing else is asked for."""
    return {"precision": "bfloat16" if precision == "bfloat16" else "float32"}
