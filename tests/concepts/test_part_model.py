"""The part model of visual concepts: foreground, abstention, sharpening, saved and cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import partonomy as pt
from partonomy.backbones import Backbone
from partonomy.concepts.hierarchy import part_tree
from partonomy.concepts.part_model import ConceptPartModel, ConceptTree
from partonomy.errors import PartonomyError
from partonomy.features import ForegroundModel
from partonomy.features.objectness import KNOWN
from partonomy.features.population import unit_responses
from partonomy.images import Grid, LayerGeometry
from partonomy.parts import PartMaps
from partonomy.parts.model import model_digest

OWN = {"backbone": "networks:small_network", "device": "cpu"}
FILES = ("part_model.json", "weights.safetensors")


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return pt.load_backbone("networks:small_network", layer="5", precision="float32", device="cpu")


def tree(known: float = 0.8) -> ConceptTree:
    """Six concepts along the first channels."""
    concepts = np.eye(6, 32, dtype=np.float32)
    populations = np.array([40, 30, 20, 10, 8, 6])
    sums = concepts * populations[:, None]
    pairs = np.array([(0, 1), (1, 2), (3, 4), (4, 5)] * 5)
    return ConceptTree(concepts, sums, populations, part_tree(sums, populations, pairs), known)


FOREGROUND = ForegroundModel(torch.stack([torch.arange(32.0) < 6, torch.zeros(32)]).float(), -0.5)
"""The channels that concepts know are object; the others are not."""


def model(
    backbone: Backbone,
    foreground: ForegroundModel | None = FOREGROUND,
    *,
    sharpen: bool = True,
    known: float = 0.8,
) -> ConceptPartModel:
    return ConceptPartModel(
        backbone, 96, 0.0, tree(known), 2, foreground=foreground, sharpen=sharpen, seed=0
    )


def seen(model: ConceptPartModel, height: int = 96, width: int = 128) -> Grid:
    placement = model.preprocessing.place((height, width))
    height, width = placement.input_size
    return Grid(placement, LayerGeometry((8, 8), (4, 4), (8, 8)), (height // 8, width // 8))


def channels(*rows: str) -> torch.Tensor:
    """(32, h, w) features that are 1 in the channel each letter names: a is 0; a point is none."""
    features = torch.zeros(32, len(rows), len(rows[0]))
    for i, row in enumerate(rows):
        for j, letter in enumerate(row):
            features[10 if letter == "." else ord(letter) - ord("a"), i, j] = 1
    return features


def labels_of(model: ConceptPartModel, features: torch.Tensor) -> list[str]:
    """The label of each cell's centre."""
    rows, columns = features.shape[1:]
    maps = model.part_maps_of(features, seen(model, 8 * rows, 8 * columns))
    shown = maps.labels((rows, columns))
    return ["".join(".ABC"[label] for label in row) for row in shown.tolist()]


def test_parts_where_the_object_is_and_nothing_elsewhere(backbone: Backbone) -> None:
    """Each cell has the part of its concept; what is no object has none."""
    features = channels(*["." * 12] * 3, *["...aabbdde.."] * 4, *["." * 12] * 5)
    found = labels_of(model(backbone), features)
    branch = tree().parts(2)
    expected = "".join("AB"[branch[channel]] for channel in (0, 0, 1, 1, 3, 3, 4))
    assert found[4] == f"...{expected}.."
    assert set(expected) == {"A", "B"}
    assert set(found[:2] + found[8:]) == {"." * 12}


def test_without_a_foreground_every_cell_has_a_part(backbone: Backbone) -> None:
    features = channels(*["." * 12] * 3, *["...aabbdde.."] * 4, *["." * 12] * 5)
    assert "." not in "".join(labels_of(model(backbone, foreground=None), features))


def objects(odds_rows: list[str]) -> torch.Tensor:
    return torch.tensor([[-1.0 if cell == "." else 2.0 for cell in row] for row in odds_rows])


def fires(*rows: str) -> torch.Tensor:
    """Responses at which a concept fires where a letter is drawn, and none does elsewhere."""
    responses = torch.zeros(32, len(rows), len(rows[0]))
    for i, row in enumerate(rows):
        for j, letter in enumerate(row):
            # against the 0.8 of what is known: 0.85 of a concept's direction, or 0.7 of it
            known = 0.85 if letter != "." else 0.7
            responses[0, i, j], responses[20, i, j] = known, (1 - known**2) ** 0.5
    return responses


