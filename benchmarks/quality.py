"""Parts against the true parts of cars, beside plain k-means on the same features.

Foreground is given. FG-NMI and FG-ARI (x 100, by scikit-learn) are taken over all foreground cells
of a 128 x 128 grid on every picture, in one table of all pictures.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import faiss
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from torch.nn.functional import normalize

import partonomy as pt
from benchmarks import data
from benchmarks.record import table
from partonomy.concepts import ConceptPartModel
from partonomy.features import FeatureExtractor, PictureFeatures, ShardStore
from partonomy.images import Skipped

SIZE = 448
PARTS = (4, 8, 16)
SEEDS = (0, 1, 2)
RESTARTS, ITERATIONS = 2, 25

Score = tuple[float, float]
"""FG-NMI and FG-ARI, x 100."""

Scores = dict[tuple[str, int], list[Score]]
"""By method and number of parts, one a seed."""

Key = TypeVar("Key", bound=Hashable)
Segmenter = Callable[[PictureFeatures], pt.PartMaps]


@dataclass(frozen=True)
class Network:
    """A network of the table.

    Attributes:
        title: for the table.
        name: what ``--backbone`` is given.
        weights: folder of the weights file.
        centre: mean and deviation of its input, where they are not ImageNet's.
        baseline: plain k-means at 4, 8, 16 parts on all pictures squashed to 448 x 448, as
            ``BASELINES.md`` beside the pictures has it; None where it has none.
    """

    title: str
    name: str
    weights: str
    centre: float | None = None
    baseline: Sequence[Score] | None = None

    def load(self) -> pt.Backbone:
        """The network at its recommended layer."""
        centre = None if self.centre is None else (self.centre,) * 3
        return pt.load_backbone(
            self.name, weights=data.weights(self.weights), mean=centre, std=centre
        )


NETWORKS = (
    Network(
        "SqueezeNet 1.1",
        "torchvision/squeezenet1_1",
        "squeezenet1_1",
        baseline=((21.2, 16.4), (21.0, 13.0), (21.0, 10.1)),
    ),
    Network("MobileNetV2", "torchvision/mobilenet_v2", "mobilenet_v2", centre=0.5),
    Network(
        "ViT-Tiny",
        "vit_tiny_patch16_224",
        "vit_tiny_patch16_224",
        centre=0.5,
        baseline=((25.3, 15.1), (27.3, 17.1), (29.3, 14.1)),
    ),
    Network(
        "ResNet-50 v2 stages",
        "benchmarks.networks:resnet50_v2_stages",
        "resnet50_v2_stages1to3",
        baseline=((10.1, 5.1), (20.6, 11.8), (23.4, 10.1)),
    ),
)


def run(limit: int | None = None) -> Iterator[str]:
    """The benchmark's lines of markdown, as they are known.

    Args:
        limit: pictures of each split, to try the script out.
    """
    cars = data.read_cars(limit)
    training = [car for car in cars if car.split == "training"]
    test = [car for car in cars if car.split == "test"]
    yield (
        f"Short side {SIZE}, foreground given, recommended layer. FG-NMI / FG-ARI x 100, mean ± "
        f"standard deviation over seeds {', '.join(map(str, SEEDS))}. Plain k-means: unit "
        "features of the same layer, all foreground cells, spherical, "
        f"{RESTARTS} restarts of {ITERATIONS} iterations."
    )
    for network in NETWORKS:
        yield from _of_network(network, cars, training, test)


def _of_network(
    network: Network, cars: list[data.Car], training: list[data.Car], test: list[data.Car]
) -> Iterator[str]:
    backbone = network.load()
    (layer,) = backbone.spec.layers
    with tempfile.TemporaryDirectory() as name:
        bench = _Bench(backbone, cars, Path(name))
        on_all, on_test = bench.scores(cars, cars), bench.scores(training, test)
        of_run = bench.whole_run(PARTS[1], SEEDS[0])
    yield f"### {network.title}, layer `{layer}`, {backbone.spec.precision}"
    rows = [
        *_rows(f"fitted and scored on {len(cars)}", on_all, network.baseline),
        *_rows(f"fitted on {len(training)}, scored on {len(test)}", on_test),
    ]
    yield table(
        ("pictures", "parts", "partonomy", "plain k-means", "BASELINES.md", "at least as good"),
        rows,
    )
    of_parts = on_all["partonomy", PARTS[1]][0]
    yield (
        f"A whole `discover` run with {PARTS[1]} parts and seed {SEEDS[0]} wrote masks that score "
        f"{of_run[0]:.1f} / {of_run[1]:.1f}; the table's parts of that seed score "
        f"{of_parts[0]:.1f} / {of_parts[1]:.1f}."
    )


def _rows(
    title: str, scores: Scores, baseline: Sequence[Score] | None = None
) -> Iterator[tuple[str, ...]]:
    for index, n_parts in enumerate(PARTS):
        ours, plain = scores["partonomy", n_parts], scores["k-means", n_parts]
        given = None if baseline is None else baseline[index]
        yield title, str(n_parts), *_cells(ours, plain, given)


def _cells(ours: list[Score], plain: list[Score], given: Score | None) -> tuple[str, ...]:
    others = [np.mean(plain, axis=0)] + ([] if given is None else [np.array(given)])
    wins = all((np.mean(ours, axis=0) >= other).all() for other in others)
    orientation = "" if given is None else f"{given[0]:.1f} / {given[1]:.1f}"
    return _mean(ours), _mean(plain), orientation, "yes" if wins else "**NO**"


def _mean(scores: list[Score]) -> str:
    mean, deviation = np.mean(scores, axis=0), np.std(scores, axis=0, ddof=1)
    return " / ".join(f"{m:.1f} ± {d:.1f}" for m, d in zip(mean, deviation, strict=True))


class _Bench:
    """One network on the cars, its features kept in a temporary folder."""

    def __init__(self, backbone: pt.Backbone, cars: list[data.Car], folder: Path) -> None:
        self.backbone = backbone
        self.cars = cars
        self.folder = folder
        self.foreground = data.write_foreground(cars, folder / "foreground")
        self.extractor = FeatureExtractor(
            backbone,
            SIZE,
            ShardStore(folder / "features"),
            masks=pt.MaskFolder(self.foreground),
        )

    def scores(self, fitted: list[data.Car], scored: list[data.Car]) -> Scores:
        """What partonomy's parts and plain clusters score."""
        pictures = pt.ImageFolder(*(car.path for car in fitted))
        vectors = self._foreground_vectors(pictures)
        segmenters: dict[tuple[str, int, int], Segmenter] = {}
        for seed in SEEDS:
            estimator = pt.VisualConcepts(n_parts=max(PARTS), size=SIZE, random_state=seed)
            whole = estimator.fit_features(self.extractor, pictures).part_model_
            for n_parts in PARTS:
                segmenters["partonomy", n_parts, seed] = _parts(whole.cut(n_parts))
                centroids = _plain_kmeans(vectors, n_parts, seed)
                segmenters["k-means", n_parts, seed] = _clusters(centroids)
        del vectors
        predicted = self._predict(pt.ImageFolder(*(car.path for car in scored)), segmenters)
        scores: Scores = {}
        for (method, n_parts, _seed), labels in predicted.items():
            scores.setdefault((method, n_parts), []).append(_score(scored, labels))
        return scores

    def whole_run(self, n_parts: int, seed: int) -> Score:
        """What the masks score that a whole run writes."""
        settings = pt.DiscoverSettings(
            n_parts=n_parts, size=SIZE, foreground=self.foreground, seed=seed, cache=self.folder
        )
        pictures = pt.ImageFolder(*(car.path for car in self.cars))
        run = pt.discover(self.backbone, pictures, self.folder / "run", settings)
        return _score(self.cars, {path.stem: _read_mask(path) for path in run.masks.rglob("*.png")})

    def _features(self, pictures: pt.ImageFolder) -> Iterator[PictureFeatures]:
        for chunk in self.extractor.chunks(pictures.files):
            for features in self.extractor.features(chunk):
                if isinstance(features, Skipped):
                    raise SystemExit(f"{features.name}: {features.reason}")
                yield features

    def _foreground_vectors(self, pictures: pt.ImageFolder) -> NDArray[np.float32]:
        """(n, C) unit features of all cells that are at least half foreground."""
        return np.concatenate(
            [
                _unit(features)[:, torch.from_numpy(features.inside)].T.numpy()
                for features in self._features(pictures)
            ]
        )

    def _predict(
        self, pictures: pt.ImageFolder, segmenters: Mapping[Key, Segmenter]
    ) -> dict[Key, dict[str, NDArray[np.uint8]]]:
        """For each segmenter, each picture's labels on the grid, by stem."""
        labels: dict[Key, dict[str, NDArray[np.uint8]]] = {key: {} for key in segmenters}
        for features in self._features(pictures):
            for key, segmenter in segmenters.items():
                stem = features.picture.file.path.stem
                labels[key][stem] = segmenter(features).labels((data.GRID, data.GRID))
        return labels


