"""A step of ``choudhury2021`` and one written as its equations read: the same losses, gradients."""

import numpy as np
import torch
from benchmarks.rivals.direct_segmenter import DirectSegmenter

from partonomy.images import ImageFolder
from partonomy.segmenter.choudhury import Choudhury2021, ChoudhuryTask
from partonomy.segmenter.training import Draw


def test_both_have_the_same_losses_and_gradients(photos):
    recipe = Choudhury2021(
        network="resnet18",
        perceptual="torchvision/squeezenet1_1",
        perceptual_layers={"features.4": 0.33, "features.12": 1.0},
        framing={"size": 48},
        batch=3,
        views="apart",
    )
    options = {"weights": "random", "perceptual_weights": "random", "device": "cpu"}
    task = ChoudhuryTask(recipe, ImageFolder(photos), **options, precision="float32")
    direct, draw = DirectSegmenter(task), Draw(0, 0)
    ours = task.losses(draw)
    theirs = direct.terms(task.views(task.batch(draw), draw), draw)
    assert set(ours.terms) == set(theirs)
    for name, term in theirs.items():
        torch.testing.assert_close(ours.terms[name], term, rtol=1e-4, atol=1e-4)
    ours.total.backward()
    torch.stack(list(theirs.values())).sum().backward()
    for stage in ("conv1", "layer3.0.conv1", "layer4.1.conv2"):
        mine, other = (
            dict(network.named_parameters())[f"{stage}.weight"].grad
            for network in (task.module, direct.network)
        )
        assert float(mine.norm()) > 0
        np.testing.assert_allclose((mine - other).norm() / other.norm(), 0, atol=1e-3)
