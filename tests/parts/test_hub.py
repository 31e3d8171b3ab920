"""Part models on the hub: what is published, had again, refused; nothing here asks the network."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard, hub_mixin

import partonomy as pt
from partonomy.backbones import Backbone
from partonomy.baselines import FeatureBaseline, PixelBaseline
from partonomy.concepts import ConceptPartModel
from partonomy.errors import PartonomyError
from partonomy.parts import FeaturePartModel, HubModel
from partonomy.parts.model import model_digest

OWN = {"backbone": "networks:small_network", "device": "cpu"}


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return pt.load_backbone("networks:small_network", layer="5", precision="float32", device="cpu")


@pytest.fixture
def model(backbone: Backbone) -> FeatureBaseline:
    directions = torch.rand(3, 32, generator=torch.Generator().manual_seed(0))
    return FeatureBaseline(backbone, 64, "k-means", directions, None, True, 7)


def concepts(backbone: Backbone, photos: Path) -> ConceptPartModel:
    estimator = pt.VisualConcepts(6, 2, size=64, foreground=None)
    return estimator.fit(backbone, pt.ImageFolder(photos)).part_model_


def test_a_saved_folder_is_the_model_and_its_card(model: FeatureBaseline, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "part_model.json",
        "weights.safetensors",
        "config.json",
        "README.md",
    }
    loaded = FeatureBaseline.from_pretrained(tmp_path / "out", **OWN)
    assert torch.equal(loaded.directions, model.directions)
    assert model_digest(loaded) == model_digest(model)


def test_models_made_of_more_than_numbers_are_saved_too(
    backbone: Backbone, photos: Path, tmp_path: Path
) -> None:
    """The hub's mixin would keep every argument of a constructor, whole trees among them."""
    model = concepts(backbone, photos)
    model.save_pretrained(tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text()) == {
        "library_name": "partonomy"
    }
    loaded = ConceptPartModel.from_pretrained(tmp_path / "out", **OWN)
    np.testing.assert_array_equal(loaded.tree.concepts, model.tree.concepts)


def test_another_class_is_refused_and_their_base_takes_any(
    model: FeatureBaseline, tmp_path: Path
) -> None:
    model.save_pretrained(tmp_path / "out")
    for other in (PixelBaseline, ConceptPartModel):
        with pytest.raises(PartonomyError, match=f"a FeatureBaseline, no {other.__name__}:"):
            other.from_pretrained(tmp_path / "out", **OWN)
    for base in (FeaturePartModel, HubModel):
        assert type(base.from_pretrained(tmp_path / "out", **OWN)) is FeatureBaseline


def test_what_else_is_published_decides_nothing(model: FeatureBaseline, tmp_path: Path) -> None:
    """Else a file could name a function that is to be run."""
    model.save_pretrained(tmp_path / "out")
    named = {"backbone": OWN["backbone"], "size": 8, "weights": "x.pt"}
    (tmp_path / "out" / "config.json").write_text(json.dumps(named))
    with pytest.raises(PartonomyError, match="pass --backbone networks:small_network to run it"):
        FeatureBaseline.from_pretrained(tmp_path / "out")
    assert FeatureBaseline.from_pretrained(tmp_path / "out", **OWN).size == 64


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return (pytest.fail, ("a pickle was read",))


def test_pickles_are_never_read(model: FeatureBaseline, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path / "out")
    bomb = pickle.dumps(Bomb())
    (tmp_path / "out" / "pytorch_model.bin").write_bytes(bomb)
    (tmp_path / "out" / "weights.safetensors").write_bytes(bomb)
    with pytest.raises(PartonomyError, match=r"weights\.safetensors is damaged"):
        FeatureBaseline.from_pretrained(tmp_path / "out", **OWN)
    (tmp_path / "out" / "part_model.json").unlink()
    with pytest.raises(PartonomyError, match="holds no part model"):
        FeatureBaseline.from_pretrained(tmp_path / "out", **OWN)


