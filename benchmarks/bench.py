"""What the quality benchmarks share: one network's features, label maps from them, their scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import partonomy as pt
from benchmarks.datasets import GRID, LabelledPicture
from benchmarks.metrics import Labels, Table, contingency
from partonomy.backbones import picture_threads
from partonomy.concepts.part_model import ConceptPartModel
from partonomy.features import FeatureExtractor, PictureFeatures, ShardStore
from partonomy.images import Skipped
from partonomy.metrics import adjusted_rand_index, normalised_mutual_information

SIZE = 448
PARTS = (4, 8, 16)
SEEDS = (0, 1, 2)

Cut = tuple[int, int]
"""Number of parts and seed."""

Segmenter = Callable[[LabelledPicture, PictureFeatures], Iterable[tuple[Cut, Labels]]]
"""Gives the (GRID, GRID) labels of one picture for each number of parts and seed."""

PartModels = dict[Cut, ConceptPartModel]

Score = tuple[float, float]
"""NMI and ARI, x 100."""

Pictures = Sequence[LabelledPicture]


class Bench:
    """One network on labelled pictures; its features are computed once and kept in a folder.

    Args:
        backbone: the network.
        folder: for the features.
        masks: folder of foreground masks; everything is foreground if None.
    """

    def __init__(self, backbone: pt.Backbone, folder: Path, masks: Path | None) -> None:
        self.backbone = backbone
        self.extractor = FeatureExtractor(
            backbone,
            SIZE,
            ShardStore(folder / "features"),
            masks=None if masks is None else pt.MaskFolder(masks),
        )

    def features(self, pictures: Pictures) -> Iterator[tuple[LabelledPicture, PictureFeatures]]:
        """Each picture with its features."""
        for chunk in self._chunks(pictures):
            yield from chunk

    def segmented(
        self, pictures: Pictures, segmenters: Mapping[str, Segmenter]
    ) -> Iterator[tuple[LabelledPicture, dict[str, list[tuple[Cut, Labels]]]]]:
        """Each picture with what each method finds in it, as many side by side as cores."""

        def segment(
            entry: tuple[LabelledPicture, PictureFeatures],
        ) -> tuple[LabelledPicture, dict[str, list[tuple[Cut, Labels]]]]:
            return entry[0], {name: list(each(*entry)) for name, each in segmenters.items()}

        with picture_threads(self.extractor.workers) as pool:
            for chunk in self._chunks(pictures):
                yield from pool.map(segment, chunk)

    def _chunks(
        self, pictures: Pictures
    ) -> Iterator[list[tuple[LabelledPicture, PictureFeatures]]]:
        by_path = {picture.path: picture for picture in pictures}
        for chunk in self.extractor.chunks(image_folder(pictures).files):
            entries = []
            for features in self.extractor.features(chunk):
                if isinstance(features, Skipped):
                    raise SystemExit(f"{features.name}: {features.reason}")
                entries.append((by_path[features.picture.file.path], features))
            yield entries

    def vectors(self, pictures: Pictures) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Unit features (n, C) and norms (n,) of all cells at least half in the foreground."""
        units, norms = [], []
        for _, features in self.features(pictures):
            inside = torch.from_numpy(features.inside)
            units.append(features.unit[:, inside].T.numpy())
            norms.append(features.fused.float().norm(dim=0)[inside].numpy())
        return np.concatenate(units), np.concatenate(norms)

    def partonomy(self, pictures: Pictures, parts: Sequence[int] = PARTS) -> PartModels:
        """partonomy within the given foreground, or on everything where none is given.

        Fitted once a seed; the tree is cut into each number of parts.
        """
        models: PartModels = {}
        for seed in SEEDS:
            estimator = pt.VisualConcepts(
                n_parts=max(parts), size=SIZE, foreground=None, random_state=seed
            )
            whole = estimator.fit_features(self.extractor, image_folder(pictures)).part_model_
            models |= {(n_parts, seed): whole.cut(n_parts) for n_parts in parts}
        return models

    def partonomy_default(self, pictures: Pictures, n_parts: int) -> Segmenter:
        """partonomy as a run with its defaults has it: foreground found, maps sharpened."""
        models = {
            (n_parts, seed): pt.VisualConcepts(n_parts=n_parts, size=SIZE, random_state=seed)
            .fit_features(self.extractor, image_folder(pictures))
            .part_model_
            for seed in SEEDS
        }

        def segment(_: LabelledPicture, features: PictureFeatures) -> Iterator[tuple[Cut, Labels]]:
            for cut, model in models.items():
                maps = model.part_maps_of(features.unit, features.grids[0], features.guide)
                yield cut, maps.labels((GRID, GRID))

        return segment


