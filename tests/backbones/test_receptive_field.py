"""The lattice derived from the operations, against tables and against what a NaN pixel reaches."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from partonomy.backbones.receptive_field import GeometryTrace
from partonomy.images import LayerGeometry

Size = tuple[int, int]
Network = Callable[[Tensor], Tensor]


def derive(network: Network, size: Size, channels: int = 3) -> LayerGeometry:
    image = torch.rand(1, channels, *size)
    with torch.no_grad(), GeometryTrace(image) as trace:
        output = network(image)
    return trace.geometry_of(output)


def layers(network: nn.Module, size: Size, names: Sequence[str]) -> dict[str, LayerGeometry]:
    """The geometry of named layers, asked for while the network runs."""
    modules, found, image = dict(network.eval().named_modules()), {}, torch.rand(1, 3, *size)
    with torch.no_grad(), GeometryTrace(image) as trace:
        for name in names:
            modules[name].register_forward_hook(
                lambda _m, _i, output, name=name: found.__setitem__(name, trace.geometry_of(output))
            )
        network(image)
    return found


def seen(network: Network, size: Size, axis: int) -> list[tuple[int, int]]:
    """The reference: which pixels (first, last + 1) along ``axis`` each cell along it depends on.

    In each picture of a batch another row or column is NaN, and so is every cell that it reaches.
    Cells that see none give (0, 0).
    """
    images = torch.rand(size[axis], 3, *size, dtype=torch.float64)
    for pixel, image in enumerate(images):
        image.select(1 + axis, pixel)[...] = math.nan
    with torch.no_grad(), torch.backends.mkldnn.flags(enabled=False):
        output = network(images)
    reached = output.isnan().any(dim=1).any(dim=2 - axis)  # (pixels, cells)
    pixels = [cell.nonzero().flatten().tolist() for cell in reached.T]
    return [(p[0], p[-1] + 1) if p else (0, 0) for p in pixels]


def check(
    network: Network, size: Size, axes: Sequence[int] = (0, 1), periodic: bool = False
) -> LayerGeometry:
    """Compare with the reference at the cells whose field lies within the picture.

    Where every second cell differs, ``periodic``, it is the mean of both that must agree.
    """
    if isinstance(network, nn.Module):
        network.eval().float()
    geometry = derive(network, size)
    if isinstance(network, nn.Module):
        network.double()
    for axis in axes:
        stride, extent = geometry.stride[axis], geometry.receptive_field[axis]
        margin = 1.5 * stride if periodic else 0
        errors = []
        for i, (first, end) in enumerate(seen(network, size, axis)):
            start = geometry.offset[axis] + i * stride - extent / 2
            if start >= margin and start + extent <= size[axis] - margin:
                errors.append((first - start, end - start - extent))
        assert len(errors) >= 2
        if periodic:
            first_cell, second_cell = errors[:2]
            assert errors == (errors[:2] * len(errors))[: len(errors)]
            errors = [(first_cell[0] + second_cell[0], first_cell[1] + second_cell[1])]
        assert errors == [(0, 0)] * len(errors)
    return geometry


def test_vgg16_has_the_lattices_of_the_literature() -> None:
    pools = {
        "features.4": (2, 6, -2),
        "features.9": (4, 16, -6),
        "features.16": (8, 44, -18),
        "features.23": (16, 100, -42),
        "features.30": (32, 212, -90),
    }
    found = layers(
        torchvision.models.vgg16(weights=None).features,
        (64, 64),
        [name.removeprefix("features.") for name in pools],
    )
    for name, (stride, field, start) in pools.items():
        centre = start + field / 2
        expected = LayerGeometry((stride, stride), (centre, centre), (field, field))
        assert found[name.removeprefix("features.")] == expected


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, nullcontext])
def test_every_gradient_mode_gives_the_same(mode: type[AbstractContextManager[None]]) -> None:
    image = torch.rand(1, 3, 64, 64)
    network = timm.create_model("vit_tiny_patch16_224", img_size=64, depth=1).eval()
    head = nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(192, 4, 3))
    with mode(), GeometryTrace(image) as trace:
        tokens = network.forward_features(image)
        maps = tokens[:, 1:].transpose(1, 2).reshape(1, 192, 4, 4)
        fine = head(maps)
    assert trace.geometry_of(tokens) == LayerGeometry((16, 16), (8, 8), (math.inf, math.inf))
    assert trace.geometry_of(maps) == trace.geometry_of(tokens)
    assert trace.geometry_of(fine) == LayerGeometry((8, 8), (12, 12), (math.inf, math.inf))


def test_squeezenet_without_padding_in_its_first_layer() -> None:
    geometry = check(
        torchvision.models.squeezenet1_1(weights=None).features[:6], (71, 39), axes=[0]
    )
    assert geometry == LayerGeometry((8, 8), (7.5, 7.5), (31, 31))


def test_resnet18() -> None:
    found = layers(
        torchvision.models.resnet18(weights=None),
        (64, 64),
        ["conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool"],
    )
    fields = [found[name].receptive_field[0] for name in found]
    assert fields == [7, 11, 43, 99, 211, 435, math.inf]
    assert [found[name].stride[0] for name in found] == [2, 4, 4, 8, 16, 32, 32]
    assert {geometry.offset for geometry in found.values()} == {(0.5, 0.5)}


def test_mobilenet_v2() -> None:
    network = torchvision.models.mobilenet_v2(weights=None).features
    assert derive(network.eval(), (64, 64)) == LayerGeometry((32, 32), (0.5, 0.5), (491, 491))
    assert check(network[:5], (43, 24), axes=[0]).stride == (8, 8)


def test_convnext_with_channels_last_inside() -> None:
    found = layers(
        timm.create_model("convnext_atto"), (64, 64), ["stem", "stages.0", "stages.1.downsample"]
    )
    assert found["stem"] == LayerGeometry((4, 4), (2, 2), (4, 4))
    assert found["stages.0"] == LayerGeometry((4, 4), (2, 2), (52, 52))
    assert found["stages.1.downsample"] == LayerGeometry((8, 8), (4, 4), (56, 56))


def test_vision_transformer_keeps_the_lattice_of_its_patches() -> None:
    found = layers(
        timm.create_model("vit_tiny_patch16_224", depth=2),
        (224, 224),
        ["patch_embed.proj", "patch_embed", "blocks.0.norm1", "blocks.0", "blocks.1.mlp.fc1"],
    )
    patch = LayerGeometry((16, 16), (8, 8), (16, 16))
    block = LayerGeometry((16, 16), (8, 8), (math.inf, math.inf))
    assert found["patch_embed.proj"] == found["patch_embed"] == found["blocks.0.norm1"] == patch
    assert found["blocks.0"] == found["blocks.1.mlp.fc1"] == block


def test_swin_merges_patches_and_shifts_windows() -> None:
    network = timm.create_model(
        "swin_tiny_patch4_window7_224",
        img_size=112,
        embed_dim=24,
        depths=(2, 2, 2),
        num_heads=(1, 2, 4),
    )
    found = layers(network, (112, 112), ["layers.0", "layers.1", "layers.2"])
    for stride, geometry in zip((4, 8, 16), found.values(), strict=True):
        centre = stride / 2
        inf = math.inf
        assert geometry == LayerGeometry((stride, stride), (centre, centre), (inf, inf))


def test_mixer_mixes_all_tokens() -> None:
    found = layers(timm.create_model("mixer_s32_224"), (224, 224), ["stem", "blocks.0"])
    assert found["stem"].receptive_field == (32, 32)
    assert found["blocks.0"] == LayerGeometry((32, 32), (16, 16), (math.inf, math.inf))


def test_squeeze_and_excitation_sees_everything_from_the_same_lattice() -> None:
    conv, gate = nn.Conv2d(3, 8, 3, stride=2), nn.Conv2d(8, 8, 1)

    def network(image: Tensor) -> Tensor:
        maps = conv(image)
        return maps * gate(maps.mean((2, 3), keepdim=True)).sigmoid()

    assert derive(network, (17, 17)) == LayerGeometry((2, 2), (1.5, 1.5), (math.inf, math.inf))


class Branches(nn.Module):
    """A residual sum and a concatenation of branches with different kernels."""

    def __init__(self) -> None:
        super().__init__()
        self.small, self.large = nn.Conv2d(3, 4, 1, 2), nn.Conv2d(3, 4, (3, 7), 2, padding=(1, 3))

    def forward(self, image: Tensor) -> Tensor:
        maps = torch.cat([self.small(image), self.large(image)], dim=1)
        return maps + F.avg_pool2d(maps, 3, 1, 1)


class SpaceToDepth(nn.Module):
    """Two-by-two cells go to the channels by a reshape, as in TResNet and Swin."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(12, 4, 3)

    def forward(self, image: Tensor) -> Tensor:
        n, channels, height, width = image.shape
        cells = image.view(n, channels, height // 2, 2, width // 2, 2).permute(0, 3, 5, 1, 2, 4)
        return self.conv(cells.reshape(n, 4 * channels, height // 2, width // 2))


NETWORKS: dict[str, tuple[nn.Module, Size]] = {
    "convolution": (nn.Conv2d(3, 4, 5, stride=3, padding=2), (24, 24)),
    "dilated": (nn.Conv2d(3, 4, 3, stride=2, padding=1, dilation=3), (24, 24)),
    "rectangular": (nn.Conv2d(3, 4, (5, 2), stride=(2, 3), padding=(1, 0)), (24, 24)),
    "same padding": (nn.Conv2d(3, 4, 4, padding="same"), (16, 16)),
    "reflection": (nn.Conv2d(3, 4, 5, padding=2, padding_mode="reflect"), (16, 16)),
    "in-place": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Dropout()), (12, 12)),
    "ceil mode": (nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), (16, 16)),
    "average pool": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.AvgPool2d(3, 2, padding=1)), (21, 21)),
    "zero pad": (nn.Sequential(nn.ZeroPad2d((3, 0, 1, 2)), nn.Conv2d(3, 4, 3)), (16, 16)),
    "branches": (Branches(), (32, 32)),
    "space to depth": (SpaceToDepth(), (24, 24)),
    "pixel unshuffle": (nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, 4, 3)), (24, 24)),
    "adaptive pool": (nn.AdaptiveAvgPool2d((4, 6)), (24, 24)),
    "group convolution": (nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.BatchNorm2d(3)), (12, 12)),
    "interpolation to the same size": (
        nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Upsample((12, 12), mode="nearest")),
        (12, 12),
    ),
    "linear on channels last": (
        nn.Sequential(nn.Conv2d(3, 4, 2, 2), torchvision.ops.Permute([0, 2, 3, 1]),
                      nn.LayerNorm(4), nn.Linear(4, 5), torchvision.ops.Permute([0, 3, 1, 2])),
        (12, 12),
    ),
}  # fmt: skip

