"""Real cars, found without labels: where they are, and that other pictures have no parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import partonomy as pt
from cars import car_truth

pytestmark = pytest.mark.real

SIZE = 320
N_CARS = 40


@pytest.fixture(scope="module")
def cars(data: Path) -> pt.VisualConcepts:
    """Parts of cars, learned from pictures alone."""
    folder = data / "images/car_parts/trainingset"
    pictures = pt.ImageFolder(*(folder / "JPEGImages" / name for name in car_truth(folder, N_CARS)))
    backbone = pt.load_backbone(
        "torchvision/squeezenet1_1",
        weights=data / "weights/squeezenet1_1/squeezenet1_1.safetensors",
        device="cpu",
    )
    estimator = pt.VisualConcepts(n_parts=8, size=SIZE, n_init=1, max_positions=20_000)
    return estimator.fit(backbone, pictures)


@pytest.fixture(scope="module")
def test_cars(data: Path) -> Mapping[Path, NDArray[np.bool_]]:
    """Cars that nothing was learned from, and where they are."""
    folder = data / "images/car_parts/testset"
    truth = car_truth(folder, 12)
    return {folder / "JPEGImages" / name: labels > 0 for name, labels in truth.items()}


def labels_of(cars: pt.VisualConcepts, pictures: Sequence[Path]) -> list[NDArray[np.uint8]]:
    return [result.labels() for result in cars.predict(pt.ImageFolder(*pictures))]


def overlap(labels: NDArray[np.uint8], truth: NDArray[np.bool_]) -> float:
    """Intersection over union of what has a part and the annotated car."""
    return float(((labels > 0) & truth).sum() / ((labels > 0) | truth).sum())


def test_cars_are_where_they_were_annotated(cars: pt.VisualConcepts, data: Path) -> None:
    folder = data / "images/car_parts/trainingset"
    truth = car_truth(folder, N_CARS)
    paths = [folder / "JPEGImages" / name for name in truth]
    overlaps = {
        path.name: overlap(labels, truth[path.name] > 0)
        for path, labels in zip(sorted(paths), labels_of(cars, sorted(paths)), strict=True)
    }
    assert np.mean(list(overlaps.values())) > 0.6, overlaps


def test_cars_never_seen_are_found_too(
    cars: pt.VisualConcepts, test_cars: Mapping[Path, NDArray[np.bool_]]
) -> None:
    """Concepts of few pictures fit these better than any other, and still know other cars."""
    found = labels_of(cars, list(test_cars))
    overlaps = [
        overlap(labels, mask) for labels, mask in zip(found, test_cars.values(), strict=True)
    ]
    assert np.mean([one > 0 for one in overlaps]) >= 0.8
    assert np.mean(overlaps) > 0.6


@pytest.mark.parametrize(
    ("others", "empty"), [("ccp_person_parsing/photos", 0.6), ("cub_birds_227_nolabel", 0.8)]
)
def test_pictures_without_a_car_have_no_parts(
    cars: pt.VisualConcepts, data: Path, others: str, empty: float
) -> None:
    """Some of the people stand in streets with cars: these have parts."""
    paths = sorted(path for path in (data / "images" / others).rglob("*.jp*g"))
    found = labels_of(cars, paths[:: len(paths) // 20][:20])
    assert len(found) == 20
    assert np.mean([not labels.any() for labels in found]) >= empty
    assert np.mean([(labels > 0).mean() for labels in found]) < 0.03


def test_two_cars_side_by_side_both_have_parts(
    cars: pt.VisualConcepts, test_cars: Mapping[Path, NDArray[np.bool_]], tmp_path: Path
) -> None:
    names, shares = list(test_cars), []
    for index, pair in enumerate(zip(names[::2], names[1::2], strict=True)):
        collage = Image.new("RGB", (800, 300))
        for side, path in enumerate(pair):
            collage.paste(Image.open(path).convert("RGB").resize((400, 300)), (400 * side, 0))
        collage.save(tmp_path / f"{index}.png")
        (labels,) = labels_of(cars, [tmp_path / f"{index}.png"])
        for path, half in zip(pair, (labels[:, :400], labels[:, 400:]), strict=True):
            mask = np.asarray(Image.fromarray(test_cars[path]).resize((400, 300)))
            shares.append(float((half > 0)[mask].mean()))
    assert np.mean([share > 0.5 for share in shares]) >= 0.9, shares


def test_a_car_that_is_cut_by_the_border_has_parts_up_to_it(
    cars: pt.VisualConcepts, test_cars: Mapping[Path, NDArray[np.bool_]], tmp_path: Path
) -> None:
    overlaps, touching = [], []
    for path, mask in test_cars.items():
        columns = np.flatnonzero(mask.any(axis=0))
        middle = int(columns[0] + columns[-1]) // 2
        Image.open(path).crop((0, 0, middle, mask.shape[0])).save(tmp_path / "cut.png")
        (labels,) = labels_of(cars, [tmp_path / "cut.png"])
        overlaps.append(overlap(labels, mask[:, :middle]))
        touching.append(float((labels[mask[:, middle - 1], -1] > 0).mean()))
    assert np.mean(overlaps) > 0.5, overlaps
    assert np.mean([share > 0.3 for share in touching]) >= 0.8, touching
