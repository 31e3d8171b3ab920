"""The table of part detectors: fitted and chosen on training objects, scored on others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import partonomy as pt
from networks import small_network
from partonomy.concepts.detectors import (
    ObjectCrop,
    object_crops,
)
from partonomy.datasets import Annotation, read_dataset
from partonomy.datasets.partworld import PartWorld
from partonomy.errors import PartonomyError, PictureError
from partonomy.evaluation import (
    DetectorSettings,
    DetectorTable,
    detector_table,
    write_detectors,
)
from partonomy.evaluation.detectors.table import COMBINATIONS, CONCEPT, FILTER, MERGED, ROWS, SVM
from partonomy.features.objects import AnnotatedPicture, annotated_pictures, rendered_pictures

SETTINGS = DetectorSettings(n_objects=20, n_concepts=12, size=64)


def world(split: str, occlusion: int = 0, count: int = 20) -> list[AnnotatedPicture]:
    return rendered_pictures(PartWorld(count, ("car",), 64, occlusion, split=split))


@pytest.fixture(scope="module")
def backbone() -> pt.Backbone:
    return pt.load_backbone(small_network(), "5", device="cpu", precision="float32")


@pytest.fixture(scope="module")
def table(backbone: pt.Backbone) -> DetectorTable:
    tests = {"clear": world("test"), "hidden": world("test", 3)}
    return detector_table(backbone, world("training"), tests, SETTINGS)


def test_every_row_is_scored_on_every_collection(table: DetectorTable) -> None:
    n_parts = len(table.part_names)
    assert table.class_name == "car"
    for scores in table.tests.values():
        assert tuple(scores.rows) == ROWS
        assert scores.n_objects == 20
        for name, row in scores.rows.items():
            assert row.averages.shape == (len(row.detectors), n_parts)
            assert 0 < row.mean.low <= row.mean.value <= row.mean.high
            assert (row.optimistic is None) == (name in (*COMBINATIONS, SVM))
    assert len(table.tests["clear"].rows[FILTER].detectors) == 32
    assert len(table.tests["clear"].rows[CONCEPT].detectors) == 12
    assert len(table.tests["clear"].rows[MERGED].detectors) <= 12


def test_detectors_are_chosen_on_training_objects_alone(
    backbone: pt.Backbone, table: DetectorTable
) -> None:
    for name in (FILTER, CONCEPT, MERGED):
        training, clear = table.training.rows[name], table.tests["clear"].rows[name]
        assert clear.chosen.tolist() == training.averages.argmax(axis=0).tolist()
        parts = np.arange(len(table.part_names))
        assert clear.mean.value == pytest.approx(clear.averages[clear.chosen, parts].mean())
        assert clear.optimistic == pytest.approx(clear.averages.max(axis=0).mean())
    other = detector_table(
        backbone, world("training"), {"other": world("validation", 2, 5)}, SETTINGS
    )
    for name in ROWS:
        one, two = table.tests["clear"].rows[name], other.tests["other"].rows[name]
        assert one.chosen.tolist() == two.chosen.tolist()


def test_what_is_chosen_is_no_better_than_what_is_best(table: DetectorTable) -> None:
    for scores in table.tests.values():
        for row in scores.rows.values():
            if row.optimistic is not None:
                assert row.mean.value <= row.optimistic


def test_hidden_parts_are_true_apart(table: DetectorTable) -> None:
    clear, hidden = table.tests["clear"], table.tests["hidden"]
    assert clear.n_hidden == 0
    assert clear.rows[SVM].with_hidden is None
    assert hidden.n_hidden > 0
    assert hidden.n_places.sum() + hidden.n_hidden == clear.n_places.sum()
    assert hidden.rows[SVM].with_hidden is not None


def test_knowing_the_parts_is_better_than_a_filter(table: DetectorTable) -> None:
    rows = table.tests["clear"].rows
    assert rows[SVM].mean.value > rows[FILTER].mean.value
    assert max(rows[name].mean.value for name in COMBINATIONS) > rows[FILTER].mean.value


def test_seeds_repeat(backbone: pt.Backbone, table: DetectorTable) -> None:
    again = detector_table(backbone, world("training"), {"clear": world("test")}, SETTINGS)
    for name, row in again.tests["clear"].rows.items():
        assert np.array_equal(row.averages, table.tests["clear"].rows[name].averages)
    other = detector_table(
        backbone, world("training"), {"clear": world("test")}, replace(SETTINGS, seed=1)
    )
    one, two = (each.tests["clear"].rows[CONCEPT].averages for each in (table, other))
    assert not np.array_equal(one, two)


def test_results_are_written_whole(table: DetectorTable, tmp_path: Path) -> None:
    result, matrix = write_detectors(table, tmp_path / "out", {"dataset": "partworld"})
    written = json.loads(result.read_text())
    assert written["protocol"] == "detectors/distance"
    assert written["data"] == {"dataset": "partworld"}
    assert written["network"]["layer"] == "5"
    assert written["network"]["box"] == [44, 44]
    assert written["settings"]["seed"] == 0
    clear, of_table = written["tests"]["clear"], table.tests["clear"]
    assert clear["rows"][FILTER]["mAP"]["value"] == of_table.rows[FILTER].mean.value
    assert clear["rows"][FILTER]["optimistic"] == of_table.rows[FILTER].optimistic
    assert clear["rows"][SVM]["optimistic"] is None
    relations = clear["rows"][CONCEPT]["relations"]
    assert sum(relations["detectors by number of parts"]) == 12
    assert min(relations["detectors close to a part"].values()) >= 1
    assert set(clear["coverage"]) == {"concepts", "places"}
    rows = pq.read_table(matrix).to_pylist()
    per_row = sum(len(row.detectors) for row in of_table.rows.values())
    trained = sum(len(row.detectors) for row in table.training.rows.values())
    assert len(rows) == len(table.part_names) * (trained + 2 * per_row)
    (one,) = [
        row["average_precision"]
        for row in rows
        if (row["collection"], row["detector"], row["part"])
        == ("clear", "filter 7", table.part_names[2])
    ]
    assert one == of_table.rows[FILTER].averages[7, 2]


def test_a_folder_that_cannot_be_made_is_named(table: DetectorTable, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PartonomyError, match=r"-o .*file"):
        write_detectors(table, tmp_path / "file")


def test_no_objects_is_an_error_that_says_where(backbone: pt.Backbone) -> None:
    fish = replace(SETTINGS, class_name="fish")
    with pytest.raises(PartonomyError, match=r"training: no object \(--class fish\)"):
        detector_table(backbone, world("training"), {"test": world("test")}, fish)
    with pytest.raises(PartonomyError, match="empty: no object is annotated in it"):
        detector_table(backbone, world("training"), {"empty": []}, SETTINGS)

    def broken() -> tuple[np.ndarray, Sequence[Annotation]]:
        raise PictureError("the file is empty")

    bad = [AnnotatedPicture("a.png", broken)]
    with pytest.raises(PartonomyError, match=r"test: none of 1 picture .*a\.png: the file"):
        detector_table(backbone, world("training"), {"test": bad}, SETTINGS)
    some = detector_table(backbone, [*bad, *world("training")], {"test": world("test")}, SETTINGS)
    assert [each.name for each in some.training.skipped] == ["a.png"]


def with_parts(picture: AnnotatedPicture, wanted: Callable[[str], bool]) -> AnnotatedPicture:
    """A picture of whose parts some alone are annotated."""

    def load() -> tuple[np.ndarray, Sequence[Annotation]]:
        rgb, (annotation,) = picture.load()
        kept = tuple(part for part in annotation.parts if wanted(part.name))
        return rgb, (replace(annotation, parts=kept),)

    return AnnotatedPicture(picture.name, load)


def test_nothing_to_find_is_an_error(backbone: pt.Backbone) -> None:
    bare = [with_parts(each, lambda _: False) for each in world("training")]
    with pytest.raises(PartonomyError, match="training: nothing to find"):
        detector_table(backbone, bare, {"test": world("test")}, SETTINGS)
    wheels = [with_parts(each, "wheel".__eq__) for each in world("training")]
    others = [with_parts(each, "wheel".__ne__) for each in world("test")]
    with pytest.raises(PartonomyError, match="test: nothing to find, no visible part of it"):
        detector_table(backbone, wheels, {"test": others}, SETTINGS)


def test_parts_without_training_places_are_left_out(backbone: pt.Backbone) -> None:
    name = "wheel"
    training = [with_parts(each, name.__ne__) for each in world("training")]
    found = detector_table(backbone, training, {"test": world("test")}, SETTINGS)
    index = list(found.part_names).index(name)
    for row in found.tests["test"].rows.values():
        assert row.chosen[index] == -1
        assert (np.delete(row.chosen, index) >= 0).all()
        assert np.isfinite(row.mean.value)


@pytest.mark.real
def test_cars_are_cut_out_and_their_parts_found(data: Path) -> None:
    backbone = pt.load_backbone(
        "torchvision/squeezenet1_1",
        "features.12",
        data / "weights" / "squeezenet1_1" / "squeezenet1_1.safetensors",
    )
    cars = read_dataset("coco", data / "images" / "car_parts")
    training, tests = (
        annotated_pictures(cars.of_split(split))[:24] for split in ("training", "test")
    )
    (crop, *_) = object_crops(backbone, training[:1], "centres")
    assert isinstance(crop, ObjectCrop)
    assert min(crop.grid.picture_size) == 224
    settings = DetectorSettings(n_objects=24, n_concepts=48)
    rows = detector_table(backbone, training, {"test": tests}, settings).tests["test"].rows
    assert rows[SVM].mean.value > rows[CONCEPT].mean.value > 0.05