PERIODIC: dict[str, tuple[nn.Module, Size]] = {
    "nearest": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Upsample(scale_factor=2)), (14, 14)),
    "nearest then convolution": (
        nn.Sequential(nn.MaxPool2d(2), nn.Upsample(scale_factor=2), nn.Conv2d(3, 4, 2)),
        (24, 24),
    ),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), (12, 12)),
    "bicubic": (nn.Upsample(scale_factor=2, mode="bicubic"), (14, 14)),
    "transposed": (nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1), (12, 12)),
    "transposed even": (nn.ConvTranspose2d(3, 4, 4, stride=2, padding=1), (12, 12)),
    "pixel shuffle": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.PixelShuffle(2)), (12, 12)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_operations_agree_with_the_reference(name: str) -> None:
    check(*NETWORKS[name])


@pytest.mark.parametrize("name", PERIODIC)
def test_fractional_steps_agree_in_the_mean(name: str) -> None:
    check(*PERIODIC[name], periodic=True)


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("crop", lambda image: image[:, :, 2:-1, 3::2]),
        ("patch merging", lambda image: torch.cat([image[..., ::2], image[..., 1::2]], dim=1)),
        ("split and cat", lambda image: torch.cat([p * 2 for p in image.split(5, 2)], dim=2)),
        ("zeros in front", lambda image: torch.cat([torch.zeros_like(image), image], dim=2)),
        ("downsampled", lambda image: F.interpolate(image, scale_factor=0.5)),
        ("averaged", lambda image: image.view(-1, 3, 9, 2, 9, 2).mean((3, 5))),
        ("channel attention", lambda image: image * image.amax(1, keepdim=True)),
    ],
)
def test_views_and_reductions_agree_with_the_reference(name: str, network: Network) -> None:
    check(network, (18, 18))


