"""Which layers are listed, and which one is recommended."""

from __future__ import annotations

import math
from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn

from partonomy.backbones import Layer, list_layers, recommended_layers
from partonomy.backbones.registry import random_weights
from partonomy.backbones.weights import weights_digest
from partonomy.errors import PartonomyError
from partonomy.images import LayerGeometry


def listed(name: str) -> dict[str, Layer]:
    return {layer.name: layer for layer in list_layers(random_weights(name).network.eval())}


@pytest.mark.parametrize(
    ("name", "recommended", "channels", "stride", "shape"),
    [
        ("torchvision/vgg16", ["features.29"], 512, 16, (14, 14)),
        ("torchvision/alexnet", ["features.11"], 256, 16, (13, 13)),
        ("vgg11_bn", ["features.27"], 512, 16, (14, 14)),
        ("torchvision/squeezenet1_1", ["features"], 512, 16, (13, 13)),
        ("torchvision/mobilenet_v2", ["features.13", "features.18"], 96, 16, (14, 14)),
        ("torchvision/resnet50", ["layer3", "layer4"], 1024, 16, (14, 14)),
        ("torchvision/swin_t", ["features.5", "features.7"], 384, 16, (14, 14)),
        ("torchvision/vit_b_16", ["encoder.layers.encoder_layer_8"], 768, 16, (14, 14)),
        ("resnet18", ["layer3", "layer4"], 256, 16, (14, 14)),
        ("convnext_atto", ["stages.2", "stages.3"], 160, 16, (14, 14)),
        ("vit_tiny_patch16_224", ["blocks.8"], 192, 16, (14, 14)),
        ("swin_tiny_patch4_window7_224", ["layers.2", "layers.3"], 384, 16, (14, 14)),
    ],
)
def test_the_recommended_layers(
    name: str, recommended: list[str], channels: int, stride: int, shape: tuple[int, int]
) -> None:
    layer, *deeper = recommended_layers(list_layers(random_weights(name).network))
    assert [layer.name, *(each.name for each in deeper)] == recommended
    assert all(each.geometry.stride == (32, 32) for each in deeper)
    assert layer.channels == channels
    assert layer.geometry.stride == (stride, stride)
    assert layer.shape == shape
    assert layer.input_size == (224, 224)


def test_every_layer_of_vgg_that_gives_a_map_is_listed_in_order() -> None:
    layers = listed("torchvision/vgg11")
    inner = [name for name in layers if name.startswith("features.")]
    assert inner == [f"features.{index}" for index in range(21)]
    assert not any(name.startswith("classifier") for name in layers)
    assert layers["features.20"].geometry.receptive_field == (150, 150)


def test_pooled_maps_and_attention_heads_are_not_listed() -> None:
    assert "avgpool" not in listed("torchvision/resnet18")
    layers = listed("vit_tiny_patch16_224")
    assert "blocks.0.attn.q_norm" not in layers
    assert layers["blocks.0.norm1"].prefix_tokens == 1
    assert layers["patch_embed"].prefix_tokens == 0


