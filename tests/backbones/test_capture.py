"""Hooks that collect inner layers, and outputs of any layout as maps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn

from partonomy.backbones.capture import LayerCapture, as_maps, first_tensor
from partonomy.errors import PartonomyError


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 5, 3), nn.Conv2d(5, 2, 3)
    ).eval()


def hooks(net: nn.Module) -> int:
    return sum(len(module._forward_hooks) for module in net.modules())


@torch.no_grad()
def test_an_in_place_layer_does_not_change_what_was_captured_before_it() -> None:
    net, image = network(), torch.randn(2, 3, 12, 12)
    with LayerCapture(net, ["0", "2"]) as capture:
        outputs = capture.run(image)
    assert (outputs["0"] < 0).any(), "the convolution's negative values were overwritten"
    assert torch.equal(outputs["0"], net[0](image))
    assert torch.equal(outputs["2"], net[:3](image))


@torch.no_grad()
def test_the_rest_of_the_network_is_not_run() -> None:
    net = network()
    ran: list[str] = []
    net[3].register_forward_hook(lambda *_: ran.append("last"))
    with LayerCapture(net, ["0", "2"]) as capture:
        capture.run(torch.randn(1, 3, 12, 12))
        assert not ran
    with LayerCapture(net, ["0", "output"]) as capture:
        outputs = capture.run(image := torch.randn(1, 3, 12, 12))
    assert ran == ["last"]
    assert torch.equal(outputs["output"], net(image))


@torch.no_grad()
def test_hooks_are_removed_whatever_happens() -> None:
    net = network()
    with LayerCapture(net, ["0", "1"]) as capture:
        assert hooks(net) == 2
        capture.run(torch.randn(1, 3, 12, 12))
    assert hooks(net) == 0
    with pytest.raises(RuntimeError), LayerCapture(net, ["3"]) as capture:
        capture.run(torch.randn(1, 4, 12, 12))
    assert hooks(net) == 0


@torch.no_grad()
def test_the_hooks_stay_until_the_last_of_several_users_leaves() -> None:
    net, image = network(), torch.randn(1, 3, 12, 12)
    capture = LayerCapture(net, ["0"])
    with capture:
        with capture:
            assert hooks(net) == 1
        assert torch.equal(capture.run(image)["0"], net[0](image))
    assert hooks(net) == 0


def test_an_unknown_layer_is_named() -> None:
    with pytest.raises(PartonomyError, match=r"no layer 'layer9'.*`layers`"):
        LayerCapture(network(), ["0", "layer9"])


class Fork(nn.Module):
    """Has a module that is not run, one that runs twice, and ones that return several things."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.unused = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)
        self.pair, self.pool = Pair(), nn.MaxPool2d(2)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        maps, _ = self.pair(self.body(image))
        return {"maps": self.pool(self.pool(maps)), "other": image}


class Pair(nn.Module):
    """Returns a tuple."""

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        return image + 1, image


@torch.no_grad()
def test_a_layer_that_is_not_run_is_named() -> None:
    with (
        LayerCapture(Fork(), ["body", "unused"]) as capture,
        pytest.raises(PartonomyError, match="layer 'unused' gives no feature map"),
    ):
        capture.run(torch.randn(1, 3, 8, 8))


@torch.no_grad()
def test_the_first_of_several_outputs_and_the_first_of_several_runs() -> None:
    net, image = Fork(), torch.randn(1, 3, 8, 8)
    with LayerCapture(net, ["pair", "pool", "output"]) as capture:
        outputs = capture.run(image)
    maps = net.body(image) + 1
    assert torch.equal(outputs["pair"], maps)
    assert torch.equal(outputs["pool"], net.pool(maps))
    assert torch.equal(outputs["output"], net.pool(net.pool(maps)))
    with LayerCapture(net, ["pool"]) as capture:
        assert torch.equal(capture.run(image)["pool"], net.pool(maps))


@pytest.mark.parametrize("output", [None, (), {}, ("text", torch.ones(1)), 3])
def test_what_begins_with_no_tensor_has_none(output: object) -> None:
    assert first_tensor(output) is None


def test_tensors_are_found_in_nested_outputs() -> None:
    tensor = torch.ones(1)
    for output in (tensor, [tensor, None], ((tensor,), 1), {"out": [tensor]}):
        assert first_tensor(output) is tensor


@torch.no_grad()
def test_every_thread_gets_the_results_of_its_own_pass() -> None:
    net = network()
    meet = threading.Barrier(4, timeout=30)

    def wait(*_: object) -> None:
        meet.wait()  # all are in the same layer

    net[1].register_forward_hook(wait)
    images = [torch.full((1, 3, 12, 12), float(index)) for index in range(4)]
    expected = [net[0](image) for image in images]
    with LayerCapture(net, ["0", "2"]) as capture, ThreadPoolExecutor(4) as pool:

        def run(image: Tensor) -> dict[str, Tensor]:
            with torch.no_grad():
                return capture.run(image)

        found = list(pool.map(run, images))
    for maps, outputs in zip(expected, found, strict=True):
        assert torch.equal(outputs["0"], maps)


@torch.no_grad()
def test_passes_of_somebody_else_are_not_collected() -> None:
    net, image = network(), torch.randn(1, 3, 12, 12)
    with LayerCapture(net, ["0"]) as capture:
        assert net(image).shape == (1, 2, 6, 6)
        assert capture.run(image).keys() == {"0"}


def test_maps_stay_as_they_are() -> None:
    maps = torch.rand(2, 5, 6, 7)
    assert as_maps(maps, (96, 112), (16, 16)) is maps


def test_channels_last_is_turned() -> None:
    maps = torch.rand(2, 6, 7, 40)
    laid_out = as_maps(maps, (96, 112), (16, 16))
    assert laid_out is not None
    assert torch.equal(laid_out, maps.permute(0, 3, 1, 2))


def test_as_many_channels_as_cells_are_told_apart_by_what_the_trace_knows() -> None:
    maps = torch.rand(1, 6, 6, 6)
    first = as_maps(maps, (96, 96), (16, 16), channels_last=False)
    last = as_maps(maps, (96, 96), (16, 16), channels_last=True)
    assert first is maps
    assert last is not None
    assert torch.equal(last, maps.permute(0, 3, 1, 2))


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_tokens_become_rows_and_columns_without_their_prefix(prefix: int) -> None:
    tokens = torch.arange(prefix + 12.0).reshape(1, -1, 1).repeat(1, 1, 2)
    laid_out = as_maps(tokens, (33, 47), (10, 11), prefix)  # 3 rows of 4, and a rest
    assert laid_out is not None
    assert laid_out.shape == (1, 2, 3, 4)
    assert laid_out[0, 0].tolist() == (torch.arange(12.0).reshape(3, 4) + prefix).tolist()


@pytest.mark.parametrize(
    ("shape", "prefix"),
    [
        ((1, 1000), 0),
        ((1, 50, 8), 0),  # a token too many
        ((1, 49, 8), 1),
        ((1, 512, 1, 1), 0),  # pooled
        ((1, 3, 50, 64), 0),  # attention heads
        ((7, 7), 0),
    ],
)
def test_what_has_no_lattice_is_no_map(shape: tuple[int, ...], prefix: int) -> None:
    assert as_maps(torch.rand(shape), (112, 112), (16, 16), prefix) is None


def test_unpadded_layers_may_lack_cells_at_the_border() -> None:
    maps = torch.rand(1, 8, 13, 13)  # of 14 cells
    assert as_maps(maps, (224, 224), (16, 16)) is maps
