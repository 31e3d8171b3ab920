"""Saved segmenters of any recipe: read by it, or refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import partonomy as pt
from networks import small_network
from partonomy.backbones import Backbone, load_backbone, own_backbone
from partonomy.baselines import FeatureBaseline
from partonomy.errors import PartonomyError
from partonomy.parts import network_tensors, save_part_model
from partonomy.segmenter import loading
from partonomy.segmenter.loading import KIND, recipe_loader

OWN = {"backbone": "networks:small_network", "device": "cpu"}


@pytest.fixture(autouse=True)
def own_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes of these tests alone: with a network that was trained, and without."""
    monkeypatch.setattr(loading, "_RECIPES", dict(loading._RECIPES))

    def load(description, tensors, backbone):
        return FeatureBaseline(
            backbone, 64, description["recipe"]["name"], tensors["w"], None, False, 0
        )

    recipe_loader("frozen", 2)(load)
    recipe_loader("trained", 1, network=lambda _description: small_network())(load)


def saved(folder: Path, backbone: Backbone, name: str, version: int) -> Path:
    tensors = {"w": torch.ones(2, 32)}
    if backbone.spec.weights == "saved":
        tensors |= network_tensors(backbone)
    description = {"recipe": {"name": name, "version": version}}
    save_part_model(folder, KIND, description, tensors, backbone.spec)
    return folder


@pytest.fixture
def frozen() -> Backbone:
    return load_backbone("networks:small_network", "5", precision="float32", device="cpu")


@pytest.fixture
def trained() -> Backbone:
    return own_backbone(small_network(), "5", precision="float32", device="cpu")


def test_each_recipe_reads_its_own(tmp_path: Path, frozen: Backbone, trained: Backbone) -> None:
    one = pt.load(saved(tmp_path / "a", frozen, "frozen", 2), **OWN)
    other = pt.load(saved(tmp_path / "b", trained, "trained", 1), device="cpu")
    assert [one.kind, other.kind] == ["frozen", "trained"]


@pytest.mark.parametrize(("name", "version"), [("frozen", 1), ("frozen", 3), ("other", 2)])
def test_an_unknown_recipe_or_version_is_named(
    tmp_path: Path, frozen: Backbone, name: str, version: int
) -> None:
    saved(tmp_path, frozen, name, version)
    with pytest.raises(PartonomyError, match=f"recipe {name}, version {version}, .*update") as e:
        pt.load(tmp_path, **OWN)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda description: description.pop("recipe"),
        lambda description: description.update(recipe="frozen"),
        lambda description: description["recipe"].pop("version"),
    ],
)
def test_a_damaged_recipe_is_named(
    tmp_path: Path, frozen: Backbone, change: Callable[[dict[str, Any]], object]
) -> None:
    path = saved(tmp_path, frozen, "frozen", 2) / "part_model.json"
    description = json.loads(path.read_text())
    change(description)
    path.write_text(json.dumps(description))
    with pytest.raises(PartonomyError, match=r"part_model\.json is damaged: "):
        pt.load(tmp_path, **OWN)


def test_a_recipe_without_networks_of_its_own_has_none_saved(
    tmp_path: Path, trained: Backbone
) -> None:
    saved(tmp_path, trained, "frozen", 2)
    with pytest.raises(PartonomyError, match=r"part_model\.json is damaged: .*no network"):
        pt.load(tmp_path)
