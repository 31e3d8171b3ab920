"""Backbones of every kind: pictures in, maps of the size that their geometry says out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from partonomy import load_backbone
from partonomy.errors import PartonomyError


def pictures(height: int, width: int, count: int = 2) -> Tensor:
    generator = np.random.default_rng(height + width)
    return torch.from_numpy(generator.integers(0, 256, (count, height, width, 3), np.uint8))


def own_network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(inplace=True), nn.Conv2d(6, 8, 3, 2, 1))


KINDS = [
    "torchvision/squeezenet1_1",
    "torchvision/mobilenet_v2",
    "torchvision/resnet18",
    "torchvision/shufflenet_v2_x0_5",
    "torchvision/lraspp_mobilenet_v3_large",
    "resnet18",
    "convnext_atto",
    "efficientnet_b0",
    "mobilevit_xxs",
    "vit_tiny_patch16_224",
    "vit_small_patch14_reg4_dinov2",
    f"{__name__}:own_network",
]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``package.module:callable`` find this file."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or sys.modules["__main__"])


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_gives_maps_of_the_size_that_its_geometry_says(name: str) -> None:
    backbone = load_backbone(name, weights="random", precision="float32", device="cpu")
    preprocessing = backbone.preprocessing(96)
    for size in ((97, 131), (150, 99)):
        sides = preprocessing.place(size).input_size
        found = backbone.feature_maps(pictures(*sides))
        for layer, maps in zip(backbone.layers, found, strict=True):
            assert maps.shape[:2] == (2, layer.channels)
            assert maps.dtype == torch.float32
            assert torch.isfinite(maps).all()
            assert maps[0].std() > 0
            for axis, side in enumerate(sides):
                stride, cells = layer.geometry.stride[axis], maps.shape[2 + axis]
                lost = layer.input_size[axis] / stride - layer.shape[axis]  # at the border
                assert abs(cells - (side / stride - lost)) < 1
                assert 0 < layer.geometry.offset[axis] + (cells - 1) * stride / 2 < side


SMALL = {
    "hooks": (own_network, ["2", "0", "1"]),
    "stages": (lambda: timm.create_model("resnet10t"), ["layer3", "layer1"]),
    "stages and hooks": (
        lambda: timm.create_model("resnet10t"),
        ["layer3", "layer2.0.conv1", "layer1"],
    ),
    "modules that run twice": (
        lambda: torchvision.models.resnet18(weights=None),
        ["layer3", "layer2.0.relu"],
    ),
    "tokens": (
        lambda: timm.create_model("vit_tiny_patch16_224", depth=2, dynamic_img_size=True),
        ["blocks.1", "blocks.0.norm1", "patch_embed"],
    ),
}


@pytest.mark.parametrize("case", SMALL)
def test_several_layers_at_once_are_what_they_are_one_at_a_time(case: str) -> None:
    make, layers = SMALL[case]
    network = make()

    def maps(layer: str | Sequence[str]) -> list[Tensor]:
        backbone = load_backbone(network, layer, precision="float32", device="cpu")
        return backbone.feature_maps(pictures(64, 96))

    together = maps(layers)
    assert len(together) == len(layers)
    for layer, found in zip(layers, together, strict=True):
        torch.testing.assert_close(found, *maps(layer))


@torch.inference_mode()
def test_inputs_are_normalised_as_the_network_was_trained() -> None:
    network = nn.Sequential(nn.Conv2d(3, 3, 1, bias=False))
    network[0].weight.copy_(torch.eye(3)[..., None, None])
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.4, 0.2)
    backbone = load_backbone(network, mean=mean, std=std, precision="float32", device="cpu")
    image = pictures(8, 12)
    (maps,) = backbone.feature_maps(image)
    expected = (image / 255 - torch.tensor(mean)) / torch.tensor(std)
    torch.testing.assert_close(maps, expected.permute(0, 3, 1, 2))
    assert backbone.preprocessing(8).mean == mean


def test_a_module_of_the_user_is_not_changed() -> None:
    network = own_network().double().train()
    weight = network[0].weight.clone()
    backbone = load_backbone(network, precision="bfloat16", device="cpu")
    backbone.feature_maps(pictures(32, 32))
    assert network[0].weight.dtype == torch.float64
    assert torch.equal(network[0].weight, weight)
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert all(module.training for module in network.modules())
    assert not any(module._forward_hooks for module in network.modules())
    assert (backbone.spec.weights, backbone.spec.name) == ("given", "Sequential")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_networks_of_another_floating_point_type_compute_in_float32(dtype: torch.dtype) -> None:
    network = own_network().to(dtype)
    (maps,) = load_backbone(network, precision="float32", device="cpu").feature_maps(
        pictures(32, 32)
    )
    assert maps.dtype == torch.float32


def test_weights_from_a_file_are_the_ones_used(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network, path = own_network(), tmp_path / "own.safetensors"
    save_file(network.state_dict(), path)
    options = {"precision": "float32", "device": "cpu"}
    given = load_backbone(network, **options)
    read = load_backbone(f"{__name__}:own_network", weights=path, **options)
    image = pictures(32, 48)
    assert torch.equal(given.feature_maps(image)[0], read.feature_maps(image)[0])
    assert given.spec.weights_digest == read.spec.weights_digest
    assert read.spec.weights == str(path)


def test_an_unknown_layer_is_named_with_the_command_that_lists_them() -> None:
    with pytest.raises(PartonomyError, match=r"no usable layer 'layer9': `partonomy layers res"):
        load_backbone("resnet18", "layer9", "random")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ([], "Sequential: --layer names none: leave it out"),
        ((), "Sequential: --layer names none"),
        (["0", "2", "0"], "Sequential: --layer names 0 twice"),
    ],
)
def test_each_layer_is_named_once_and_one_at_least(layer: Sequence[str], message: str) -> None:
    with pytest.raises(PartonomyError, match=message):
        load_backbone(own_network(), layer)


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    save_file({"other": torch.ones(1)}, tmp_path / "own.safetensors")
    with pytest.raises(PartonomyError, match=r"own\.safetensors does not fit this network"):
        load_backbone("resnet18", weights=tmp_path / "own.safetensors")


def test_a_network_for_one_size_says_which() -> None:
    backbone = load_backbone("torchvision/vit_b_16", weights="random", device="cpu")
    with pytest.raises(PartonomyError) as caught:
        backbone.feature_maps(pictures(96, 96, 1))
    message = str(caught.value)
    assert message.startswith("torchvision/vit_b_16 cannot take a picture of 96 x 96 pixels")
    assert "takes 224 x 224 (--size 224)" in message
    assert "\n" not in message


def test_a_layer_that_gives_no_map_at_another_size_is_named() -> None:
    class Resized(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            image = nn.functional.interpolate(image, size=(224, 224))
            return nn.functional.avg_pool2d(image, 56).flatten(2).transpose(1, 2)

    backbone = load_backbone(nn.Sequential(Resized()), "0", precision="float32", device="cpu")
    with pytest.raises(PartonomyError, match=r"layer 0 gives .* 448 x 448 .*--layer or --size"):
        backbone.feature_maps(pictures(448, 448))


def test_the_key_changes_with_everything_that_decides_the_maps() -> None:
    def key(**options: object) -> str:
        settings = {"layer": "0", "precision": "float32", "device": "cpu"} | options
        torch.manual_seed(0)
        return load_backbone(own_network(), **settings).key  # type: ignore[arg-type]

    variants: list[dict[str, object]] = [
        {"layer": "2"},
        {"layer": ["0", "2"]},
        {"precision": "bfloat16"},
        {"mean": (0.0, 0.0, 0.0)},
        {"std": (1.0, 1.0, 1.0)},
    ]
    keys = [key(), *(key(**variant) for variant in variants)]
    torch.manual_seed(1)
    keys.append(load_backbone(own_network(), "0", precision="float32", device="cpu").key)
    assert len(set(keys)) == len(keys)
    assert key() == key()


def test_threads_and_several_users_at_once_get_their_own_results() -> None:
    backbone = load_backbone(own_network(), "0", precision="float32", device="cpu")
    images = [pictures(32, 32 + 4 * index) for index in range(12)]
    expected = [backbone.feature_maps(image)[0] for image in images]
    for outer in (False, True):
        with ThreadPoolExecutor(4) as pool:
            if outer:  # one user leaves while another still works
                with backbone.running():
                    first = pool.map(backbone.feature_maps, images)
            else:
                first = pool.map(backbone.feature_maps, images)
            found = list(first)
        for one, (other,) in zip(expected, found, strict=True):
            assert torch.equal(one, other)
    assert not any(module._forward_hooks for module in backbone.network.modules())


CAST = {
    "convolutions": lambda: torchvision.models.squeezenet1_1(weights=None).features,
    "stages": lambda: timm.create_model("resnet10t"),
    "tokens": lambda: timm.create_model("vit_tiny_patch16_224", depth=2, dynamic_img_size=True),
    "standardised weights": lambda: nn.Sequential(
        timm.layers.StdConv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 8, 3)
    ),
}


@pytest.mark.parametrize("case", CAST)
def test_weights_cast_beforehand_change_nothing(case: str) -> None:
    network = CAST[case]()
    half = load_backbone(network, precision="bfloat16", device="cpu")
    full = load_backbone(network, precision="float32", device="cpu")
    image = pictures(64, 96, 1)
    with torch.autocast("cpu", torch.bfloat16):
        inputs = (image - full._mean).div_(full._std).permute(0, 3, 1, 2)
        with torch.inference_mode(), full.running():
            expected = full._run(inputs)
    for maps, wanted in zip(half.feature_maps(image), expected, strict=True):
        assert torch.equal(maps, wanted)


HALF = (0.5, 0.5, 0.5)
REAL = {
    "torchvision/squeezenet1_1": ("squeezenet1_1", None, 0.998),
    "torchvision/mobilenet_v2": ("mobilenet_v2", HALF, 0.985),
    "vit_tiny_patch16_224": ("vit_tiny_patch16_224", None, 0.999),
}


@pytest.mark.real
@pytest.mark.parametrize("name", REAL)
def test_real_networks_see_real_pictures_alike_in_both_precisions(name: str, data: Path) -> None:
    folder, normal, bound = REAL[name]
    weights = data / "weights" / folder / f"{folder}.safetensors"
    full, half = (
        load_backbone(
            name, weights=weights, mean=normal, std=normal, precision=precision, device="cpu"
        )
        for precision in ("float32", "bfloat16")
    )
    assert full.key != half.key
    assert full.spec.weights_digest == half.spec.weights_digest
    for path in sorted((data / "images/car_parts/testset/JPEGImages").iterdir())[:3]:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB").resize((288, 224)))
        inputs = torch.from_numpy(pixels.copy())[None]
        maps, rough = full.feature_maps(inputs)[0], half.feature_maps(inputs)[0]
        assert torch.isfinite(maps).all()
        assert not torch.equal(maps, rough.float())
        assert cosine_similarity(maps, rough.float()).mean() > bound
