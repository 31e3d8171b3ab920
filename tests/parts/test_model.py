"""Part models of any kind: saved, loaded, and refused with a reason where they cannot be."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from partonomy.backbones import Backbone, load_backbone, own_backbone
from partonomy.errors import PartonomyError
from partonomy.images import Grid, Placement, Preprocessing
from partonomy.parts import (
    PartMaps,
    PartModel,
    load,
    loading,
    network_tensors,
    part_model_loader,
    save_part_model,
)
from partonomy.parts.model import model_digest


class TinyModel:
    """Scores parts by a linear map of the features."""

    def __init__(self, backbone: Backbone, weight: Tensor) -> None:
        self.backbone = backbone
        self.weight = weight
        self.part_names = tuple(f"part_{part}" for part in range(len(weight)))
        self.with_masks = False
        self.seed = 0
        self.preprocessing = Preprocessing(32, 4)

    def part_maps(
        self,
        pictures: Tensor,
        placements: Sequence[Placement],
        foregrounds: Sequence[NDArray[np.bool_] | None] | None = None,
    ) -> list[PartMaps]:
        (maps,) = self.backbone.feature_maps(pictures)
        scores = torch.einsum("kc,nchw->nkhw", self.weight, maps.float())
        shape = (maps.shape[2], maps.shape[3])
        return [
            PartMaps(score, Grid(placement, self.backbone.layers[0].geometry, shape), foreground)
            for score, placement, foreground in zip(
                scores, placements, foregrounds or [None] * len(placements), strict=True
            )
        ]

    def save(self, folder: Path) -> None:
        description = {"part_names": list(self.part_names)}
        save_part_model(folder, "tiny", description, {"weight": self.weight}, self.backbone.spec)


class TrainedModel(TinyModel):
    """The same, with a network that was trained for it, and that it keeps."""

    def save(self, folder: Path) -> None:
        description = {"part_names": list(self.part_names), "channels": len(self.weight[0])}
        tensors = {"weight": self.weight, **network_tensors(self.backbone)}
        save_part_model(folder, "trained", description, tensors, self.backbone.spec)


def load_trained(
    _description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> TrainedModel:
    return TrainedModel(backbone, tensors["weight"])


def load_tiny(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor], backbone: Backbone
) -> TinyModel:
    model = TinyModel(backbone, tensors["weight"])
    model.part_names = tuple(description["part_names"])
    return model


def own_network(channels: int = 4) -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, channels, 4, 4), nn.ReLU())


def network_of(description: Mapping[str, Any]) -> nn.Module:
    return own_network(description["channels"])


@pytest.fixture(autouse=True)
def tiny_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Register the kind for this test alone, and make this file importable by its name."""
    monkeypatch.setattr(loading, "_KINDS", dict(loading._KINDS))
    part_model_loader("tiny")(load_tiny)
    part_model_loader("trained", network=network_of)(load_trained)
    (tmp_path / "tiny_networks.py").write_text(
        "from torch import nn\ndef make(): return nn.Sequential(nn.Conv2d(3, 4, 4, 4), nn.ReLU())\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tiny_networks", raising=False)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_file(own_network().state_dict(), tmp_path / "own.safetensors")
    return tmp_path / "own.safetensors"


@pytest.fixture
def saved(tmp_path: Path, weights: Path) -> Path:
    """A saved model whose network is an own function with weights from a file."""
    backbone = load_backbone(
        "tiny_networks:make",
        "0",
        weights,
        mean=(0.4, 0.5, 0.6),
        precision="float32",
        device="cpu",
    )
    TinyModel(backbone, torch.arange(12.0).reshape(3, 4)).save(tmp_path / "run" / "model")
    return tmp_path / "run" / "model"


OWN = {"backbone": "tiny_networks:make", "device": "cpu"}


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "part_model.json"
    description = json.loads(path.read_text())
    change(description)
    path.write_text(json.dumps(description))


def test_a_loaded_model_is_the_saved_one(saved: Path) -> None:
    model = load(saved, **OWN)
    assert isinstance(model, PartModel)
    assert isinstance(model, TinyModel)
    assert model.part_names == ("part_0", "part_1", "part_2")
    assert torch.equal(model.weight, torch.arange(12.0).reshape(3, 4))
    spec = model.backbone.spec
    assert (spec.name, spec.layers, spec.mean) == ("tiny_networks:make", ("0",), (0.4, 0.5, 0.6))
    again = saved.parent / "again"
    model.save(again)
    for name in ("part_model.json", "weights.safetensors"):
        assert (again / name).read_bytes() == (saved / name).read_bytes()


