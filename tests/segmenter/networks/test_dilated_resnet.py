"""The dilated residual network: torchvision's weights, stride 8, four branches, frozen scales."""

import pytest
import torch
from torch.nn import functional as F
from torchvision import models

from partonomy.backbones import Backbone, BackboneSpec, list_layers
from partonomy.errors import PartonomyError
from partonomy.segmenter.networks import DilatedClassifier, DilatedResNet, dilated_resnet


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def network(name="resnet18", n_parts=4, **options):
    return DilatedResNet(models.get_model(name, weights=None), n_parts, seeded(), **options)


def test_the_classifier_is_the_sum_of_four_dilated_convolutions_of_the_second_half():
    classifier = DilatedClassifier(6, 5, seeded()).double()
    torch.nn.init.normal_(classifier.bias, generator=seeded(1))
    features = torch.randn(2, 6, 9, 60, dtype=torch.float64, generator=seeded(2))
    expected = classifier.bias[:, None, None] + sum(
        F.conv2d(features[:, 3:], weight, padding=dilation, dilation=dilation)
        for weight, dilation in zip(classifier.weight.split(5), (6, 12, 18, 24), strict=True)
    )
    torch.testing.assert_close(classifier(features), expected)


def test_its_weights_begin_as_published_and_the_same_for_a_seed():
    first, again = (DilatedClassifier(2048, 4, seeded()) for _ in range(2))
    assert abs(float(first.weight.detach().std()) - 0.01) < 1e-4
    assert torch.equal(first.weight, again.weight) and not first.bias.any()


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_the_stages_are_spread_not_strided(name):
    made = network(name)
    for stage, dilation in (("layer3", 2), ("layer4", 4)):
        filters = [m for m in getattr(made, stage).modules() if isinstance(m, torch.nn.Conv2d)]
        assert {each.stride for each in filters} == {(1, 1)}
        wide = {each.dilation for each in filters if each.kernel_size == (3, 3)}
        assert wide == {(dilation, dilation)}
    assert made.maxpool.ceil_mode


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_its_logits_are_maps_at_stride_8_from_the_edge_on(name):
    layer = {each.name: each for each in list_layers(network(name))}["classifier"]
    assert layer.geometry.stride == (8.0, 8.0) and layer.geometry.offset == (0.5, 0.5)
    assert layer.channels == 4 and layer.shape == (29, 29)


def test_a_backbone_gives_its_logits():
    made = network().eval()
    layers = [each for each in list_layers(made) if each.name == "classifier"]
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.3, 0.4)
    spec = BackboneSpec("mine", ("classifier",), "given", "", mean, std, "float32")
    pictures = torch.randint(0, 256, (2, 64, 96, 3), dtype=torch.uint8)
    (maps,) = Backbone(made, spec, layers, torch.device("cpu")).feature_maps(pictures)
    inputs = (pictures / 255 - torch.tensor(mean)) / torch.tensor(std)
    torch.testing.assert_close(maps, made(inputs.permute(0, 3, 1, 2)), rtol=1e-3, atol=1e-4)
    assert maps.shape == (2, 4, 9, 13)


def test_torchvisions_weights_are_taken_whole_or_not_at_all(tmp_path):
    whole = models.resnet18(weights=None).state_dict()
    torch.save(whole, tmp_path / "whole.pt")
    made = dilated_resnet("resnet18", 3, tmp_path / "whole.pt", generator=seeded())
    own = made.state_dict()
    assert {name for name in own if not name.startswith("classifier.")} == {
        name for name in whole if not name.startswith("fc.")
    }
    assert all(torch.equal(own[name], whole[name]) for name in own if name in whole)
    torch.save(
        {n: v for n, v in whole.items() if n != "layer3.0.conv1.weight"}, tmp_path / "cut.pt"
    )
    with pytest.raises(PartonomyError, match=r"missing.*layer3\.0\.conv1"):
        dilated_resnet("resnet18", 3, tmp_path / "cut.pt", generator=seeded())


@pytest.mark.parametrize("name", ["squeezenet1_1", "no_such_network"])
def test_another_network_is_refused(name):
    with pytest.raises(PartonomyError, match=name if name.startswith("no") else "resnet50"):
        dilated_resnet(name, 3, "random", generator=seeded())


def test_scales_are_not_trained_and_all_else_is():
    made = dilated_resnet("resnet18", 3, "random", generator=seeded())
    made(torch.randn(2, 3, 64, 64)).square().mean().backward()
    with_gradient = {name for name, each in made.named_parameters() if each.grad is not None}
    assert with_gradient == {
        name for name, _ in made.named_parameters() if "bn" not in name and "sample.1" not in name
    }
    trained = [*made.residual_parameters(), *made.classifier.parameters()]
    assert {id(each) for each in trained} == {
        id(each) for name, each in made.named_parameters() if name in with_gradient
    }


def test_statistics_move_in_training_unless_frozen():
    for statistics, moves in (("batch", True), ("frozen", False)):
        made = network(statistics=statistics).train()
        made(torch.randn(2, 3, 64, 64) + 3)
        assert bool(made.bn1.running_mean.any()) is moves
        assert made.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 4, 9, 9)
    with pytest.raises(ValueError, match="statistics"):
        network(statistics="none")