def applied(models: PartModels, *, sharpen: bool = True) -> Segmenter:
    """What part models of one context see, their maps sharpened or left as the layer has them."""
    stacked = copy(next(iter(models.values())))
    stacked.directions = torch.cat([model.directions for model in models.values()])
    sizes = {cut: len(model.directions) for cut, model in models.items()}

    def segment(_: LabelledPicture, features: PictureFeatures) -> Iterator[tuple[Cut, Labels]]:
        maps = stacked.part_maps_of(
            features.unit, features.grids[0], foreground=features.foreground
        )
        guide = features.guide if sharpen else None
        return label_maps(maps.scores, sizes, features, guide)

    return segment


def image_folder(pictures: Pictures) -> pt.ImageFolder:
    """Labelled pictures as a collection, in the same order."""
    return pt.ImageFolder(*(picture.path for picture in pictures))


def some(vectors: NDArray[np.float32], at_most: int) -> NDArray[np.float32]:
    """Every so-many-th of (n, C) vectors."""
    return np.ascontiguousarray(vectors[:: -(-len(vectors) // at_most)])


def cuts() -> list[Cut]:
    """Each number of parts with each seed."""
    return [(n_parts, seed) for seed in SEEDS for n_parts in PARTS]


def label_maps(
    scores: Tensor,
    sizes: Mapping[Cut, int],
    features: PictureFeatures,
    guide: NDArray[np.uint8] | None = None,
) -> Iterator[tuple[Cut, Labels]]:
    """The label maps of stacked part scores, interpolated as partonomy interpolates its own.

    Args:
        scores: (sum of sizes, h, w) scores, one cut's after another.
        sizes: how many parts each cut has.
        features: whose picture it is.
        guide: along whose edges maps are sharpened.
    """
    for cut, part in zip(sizes, scores.split(list(sizes.values())), strict=True):
        maps = pt.PartMaps(part, features.grids[0], features.foreground)
        yield cut, (maps if guide is None else maps.sharpened(guide)).labels((GRID, GRID))


class Scoreboard:
    """Agreement with the true parts, by method, number of parts and seed."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, Cut], Table] = {}

    def add(
        self, method: str, picture: LabelledPicture, found: Iterable[tuple[Cut, Labels]]
    ) -> None:
        """Count a picture's label maps in."""
        for cut, labels in found:
            table = contingency(picture.truth, labels)
            self._tables[method, cut] = self._tables.get((method, cut), 0) + table

    def scores(self, *, background: bool = False) -> dict[str, dict[int, list[Score]]]:
        """For each method and number of parts, each seed's score.

        Args:
            background: score the full pictures, the background being a part, not the foreground.
        """
        scores: dict[str, dict[int, list[Score]]] = defaultdict(lambda: defaultdict(list))
        for (method, (n_parts, _seed)), table in self._tables.items():
            scores[method][n_parts].append(score(table if background else table[1:]))
        return scores


def score(table: Table) -> Score:
    """NMI and ARI, x 100."""
    return 100 * normalised_mutual_information(table), 100 * adjusted_rand_index(table)


def spread(scores: Sequence[Score]) -> str:
    """Mean ± standard deviation over the seeds, as the tables write it."""
    mean, deviation = np.mean(scores, axis=0), np.std(scores, axis=0, ddof=1)
    return " / ".join(f"{m:.1f} ± {d:.1f}" for m, d in zip(mean, deviation, strict=True))