def test_a_loaded_model_gives_the_same_part_maps(saved: Path, weights: Path) -> None:
    pictures = torch.randint(0, 256, (1, 32, 48, 3), dtype=torch.uint8)
    placement = Placement((64, 96), (32, 48), (0.5, 0.5))
    first, second = load(saved, **OWN), load(saved.parent, **OWN)  # the run's folder
    (one,) = first.part_maps(pictures, [placement])
    (other,) = second.part_maps(pictures, [placement])
    assert torch.equal(one.scores, other.scores)
    assert one.labels().shape == (64, 96)


def test_a_moved_run_still_loads(saved: Path, tmp_path: Path) -> None:
    shutil.move(saved.parent, tmp_path / "elsewhere")
    assert load(tmp_path / "elsewhere", **OWN).part_names


def test_a_random_network_is_built_again(tmp_path: Path) -> None:
    backbone = load_backbone("torchvision/squeezenet1_1", weights="random", device="cpu")
    TinyModel(backbone, torch.ones(2, 512)).save(tmp_path / "model")
    assert load(tmp_path / "model", device="cpu").backbone.key == backbone.key


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A saved model that keeps its network."""
    backbone = own_backbone(own_network(5), "0", precision="float32", device="cpu")
    TrainedModel(backbone, torch.rand(3, 5)).save(tmp_path / "trained")
    return tmp_path / "trained"


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_network_of_its_own_is_saved_with_the_model(tmp_path: Path, precision: str) -> None:
    network = own_network(5)
    model = TrainedModel(
        own_backbone(network, "0", mean=(0.4, 0.5, 0.6), precision=precision, device="cpu"),
        torch.rand(3, 5),
    )
    model.save(tmp_path / "model")
    network[0].weight.data.zero_()  # which the model has a copy of
    pictures = torch.randint(0, 256, (1, 32, 48, 3), dtype=torch.uint8)
    placement = Placement((64, 96), (32, 48), (0.5, 0.5))
    loaded = load(tmp_path / "model", device="cpu")
    one, other = (each.backbone.feature_maps(pictures)[0].flatten() for each in (model, loaded))
    assert one.std() > 0
    assert torch.equal(one, other)
    assert loaded.backbone.key == model.backbone.key
    assert loaded.part_maps(pictures, [placement])[0].labels().shape == (64, 96)
    loaded.save(tmp_path / "again")
    for name in ("part_model.json", "weights.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()


@pytest.mark.parametrize("given", [{"backbone": "tiny_networks:make"}, {"weights": "own.pt"}])
def test_another_network_than_its_own_is_refused(trained: Path, given: dict[str, str]) -> None:
    with pytest.raises(PartonomyError, match="is saved with it: leave --backbone and --weights"):
        load(trained, **given)


def damage_network(folder: Path, change: Callable[[dict[str, Tensor]], object]) -> None:
    tensors = load_file(folder / "weights.safetensors")
    change(tensors)
    save_file(tensors, folder / "weights.safetensors")


def test_tensors_of_another_network_are_refused(trained: Path) -> None:
    damage_network(trained, lambda tensors: tensors["network.0.bias"].add_(1))
    with pytest.raises(PartonomyError, match=r"weights\.safetensors is damaged: its network"):
        load(trained, device="cpu")
    damage_network(trained, lambda tensors: tensors.pop("network.0.bias"))
    with pytest.raises(PartonomyError, match=r"weights\.safetensors does not fit.*1 missing"):
        load(trained, device="cpu")
    rewrite(trained, lambda description: description.pop("channels"))
    with pytest.raises(PartonomyError, match=r"part_model\.json is damaged: .*channels"):
        load(trained, device="cpu")


def test_a_kind_without_networks_of_its_own_has_none_saved(saved: Path) -> None:
    rewrite(saved, lambda description: description["backbone"].update(weights="saved"))
    with pytest.raises(PartonomyError, match=r"part_model\.json is damaged: .*no network"):
        load(saved)


def test_the_digest_is_that_of_what_the_model_does(saved: Path) -> None:
    one, other = load(saved, **OWN), load(saved, **OWN)
    assert model_digest(one) == model_digest(other)
    other.weight[0, 0] += 1  # type: ignore[attr-defined]
    assert model_digest(one) != model_digest(other)


def test_an_own_function_is_not_run_on_a_files_word(saved: Path) -> None:
    del sys.modules["tiny_networks"]
    with pytest.raises(PartonomyError, match=r"pass --backbone tiny_networks:make to run it"):
        load(saved)
    assert "tiny_networks" not in sys.modules


def test_a_module_of_the_user_needs_the_function_that_makes_it(
    tmp_path: Path, weights: Path
) -> None:
    torch.manual_seed(0)
    network = own_network()
    backbone = load_backbone(network, "0", precision="float32", device="cpu")
    TinyModel(backbone, torch.ones(2, 4)).save(tmp_path / "model")
    with pytest.raises(PartonomyError, match=r"module of yours \(Sequential\): pass --backbone"):
        load(tmp_path / "model")
    assert load(tmp_path / "model", weights=weights, **OWN).part_names


def test_moved_weights_are_asked_for(saved: Path, weights: Path) -> None:
    moved = weights.rename(weights.with_name("moved.safetensors"))
    with pytest.raises(PartonomyError, match=r"not at .*own\.safetensors any more.*--weights FILE"):
        load(saved, **OWN)
    assert load(saved, weights=moved, **OWN).part_names


def test_other_weights_are_refused(saved: Path, weights: Path) -> None:
    torch.manual_seed(1)
    save_file(own_network().state_dict(), weights)
    with pytest.raises(PartonomyError, match=r"not those that .*model was fitted with"):
        load(saved, **OWN)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(PartonomyError, match=f"^{folder} holds no part model"):
            load(folder)


def test_a_model_of_another_format_is_named(saved: Path) -> None:
    rewrite(saved, lambda description: description.update(format=99))
    with pytest.raises(PartonomyError, match=r"model was saved by another version.*format 99"):
        load(saved, **OWN)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "{}", '{"format": 1}', '{"format": 1, "kind": "tiny"}']
)
def test_a_damaged_description_is_named(saved: Path, text: str) -> None:
    (saved / "part_model.json").write_text(text)
    with pytest.raises(PartonomyError, match=r"part_model\.json is damaged") as caught:
        load(saved, **OWN)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda description: description["backbone"].pop("layers"), "layers"),
        (lambda description: description["backbone"].update(mean="grey"), "mean"),
        (lambda description: description["backbone"].update(layers=3), "layers"),
        (lambda description: description.update(backbone=None), "backbone|content"),
        (lambda description: description.pop("part_names"), "part_names"),
    ],
)
def test_a_damaged_entry_is_named(
    saved: Path, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    rewrite(saved, change)
    with pytest.raises(PartonomyError, match=rf"part_model\.json is damaged: .*({reason})"):
        load(saved, **OWN)


@pytest.mark.parametrize("damage", ["missing", "truncated", "empty"])
def test_damaged_tensors_are_named(saved: Path, damage: str) -> None:
    path = saved / "weights.safetensors"
    content = path.read_bytes()
    path.unlink() if damage == "missing" else path.write_bytes(
        content[:-7] if damage == "truncated" else b""
    )
    with pytest.raises(PartonomyError, match=r"weights\.safetensors is damaged"):
        load(saved, **OWN)


def test_missing_tensors_are_named(saved: Path) -> None:
    save_file({"other": torch.ones(1)}, saved / "weights.safetensors")
    with pytest.raises(PartonomyError, match=r"part_model\.json is damaged: .*weight"):
        load(saved, **OWN)


@pytest.mark.parametrize(
    "kind", ["unknown", "os", "../x", "..os", "cli.main", "images", "", None, 3, ["tiny"]]
)
def test_an_unknown_kind_is_named_and_nothing_else_is_imported(saved: Path, kind: object) -> None:
    rewrite(saved, lambda description: description.update(kind=kind))
    before = {name for name in sys.modules if not name.startswith("partonomy")}
    with pytest.raises(PartonomyError, match="is a part model of an unknown kind"):
        load(saved, **OWN)
    assert {name for name in sys.modules if not name.startswith("partonomy")} == before


def test_a_folder_that_cannot_be_written_is_named(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PartonomyError, match=r"file.model cannot be written"):
        load(saved, **OWN).save(tmp_path / "file" / "model")
