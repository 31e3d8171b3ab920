"""The genetic search for a set of filters beside DEAP, and sets of filters beside one another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

import numpy as np

import partonomy as pt
from benchmarks.bench import SEEDS
from benchmarks.data import data_folder, weights
from benchmarks.emergence.precision import FILTERS, PICTURES, made_split
from benchmarks.record import table
from benchmarks.rivals.deap_search import Detections, deap_search
from partonomy.datasets import read_dataset
from partonomy.datasets.partworld import PartWorld
from partonomy.emergence.collection import Collection, collect
from partonomy.emergence.combinations import Refined, combine_filters, union_precision
from partonomy.emergence.evidence import gather_evidence
from partonomy.emergence.filters import Split, score_filters
from partonomy.emergence.linear import combine_linearly
from partonomy.emergence.parts import parts_of, true_boxes
from partonomy.emergence.precision import OVERLAP
from partonomy.emergence.refinement import filter_strength, fit_refinement
from partonomy.emergence.search import GENETIC, genetic_search, greedy_search
from partonomy.features.objects import AnnotatedPicture, annotated_pictures, rendered_pictures
from partonomy.images import default_workers

BAR, TIMES_BAR = 20.0, 30.0
ALIKE = 20
"""Generations that both are timed on."""
PARTS = 5
"""Of each collection, those with the most true boxes."""
RENDERED, SIDE = 100, 256
NETWORK, LAYER, WEIGHTS = "torchvision/squeezenet1_1", "features.12", "squeezenet1_1"
METHODS = ("best single", "greedy", "genetic", "linear")


def run(limit: int | None = None) -> Iterator[str]:
    """This part's lines of markdown, as they are known.

    Args:
        limit: pictures of each split, to try the script out.
    """
    yield from timed(limit)
    backbone = pt.load_backbone(NETWORK, LAYER, weights(WEIGHTS))
    yield (
        f"Sets of filters of SqueezeNet 1.1, `{LAYER}`: AP x 100 on training and on test objects, "
        f"means over the {PARTS} parts with the most true boxes, ± standard deviation over seeds "
        f"{', '.join(map(str, SEEDS))} (of the searches; of PartWorld's pictures too). The last "
        "column: whether every genetic set is at least as good on the training objects as the best "
        "single filter."
    )
    rows = []
    for name, splits in (("car photographs", _photographs), ("PartWorld cars", _rendered)):
        collected = splits(backbone, limit)
        rows += _compared(name, collected)
    yield table(("", *METHODS, "never worse"), rows)


def timed(limit: int | None) -> Iterator[str]:
    """The genetic search beside DEAP: lines of markdown."""
    split = made_split(0, limit or PICTURES, FILTERS)
    strength = filter_strength(split.stimuli)
    truth = split.truth[0]
    refine = fit_refinement(split.stimuli, truth.boxes, strength)
    refined = Refined.of(split.stimuli, truth, strength, refine)
    evidence = gather_evidence(refined.share, refined.boxes, truth.boxes, refined.step, OVERLAP)
    detections = Detections.of(evidence)
    start = time.perf_counter()
    greedy = greedy_search(evidence, GENETIC.greedy)
    first = time.perf_counter() - start
    seconds = []
    for generations in (GENETIC.generations, ALIKE):
        settings = replace(GENETIC, generations=generations, patience=generations + 1)
        start = time.perf_counter()
        found = genetic_search(evidence, 0, settings, default_workers(), greedy)
        seconds.append(time.perf_counter() - start)
    rival = deap_search(detections, greedy.filters_by_size, 0, settings)
    sets = [found.filters, rival.filters, *greedy.filters_by_size]
    generator = np.random.default_rng(0)
    sets += [generator.permutation(FILTERS)[:size] for size in range(1, 40)]
    apart = max(abs(detections.fitness(each.tolist()) - evidence.fitness(each)) for each in sets)
    times = rival.seconds / seconds[1]
    whole = first + seconds[0]
    held = whole < BAR and times >= TIMES_BAR
    package = f"DEAP {version('deap')}"
    yield (
        f"Genetic search for one part: {FILTERS} filters, population {GENETIC.population}, "
        f"{GENETIC.generations} generations without an early stop, {len(truth.objects)} pictures "
        f"with made stimuli, with the greedy sets that it starts from; {package} with the same "
        "operators, start and fitness (the lists of an individual's filters merged, the surest at "
        f"each place kept, cumulative sums). The ratio is of the first {ALIKE} generations of "
        "both, without what the greedy sets take; DEAP's time for all is reckoned from these. "
        f"Apart: the largest difference of both fitnesses on {len(sets)} sets."
    )
    header = ("seconds", f"seconds, {ALIKE} generations", f"DEAP, {ALIKE} generations",
              "DEAP, seconds for all", "times faster", "apart", "bar", "held")  # fmt: skip
    everything = rival.seconds * (GENETIC.generations + 1) / (ALIKE + 1)
    yield table(
        header,
        [
            (
                f"{whole:.1f}",
                f"{seconds[1]:.2f}",
                f"{rival.seconds:.0f}",
                f"{everything:.0f}",
                f"{times:.0f}",
                f"{apart:.0e}",
                f"{BAR:g} s, {TIMES_BAR:g} times",
                "yes" if held else "**NO**",
            )
        ],
    )


Splits = tuple[Collection, Collection]


def _photographs(backbone: pt.Backbone, limit: int | None) -> list[Splits]:
    """The same objects for every seed."""
    cars = read_dataset("coco", data_folder() / "images" / "car_parts")
    splits = [annotated_pictures(cars.of_split(split))[:limit] for split in ("training", "test")]
    return [_collected(backbone, *splits)] * len(SEEDS)


def _rendered(backbone: pt.Backbone, limit: int | None) -> list[Splits]:
    return [
        _collected(
            backbone,
            *(
                rendered_pictures(PartWorld(limit or RENDERED, ("car",), SIDE, 0, seed, split))
                for split in ("training", "test")
            ),
        )
        for seed in SEEDS
    ]


def _collected(
    backbone: pt.Backbone, training: list[AnnotatedPicture], test: list[AnnotatedPicture]
) -> Splits:
    return collect(backbone, training), collect(backbone, test)


def _compared(name: str, collected: list[Splits]) -> Iterator[tuple[str, ...]]:
    """Rows of the training objects and of the test objects."""
    scores = []  # (seeds, methods, 2)
    never_worse = True
    for seed, (training, test) in zip(SEEDS, collected, strict=True):
        found = np.array(list(_of_parts(training, test, seed)))  # (parts, methods, 2)
        never_worse &= bool((found[:, 2, 0] >= found[:, 0, 0]).all())
        scores.append(found.mean(axis=0))
    means, deviations = np.mean(scores, axis=0), np.std(scores, axis=0, ddof=1)
    for split, of in enumerate(("training", "test")):
        pairs = zip(100 * means[:, split], 100 * deviations[:, split], strict=True)
        cells = [f"{mean:.1f} ± {deviation:.1f}" for mean, deviation in pairs]
        verdict = ("yes" if never_worse else "**NO**") if of == "training" else ""
        yield (f"{name}, {of}", *cells, verdict)


def _of_parts(training: Collection, test: Collection, seed: int) -> Iterator[list[list[float]]]:
    """Of each part, AP on both splits of each method."""
    parts = parts_of([*training.objects, *test.objects])
    one, other = (
        Split(each.layers[0].stimuli, true_boxes(each.objects, parts)) for each in (training, test)
    )
    fewest = [min(a.count, b.count) for a, b in zip(one.truth, other.truth, strict=True)]
    chosen = np.argsort(fewest, kind="stable")[-PARTS:]
    one, other = (Split(each.stimuli, [each.truth[k] for k in chosen]) for each in (one, other))
    strength = filter_strength(one.stimuli)
    for index, (_, scored) in enumerate(score_filters(one, other)):
        assert scored.best is not None
        refine = None
        refined = []
        for split in (one, other):
            truth = split.truth[index]
            stimuli = split.stimuli.of_objects(truth.objects)
            refine = refine or fit_refinement(stimuli, truth.boxes, strength)
            refined.append(Refined.of(stimuli, truth, strength, refine))
        alone = [union_precision(each, np.array([scored.best])) for each in refined]
        sets = combine_filters(*refined, scored.best, seed, workers=default_workers())
        sets.append(combine_linearly(*refined, seed=seed))
        yield [alone, *([each.training, each.test] for each in sets)]
