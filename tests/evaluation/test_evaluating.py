"""Evaluations: shards add up, what is left out is said, results say what they are of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import partonomy as pt
from networks import small_network
from partonomy.datasets import DataSet, read_dataset
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError
from partonomy.evaluation import Evaluation, all_protocols, evaluate, joined, protocol_of
from partonomy.parts import PartModel

PROTOCOL = protocol_of("dense/foreground")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Six cars and six faces, with their truth."""
    root = tmp_path_factory.mktemp("world")
    write_folder(PartWorld(12, ("car", "face"), size=64), root, 0)
    return read_dataset("coco", root)


@pytest.fixture(scope="module")
def model(world: DataSet) -> PartModel:
    backbone = pt.load_backbone(small_network(), "3")
    concepts = pt.VisualConcepts(n_concepts=6, n_parts=3, size=96, foreground=None)
    return concepts.fit(backbone, pt.ImageFolder(world.root / "pictures")).part_model_


@pytest.fixture(scope="module")
def whole(model: PartModel, world: DataSet) -> Evaluation:
    return evaluate(model, world, PROTOCOL, class_name="car")


def test_only_pictures_of_the_class_count(whole: Evaluation) -> None:
    assert len(whole.pictures) == 6
    assert all("/car/" in name for name in whole.pictures)
    assert whole.tables.shape == (6, 2, 9, 4)
    assert (whole.tables[:, 1].sum(axis=(1, 2)) == 128 * 128).all()


@pytest.mark.parametrize("n_shards", [2, 4])
def test_shards_add_up_exactly(
    whole: Evaluation, model: PartModel, world: DataSet, n_shards: int
) -> None:
    shards = [
        evaluate(model, world, PROTOCOL, class_name="car", shard=(index, n_shards))
        for index in range(n_shards)
        if any("/car/" in item.name for item in world.items[index::n_shards])
    ]
    together = joined(shards)
    assert together.pictures == whole.pictures
    assert together.digests == whole.digests
    np.testing.assert_array_equal(together.tables, whole.tables)
    assert together.numbers() == whole.numbers()


def test_shards_of_something_else_are_refused(
    whole: Evaluation, model: PartModel, world: DataSet
) -> None:
    with pytest.raises(PartonomyError, match="shards share a picture"):
        joined([whole, whole])
    faces = evaluate(model, world, PROTOCOL, class_name="face")
    with pytest.raises(PartonomyError, match="different evaluations: class_name differs"):
        joined([whole, faces])


def test_the_result_says_what_it_is_of(whole: Evaluation, tmp_path: Path) -> None:
    whole.write(tmp_path / "result.json")
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["protocol"], result["version"]) == ("dense/foreground", 1)
    assert (result["dataset"], result["class"], result["pictures"]) == ("coco", "car", 6)
    assert set(result["numbers"]) == set(PROTOCOL.measures)
    for number in result["numbers"].values():
        assert number["low"] <= number["high"]
        assert number["level"] == 0.95
    with pytest.raises(PartonomyError, match="-o "):
        whole.write(tmp_path / "result.json" / "below.json")


def test_digests_follow_pictures_and_truth(
    whole: Evaluation, model: PartModel, tmp_path: Path
) -> None:
    write_folder(PartWorld(12, ("car", "face"), size=64, seed=1), tmp_path, 0)
    other = evaluate(model, read_dataset("coco", tmp_path), PROTOCOL, class_name="car")
    assert other.model == whole.model
    assert set(other.digests).isdisjoint(whole.digests)


def test_what_is_left_out_is_said(model: PartModel, tmp_path: Path) -> None:
    write_folder(PartWorld(4, ("car",), size=64), tmp_path, 0)
    broken = sorted((tmp_path / "pictures" / "car").iterdir())
    broken[0].write_bytes(b"no picture")
    broken[1].unlink()
    found = evaluate(model, read_dataset("coco", tmp_path), PROTOCOL)
    assert len(found.pictures) == 2
    assert [each.name for each in found.skipped] == [
        f"pictures/car/{path.name}" for path in broken[:2]
    ]


def test_errors_are_one_line(model: PartModel, world: DataSet) -> None:
    with pytest.raises(PartonomyError, match="--class is missing: there are car, face"):
        evaluate(model, world, PROTOCOL)
    with pytest.raises(PartonomyError, match="no picture with a ship could be scored"):
        evaluate(model, world, PROTOCOL, class_name="ship")
    with pytest.raises(PartonomyError, match="--split test: coco has none"):
        evaluate(model, world, PROTOCOL, split="test")
    with pytest.raises(PartonomyError, match=r"--protocol dense: choose from .*dense/foreground"):
        protocol_of("dense")


@pytest.mark.parametrize("name", list(all_protocols()))
def test_every_protocol_has_rules_and_measures(name: str) -> None:
    protocol = protocol_of(name)
    assert protocol.name == name
    assert protocol.version >= 1
    assert protocol.rules.endswith(".")
    assert protocol.measures
