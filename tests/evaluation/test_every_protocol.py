"""What holds of every protocol: it runs, shards add up, results say what they are of."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import partonomy as pt
from networks import small_network
from painted import assert_same
from partonomy.datasets import AnnotatedPart, Annotation, DataSet, Item, PartSchema, cards
from partonomy.datasets.reading import Problems
from partonomy.errors import PartonomyError
from partonomy.evaluation import all_protocols, evaluate, joined, protocol_of
from partonomy.parts import PartModel

NAMES = tuple(all_protocols())
OF_PIXELS = (
    "dense/foreground",
    "choudhury2021/deepfashion",
    "choudhury2021/pascal-part",
    "pdiscoformer/partimagenet",
    "mpae/partimagenet",
)
FACE = PartSchema(("left_eye", "right_eye", "nose"))
SPLITS = ("training", "test", "validation")
SIZE = (90, 120)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Two dozen ellipses with three parts, which have masks and keypoints, in three splits."""
    root = tmp_path_factory.mktemp("faces")
    items = []
    for number in range(24):
        generator = np.random.default_rng(number)
        picture = generator.integers(0, 60, (*SIZE, 3)).astype(np.uint8)
        x, y = generator.integers(45, 75), generator.integers(38, 50)
        cv2.ellipse(picture, (int(x), int(y)), (42, 36), 0, 0, 360, (200, 150, 120), -1)
        places = {"left_eye": (x - 18, y - 8), "right_eye": (x + 18, y - 8), "nose": (x, y + 10)}
        colours = {"left_eye": (20, 20, 200), "right_eye": (20, 200, 20), "nose": (200, 20, 20)}
        masks = {}
        for name, place in places.items():
            mask = np.zeros(SIZE, np.uint8)
            cv2.circle(mask, tuple(map(int, place)), 7, 1, -1)
            masks[name] = mask.astype(bool)
            picture[masks[name]] = colours[name]
        path = root / f"{number:02}.png"
        Image.fromarray(picture).save(path)
        parts = tuple(
            AnnotatedPart(name, mask=masks[name], keypoint=(px + 0.5, py + 0.5))
            for name, (px, py) in places.items()
        )
        split = SPLITS[number % 3]
        box = (float(x - 42), float(y - 36), float(x + 42), float(y + 36))
        one = Annotation(path.name, SIZE, "face", FACE, parts, None, box, None, split)
        items.append(Item(path.name, path, split, partial(known, one)))
    return DataSet(cards()["coco"], root, tuple(items), Problems())


def known(one: Annotation, _problems: Problems) -> tuple[Annotation, ...]:
    return (one,)


@pytest.fixture(scope="module")
def model(faces: DataSet) -> PartModel:
    backbone = pt.load_backbone(small_network(), "3")
    concepts = pt.VisualConcepts(n_concepts=6, n_parts=3, size=96, foreground=None)
    return concepts.fit(backbone, pt.ImageFolder(faces.root)).part_model_


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_shards_add_up_exactly(name: str, faces: DataSet, model: PartModel) -> None:
    protocol = protocol_of(name)
    split = protocol.split or "test"
    whole = evaluate(model, faces, protocol, split=split)
    assert len(whole.rows) == 8
    assert len(whole.training) == (0 if protocol.training is None else 8)
    shards = [evaluate(model, faces, protocol, split=split, shard=(index, 4)) for index in range(4)]
    assert_same(joined(shards), whole)
    for number in whole.numbers().values():
        assert -1 <= number.low <= number.value <= number.high


@pytest.mark.parametrize("name", NAMES)
def test_the_result_file_says_what_it_is_of(
    name: str, faces: DataSet, model: PartModel, tmp_path: Path
) -> None:
    protocol = protocol_of(name)
    found = evaluate(model, faces, protocol, split=protocol.split or "test", foreground="truth")
    found.write(tmp_path / "result.json")
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["protocol"], result["version"]) == (name, protocol.version)
    assert result["pictures"] == 8
    assert result["fitted on"]["split"] == protocol.training
    assert result["seeds"]["model"] == model.seed
    assert set(result["historical"]) == set(protocol.historical)
    assert set(result["numbers"]).isdisjoint(result["historical"])
    assert {"data", "model", "parts", "skipped", "versions"} <= result.keys()


@pytest.mark.parametrize("name", NAMES)
def test_it_says_its_rules(name: str) -> None:
    protocol = protocol_of(name)
    assert protocol.name == name
    assert protocol.version >= 1
    assert protocol.title
    assert protocol.rules.endswith(".")


@pytest.mark.parametrize("name", OF_PIXELS)
def test_a_mask_given_keeps_parts_inside(name: str, faces: DataSet, model: PartModel) -> None:
    """With true masks, nothing is found where nothing is."""
    protocol = protocol_of(name)
    split = protocol.split or "test"
    given = evaluate(model, faces, protocol, split=split, foreground="truth")
    for row in given.rows:
        table = row.record.get("whole", row.record.get("table"))
        assert table[0, 1:].sum() <= 0.01 * table.sum()


def test_what_is_fitted_needs_its_split(faces: DataSet, model: PartModel) -> None:
    items = tuple(item for item in faces.items if item.split == "test")
    only = DataSet(faces.card, faces.root, items, Problems())
    with pytest.raises(PartonomyError, match="--split training: coco has test"):
        evaluate(model, only, protocol_of("choudhury2021/cub"))


@pytest.mark.parametrize("name", NAMES)
def test_data_without_what_is_compared_is_an_error(
    name: str, faces: DataSet, model: PartModel
) -> None:
    """Labellings of nothing would agree."""

    def bare(item: Item) -> Item:
        (one,) = item.annotate(Problems())
        return replace(item, annotate=partial(known, replace(one, parts=())))

    eyes = name == "celeba/landmarks"  # which leaves such faces out, and has nothing to score
    data = replace(faces, items=tuple(bare(item) for item in faces.items))
    protocol = protocol_of(name)
    message = "no picture could be scored" if eyes else f"--protocol {name} on coco: "
    with pytest.raises(PartonomyError, match=message):
        evaluate(model, data, protocol, split=protocol.split or "test").numbers()
