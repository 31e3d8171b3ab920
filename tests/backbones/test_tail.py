"""A network from one layer on: edits that are undone, batches that are widened, odd networks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from partonomy.backbones.tail import NetworkTail, class_scores, edited_layer
from partonomy.errors import PartonomyError
from scoring_networks import Branches, Plain, Tokens, made, pictures


@pytest.mark.parametrize(
    ("kind", "layer", "widens"),
    [(Plain, "first", True), (Branches, "first", False), (Tokens, "block", True)],
)
def test_copies_that_are_not_edited_score_as_the_picture(kind, layer, widens):
    network = made(kind)
    tail = NetworkTail(network, layer, pictures()[0])
    assert tail.widens == widens
    for picture in pictures():
        scores = tail.scores(picture, lambda output: output, 3)
        torch.testing.assert_close(scores, class_scores(network, picture).expand(3, -1))


def test_each_copy_is_edited_by_itself():
    network = made(Plain)

    def fade(output):
        return output * torch.tensor([1.0, 0.5, 0.0])[:, None, None, None]

    tail = NetworkTail(network, "second", pictures()[0])
    scores = tail.scores(pictures()[0], fade, 3)
    head = network.head
    torch.testing.assert_close(scores[2], head.bias)
    torch.testing.assert_close(scores[1] - head.bias, (scores[0] - head.bias) / 2)


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
