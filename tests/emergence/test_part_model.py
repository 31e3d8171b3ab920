"""Sets of filters as part models: planted parts are masked, absent ones are not, end to end."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import partonomy as pt
from emergence.planted import around_cell, stimuli_of
from networks import colour_network
from partonomy.backbones import list_layers
from partonomy.datasets import AnnotatedPart, Annotation
from partonomy.datasets.annotation import PartSchema
from partonomy.emergence.audit import AuditSettings
from partonomy.emergence.collection import collect
from partonomy.emergence.combinations import FilterSet, Refined, union_of, union_precision
from partonomy.emergence.filters import PartScores, Split
from partonomy.emergence.fitting import (
    best_set,
    best_threshold,
    file_name,
    fit_filter_part_model,
    input_size,
    write_part_models,
)
from partonomy.emergence.part_model import FilterPartModel
from partonomy.emergence.parts import Part, TrueBoxes, parts_of, true_boxes
from partonomy.emergence.precision import OVERLAP, FilterPrecision, unsuppressed
from partonomy.emergence.running import AuditData, RunSettings, run_audit
from partonomy.emergence.search import GeneticSettings
from partonomy.errors import PartonomyError
from partonomy.export import export_run
from partonomy.features.objects import AnnotatedPicture, look_at_objects
from partonomy.images import ImageFolder
from partonomy.parts import PartModel, segment_collection
from partonomy.parts.model import model_digest

NETWORK = "networks:colour_network"
SCHEMA = PartSchema(("head", "tail", "wing"))
HEAD, TAIL = Part("thing", "head"), Part("thing", "tail")
SETTINGS = AuditSettings(
    genetic=GeneticSettings(population=10, generations=3), fewest=4, shuffles=9, resamples=20
)


def load(layer=("3",), **otherwise) -> pt.Backbone:
    plain = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), "precision": "float32"}
    return pt.load_backbone(NETWORK, list(layer), device="cpu", **plain | otherwise)


def thing(seed: int, parts=("head", "tail")) -> tuple[np.ndarray, Annotation]:
    """A dark thing on grey; its head is red and square, its tail blue and long. No wing is."""
    generator = np.random.default_rng(seed)
    picture = np.full((112, 128, 3), 128, np.uint8)
    y, x = generator.integers(4, 28, 2)
    picture[y : y + 80, x : x + 96] = 30
    found = []
    for name, colour, height, width, column in (
        ("head", (230, 20, 20), 24, 24, x + 8),
        ("tail", (20, 20, 230), 16, 32, x + 52),
    ):
        if name in parts:
            row = y + generator.integers(8, 40)
            picture[row : row + height, column : column + width] = colour
            mask = np.zeros(picture.shape[:2], bool)
            mask[row : row + height, column : column + width] = True
            found.append(AnnotatedPart(name, (column, row, column + width, row + height), mask))
    box = (float(x), float(y), x + 96.0, y + 80.0)
    return picture, Annotation(
        f"{seed}.png", picture.shape[:2], "thing", SCHEMA, tuple(found), box=box
    )


def things(seeds) -> list[AnnotatedPicture]:
    def read(seed):
        picture, annotation = thing(seed)
        return picture, [annotation]

    return [AnnotatedPicture(f"{seed}.png", partial(read, seed)) for seed in seeds]


@pytest.fixture(scope="module")
def training() -> Split:
    seen = collect(load(), things(range(16)), size=96)
    return Split(seen.layers[0].stimuli, true_boxes(seen.objects, parts_of(seen.objects)))


@pytest.fixture(scope="module")
def model(training: Split) -> FilterPartModel:
    chosen = {HEAD: np.array([0]), TAIL: np.array([1, 2])}
    return fit_filter_part_model(load(), training, chosen, SETTINGS)


def maps_of(model: PartModel, picture: np.ndarray, foreground=None):
    preprocessing = model.preprocessing
    placement = preprocessing.place(picture.shape[:2])
    height, width = placement.input_size
    pixels = np.array(Image.fromarray(picture).resize((width, height)))
    return model.part_maps(torch.from_numpy(pixels)[None], [placement], [foreground])[0]


def test_planted_parts_are_masked(model: FilterPartModel) -> None:
    assert isinstance(model, PartModel)
    assert list(model.part_names) == ["head", "tail"]
    for seed in range(100, 108):
        picture, annotation = thing(seed)
        labels = maps_of(model, picture).labels()
        for label, part in enumerate(annotation.parts, start=1):
            found = labels == label
            assert (found & part.mask).sum() / (found | part.mask).sum() > 0.75


@pytest.mark.parametrize("there", [(), ("head",), ("tail",)])
def test_nothing_is_found_of_a_part_that_is_absent(model: FilterPartModel, there) -> None:
    for seed in range(100, 104):
        picture, _ = thing(seed, there)
        found = set(np.unique(maps_of(model, picture).labels())) - {0}
        assert found == {model.part_names.index(name) + 1 for name in there}


def test_masks_keep_to_the_foreground_and_its_rest_is_background(model: FilterPartModel) -> None:
    picture, annotation = thing(100)
    head, tail = (part.mask for part in annotation.parts)
    free = maps_of(model, picture).labels()
    labels = maps_of(model, picture, ~tail).labels()
    assert (labels[tail] == 0).all()
    np.testing.assert_array_equal(labels[~tail], free[~tail])
    assert (labels[head] == 1).mean() > 0.75
    assert (maps_of(model, picture, np.zeros_like(head)).labels() == 0).all()


def test_a_loaded_model_is_the_saved_one(model: FilterPartModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = pt.load(tmp_path, backbone=NETWORK, device="cpu")
    assert model_digest(again) == model_digest(model)
    assert (again.size, again.seed, again.with_masks) == (model.size, 0, False)
    picture, _ = thing(100)
    mine, theirs = maps_of(model, picture), maps_of(again, picture)
    assert torch.equal(mine.scores, theirs.scores)
    assert torch.equal(mine.objectness, theirs.objectness)


def test_detections_are_those_that_the_audit_scores(
    model: FilterPartModel, training: Split
) -> None:
    """On the crops themselves, above the threshold: the same boxes as in the union's precision."""
    detectors = model.detectors
    found = []

    def look(seen):
        found.append(detectors(seen.maps[0], seen.grids[0]))

    list(look_at_objects(load(), things(range(16)), look, size=96, workers=1))
    rows = detectors.part == 1
    stimuli = training.stimuli.of_filters(detectors.filters[rows])
    refine = type(detectors.refine)(detectors.refine.weights[rows], detectors.refine.pairs[rows])
    refined = Refined.of(stimuli, training.truth[1], detectors.strength[rows], refine)
    share, boxes = union_of(refined, np.arange(2))
    kept = unsuppressed(share, boxes, OVERLAP).numpy() & (share >= detectors.threshold[1])
    for index, each in enumerate(found):
        mine = each.boxes[each.part == 1]
        np.testing.assert_allclose(mine, boxes[index][kept[index]], atol=1e-3)


