"""The part model: objects found or given, saved and loaded, and damage that is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import partonomy as pt
from conftest import made_up_picture
from partonomy.backbones import Backbone
from partonomy.errors import PartonomyError
from partonomy.features import ForegroundModel, KnownObjects
from partonomy.images import Grid, LayerGeometry
from partonomy.parts import PartMaps
from partonomy.parts.model import model_digest
from partonomy.segmenter.compact import Compact, CompactPartModel, Decoder
from partonomy.segmenter.compact.describing import PLACES, Axes

OWN = {"backbone": "networks:small_network", "device": "cpu"}
FILES = ("part_model.json", "weights.safetensors")
FOREGROUND = ForegroundModel(torch.stack([torch.arange(32.0) < 6, torch.zeros(32)]).float(), -0.5)
"""The channels that parts and concepts know are object, and two more; the others are not."""


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return pt.load_backbone("networks:small_network", layer="5", precision="float32", device="cpu")


def model(
    backbone: Backbone,
    foreground: ForegroundModel | None = FOREGROUND,
    *,
    known: float = 0.8,
    sharpen: bool = True,
    trained: bool = False,
    position: float = 0.2,
) -> CompactPartModel:
    """Part A is channels 0 and 1, B is 2 and 3; of channels 4 and 5 nothing is known."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.zeros(2, 8 + PLACES)
    directions[0, :2], directions[1, 2:4] = 1, 1
    axes = Axes(torch.eye(32)[:8], torch.eye(32)[:8], position)
    decoder = Decoder(directions, 5, generator)
    if trained:
        torch.nn.init.normal_(decoder.outer.weight, generator=generator)
    return CompactPartModel(
        backbone,
        96,
        axes,
        decoder,
        Compact().model_dump(mode="json"),
        ("part_01", "part_02"),
        foreground=foreground,
        known=KnownObjects(torch.eye(32)[:4], known),
        with_masks=False,
        sharpen=sharpen,
        seed=3,
    )


def unit(*rows: str) -> torch.Tensor:
    """(32, h, w) unit responses in the channel that each letter names; a point is background."""
    responses = torch.zeros(32, len(rows), len(rows[0]))
    for i, row in enumerate(rows):
        for j, letter in enumerate(row):
            responses[10 if letter == "." else ord(letter) - ord("a"), i, j] = 1
    return responses


def maps_of(model: CompactPartModel, responses: torch.Tensor, mask: object = None) -> PartMaps:
    rows, columns = responses.shape[1:]
    placement = model.preprocessing.place((8 * rows, 8 * columns))
    grid = Grid(placement, LayerGeometry((8, 8), (4, 4), (8, 8)), (rows, columns))
    return model.part_maps_of(responses, grid, foreground=mask)  # type: ignore[arg-type]


def labels_of(model: CompactPartModel, responses: torch.Tensor) -> list[str]:
    shown = maps_of(model, responses).labels(tuple(responses.shape[1:]))  # type: ignore[arg-type]
    return ["".join(".AB"[label] for label in row) for row in shown.tolist()]


OBJECT = (*["." * 12] * 3, *["...aabbddd.."] * 5, *["." * 12] * 4)


def test_parts_where_the_object_is_and_nothing_elsewhere(backbone: Backbone) -> None:
    found = labels_of(model(backbone), unit(*OBJECT))
    assert found[5] == "...AAAABBB.."
    assert set(found[:2] + found[9:]) == {"." * 12}


def test_without_a_foreground_every_cell_has_a_part(backbone: Backbone) -> None:
    found = labels_of(model(backbone, foreground=None), unit(*OBJECT))
    assert found[5][3:10] == "AAAABBB" and "." not in "".join(found)


def test_objects_that_are_of_no_known_kind_are_left_empty(backbone: Backbone) -> None:
    """However large beside the one that is; and what is known is labelled."""
    rows = (*["." * 16] * 2, *[".eeeeeefffff.bb."] * 8, *["." * 16] * 2)
    found = labels_of(model(backbone), unit(*rows))
    assert set(found[6][:12]) == {"."}
    assert found[6][13:15] == "AA"
    assert set("".join(labels_of(model(backbone, known=1.1), unit(*OBJECT)))) == {"."}


def test_a_given_foreground_is_labelled_whatever_it_shows(backbone: Backbone) -> None:
    mask = np.zeros((96, 96), bool)
    mask[20:50, 33:70] = True
    maps = maps_of(model(backbone, known=1.1), unit(*OBJECT), mask)
    np.testing.assert_array_equal(maps.labels() > 0, mask)
    assert maps.objectness is None


def pictures() -> torch.Tensor:
    return torch.from_numpy(np.stack([made_up_picture(seed) for seed in range(3)]))