class Pyramid(nn.Module):
    """Returns its maps by name, and runs one of its modules at two resolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.shared = nn.Conv2d(4, 4, 3, stride=2, padding=1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        fine = self.shared(self.stem(image))
        return OrderedDict(fine=fine, coarse=self.shared(fine))


def test_of_several_outputs_and_several_runs_the_first_is_listed() -> None:
    layers = {layer.name: layer for layer in list_layers(Pyramid())}
    assert list(layers) == ["stem", "shared", "output"]
    assert layers["output"].geometry.stride == layers["shared"].geometry.stride == (8, 8)


def test_a_network_whose_only_map_is_its_output() -> None:
    class Gradient(nn.Module):
        def forward(self, image: Tensor) -> Tensor:
            return image[..., 1:, 1:] - image[..., :-1, :-1]

    (layer,) = list_layers(Gradient())
    assert (layer.name, layer.channels, layer.shape) == ("output", 3, (223, 223))
    assert recommended_layers([layer]) == [layer]


def test_narrow_channels_last_layers_are_not_taken_for_channels_first() -> None:
    class Last(nn.Module):
        def forward(self, maps: Tensor) -> Tensor:
            return maps.permute(0, 2, 3, 1)

    network = nn.Sequential(nn.Conv2d(3, 14, 16, 16), Last(), nn.LayerNorm(14))
    layers = {layer.name: layer for layer in list_layers(network)}
    assert [layers[name].channels_last for name in ("0", "1", "2")] == [False, True, True]
    assert {layers[name].shape for name in ("0", "1", "2")} == {(14, 14)}


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_networks_of_any_floating_point_type(dtype: torch.dtype) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, 4), nn.BatchNorm2d(4)).to(dtype)
    assert [layer.name for layer in list_layers(network)] == ["0", "1", "output"]


def test_a_network_is_as_it_was() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout()).train()
    network[2].eval()
    digest = weights_digest(network)
    list_layers(network)
    assert weights_digest(network) == digest
    assert [module.training for module in network.modules()] == [True, True, True, False]
    assert not any(module._forward_hooks for module in network.modules())


def test_networks_that_declare_another_input_size_are_run_at_that() -> None:
    class Fixed(nn.Conv2d):
        pretrained_cfg = {"input_size": (3, 96, 96)}  # noqa: RUF012

        def forward(self, image: Tensor) -> Tensor:
            if image.shape[-1] != 96:
                raise KeyError("only 96")
            return super().forward(image)

    layer = list_layers(Fixed(3, 4, 8, 8))[-1]
    assert layer.input_size == (96, 96)
    assert layer.shape == (12, 12)


def test_a_network_that_takes_no_picture_is_an_error_with_its_reason() -> None:
    with pytest.raises(PartonomyError, match=r"cannot be run on an RGB picture: .*channels"):
        list_layers(nn.Conv2d(5, 4, 3))


def test_a_network_without_maps_is_an_error() -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    with pytest.raises(PartonomyError, match="no layer that gives a map of several cells"):
        list_layers(network)


def test_layers_without_parameters_are_known() -> None:
    layers = listed("torchvision/vgg11")
    learned = [layers[f"features.{index}"].learned for index in (18, 19, 20)]
    assert learned == [True, False, False]  # convolution, ReLU, pooling
    assert listed("resnet18")["layer4"].learned


def layer(name: str, stride: float, tokens: bool = False, learned: bool = True) -> Layer:
    geometry = LayerGeometry((stride, stride), (0, 0), (math.inf, math.inf))
    return Layer(name, 8, (14, 14), (224, 224), geometry, tokens=tokens, learned=learned)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([layer("a", 4), layer("b", 8), layer("c", 32)], ["b", "c"]),  # none at 16: the next finer
        ([layer("a", 32), layer("b", 64)], ["a"]),  # none so fine
        ([layer("a", 16), layer("b", 64)], ["a"]),
        ([layer("a", 16), layer("a.inner", 16), layer("output", 16)], ["a"]),
        ([layer(f"blocks.{i}", 14, True) for i in range(24)], ["blocks.17"]),
        ([layer("blocks.0", 14, True)], ["blocks.0"]),
        ([layer("stem", 4), layer("s.1", 8, True), layer("s.2", 16, True)], ["s.2"]),
        ([layer("a", 16), layer("pool", 32, learned=False)], ["a"]),
        ([layer("a", 16), layer("pool", 32, learned=False), layer("b", 32)], ["a", "b"]),
        ([layer("a", 16), layer("b", 32), layer("relu", 32, learned=False)], ["a", "relu"]),
        ([layer("pool", 32, learned=False), layer("up", 16)], ["up", "pool"]),  # a decoder
    ],
)
def test_what_is_recommended(layers: list[Layer], expected: list[str]) -> None:
    assert [each.name for each in recommended_layers(layers)] == expected