def test_an_audit_leaves_part_models_that_segment_and_export(tmp_path: Path) -> None:
    data = AuditData(things(range(16)), things(range(50, 60)), {"dataset": "things"})
    layers = [each for each in list_layers(colour_network()) if each.name in ("1", "3")]
    done = run_audit(load, layers, data, RunSettings(SETTINGS, size=96), tmp_path / "audit")
    saved = done.layer("3") / "models" / "thing"
    assert json.loads((saved / "part_model.json").read_text())["backbone"]["layers"] == ["3"]
    assert (done.layer("1") / "models" / "thing" / "part_model.json").is_file()
    (tmp_path / "pictures").mkdir()
    for seed in (100, 101):
        Image.fromarray(thing(seed)[0]).save(tmp_path / "pictures" / f"{seed}.png")
    model = pt.load(saved, backbone=NETWORK, device="cpu")
    assert list(model.part_names) == ["head", "tail"], "wings are too rare"
    run = segment_collection(model, ImageFolder(tmp_path / "pictures"), tmp_path / "run")
    exported = export_run(run, tmp_path / "out", ["coco"])
    (path,) = exported["coco"].folder.rglob("*.json")
    content = json.loads(path.read_text())
    assert {each["name"] for each in content["categories"]} == {"head", "tail"}
    assert len(content["annotations"]) >= 4


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("threshold", lambda each: each[:1]),
        ("threshold", lambda each: each * float("nan")),
        ("filter", lambda each: each + 7),
        ("filter", lambda each: each - 7),
        ("part", lambda each: each * 0),
        ("strength", lambda each: each[:0]),
        ("strength", lambda each: each * 0),
        ("refinement", lambda each: each[:, :3]),
        ("refinement", lambda each: each.new_tensor(1.0)),
    ],
)
def test_a_damaged_model_is_refused_in_one_line(model, tmp_path: Path, name, change) -> None:
    model.save(tmp_path)
    tensors = load_file(tmp_path / "weights.safetensors")
    tensors[name] = change(tensors[name]).contiguous()
    save_file(tensors, tmp_path / "weights.safetensors")
    with pytest.raises(PartonomyError, match="is damaged: ") as error:
        pt.load(tmp_path, backbone=NETWORK, device="cpu")
    assert "\n" not in str(error.value)


