"""Networks by name: found, unknown with a suggestion, own functions, weights out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import timm
import torch
from torch import Tensor, nn

from partonomy import load_backbone
from partonomy.backbones.registry import build, is_own_function, random_weights
from partonomy.backbones.weights import read_weights, weights_digest
from partonomy.errors import PartonomyError


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an importable module with functions that build, or fail to build, networks."""
    (tmp_path / "own_networks.py").write_text(
        "from torch import nn\n"
        "def make(): return nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(inplace=True))\n"
        "def make_number(): return 7\n"
        "def make_of(channels): return nn.Conv2d(3, channels, 1)\n"
    )
    (tmp_path / "own_broken.py").write_text("import no_such_library\n")
    (tmp_path / "own_unfinished.py").write_text("def make(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "own_networks"
    for name in ("own_networks", "own_broken", "own_unfinished"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("resnet51", "resnet50"),
        ("torchvision/vgg61", "torchvision/vgg16"),
        ("resnet18.nonsense", "resnet18.a1_in1k"),
    ],
)
@pytest.mark.parametrize("pretrained", [False, True])
def test_an_unknown_name_gets_a_suggestion(name: str, suggestion: str, pretrained: bool) -> None:
    with pytest.raises(PartonomyError, match=f"no backbone {name}") as caught:
        build(name, pretrained, None)
    assert "did you mean" in str(caught.value)
    family = suggestion.rstrip("0123456789").split(".")[0]
    assert family in str(caught.value).split("did you mean")[1]


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(PartonomyError, match=r"no backbone @@@: names are bundled"):
        build("@@@", False, None)


def test_an_own_function_is_imported_and_called(own_module: str) -> None:
    name = f"{own_module}:make"
    assert is_own_function(name)
    assert not is_own_function("torchvision/vgg16")
    assert isinstance(build(name, False, None).network[0], nn.Conv2d)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no_such_module:make", "No module named 'no_such_module'"),
        ("own_networks:nothing", "own_networks has no nothing"),
        ("own_networks:make_number", "returned int, not an nn.Module"),
        ("own_networks:make_of", "missing 1 required positional argument"),
        ("own_broken:make", "No module named 'no_such_library'"),
        ("own_unfinished:make", "SyntaxError"),
        (":make", "Empty module name"),
    ],
)
def test_an_own_function_that_gives_no_network_is_named(
    own_module: str, name: str, reason: str
) -> None:
    with pytest.raises(PartonomyError, match=f"^backbone {name}: .*{reason}"):
        build(name, False, None)


def test_the_number_of_classes_is_that_of_the_weights() -> None:
    weights = timm.create_model("resnet18", num_classes=7).state_dict()
    network = build("resnet18", False, weights).network
    assert network.fc.out_features == 7


@pytest.mark.real
def test_the_real_vision_transformer_has_200_classes(data: Path) -> None:
    path = data / "weights/vit_tiny_patch16_224/vit_tiny_patch16_224.safetensors"
    network = build("vit_tiny_patch16_224", False, read_weights(path)).network
    assert network.head.out_features == 200


def test_timm_networks_bring_their_normalisation() -> None:
    assert random_weights("vit_tiny_patch16_224").mean == (0.5, 0.5, 0.5)
    assert random_weights("resnet18").std == (0.229, 0.224, 0.225)


def test_torchvision_backbones_of_segmentation_networks_are_not_fetched() -> None:
    network = random_weights("torchvision/lraspp_mobilenet_v3_large").network
    assert isinstance(network, nn.Module)


def test_weights_out_of_reach_end_in_one_line_that_names_the_ways_on(tmp_path: Path) -> None:
    names = ["resnet18.a1_in1k", "torchvision/squeezenet1_1"]
    code = (
        "import sys, partonomy\n"
        "for name in sys.argv[1:]:\n"
        "    try: partonomy.load_backbone(name)\n"
        "    except partonomy.PartonomyError as error: print('error:', error)\n"
    )
    nowhere = "http://127.0.0.1:9"  # nothing listens there
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path),
        "TORCH_HOME": str(tmp_path),
        "https_proxy": nowhere,
        "http_proxy": nowhere,
    }
    process = subprocess.run(
        [sys.executable, "-c", code, *names],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    lines = [line for line in process.stdout.splitlines() if line.startswith("error:")]
    for name, line in zip(names, lines, strict=True):
        assert line.startswith(f"error: the published weights of {name} could not be fetched")
        assert "--weights FILE" in line
        assert "--weights random" in line


def test_random_weights_are_those_of_the_seed() -> None:
    first, again, other = (
        weights_digest(random_weights("resnet18", seed).network) for seed in (3, 3, 4)
    )
    assert first == again != other


def test_random_weights_leave_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_backbone("torchvision/squeezenet1_1", weights="random")
    assert torch.equal(torch.rand(3), expected)


class Trained(nn.Module):
    """Of everything that may hold a parameter: a layer, a norm, attention, and a bare tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 5, 4)
        self.norm = nn.BatchNorm2d(8)
        self.attention = nn.MultiheadAttention(8, 2)
        self.scale = nn.Parameter(torch.zeros(8, 1, 1))
        for parameter in self.parameters():
            nn.init.constant_(parameter, 7.0)
        self.norm.running_mean.fill_(7.0)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.norm(self.first(pictures)) * self.scale


def test_random_weights_of_a_network_that_is_yours_hold_nothing_that_was_learned() -> None:
    for source in (Trained(), f"{__name__}:Trained"):
        begun = random_weights(source)
        assert all((each != 7).all() for each in begun.network.state_dict().values())
        again, other = (random_weights(source, seed).network for seed in (0, 1))
        assert weights_digest(begun.network) == weights_digest(again)
        assert weights_digest(begun.network) != weights_digest(other)
    trained = Trained()
    load_backbone(trained, "norm", weights="random", device="cpu")
    assert (trained.first.weight == 7).all()