class FakeHub:
    """The hub's repositories, as folders, where its client would reach for the network."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root, self.asked = root, []
        patch.setattr(hub_mixin, "HfApi", lambda token: self)
        patch.setattr(huggingface_hub, "snapshot_download", self.download)

    def create_repo(self, repo_id: str, private: bool | None, exist_ok: bool) -> SimpleNamespace:
        (self.root / repo_id).mkdir(parents=True, exist_ok=exist_ok)
        return SimpleNamespace(repo_id=repo_id)

    def upload_folder(self, repo_id: str, folder_path: Path, **options: Any) -> str:
        assert options["repo_type"] == "model"
        shutil.copytree(folder_path, self.root / repo_id, dirs_exist_ok=True)
        return f"https://hub/{repo_id}"

    def download(self, repo_id: str, **options: Any) -> str:
        self.asked.append((repo_id, options))
        return str(self.root / repo_id)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    return FakeHub(tmp_path / "hub", monkeypatch)


def test_it_is_pushed_and_had_again(model: FeatureBaseline, hub: FakeHub) -> None:
    assert model.push_to_hub("me/wheels") == "https://hub/me/wheels"
    loaded = FeatureBaseline.from_pretrained("me/wheels", revision="v1", **OWN)
    assert model_digest(loaded) == model_digest(model)
    again = pt.load("hf:me/wheels", **OWN)
    assert model_digest(again) == model_digest(model)
    (name, first), (_, second) = hub.asked
    assert (name, first["revision"], second["revision"]) == ("me/wheels", "v1", None)
    assert set(first["allow_patterns"]) == {"part_model.json", "weights.safetensors"}


@pytest.mark.parametrize("name", ["me/wheels", "runs/photos/no/such/model", "a b"])
def test_what_cannot_be_fetched_is_named(name: str, tmp_path: Path) -> None:
    for load in (
        lambda: FeatureBaseline.from_pretrained(name, cache_dir=tmp_path, local_files_only=True),
        lambda: HubModel.from_pretrained(Path(name), cache_dir=tmp_path, local_files_only=True),
    ):
        with pytest.raises(PartonomyError, match=f"^{name} is no folder here, and could") as error:
            load()
        assert "\n" not in str(error.value)


def test_the_card_says_what_it_is_and_that_weights_have_licences(
    model: FeatureBaseline, tmp_path: Path
) -> None:
    model.save_pretrained(tmp_path / "out", model_card_kwargs={"repo_id": "me/wheels"})
    card = ModelCard.load(tmp_path / "out" / "README.md")
    assert card.data.library_name == "partonomy"
    assert card.data.license is None
    for said in (
        "3 parts",
        "FeatureBaseline",
        "part_01, part_02, part_03",
        "networks:small_network, 5",
        "short side of 64 pixels",
        "inside foreground masks, seed 7",
        'pt.load("hf:me/wheels")',
        "licences of their own",
    ):
        assert said in card.text
    assert "recipe" not in card.text
    model.recipe = {"name": "compact", "version": 3}  # type: ignore[attr-defined]
    assert "| recipe | compact, version 3 |\n| parts |" in model.generate_model_card().text


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ("pretrained", "fetched when the model is loaded"),
        ("saved", "| in this model |"),
        ("/home/me/own.safetensors", "`weights=FILE`"),
        ("given", "`weights=FILE`"),
    ],
)
def test_the_card_says_where_the_networks_weights_are(
    model: FeatureBaseline, weights: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.backbone, "spec", replace(model.backbone.spec, weights=weights))
    text = model.generate_model_card().text
    assert said in text
    assert "/home/me" not in text


def test_a_card_of_ones_own_is_kept(model: FeatureBaseline, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("my card")
    model.save_pretrained(tmp_path)
    assert (tmp_path / "README.md").read_text() == "my card"
