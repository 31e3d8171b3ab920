"""``partonomy detectors``: which parts a layer knows, by filters, concepts, and combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partonomy.cli import finding, options
from partonomy.cli.progress import progress
from partonomy.cli.splits import PARTWORLD, SIDE, check_apart, two_splits
from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.evaluation import DetectorTable
    from partonomy.features.objects import AnnotatedPicture
    from partonomy.images import Skipped
    from partonomy.parts.run import SkippedEntry


def detectors(
    dataset: Annotated[
        str,
        typer.Argument(
            help="A data set's name, as `partonomy datasets` lists it; or partworld, which is "
            "rendered and scored at every level of occlusion."
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.")],
    root: Annotated[
        Path | None, typer.Option("--root", help="The data set's folder; not for partworld.")
    ] = None,
    backbone: options.BackboneName = None,
    layer: Annotated[
        str | None, typer.Option("--layer", help="One layer; `partonomy layers` lists them.")
    ] = None,
    weights: options.Weights = None,
    mean: options.Mean = None,
    std: options.Std = None,
    class_name: Annotated[
        str | None, typer.Option("--class", help="The objects' class, where there are several.")
    ] = None,
    parts: Annotated[
        str, typer.Option("--parts", help="What is to be found: keypoints, or centres of boxes.")
    ] = "centres",
    train: Annotated[
        str, typer.Option("--train", help="Split that detectors are fitted and chosen on.")
    ] = "training",
    test: Annotated[str, typer.Option("--test", help="Split that they are scored on.")] = "test",
    objects: Annotated[
        int, typer.Option("--objects", min=2, help="Objects of each split, at most.")
    ] = 400,
    concepts: Annotated[
        int, typer.Option("--concepts", min=2, help="Visual concepts before merging.")
    ] = 192,
    size: Annotated[
        int, typer.Option("--size", min=32, help="Short side of an object, in pixels.")
    ] = 224,
    drop_first: Annotated[
        int,
        typer.Option(
            "--drop-first",
            min=0,
            help="Points left out at the start of each curve; the paper's code leaves out 9.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")] = 0,
    device: options.Device = "auto",
    precision: options.PrecisionName = "auto",
) -> None:
    """Score a layer's filters, its visual concepts and combinations of them as part detectors.

    Detectors are fitted and chosen on one split and scored on another, beside a linear SVM.

    Example: partonomy detectors partworld --class car --layer stage2 --size 112 -o runs/cars
    """
    from partonomy.concepts.detectors import KINDS
    from partonomy.evaluation import DetectorSettings, detector_table, write_detectors

    if parts not in KINDS:
        raise PartonomyError(f"--parts {parts}: choose from {', '.join(KINDS)}")
    if dataset == PARTWORLD:
        training, tests, data = _rendered(class_name, train, test, objects, seed)
    else:
        training, tests, data = _annotated(dataset, root, train, test)
    name = backbone or ("bundled/partworld" if dataset == PARTWORLD else None)
    network = finding.load_network(name, layer, weights, mean, std, device, precision)
    settings = DetectorSettings(
        parts,
        class_name,
        objects,
        concepts,
        size,
        drop_first,
        seed,
    )
    with progress() as begin:
        table = detector_table(network, training, tests, settings, begin=begin)
    _say(table)
    result, matrix = write_detectors(table, output, data)
    print(f"result: {result.absolute()}")
    print(f"AP of every detector for every part: {matrix.absolute()}")


Tests = dict[str, "list[AnnotatedPicture]"]


def _rendered(
    class_name: str | None, train: str, test: str, count: int, seed: int
) -> tuple[list[AnnotatedPicture], Tests, dict[str, Any]]:
    """PartWorld: clear pictures to fit on, every level of occlusion to score on."""
    from partonomy.datasets.partworld import FIGURES, LEVELS, PartWorld
    from partonomy.features.objects import rendered_pictures

    if class_name not in FIGURES:
        raise PartonomyError(
            f"--class {class_name or 'is missing'}: choose from {', '.join(FIGURES)}"
        )
    check_apart(train, test)
    worlds = {
        f"{test}, occlusion {level}": PartWorld(count, (class_name,), SIDE, level, seed, test)
        for level in range(len(LEVELS))
    }
    training = PartWorld(count, (class_name,), SIDE, 0, seed, train)
    tests = {name: rendered_pictures(world) for name, world in worlds.items()}
    facts = {name: asdict(world) for name, world in {train: training, **worlds}.items()}
    return rendered_pictures(training), tests, {"dataset": PARTWORLD, "worlds": facts}


def _annotated(
    dataset: str, root: Path | None, train: str, test: str
) -> tuple[list[AnnotatedPicture], Tests, dict[str, Any]]:
    from partonomy.features.objects import annotated_pictures

    training, tests = map(annotated_pictures, two_splits(dataset, root, train, test))
    return training, {test: tests}, {"dataset": dataset, "train": train, "test": test}


def _say(table: DetectorTable) -> None:
    """Each collection's rows, x 100."""
    from partonomy.evaluation.detectors.table import ROWS

    wide = max(map(len, ROWS))
    print(
        f"{table.class_name}, {len(table.part_names)} parts: fitted and chosen on "
        f"{table.training.n_objects} objects"
    )
    for name, scores in table.tests.items():
        print(
            f"\n{name}: {scores.n_objects} objects of {scores.n_pictures} pictures, "
            f"{int(scores.n_places.sum())} visible places, {scores.n_hidden} hidden"
            f"{options.skipped_note(_entries(scores.skipped))}"
        )
        hidden = f"{'with hidden':>12}" if scores.n_hidden else ""
        print(f"{'':{wide}} detectors  mAP x 100               optimistic{hidden}")
        for row, score in scores.rows.items():
            mean = score.mean
            interval = f"[{100 * mean.low:.1f}, {100 * mean.high:.1f}]"
            best = "" if score.optimistic is None else f"{100 * score.optimistic:.1f}"
            also = score.with_hidden
            hidden = "" if also is None else f"{100 * also.value:12.1f}"
            print(
                f"{row:{wide}} {len(score.detectors):9}  {100 * mean.value:5.1f} {interval:14}"
                f"{best:>14}{hidden}"
            )
    print("\noptimistic: the detectors that are best on the very objects that are scored")


def _entries(skipped: Sequence[Skipped]) -> list[SkippedEntry]:
    from partonomy.parts.run import SkippedEntry

    return [SkippedEntry(picture=each.name, reason=each.reason) for each in skipped]