def _parts(model: ConceptPartModel) -> Segmenter:
    return lambda features: model.part_maps_of(
        features.maps[0], features.grids[0], features.foreground
    )


def _clusters(centroids: torch.Tensor) -> Segmenter:
    def segment(features: PictureFeatures) -> pt.PartMaps:
        scores = torch.einsum("kc,chw->khw", centroids, _unit(features))
        return pt.PartMaps(scores, features.grids[0], features.foreground)

    return segment


def _unit(features: PictureFeatures) -> torch.Tensor:
    """(C, h, w) unit features."""
    return normalize(features.maps[0].float(), dim=0, eps=1e-6)


def _plain_kmeans(vectors: NDArray[np.float32], n_clusters: int, seed: int) -> torch.Tensor:
    """(k, C) centroids."""
    kmeans = faiss.Kmeans(
        vectors.shape[1],
        n_clusters,
        niter=ITERATIONS,
        nredo=RESTARTS,
        spherical=True,
        seed=seed + 1,
        max_points_per_centroid=len(vectors),
    )
    kmeans.train(vectors)
    return torch.from_numpy(kmeans.centroids)


def _read_mask(path: Path) -> NDArray[np.uint8]:
    return data.at_grid(np.asarray(Image.open(path)))


def _score(cars: list[data.Car], labels: Mapping[str, NDArray[np.uint8]]) -> Score:
    truth = np.stack([car.truth() for car in cars])
    found = np.stack([labels[car.path.stem] for car in cars])
    inside = truth > 0
    return (
        100 * normalized_mutual_info_score(truth[inside], found[inside]),
        100 * adjusted_rand_score(truth[inside], found[inside]),
    )