def test_objects_that_are_like_no_concept_are_background(backbone: Backbone) -> None:
    odds = objects(["###..###", "###..###", "###..###"])
    known = model(backbone).known.only_known(odds, fires("......x.", "......x.", "......x."))
    assert (known[:, :3] == -2).all(), "the left one is strange"
    assert torch.equal(known[:, 3:], odds[:, 3:]), "and a third of the right one is enough"


def test_what_is_known_is_kept_however_small_beside_what_is_strange(backbone: Backbone) -> None:
    """The object of channel g is large and like no concept."""
    also_g = ForegroundModel((torch.arange(32.0) < 7).float() * torch.tensor([[1.0], [0.0]]), -0.5)
    features = channels(*["." * 16] * 3, *[".ggggggggggg.bb."] * 8, *["." * 16] * 3)
    found = labels_of(model(backbone, also_g), features)
    assert set(found[5][:12]) == {"."}
    assert set(found[5][13:15]) <= {"A", "B"}


@pytest.mark.parametrize(("firing", "kept"), [(0, False), (5, False), (6, True), (40, True)])
def test_the_share_that_has_to_fire(backbone: Backbone, firing: int, kept: bool) -> None:
    """At 0.15 of an object's 40 cells: from 6 of them."""
    assert KNOWN * 40 == 6
    odds = objects(["#" * 40])
    known = model(backbone).known.only_known(odds, fires("x" * firing + "." * (40 - firing)))
    assert bool((known > 0).all()) == kept
    assert bool((known < 0).all()) != kept


def test_concepts_that_fire_beside_an_object_do_not_count(backbone: Backbone) -> None:
    odds = objects(["###.....", "###....."])
    known = model(backbone).known.only_known(odds, fires("...xxxxx", "...xxxxx"))
    assert (known < 0).all()


@pytest.mark.parametrize("rows", [["...", "..."], ["###", "###"]])
def test_nothing_found_and_everything_found(backbone: Backbone, rows: list[str]) -> None:
    odds = objects(rows)
    assert torch.equal(model(backbone).known.only_known(odds, fires("xxx", "xxx")), odds)
    assert (model(backbone).known.only_known(odds, fires("...", "...")) < 0).all()


def test_a_given_foreground_is_labelled_whether_concepts_fire_or_not(backbone: Backbone) -> None:
    """Who gives a mask knows where the object is."""
    strange = model(backbone, known=1.1)
    features = channels(*["...aabbdde.."] * 12)
    assert set("".join(labels_of(strange, features))) == {"."}
    mask = np.zeros((96, 96), bool)
    mask[20:50, 33:70] = True
    maps = strange.part_maps_of(features, seen(strange, 96, 96), foreground=mask)
    np.testing.assert_array_equal(maps.labels() > 0, mask)
    assert maps.objectness is None


def pictures(count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 96, 128, 3), dtype=torch.uint8, generator=generator)


def fitted(photos: Path, backbone: Backbone, **options: object) -> ConceptPartModel:
    estimator = pt.VisualConcepts(12, 4, size=96, **options)  # type: ignore[arg-type]
    return estimator.fit(backbone, pt.ImageFolder(photos)).part_model_


def maps_of(model: ConceptPartModel, photos: Path) -> list[PartMaps]:
    pixels = [np.array(Image.open(path)) for path in sorted(photos.iterdir())[:3]]
    batch = torch.from_numpy(np.stack(pixels))
    return model.part_maps(batch, [model.preprocessing.place((96, 128))] * len(batch))


def same(one: PartMaps, other: PartMaps) -> bool:
    both = (one.objectness, other.objectness)
    assert (both[0] is None) == (both[1] is None)
    found = both[0] is None or both[1] is None or torch.equal(*both)
    return found and torch.equal(one.scores, other.scores) and one.grid == other.grid


@pytest.mark.parametrize("sharpen", [True, False])
@pytest.mark.parametrize("foreground", ["auto", None])
def test_a_saved_model_gives_the_same_maps(
    tmp_path: Path, photos: Path, backbone: Backbone, foreground: str | None, sharpen: bool
) -> None:
    model = fitted(photos, backbone, foreground=foreground, sharpen=sharpen)
    assert (model.foreground is None) == (foreground is None)
    model.save(tmp_path / "model")
    loaded = pt.load(tmp_path / "model", **OWN)
    assert isinstance(loaded, ConceptPartModel)
    assert loaded.sharpen == sharpen
    if model.foreground is None:
        assert loaded.foreground is None
    else:
        assert loaded.foreground is not None
        assert loaded.foreground.key == model.foreground.key
    pairs = zip(maps_of(model, photos), maps_of(loaded, photos), strict=True)
    assert all(same(one, other) for one, other in pairs)
    loaded.save(tmp_path / "again")
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()


