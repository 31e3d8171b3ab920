"""The cells of a benchmark: one network on one class of one data set, by all methods and seeds.

What they have in common is done once: features are computed once for all fits, and once more for
all scores, in one pass.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import nan
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from partonomy.backbones import Backbone, load_backbone
from partonomy.backbones.registry import random_weights
from partonomy.benchmark.methods import METHODS, Fitting
from partonomy.benchmark.plan import Data, Network, Plan, filled_in
from partonomy.datasets import Annotation, DataSet, Item, read_dataset
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.datasets.reading import SkippedPicture, union
from partonomy.errors import PartonomyError
from partonomy.evaluation import evaluate_each, protocol_of
from partonomy.features import Begin, FeatureExtractor, ShardStore, learn_foreground
from partonomy.images import ImageFolder, MaskFolder
from partonomy.metrics import Interval, combination
from partonomy.parts import PartModel
from partonomy.segmenter.training import Diverged

EACH = "each"

Asked = tuple[str, int, int]
"""Title of a plan's row, number of parts, seed."""


@dataclass(frozen=True)
class Cell:
    """A network on a data set, of which it is one class or all objects.

    Attributes:
        network, data: of the plan.
        class_name: of the objects; None is whatever there is.
    """

    network: Network
    data: Data
    class_name: str | None


@dataclass(frozen=True)
class Score:
    """One number of a cell.

    Attributes:
        method: title of the plan's row.
        n_parts, seed: what it was fitted with.
        measure: of the protocol.
        interval: of it; nan where the training came to nothing.
        pictures: how many were scored.
    """

    method: str
    n_parts: int
    seed: int
    measure: str
    interval: Interval
    pictures: int


def read_data(data: Data, folder: Path, begin: Begin) -> DataSet:
    """A data set of a plan; what is rendered is rendered once, below ``folder``.

    Raises:
        PartonomyError: it cannot be read.
    """
    if data.root is not None:
        return read_dataset(data.dataset, Path(filled_in(data.root)))
    assert data.world is not None
    root = folder / "worlds" / "-".join(data.title.lower().split())
    world = PartWorld(
        data.world.pictures,
        data.world.classes,
        data.world.size,
        data.world.occlusion,
        data.world.seed,
        data.world.split,
    )
    write_folder(world, root, 0, begin("pictures", len(world)))
    return read_dataset("coco", root)


def cells_of(plan: Plan, data: Data, read: DataSet) -> Iterator[Cell]:
    """The cells of one data set, those of one network after another."""
    classes: Sequence[str | None] = [data.class_name]
    if data.class_name == EACH:
        scored = read if data.score is None else read.of_split(data.score)
        classes = sorted({each.class_name for _, objects in scored for each in objects})
        if not classes:
            raise PartonomyError(f"data {data.title!r}: no object in any picture")
    for network in plan.networks:
        for class_name in classes:
            yield Cell(network, data, class_name)


def run_cell(plan: Plan, cell: Cell, read: DataSet, begin: Begin) -> list[Score]:
    """Fit every method with every seed, and score them all in one pass.

    The scores of a training that came to nothing are nan.

    Raises:
        Diverged: there is no method whose training did not.
        PartonomyError: a picture has no mask where the truth is to say what is object, there is
            nothing to fit on or to score.
    """
    data, network = cell.data, cell.network
    protocol = protocol_of(data.protocol)
    items = list(_with_objects(read, data.fit, cell.class_name))
    if not items:
        raise PartonomyError(f"data {data.title!r}: no picture to find parts in")
    pictures = ImageFolder.of(read.root, [item.path for item, _ in items])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        masks = None
        if data.foreground == "truth":
            masks = _write_masks(items, pictures, folder / "masks")
        store = ShardStore(folder / "features")

        def extractor(backbone: Backbone) -> FeatureExtractor:
            found = FeatureExtractor(backbone, network.size, store, masks=masks)
            if masks is None:
                learned = learn_foreground(
                    found, pictures.files, begin("foreground", len(pictures))
                )
                found = found.with_foreground(learned)
            return found

        trained = extractor(load(network))

        @cache
        def untrained(seed: int) -> FeatureExtractor:
            return extractor(load(network, seed))

        settings = [(n_parts, seed) for n_parts in _parts(plan, data, items) for seed in plan.seeds]
        advance = begin("fits", len(settings))
        models: dict[Asked, PartModel] = {}
        diverged: dict[Asked, Diverged] = {}
        for n_parts, seed in settings:
            of = Fitting(pictures, trained, untrained, n_parts, seed)
            for row in plan.rows:
                try:
                    models[row.title, n_parts, seed] = METHODS[row.method].fit(of, row.options)
                except Diverged as error:
                    diverged[row.title, n_parts, seed] = error
            advance(1)
        if not models:
            raise next(iter(diverged.values()))
        evaluations = evaluate_each(
            list(models.values()),
            read,
            protocol,
            split=data.score,
            class_name=cell.class_name,
            foreground=data.foreground,
            on_progress=begin("scores", len(read)),
        )
    scores = [
        Score(*asked, measure, interval, len(evaluation.rows))
        for asked, evaluation in zip(models, evaluations, strict=True)
        for measure, interval in evaluation.numbers().items()
    ]
    nothing = [
        Score(*asked, measure, combination([(nan, interval)]), len(evaluations[0].rows))
        for asked in diverged
        for measure, interval in evaluations[0].numbers().items()
    ]
    return scores + nothing


def load(network: Network, seed: int | None = None) -> Backbone:
    """A network of a plan; before training, if a seed is given.

    Raises:
        PartonomyError: it cannot be loaded.
    """
    mean, std = (
        None if value is None else (value, value, value) for value in (network.mean, network.std)
    )
    if seed is None:
        weights = None if network.weights is None else filled_in(network.weights)
        return load_backbone(network.backbone, network.layers, weights, mean=mean, std=std)
    blank = random_weights(network.backbone, seed)
    return load_backbone(
        blank.network, network.layers, mean=mean or blank.mean, std=std or blank.std
    )


def _with_objects(
    read: DataSet, split: str | None, class_name: str | None
) -> Iterator[tuple[Item, tuple[Annotation, ...]]]:
    chosen = read if split is None else read.of_split(split)
    for item in chosen.items:
        try:
            annotations = item.annotate(read.problems)
        except SkippedPicture:
            continue
        objects = tuple(each for each in annotations if class_name in (None, each.class_name))
        if objects:
            yield item, objects


def _write_masks(
    items: Sequence[tuple[Item, tuple[Annotation, ...]]], pictures: ImageFolder, folder: Path
) -> MaskFolder:
    """The objects of each picture, as masks with the pictures' names."""
    for file, (item, objects) in zip(pictures, items, strict=True):
        size = objects[0].size
        whole = np.zeros(size, bool)
        for each in objects:
            whole |= union(each.parts, size) if each.mask is None else each.mask
        if not whole.any():
            raise PartonomyError(f"{item.name}: foreground = 'truth', but no mask is known")
        path = folder / PurePosixPath(f"{file.stem}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(whole).save(path)
    return MaskFolder(folder)


def _parts(
    plan: Plan, data: Data, items: Sequence[tuple[Item, tuple[Annotation, ...]]]
) -> Sequence[int]:
    if data.parts == "true":
        return [len(items[0][1][0].schema.names)]
    return data.parts or plan.parts


def key_of(plan: Plan, cell: Cell) -> str:
    """What decides a cell's scores, as text."""
    settings = [plan.seeds, plan.parts, plan.rows]
    return f"{cell.network!r} {cell.data!r} {cell.class_name} {settings}"