def test_a_model_without_a_tensor_is_refused(model: FilterPartModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    tensors = load_file(tmp_path / "weights.safetensors")
    del tensors["pairs"]
    save_file(tensors, tmp_path / "weights.safetensors")
    with pytest.raises(PartonomyError, match="is damaged: KeyError: 'pairs'"):
        pt.load(tmp_path, backbone=NETWORK, device="cpu")


def test_the_threshold_is_where_f1_is_highest() -> None:
    """Right down to a score, wrong below it."""
    generator = np.random.default_rng(0)
    cell = generator.integers(3, 9, (20, 1, 1, 2))
    score = generator.uniform(0.5, 1, (20, 1, 1))
    score[12:] -= 0.5
    truth = around_cell(cell[:, 0], 24, 24)
    truth[12:] = np.nan
    true = TrueBoxes(HEAD, np.arange(20), truth)
    refined = Refined.of(stimuli_of(score, cell), true, np.ones(1, np.float32), None)
    assert best_threshold(refined) == pytest.approx(score[:12].min())
    silent = Refined.of(stimuli_of(0 * score, cell), true, np.ones(1, np.float32), None)
    assert best_threshold(silent) == float("inf")
    assert union_precision(refined, np.array([0])) == 1.0


def finding(single: float, **sets: float):
    """What an audit found of heads: filter 4 by itself, and sets with filters of their own."""
    precision = np.zeros(5)
    precision[4] = single
    scores = FilterPrecision(precision, precision)

    class Found:
        part = HEAD
        refined = PartScores(HEAD, True, 9, 9, scores, scores)

    Found.sets = [
        FilterSet(HEAD, name, np.array([index]), ap, 0.0)
        for index, (name, ap) in enumerate(sets.items())
    ]
    return Found


def test_the_set_that_is_best_in_training_detects() -> None:
    assert best_set(finding(0.5)).tolist() == [4]
    assert best_set(finding(0.5, greedy=0.6, genetic=0.7, linear=0.9)).tolist() == [1]
    assert best_set(finding(0.5, greedy=0.5, genetic=0.4)).tolist() == [4]


def test_pictures_are_larger_where_objects_fill_less_of_them(training: Split) -> None:
    """Crops are 96 high for 80 pixels, pictures 112 high."""
    geometry = load().layers[0].geometry
    assert input_size(training, "thing", geometry) == pytest.approx(112 * 96 / 80, abs=1)


def test_names_of_classes_lead_nowhere_else(tmp_path: Path, training: Split) -> None:
    assert [file_name(each) for each in ("a/../b", "..", "", "T 1", "features.12")] == [
        "a_.._b", "_..", "_", "T_1", "features.12",
    ]  # fmt: skip
    found = []
    truth = []
    for class_name in ("a b", "a_b", "A/B", ".."):
        part = Part(class_name, "head")
        each = finding(0.5)
        each.part = part
        each.refined = PartScores(part, True, 9, 9, *2 * [FilterPrecision(*np.eye(2, 3))])
        found.append(each)
        truth.append(TrueBoxes(part, training.truth[0].objects, training.truth[0].boxes))
    split = Split(training.stimuli, truth)
    written = write_part_models(tmp_path / "out", load(), "3", split, found, SETTINGS)
    assert [each.name for each in written] == ["a_b", "a_b_2", "A_B_3", "_.."]
    assert all((each / "part_model.json").is_file() for each in written)
    assert {each.parent for each in written} == {tmp_path / "out/models"}
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    (tmp_path / "file").touch()
    with pytest.raises(PartonomyError, match="cannot be written"):
        write_part_models(tmp_path / "file", load(), "3", split, found, SETTINGS)
