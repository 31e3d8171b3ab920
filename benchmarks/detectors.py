"""Single filters, visual concepts and their combinations as part detectors, as occlusion grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

import partonomy as pt
from benchmarks.backbones import NETWORKS
from benchmarks.bench import SEEDS
from benchmarks.data import data_folder
from benchmarks.record import table
from partonomy.datasets import read_dataset
from partonomy.datasets.partworld import LEVELS, PartWorld
from partonomy.evaluation import DetectorSettings, DetectorTable, detector_table
from partonomy.evaluation.detectors.detections import close_detectors, close_parts
from partonomy.evaluation.detectors.scoring import CollectionScore
from partonomy.evaluation.detectors.table import (
    COMBINATIONS,
    CONCEPT,
    FILTER,
    MERGED,
    ROWS,
    SVM,
)
from partonomy.features.objects import annotated_pictures, rendered_pictures

CLASSES = ("bird", "car", "person")
OBJECTS, SIDE = 80, 256
NETWORK, LAYER, SIZE = "bundled/partworld", "stage2", 112
"""Objects about as large as the network knows them, on a lattice of 14 cells as at stride 16 and
224 pixels."""
PHOTOGRAPHS, PHOTOGRAPHED = "car photographs", 200
PRE_ACTIVATION = next(each for each in NETWORKS if each.weights == "resnet50_v2_stages1to3")

ORDER = (
    *((SVM, combination) for combination in COMBINATIONS),
    *((combination, CONCEPT) for combination in COMBINATIONS),
    (CONCEPT, FILTER),
)
"""Pairs of rows of which the first is to be better."""

Of = Mapping[str, Sequence[CollectionScore]]
"""A collection's scores, one a seed, by what they are of."""


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: objects of each split, to try the script out.
    """
    rendered: dict[str, list[DetectorTable]] = {name: [] for name in CLASSES}
    backbone = pt.load_backbone(NETWORK, LAYER)
    for name, tables in rendered.items():
        tables += [_rendered(backbone, name, limit or OBJECTS, seed) for seed in SEEDS]
    photographed = [_photographed(limit or PHOTOGRAPHED, seed) for seed in SEEDS]
    yield _introduction(rendered, photographed)
    levels = [
        {name: [list(each.tests.values())[level] for each in of] for name, of in rendered.items()}
        for level in range(len(LEVELS))
    ]
    clear = {**levels[0], PHOTOGRAPHS: [each.tests["test"] for each in photographed]}
    yield "mAP x 100 on test objects with nothing hidden (in brackets the optimistic one):"
    yield table(("row", *clear), [_row(name, clear) for name in ROWS])
    yield (
        f"The same as more of the object is hidden, means over {', '.join(CLASSES)}; detectors are "
        "fitted on clear objects. Only parts of which something can be seen are true; in brackets, "
        "all are. Last, the share of the clear mAP that is left."
    )
    shares = [f"{low:.0%} to {high:.0%}" if high else "nothing" for low, high in LEVELS]
    yield table(("row", *shares, "left"), [_occluded(name, levels) for name in ROWS])
    yield from _order(clear, levels)
    yield "Concepts and parts, on test objects with nothing hidden:"
    header = ("", "cells where a concept fires", "within reach of a place", "parts a concept",
              "concepts a part")  # fmt: skip
    yield table(header, [_relations(name, of) for name, of in clear.items()])


def _rendered(backbone: pt.Backbone, name: str, count: int, seed: int) -> DetectorTable:
    def world(split: str, level: int) -> PartWorld:
        return PartWorld(count, (name,), SIDE, level, seed, split)

    tests = {str(level): rendered_pictures(world("test", level)) for level in range(len(LEVELS))}
    settings = DetectorSettings(n_objects=count, size=SIZE, seed=seed)
    return detector_table(backbone, rendered_pictures(world("training", 0)), tests, settings)


def _photographed(count: int, seed: int) -> DetectorTable:
    cars = read_dataset("coco", data_folder() / "images" / "car_parts")
    training, test = (annotated_pictures(cars.of_split(split)) for split in ("training", "test"))
    settings = DetectorSettings(n_objects=count, seed=seed)
    return detector_table(PRE_ACTIVATION.load(), training, {"test": test}, settings)


def _introduction(
    rendered: Mapping[str, Sequence[DetectorTable]], photographed: Sequence[DetectorTable]
) -> str:
    drawn, taken = rendered[CLASSES[0]][0], photographed[0]
    (layer,) = taken.backbone.layers
    return (
        f"PartWorld: `{NETWORK}`, layer `{LAYER}`, {drawn.training.n_objects} objects of each "
        f"class for training and as many for test, seen at {SIZE} px. {PHOTOGRAPHS.capitalize()}: "
        f"{PRE_ACTIVATION.title}, layer `{layer.name}`, {taken.training.n_objects} objects for "
        f"training, {taken.tests['test'].n_objects} for test, {len(taken.part_names)} parts. Part "
        "centres, found within 56 px at a short side of 224. Mean ± standard deviation over seeds "
        f"{', '.join(map(str, SEEDS))} (of PartWorld's pictures too)."
    )


def _means(scores: Sequence[CollectionScore], row: str) -> list[float]:
    return [100 * each.rows[row].mean.value for each in scores]


def _spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"


def _row(name: str, clear: Of) -> tuple[str, ...]:
    cells = []
    for scores in clear.values():
        best = [each.rows[name].optimistic for each in scores]
        optimistic = [100 * each for each in best if each is not None]
        bracket = f" ({np.mean(optimistic):.1f})" if optimistic else ""
        cells.append(f"{_spread(_means(scores, name))}{bracket}")
    return (name, *cells)


def _over_classes(of: Of, row: str) -> list[float]:
    """The mean over classes, for each seed."""
    return np.mean([_means(scores, row) for scores in of.values()], axis=0).tolist()


def _occluded(name: str, levels: Sequence[Of]) -> tuple[str, ...]:
    cells = []
    for of in levels:
        hidden = [each.rows[name].with_hidden for scores in of.values() for each in scores]
        known = [100 * each.value for each in hidden if each is not None]
        bracket = f" ({np.mean(known):.1f})" if known else ""
        cells.append(f"{_spread(_over_classes(of, name))}{bracket}")
    left = np.mean(_over_classes(levels[-1], name)) / np.mean(_over_classes(levels[0], name))
    return (name, *cells, f"{left:.0%}")


def _order(clear: Of, levels: Sequence[Of]) -> Iterator[str]:
    """Whether the rows come in the order that is expected, and where they do not."""
    yield f"Order {SVM} > combinations ({', '.join(COMBINATIONS)}) > {CONCEPT} > {FILTER}:"
    hidden = {
        f"{name}, level {level}": scores
        for level, of in enumerate(levels)
        if level
        for name, scores in of.items()
    }
    lines = []
    for name, scores in {**clear, **hidden}.items():
        means = {row: np.mean(_means(scores, row)) for row in ROWS}
        broken = [
            f"{better} {means[better]:.1f} < {worse} {means[worse]:.1f}"
            for better, worse in ORDER
            if means[better] < means[worse]
        ]
        lines.append((name, "; ".join(broken) or "holds"))
    yield table(("", "where it breaks"), lines)


def _relations(name: str, scores: Sequence[CollectionScore]) -> tuple[str, ...]:
    matrices = [each.rows[MERGED].averages for each in scores]
    return (
        name,
        f"{np.mean([each.concepts_cover for each in scores]):.0%}",
        f"{np.mean([each.places_cover for each in scores]):.0%}",
        f"{np.mean([close_parts(each).mean() for each in matrices]):.1f}",
        f"{np.mean([close_detectors(each).mean() for each in matrices]):.1f}",
    )
