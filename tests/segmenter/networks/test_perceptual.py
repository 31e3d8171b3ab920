"""Perceptual features: layers of any backbone, with scales, ready for a loss."""

import pickle

import pytest
import torch
from torchvision import models

from networks import small_network
from partonomy.backbones import load_backbone
from partonomy.errors import PartonomyError
from partonomy.segmenter.losses import layer_descriptors
from partonomy.segmenter.networks import VGG19_LAYERS, PerceptualFeatures


def test_they_are_the_layers_and_take_part_in_a_gradient():
    backbone = load_backbone(small_network(), ["1", "5"], device="cpu", precision="float32")
    features = PerceptualFeatures(backbone, [0.5, 2.0])
    pictures = torch.randint(0, 256, (2, 32, 48, 3), dtype=torch.uint8)
    layers = features(pictures)
    assert [tuple(each.shape) for each in layers] == [(2, 16, 16, 24), (2, 32, 4, 6)]
    for layer, expected in zip(layers, backbone.feature_maps(pictures), strict=True):
        assert torch.equal(layer, expected)
    logits = torch.randn(2, 3, 32, 48, requires_grad=True)
    loss = layer_descriptors(layers, logits.softmax(1), scales=features.scales).square().sum()
    loss.backward()
    assert logits.grad.abs().sum() > 0


def test_they_go_to_another_process_and_device():
    backbone = load_backbone(small_network(), ["1", "5"], device="cpu")
    features = PerceptualFeatures(backbone, [0.5, 2.0])
    pictures = torch.randint(0, 256, (1, 32, 32, 3), dtype=torch.uint8)
    again = pickle.loads(pickle.dumps(features)).to(torch.device("cpu"))
    assert again.scales == (0.5, 2.0)
    for layer, expected in zip(again(pictures), features(pictures), strict=True):
        assert torch.equal(layer, expected)


def test_every_layer_has_its_scale():
    backbone = load_backbone(small_network(), ["1", "5"], device="cpu")
    assert PerceptualFeatures(backbone).scales == (1.0, 1.0)
    with pytest.raises(PartonomyError, match="3 scales for 2"):
        PerceptualFeatures(backbone, [1, 2, 3])


def test_the_papers_layers_of_vgg19_end_the_second_and_the_fourth_convolution_of_their_blocks():
    """relu3_2 and relu5_4: counted in the network itself."""
    named, block, convolution = {}, 1, 0
    for number, module in enumerate(models.vgg19(weights=None).features):
        if isinstance(module, torch.nn.MaxPool2d):
            block, convolution = block + 1, 0
        elif isinstance(module, torch.nn.Conv2d):
            convolution += 1
        else:
            named[f"relu{block}_{convolution}"] = f"features.{number}"
    assert {named["relu3_2"]: 0.33, named["relu5_4"]: 1.0} == VGG19_LAYERS
