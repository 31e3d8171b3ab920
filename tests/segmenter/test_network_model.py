"""A trained network as a part model: as it was trained, in original pixels, used like any other.

The network of most tests is planted: its parts fire on red, green and blue.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional as F
from torchvision.models import resnet18

import partonomy as pt
from partonomy.backbones import own_backbone
from partonomy.datasets import read_dataset
from partonomy.datasets.partworld import PartWorld, write_folder
from partonomy.errors import PartonomyError
from partonomy.evaluation import evaluate, protocol_of
from partonomy.images import IMAGENET_MEAN, IMAGENET_STD, MaskFolder
from partonomy.parts import PartModel, segment_collection
from partonomy.parts.model import model_digest
from partonomy.segmenter import NetworkPartModel, part_model_of
from partonomy.segmenter.choudhury import Choudhury2021, ChoudhuryTask
from partonomy.segmenter.networks import DilatedResNet
from partonomy.segmenter.training import Training, train

COLOURS = ((220, 20, 20), (20, 220, 20), (20, 20, 220))
RECIPE = {"name": "choudhury2021", "version": 1, "network": "resnet18", "n_parts": 3}


@torch.no_grad()
def colour_network() -> DilatedResNet:
    """Carries what is red, green or blue through to the classifier, cell by cell."""
    network = DilatedResNet(resnet18(weights=None), 3, torch.Generator().manual_seed(0))
    network.conv1.weight.zero_()
    network.conv1.weight[:3, :, 3, 3] = 2 * torch.eye(3) - 1
    for stage, first in ((2, 0), (3, 0), (4, 256)):  # the classifier reads the second half
        carried = getattr(network, f"layer{stage}")[0].downsample[0].weight.zero_()
        for part in range(3):
            carried[first + part, part] = 1
    for name, module in network.named_modules():
        if name.endswith("bn2"):
            module.weight.zero_()  # blocks give what they are given
    weight = network.classifier.weight.zero_()
    for part in range(3):
        weight[part, part, 1, 1] = 1
    return network.eval()


def colour_model(**changes: Any) -> NetworkPartModel:
    backbone = own_backbone(colour_network(), "classifier", precision="float32", device="cpu")
    options = {"with_masks": False, "seed": 5} | changes
    return NetworkPartModel(backbone, 64, RECIPE, **options)


def flag(height: int = 128, width: int = 160) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture of three colours, and its parts: red on the left, green above blue beside it."""
    truth = np.full((height, width), 2, np.uint8)
    truth[height // 2 :] = 3
    truth[:, : width // 4] = 1
    return np.array(COLOURS, np.uint8)[truth - 1], truth


@pytest.fixture
def flags(tmp_path: Path) -> Path:
    """Twelve of them, in sizes of their own, and masks that leave the upper quarter out."""
    for name in ("pictures", "masks"):
        (tmp_path / "flags" / name).mkdir(parents=True)
    for index in range(12):
        picture, truth = flag(128 + 8 * index, 160)
        Image.fromarray(picture).save(tmp_path / "flags" / "pictures" / f"{index:02d}.png")
        inside = np.arange(len(truth)) >= len(truth) // 4
        mask = np.repeat(inside[:, None], truth.shape[1], axis=1)
        Image.fromarray(mask).save(tmp_path / "flags" / "masks" / f"{index:02d}.png")
    return tmp_path / "flags"


def masks_of(folder: Path) -> list[NDArray[np.uint8]]:
    return [np.array(Image.open(path)) for path in sorted(folder.glob("*.png"))]


def test_masks_are_in_original_pixels(flags: Path, tmp_path: Path) -> None:
    """A cell of the network is 8 pixels of the input, 16 of the picture: edges are as near."""
    model = colour_model()
    assert isinstance(model, PartModel)
    assert model.preprocessing.multiple == 8
    run = segment_collection(model, pt.ImageFolder(flags / "pictures"), tmp_path / "run")
    for index, found in enumerate(masks_of(run.masks)):
        _, truth = flag(128 + 8 * index, 160)
        assert found.shape == truth.shape
        wrong = np.argwhere(found != truth)
        middle, quarter = len(truth) // 2, 160 // 4
        away = np.minimum(abs(wrong[:, 0] + 0.5 - middle), abs(wrong[:, 1] + 0.5 - quarter))
        assert len(wrong) == 0 or away.max() <= 8 * len(truth) / 64 / 2
        assert len(wrong) < 0.06 * truth.size


def test_a_foreground_mask_is_kept_to(flags: Path, tmp_path: Path) -> None:
    pictures, masks = pt.ImageFolder(flags / "pictures"), MaskFolder(flags / "masks")
    run = segment_collection(colour_model(), pictures, tmp_path / "run", masks=masks)
    for found, mask in zip(masks_of(run.masks), masks_of(flags / "masks"), strict=True):
        np.testing.assert_array_equal(found > 0, mask > 0)


def test_a_loaded_model_segments_alike(flags: Path, tmp_path: Path) -> None:
    model = colour_model(part_names=["left", "upper", "lower"], with_masks=True)
    model.save(tmp_path / "model")
    loaded = pt.load(tmp_path / "model", device="cpu")
    assert isinstance(loaded, NetworkPartModel)
    assert (loaded.part_names, loaded.with_masks) == (("left", "upper", "lower"), True)
    assert (loaded.size, loaded.seed, loaded.recipe) == (64, 5, RECIPE)
    assert model_digest(loaded) == model_digest(model)
    runs = [
        segment_collection(each, pt.ImageFolder(flags / "pictures"), tmp_path / name)
        for name, each in (("one", model), ("other", loaded))
    ]
    for one, other in zip(*(masks_of(run.masks) for run in runs), strict=True):
        np.testing.assert_array_equal(one, other)
    again = NetworkPartModel.from_pretrained(tmp_path / "model", device="cpu")
    assert "recipe | choudhury2021, version 1" in again.generate_model_card().text


def test_it_is_evaluated_and_exported_as_any_model_is(flags: Path, tmp_path: Path) -> None:
    write_folder(PartWorld(12, ("car",), size=64), tmp_path / "world", 0)
    world = read_dataset("coco", tmp_path / "world")
    evaluation = evaluate(colour_model(), world, protocol_of("dense/foreground"), class_name="car")
    assert len(evaluation.rows) == 12
    assert evaluation.numbers()
    run = segment_collection(colour_model(), pt.ImageFolder(flags / "pictures"), tmp_path / "run")
    exported = pt.export_run(run.folder, tmp_path / "out", ["coco"])
    (path,) = exported["coco"].folder.rglob("*.json")
    content = json.loads(path.read_text())
    boxes = {entry["category_id"]: entry["bbox"] for entry in content["annotations"][:3]}
    picture = content["images"][0]
    width, height = picture["width"], picture["height"]
    near = 8 * height / 64 / 2
    assert boxes[1] == pytest.approx([0, 0, width / 4, height], abs=near)
    assert boxes[2] == pytest.approx([width / 4, 0, 3 * width / 4, height / 2], abs=near)
    assert boxes[3] == pytest.approx([width / 4, height / 2, 3 * width / 4, height / 2], abs=near)


@pytest.fixture
def task(flags: Path) -> ChoudhuryTask:
    recipe = Choudhury2021(
        n_parts=2,
        network="resnet18",
        perceptual="networks:small_network",
        perceptual_layers={"5": 1.0},
        framing={"size": 32},
        batch=2,
        seed=11,
    )
    return ChoudhuryTask(
        recipe,
        pt.ImageFolder(flags / "pictures").files[:4],
        masks=MaskFolder(flags / "masks"),
        weights="random",
        perceptual_weights="random",
        device="cpu",
    )


def test_what_was_trained_is_what_segments(task: ChoudhuryTask, tmp_path: Path) -> None:
    training = train(task, task.recipe.training(steps=1), tmp_path / "training")
    training.module.train()
    model = part_model_of(task, training)
    assert (model.part_names, model.with_masks) == (("part_01", "part_02"), True)
    assert (model.size, model.seed) == (32, 11)
    assert Choudhury2021(**model.recipe) == task.recipe
    assert training.module.training
    assert any(each.requires_grad for each in training.module.parameters())
    model.save(tmp_path / "model")
    loaded = pt.load(tmp_path / "model", device="cpu")
    picture = torch.from_numpy(flag(32, 40)[0])[None]
    (maps,) = loaded.part_maps(picture, [loaded.preprocessing.place((32, 40))])
    training.module.eval()
    mean, std = (torch.tensor(each)[:, None, None] for each in (IMAGENET_MEAN, IMAGENET_STD))
    with torch.no_grad():
        expected = training.module((picture.permute(0, 3, 1, 2) / 255 - mean) / std)[0]
    torch.testing.assert_close(maps.scores, expected, atol=1e-3, rtol=1e-3)
    assert maps.scores.std() > 1e-3


def test_without_masks_it_says_so(task: ChoudhuryTask, flags: Path, tmp_path: Path) -> None:
    bare = ChoudhuryTask(
        task.recipe,
        pt.ImageFolder(flags / "pictures").files[:4],
        weights="random",
        perceptual_weights="random",
        device="cpu",
    )
    training = Training(bare.module, 1, 0.0, (), (), 3, tmp_path)
    model = part_model_of(bare, training, ["a", "b"])
    assert (model.with_masks, model.seed, model.part_names) == (False, 3, ("a", "b"))
    with pytest.raises(ValueError, match="3 names of 2 parts"):
        part_model_of(bare, training, ["a", "b", "c"])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    colour_model().save(folder)
    return folder


LOADED_ALONE = """
import sys, socket
sys.modules.update(lightning_fabric=None, tensorboard=None, timm=None, networks=None)
def refuse(*_args, **_options):
    raise AssertionError("no network")
socket.socket.connect = refuse
import partonomy as pt, torch
model = pt.load(sys.argv[1], device="cpu")
place = model.preprocessing.place((64, 64))
(maps,) = model.part_maps(torch.zeros(1, 64, 64, 3, dtype=torch.uint8), [place])
assert maps.labels().shape == (64, 64)
assert "partonomy.segmenter.training" not in sys.modules
"""


def test_it_is_loaded_without_what_trains_and_without_the_network(
    saved: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", LOADED_ALONE, str(saved)]
    subprocess.run(command, check=True, cwd=tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda kept: kept.update(format=99), "another version of partonomy"),
        (lambda kept: kept["recipe"].update(version=2), "choudhury2021, version 2, which this"),
        (lambda kept: kept["recipe"].update(network="vgg16"), "no residual network"),
        (lambda kept: kept["recipe"].update(network="resnet1"), "no backbone torchvision/resnet1"),
        (lambda kept: kept["recipe"].update(network="resnet34"), "does not fit this network"),
        (lambda kept: kept["recipe"].update(n_parts=4), "does not fit this network"),
        (lambda kept: kept["recipe"].pop("n_parts"), "is damaged: .*n_parts"),
        (lambda kept: kept["part_names"].pop(), "is damaged: .*2 names of 3 parts"),
        (lambda kept: kept.pop("size"), "is damaged: .*size"),
        (lambda kept: kept["backbone"].update(weights="given"), "module of yours"),
        (lambda kept: kept["backbone"].update(weights_digest="0"), "not the one that was saved"),
    ],
)
def test_a_damaged_or_later_model_is_refused(
    saved: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    (tmp_path / "weights.safetensors").symlink_to(saved / "weights.safetensors")
    description = json.loads((saved / "part_model.json").read_text())
    change(description)
    (tmp_path / "part_model.json").write_text(json.dumps(description))
    with pytest.raises(PartonomyError, match=reason) as caught:
        pt.load(tmp_path, device="cpu")
    assert "\n" not in str(caught.value)


def test_the_planted_network_fires_where_its_colours_are() -> None:
    """What the other tests stand on."""
    picture = torch.from_numpy(flag(64, 96)[0]).permute(2, 0, 1)[None] / 255
    mean, std = (torch.tensor(each)[:, None, None] for each in (IMAGENET_MEAN, IMAGENET_STD))
    with torch.no_grad():
        logits = colour_network()((picture - mean) / std)
    found = F.interpolate(logits, size=(64, 96), mode="bilinear", align_corners=True).argmax(1)
    assert (found[0] == 0)[:, 4:20].all()
    assert (found[0] == 1)[4:28, 32:].all()
    assert (found[0] == 2)[40:, 32:].all()
