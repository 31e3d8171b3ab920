"""``partonomy audit``: which parts live in which filters of which layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partonomy.cli import options
from partonomy.cli.progress import progress
from partonomy.cli.splits import PARTWORLD, SIDE, check_apart, two_splits
from partonomy.errors import PartonomyError

if TYPE_CHECKING:
    from partonomy.emergence.running import AuditData, AuditRun
    from partonomy.emergence.verdicts import JudgedLayer


class Fill(StrEnum):
    """What parts are blanked with."""

    mean = "mean"
    blur = "blur"
    inpaint = "inpaint"


class Shape(StrEnum):
    """What of a part is blanked."""

    mask = "mask"
    box = "box"


def audit(
    backbone: Annotated[
        str,
        typer.Argument(
            help="A timm name, torchvision/NAME, bundled/NAME, or package.module:callable."
        ),
    ],
    dataset: Annotated[
        str,
        typer.Option(
            "--dataset",
            help="A data set's name, as `partonomy datasets` lists it; or partworld, rendered.",
        ),
    ],
    output: options.Output,
    root: Annotated[
        Path | None, typer.Option("--root", help="The data set's folder; not for partworld.")
    ] = None,
    layers: Annotated[
        list[str] | None,
        typer.Option(
            "--layers",
            help="Names or patterns such as 'features.*', where a star stops at a dot; several "
            "times if need be. The recommended layer if not given.",
        ),
    ] = None,
    weights: options.Weights = None,
    mean: options.Mean = None,
    std: options.Std = None,
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="Of partworld's objects, several times; all if not given."),
    ] = None,
    train: Annotated[
        str, typer.Option("--train", help="Split that filters are chosen on.")
    ] = "training",
    test: Annotated[str, typer.Option("--test", help="Split that they are scored on.")] = "test",
    objects: Annotated[
        int, typer.Option("--objects", min=2, help="Pictures of each split, at most.")
    ] = 1000,
    merge_sides: Annotated[
        bool,
        typer.Option("--merge-sides", help="Take left and right parts of a data set for one."),
    ] = False,
    sets: Annotated[
        bool, typer.Option("--sets/--no-sets", help="Whether filters are combined.")
    ] = True,
    overlap: Annotated[
        float, typer.Option("--overlap", help="IoU from which a detection is right.")
    ] = 0.4,
    distance: Annotated[
        float | None,
        typer.Option(
            "--distance",
            help="In place of --overlap: pixels of the object as the network sees it that its "
            "middle may be from the part's.",
        ),
    ] = None,
    suppress: Annotated[
        float,
        typer.Option(
            "--suppress",
            min=0,
            help="IoU from which the weaker of two detections of a filter is dropped.",
        ),
    ] = 0.3,
    fewest: Annotated[
        int,
        typer.Option(
            "--fewest",
            min=1,
            help="True boxes of a part in each split, without which it is left out.",
        ),
    ] = 10,
    population: Annotated[
        int, typer.Option("--population", min=4, help="Sets of a generation of the genetic search.")
    ] = 200,
    generations: Annotated[
        int, typer.Option("--generations", min=1, help="Of the genetic search, at most.")
    ] = 100,
    ridge: Annotated[
        float, typer.Option("--ridge", help="Penalty of the box refinement.")
    ] = 1000.0,
    concepts: Annotated[
        int,
        typer.Option(
            "--concepts", min=0, help="Visual concepts beside each layer's filters, at most."
        ),
    ] = 256,
    null: Annotated[
        bool,
        typer.Option("--null/--no-null", help="Whether the untrained network is audited beside."),
    ] = True,
    decide: Annotated[
        int,
        typer.Option(
            "--decide",
            min=0,
            help="Objects of each class without each filter, and with each part blanked.",
        ),
    ] = 50,
    scores: Annotated[
        list[str] | None,
        typer.Option(
            "--score",
            help="CLASS=INDEX, the network's output for a class; several times if need be. "
            "The likeliest if not given.",
        ),
    ] = None,
    ablate: Annotated[
        list[str] | None,
        typer.Option(
            "--ablate",
            help="Names or patterns of audited layers whose filters are taken away; the last if "
            "not given.",
        ),
    ] = None,
    fill: Annotated[
        Fill, typer.Option("--fill", help="What parts are blanked with: mean, blur, inpaint.")
    ] = Fill.mean,
    blank: Annotated[
        Shape, typer.Option("--blank", help="What of a part is blanked: its mask or its box.")
    ] = Shape.mask,
    size: Annotated[
        int, typer.Option("--size", min=32, help="Short side of an object, in pixels.")
    ] = 224,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything random.")] = 0,
    study: Annotated[
        int,
        typer.Option(
            "--study",
            min=0,
            max=500,
            help="Filters of each layer that people are to judge, class by class: drawn at random "
            "into forms below study/. None if not given.",
        ),
    ] = 0,
    judgements: Annotated[
        list[str] | None,
        typer.Option(
            "--judgements",
            help="Answers that judges saved: a file, a folder, or a quoted pattern such as "
            "'answers/*.json'; several times if need be.",
        ),
    ] = None,
    device: options.Device = "auto",
    precision: options.PrecisionName = "auto",
) -> None:
    """Measure which annotated parts the filters of a network know, by themselves and in sets.

    A run that is stopped goes on with the next layer.

    Example: partonomy audit bundled/partworld --dataset partworld --size 96 -o runs/audit

    The same with `--study 50` draws filters for people to judge, and with
    `--judgements 'answers/*.json'` says what they found.
    """
    from partonomy.backbones import list_layers, load_backbone, recommended_layers
    from partonomy.emergence.audit import AuditSettings
    from partonomy.emergence.deciding import DecidingSettings
    from partonomy.emergence.judgements import answer_files
    from partonomy.emergence.precision import Rule
    from partonomy.emergence.running import RunSettings, matching, run_audit
    from partonomy.emergence.search import GeneticSettings
    from partonomy.report.audit import write_audit
    from partonomy.report.study import write_studies

    if merge_sides and dataset == PARTWORLD:
        raise PartonomyError(
            "--merge-sides is of data sets: rendered parts are named by themselves"
        )
    if classes and dataset != PARTWORLD:
        raise PartonomyError(f"--class is of {PARTWORLD} alone: {dataset} is taken whole")
    answers = answer_files(judgements or ())
    options.allow_own_functions(backbone)
    means, stds = options.triple(mean, "--mean"), options.triple(std, "--std")

    load = partial(
        load_backbone,
        backbone,
        weights=weights,
        mean=means,
        std=stds,
        device=device,
        precision=precision,
    )
    data = (
        _rendered(tuple(classes or ()), train, test, objects, seed)
        if dataset == PARTWORLD
        else _annotated(dataset, root, train, test, objects, merge_sides)
    )
    usable = list_layers(load(precision="float32").network)
    chosen = matching(usable, layers) if layers else recommended_layers(usable)
    rule = (
        Rule("iou", overlap, suppress) if distance is None else Rule("distance", distance, suppress)
    )
    genetic = GeneticSettings(population, generations)
    settings = RunSettings(
        AuditSettings(rule, ridge, sets, genetic, fewest, seed=seed),
        DecidingSettings(_outputs(scores or ()), decide, fill.value, blank.value, seed),
        [each.name for each in matching(chosen, ablate, "--ablate")] if ablate else None,
        concepts,
        null,
        size,
    )
    with progress() as begin:
        done = run_audit(load, chosen, data, settings, output, begin)
        forms = write_studies(done, data.training, study, seed, begin) if study else []
    judged = _judged(done, answers) if answers else []
    page = write_audit(done, data.training, options.command_line(), judged)
    _say(done)
    for form in forms:
        print(f"to judge: {form.absolute()}")
    print(f"page: {page.absolute()}")


def _outputs(scores: Sequence[str]) -> dict[str, int]:
    """Output by class, of ``CLASS=INDEX``."""
    found = {}
    for each in scores:
        name, _, index = each.rpartition("=")
        if not name or not index.isdecimal():
            raise PartonomyError(f"--score {each}: give CLASS=INDEX, such as car=817")
        found[name] = int(index)
    return found


def _rendered(classes: tuple[str, ...], train: str, test: str, count: int, seed: int) -> AuditData:
    from partonomy.datasets.partworld import PartWorld
    from partonomy.emergence.running import AuditData
    from partonomy.features.objects import rendered_pictures

    check_apart(train, test)
    worlds = [PartWorld(count, classes, SIDE, 0, seed, split) for split in (train, test)]
    training, tests = map(rendered_pictures, worlds)
    return AuditData(training, tests, {"dataset": PARTWORLD, "worlds": [*map(asdict, worlds)]})


def _annotated(
    dataset: str, root: Path | None, train: str, test: str, count: int, merge_sides: bool
) -> AuditData:
    from partonomy.emergence.running import AuditData
    from partonomy.features.objects import annotated_pictures

    training, tests = (
        annotated_pictures(each, merge_sides)[:count]
        for each in two_splits(dataset, root, train, test)
    )
    facts = {
        "dataset": dataset,
        "root": str(root),
        "splits": [train, test],
        "pictures": [len(training), len(tests)],
        "sides": "merged" if merge_sides else "apart",
    }
    return AuditData(training, tests, facts)


def _judged(done: AuditRun, answers: Sequence[Path]) -> list[JudgedLayer]:
    from partonomy.emergence.verdicts import JUDGEMENTS_FILE, judged_layers, write_judgements

    judged = judged_layers(done, answers)
    write_judgements(done.folder / JUDGEMENTS_FILE, judged)
    return judged


def _say(done: AuditRun) -> None:
    """Each layer's parts, the best known first."""
    import pyarrow.parquet as pq

    if done.resumed:
        print(f"{done.resumed} of {len(done.layers)} layers were there already")
    for layer in done.layers:
        parts = pq.read_table(done.layer(layer) / "parts.parquet").to_pylist()
        sets = pq.read_table(done.layer(layer) / "sets.parquet").to_pylist()
        known = [row for row in parts if row.get("AP") is not None]
        wide = max((len(f"{row['class']} {row['part']}") for row in parts), default=0)
        print(f"\n{layer}: {len(known)} parts, AP x 100 on the test objects")
        print(f"{'':{wide}} filter  AP             chance  receptive fields  greedy genetic linear")
        for row in sorted(known, key=lambda each: -each["AP"]):
            by_search = {
                each["search"]: f"{100 * each['AP']:6.1f}"
                for each in sets
                if (each["class"], each["part"]) == (row["class"], row["part"])
            }
            name = f"{row['class']} {row['part']}"
            interval = f"[{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
            print(
                f"{name:{wide}} {row['filter']:6}  {100 * row['AP']:4.1f} {interval:9} "
                f"{100 * row['chance']:6.1f}  {100 * row['plain AP']:16.1f}  "
                + " ".join(by_search.get(each, "") for each in ("greedy", "genetic", "linear"))
            )
        rare = [f"{row['class']} {row['part']}" for row in parts if row.get("AP") is None]
        if rare:
            print(f"too few to say anything of: {', '.join(rare)}")
    print(f"\nrun: {done.folder.absolute()}")