def shown(model: CompactPartModel) -> list[PartMaps]:
    return model.part_maps(pictures(), [model.preprocessing.place((96, 128))] * 3)


@pytest.mark.parametrize("sharpen", [True, False])
@pytest.mark.parametrize("foreground", [FOREGROUND, None])
def test_a_saved_model_gives_the_same_maps(
    tmp_path: Path, backbone: Backbone, foreground: ForegroundModel | None, sharpen: bool
) -> None:
    one = model(backbone, foreground, sharpen=sharpen, trained=True)
    one.save(tmp_path / "model")
    loaded = pt.load(tmp_path / "model", **OWN)
    assert isinstance(loaded, CompactPartModel)
    for name in ("part_names", "size", "sharpen", "seed", "with_masks", "recipe"):
        assert getattr(loaded, name) == getattr(one, name)
    for mine, theirs in zip(shown(one), shown(loaded), strict=True):
        assert torch.equal(mine.scores, theirs.scores) and mine.grid == theirs.grid
        assert (mine.objectness is None) == (foreground is None)
        if mine.objectness is not None and theirs.objectness is not None:
            assert torch.equal(mine.objectness, theirs.objectness)
    loaded.save(tmp_path / "again")
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()
    plain = model(backbone, foreground, sharpen=sharpen)
    assert not torch.equal(shown(plain)[0].scores, shown(one)[0].scores)


def test_its_description_names_kind_and_recipe(tmp_path: Path, backbone: Backbone) -> None:
    model(backbone).save(tmp_path)
    description = json.loads((tmp_path / "part_model.json").read_text())
    assert description["kind"] == "segmenter"
    assert description["recipe"] == Compact().model_dump(mode="json")
    description["recipe"]["version"] = 2
    (tmp_path / "part_model.json").write_text(json.dumps(description))
    with pytest.raises(PartonomyError, match=r"recipe compact, version 2, .*update partonomy"):
        pt.load(tmp_path, **OWN)


def test_nothing_of_it_is_trained_any_more(backbone: Backbone) -> None:
    one = model(backbone)
    assert not any(each.requires_grad for each in one.decoder.parameters())
    assert not one.decoder.training
    assert not shown(one)[0].scores.requires_grad


def test_the_digest_tells_models_apart(backbone: Backbone) -> None:
    other = ForegroundModel(FOREGROUND.weights, 0.5)
    models = [
        model(backbone),
        model(backbone, None),
        model(backbone, other),
        model(backbone, sharpen=False),
        model(backbone, known=0.7),
        model(backbone, trained=True),
        model(backbone, position=0.1),
    ]
    assert len({model_digest(each) for each in models}) == len(models)


Tensors = dict[str, torch.Tensor]
DAMAGE: dict[str, Callable[[Tensors], object]] = {
    "no directions": lambda t: t.pop("decoder.directions"),
    "no layer": lambda t: t.pop("decoder.outer.weight"),
    "no axes": lambda t: t.pop("axes.unit"),
    "no concepts": lambda t: t.pop("concepts"),
    "another": lambda t: t.update({"decoder.more": torch.zeros(2)}),
    "layer of another shape": lambda t: t.update({"decoder.inner.weight": torch.zeros(5, 3)}),
    "directions of one axis": lambda t: t.update({"decoder.directions": torch.zeros(8)}),
    "axes of another number": lambda t: t.update({"axes.unit": torch.zeros(7, 32)}),
    "axes of another network": lambda t: t.update({"axes.relative": torch.zeros(8, 31)}),
    "parts of another number": lambda t: t.update({"decoder.directions": torch.zeros(3, 10)}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_tensors_are_named_in_one_line(
    tmp_path: Path, backbone: Backbone, damage: str
) -> None:
    model(backbone).save(tmp_path)
    tensors = load_file(tmp_path / "weights.safetensors")
    DAMAGE[damage](tensors)
    save_file(tensors, tmp_path / "weights.safetensors")
    with pytest.raises(PartonomyError, match="is damaged") as caught:
        pt.load(tmp_path, **OWN)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["recipe", "known", "position", "foreground_bias", "with_masks"])
def test_a_description_that_lacks_something_is_damaged(
    tmp_path: Path, backbone: Backbone, name: str
) -> None:
    model(backbone).save(tmp_path)
    path = tmp_path / "part_model.json"
    description = json.loads(path.read_text())
    del description[name]
    path.write_text(json.dumps(description))
    with pytest.raises(PartonomyError, match=rf"part_model\.json is damaged: .*{name}") as caught:
        pt.load(tmp_path, **OWN)
    assert "\n" not in str(caught.value)