def test_the_digest_tells_foregrounds_and_sharpening_apart(backbone: Backbone) -> None:
    other = ForegroundModel(FOREGROUND.weights, 0.5)
    models = [
        model(backbone),
        model(backbone, None),
        model(backbone, other),
        model(backbone, sharpen=False),
    ]
    assert len({model_digest(each) for each in models}) == len(models)


@pytest.mark.parametrize("sharpen", [True, False])
def test_another_cut_keeps_the_foreground_and_the_sharpening(
    photos: Path, backbone: Backbone, sharpen: bool
) -> None:
    """It is the model that a fit for that number of parts would have made."""
    four = fitted(photos, backbone, sharpen=sharpen)
    two = four.cut(2)
    assert len(two.part_names) == 2
    assert (two.foreground, two.sharpen, two.seed) == (four.foreground, sharpen, four.seed)
    estimator = pt.VisualConcepts(12, 2, size=96, sharpen=sharpen)
    afresh = estimator.fit(backbone, pt.ImageFolder(photos)).part_model_
    assert model_digest(two) == model_digest(afresh)
    for one, other in zip(maps_of(four, photos), maps_of(two, photos), strict=True):
        np.testing.assert_array_equal(one.labels() > 0, other.labels() > 0)


def test_sharpening_is_of_the_masks_alone(photos: Path, backbone: Backbone) -> None:
    """The concepts, the tree and what is found as object are the same without it."""
    sharp, plain = (fitted(photos, backbone, sharpen=sharpen) for sharpen in (True, False))
    np.testing.assert_array_equal(sharp.tree.concepts, plain.tree.concepts)
    assert sharp.foreground is not None
    assert plain.foreground is not None
    assert sharp.foreground.key == plain.foreground.key
    fine, coarse = maps_of(sharp, photos)[0], maps_of(plain, photos)[0]
    assert fine.grid.shape == (48, 64)
    assert coarse.grid.shape == (12, 16)
    assert fine.labels().shape == coarse.labels().shape == (96, 128)


def test_without_a_guide_maps_stay_at_the_layers_resolution(backbone: Backbone) -> None:
    sharp = model(backbone)
    features = channels(*["...aabbdde.."] * 12)
    guide = np.zeros((48, 48, 3), np.uint8)
    grid = seen(sharp, 96, 96)
    assert sharp.part_maps_of(features, grid).grid.shape == (12, 12)
    assert sharp.part_maps_of(features, grid, guide).grid.shape == (48, 48)


def test_masks_do_not_depend_on_the_pictures_of_the_batch(photos: Path, backbone: Backbone) -> None:
    model = fitted(photos, backbone)
    batch, place = pictures(3), model.preprocessing.place((96, 128))
    together = model.part_maps(batch, [place] * 3)
    for index, one in enumerate(together):
        (alone,) = model.part_maps(batch[index : index + 1], [place])
        np.testing.assert_array_equal(one.labels(), alone.labels())


def test_concepts_are_found_on_the_object(photos: Path, backbone: Backbone) -> None:
    """All positions that are fitted on lie inside what was found, or a picture has none."""
    estimator = pt.VisualConcepts(12, 4, size=96).fit(backbone, pt.ImageFolder(photos))
    foreground, sample = estimator.part_model_.foreground, estimator.sample_
    assert foreground is not None
    for index, picture in enumerate(sample.pictures):
        pixels = torch.from_numpy(np.array(Image.open(picture.file.path)))[None]
        (maps,) = backbone.feature_maps(pixels)
        found = foreground.objectness(unit_responses(maps[0].half()))
        cells = sample.cell[sample.picture == index]
        assert (found[cells[:, 0], cells[:, 1]] >= 0).all()


def test_a_model_without_its_foreground_bias_is_damaged(tmp_path: Path, backbone: Backbone) -> None:
    model(backbone).save(tmp_path)
    path = tmp_path / "part_model.json"
    path.write_text(path.read_text().replace("foreground_bias", "bias"))
    with pytest.raises(PartonomyError, match=r"part_model\.json is damaged: .*foreground_bias"):
        pt.load(tmp_path, **OWN)
