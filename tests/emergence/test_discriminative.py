"""Discriminative filters: drops against passes one by one, and the filter a class depends on."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from partonomy.backbones.tail import NetworkTail, class_scores, edited_layer
from partonomy.emergence.discriminative import ScoreDrops, score_drops
from partonomy.errors import PartonomyError

FILTERS = 80


class Plain(nn.Module):
    """Two convolutions and a linear reading."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, FILTERS, 5, 4), nn.ReLU(inplace=True))
        self.second = nn.Sequential(nn.Conv2d(FILTERS, 16, 3), nn.ReLU(inplace=True))
        self.head = nn.Linear(16, 5)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.second(self.first(pictures)).mean(dim=(2, 3)))


class Branches(Plain):
    """Beside it a second branch, which is joined to it after the layer."""

    def __init__(self) -> None:
        super().__init__()
        self.beside = nn.Sequential(nn.Conv2d(3, 4, 5, 4), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(FILTERS + 4, 16, 3), nn.ReLU(inplace=True))

    def forward(self, pictures: Tensor) -> Tensor:
        both = torch.cat([self.first(pictures), self.beside(pictures)], dim=1)
        return self.head(self.second(both).mean(dim=(2, 3)))


class Tokens(nn.Module):
    """Patches as tokens, a block that lets them see one another, and a reading of their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, FILTERS, 8, 8)
        self.block = nn.TransformerEncoderLayer(FILTERS, 4, 32, batch_first=True)
        self.head = nn.Linear(FILTERS, 5)

    def forward(self, pictures: Tensor) -> Tensor:
        tokens = self.patches(pictures).flatten(2).transpose(1, 2)
        return self.head(self.block(tokens).mean(dim=1))


def made(kind: type[nn.Module]) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return kind().eval().requires_grad_(False)


def pictures(count: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(1, 3, 32, 40, generator=generator) for _ in range(count)]


@pytest.mark.parametrize(
    ("kind", "layer", "axis", "widens"),
    [
        (Plain, "first", 1, True),
        (Branches, "first", 1, False),
        (Tokens, "block", -1, True),
    ],
)
def test_drops_are_those_of_passes_with_one_filter_off(kind, layer, axis, widens):
    network = made(kind)
    tail = NetworkTail(network, layer, pictures()[0])
    assert tail.widens == widens
    drops = score_drops(tail, pictures(), 2, axis)
    for picture, exact in zip(pictures(), drops.exact, strict=True):
        for index in (0, 17, FILTERS - 1):

            def off(output: Tensor, index: int = index) -> Tensor:
                output = output.clone()
                output.movedim(axis, 1)[:, index] = 0
                return output

            with edited_layer(network, layer, off):
                left = class_scores(network, picture)[0, 2]
            whole = class_scores(network, picture)[0, 2]
            assert exact[index] == pytest.approx(float(whole - left), abs=1e-5)
    assert drops.score == pytest.approx(
        [float(class_scores(network, each)[0, 2]) for each in pictures()]
    )


def test_the_estimate_is_exact_where_the_rest_is_linear():
    network = made(Plain)
    drops = score_drops(NetworkTail(network, "second", pictures()[0]), pictures(), 0)
    np.testing.assert_allclose(drops.estimate, drops.exact, atol=1e-5)
    assert drops.agreement == pytest.approx(1)


def test_the_filter_that_a_class_depends_on_is_discriminative():
    network = made(Plain)
    network.head.weight[3] = 0.01
    network.head.weight[3, 11] = 5.0
    drops = score_drops(NetworkTail(network, "second", pictures()[0]), pictures(), 3)
    assert drops.discriminative().tolist() == [11]
    assert drops.cumulative()[0] > 0.9
    assert drops.cumulative()[-1] == pytest.approx(1)


def test_no_filter_stands_out_where_all_count_alike():
    flat = ScoreDrops(np.ones((4, 10), np.float32), np.ones((4, 10), np.float32), np.ones(4))
    assert not len(flat.discriminative())


def test_hooks_are_gone_afterwards_whatever_happens():
    network = made(Plain)
    with (
        pytest.raises(PartonomyError, match="no layer 'nowhere'"),
        edited_layer(network, "nowhere", lambda output: output),
    ):
        pass
    with pytest.raises(ZeroDivisionError), edited_layer(network, "first", lambda output: 1 / 0):
        network(pictures()[0])
    assert not network.first._forward_hooks


def test_networks_without_class_scores_are_refused():
    network = nn.Sequential(nn.Conv2d(3, 4, 3))
    with pytest.raises(PartonomyError, match="gives no class scores but a tensor of shape"):
        NetworkTail(network, "0", pictures()[0])
