"""Discriminative filters: drops against passes one by one, and the filter a class depends on."""

import numpy as np
import pytest
from torch import Tensor

from partonomy.backbones.tail import NetworkTail, class_scores, edited_layer
from partonomy.emergence.discriminative import ScoreDrops, score_drops, share_of_loss
from scoring_networks import FILTERS, Branches, Plain, Tokens, made, pictures


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
    assert share_of_loss(drops.mean)[0] > 0.9
    assert share_of_loss(drops.mean)[-1] == pytest.approx(1)


def test_no_filter_stands_out_where_all_count_alike():
    flat = ScoreDrops(np.ones((4, 10), np.float32), np.ones((4, 10), np.float32), np.ones(4))
    assert not len(flat.discriminative())
