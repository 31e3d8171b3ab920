"""Evaluations: shards add up, what is left out is said, results say what they are of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import partonomy as pt
from networks import small_network
from painted import assert_same
from partonomy.datasets import DataSet, read_dataset
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError
from partonomy.evaluation import Evaluation, evaluate, joined, protocol_of
from partonomy.images import MaskFolder
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
    assert len(whole.rows) == 6
    assert all("/car/" in row.name for row in whole.rows)
    for row in whole.rows:
        assert row.record["whole"].shape == (9, 4)
        assert row.record["whole"].sum() == 128 * 128


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
    assert_same(together, whole)


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
    assert result["seeds"] == {"model": 0, "intervals": 0}
    assert (result["parts"], result["foreground"]) == (3, "auto")
    assert set(result["numbers"]) == {"FG-NMI", "FG-ARI", "NMI", "ARI", "foreground IoU"}
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
    assert {row.digest for row in other.rows}.isdisjoint(row.digest for row in whole.rows)


def test_what_is_left_out_is_said(model: PartModel, tmp_path: Path) -> None:
    write_folder(PartWorld(4, ("car",), size=64), tmp_path, 0)
    broken = sorted((tmp_path / "pictures" / "car").iterdir())
    broken[0].write_bytes(b"no picture")
    broken[1].unlink()
    found = evaluate(model, read_dataset("coco", tmp_path), PROTOCOL)
    assert len(found.rows) == 2
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


def test_true_masks_and_masks_of_a_folder_can_be_given(model: PartModel, world: DataSet) -> None:
    found = evaluate(model, world, PROTOCOL, class_name="car", foreground="truth")
    assert found.foreground == "truth"
    assert found.numbers()["foreground IoU"].value > 0.95
    folder = MaskFolder(world.root / "foreground")
    given = evaluate(model, world, PROTOCOL, class_name="car", foreground=folder)
    assert given.foreground == "given"
    assert given.numbers()["foreground IoU"].value > 0.95