def test_aligned_corners_keep_the_first_cell() -> None:
    geometry = derive(
        lambda image: F.interpolate(image, size=(16, 16), mode="bilinear", align_corners=True),
        (31, 31),
    )
    assert geometry.stride == (2, 2)
    assert geometry.offset == (0.5, 0.5)


def test_pooling_one_axis_leaves_the_other_bounded() -> None:
    geometry = derive(lambda image: image + image.mean(3, keepdim=True), (12, 14))
    assert geometry == LayerGeometry((1, 1), (0.5, 0.5), (1, math.inf))


def test_pooled_context_that_is_upsampled_does_not_move_the_lattice() -> None:
    def network(image: Tensor) -> Tensor:
        maps = F.avg_pool2d(image, 4)
        context = F.interpolate(F.adaptive_avg_pool2d(maps, 1), size=maps.shape[2:])
        return torch.cat([context, maps], dim=1)

    assert derive(network, (32, 32)) == LayerGeometry((4, 4), (2, 2), (math.inf, math.inf))


@pytest.mark.parametrize(
    "network",
    [
        nn.InstanceNorm2d(4),
        nn.GroupNorm(2, 4),
        lambda image: image.roll((1, 1), (2, 3)),
        lambda image: image / image.sum(),
        lambda image: F.conv2d(image, image.mean((2, 3)).view(1, 4, 1, 1)),
    ],
)
def test_what_mixes_all_positions_sees_everything(network: Network) -> None:
    geometry = derive(network, (12, 12), channels=4)
    assert geometry == LayerGeometry((1, 1), (0.5, 0.5), (math.inf, math.inf))


def test_writing_to_a_view_is_not_overlooked() -> None:
    def network(image: Tensor) -> Tensor:
        maps = image * 1
        maps[:, :1] = F.max_pool2d(image[:, :1], 3, 1, 1)
        return maps

    assert derive(network, (8, 8)).receptive_field == (math.inf, math.inf)


def test_what_is_not_computed_from_the_image_has_no_geometry() -> None:
    image, other = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
    network = nn.Conv2d(3, 4, 3)
    with torch.no_grad(), GeometryTrace(image) as trace:
        derived, foreign = network(image), network(other)
    after = network(image)
    assert trace.geometry_of(derived).receptive_field == (3, 3)
    for tensor in (foreign, after, other):
        assert trace.find(tensor) is None
        with pytest.raises(LookupError, match="traced back to the image"):
            trace.geometry_of(tensor)


def test_a_lattice_that_cannot_be_told_is_an_error_rather_than_a_guess() -> None:
    with pytest.raises(LookupError):
        derive(lambda image: F.unfold(image, 3, stride=2), (12, 12))
    with pytest.raises(LookupError):
        derive(lambda image: F.pad(image, (1, 1, 1, 1), mode="circular"), (12, 12))
