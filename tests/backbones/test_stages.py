"""timm's own stages agree with hooks on the modules that they are named after."""

from __future__ import annotations

import pytest
import timm
import torch
import torchvision
from torch import nn

from partonomy.backbones.capture import LayerCapture, as_maps
from partonomy.backbones.stages import run_stages, stage_names

NETWORKS = {
    "resnet18": {},
    "vit_tiny_patch16_224": {"dynamic_img_size": True, "depth": 3},
    "vit_small_patch14_reg4_dinov2": {"dynamic_img_size": True, "depth": 2, "img_size": 56},
    "convnext_atto": {},
    "swin_tiny_patch4_window7_224": {"strict_img_size": False, "depths": (2, 2, 2, 2)},
}


@pytest.mark.parametrize("name", NETWORKS)
@torch.inference_mode()
def test_stages_are_the_outputs_of_the_modules_that_they_name(name: str) -> None:
    torch.manual_seed(0)
    network = timm.create_model(name, **NETWORKS[name]).eval()
    names = stage_names(network)
    size = (84, 112) if "patch14" in name else (96, 128)
    image = torch.randn(2, 3, *size)
    maps = run_stages(network, image, names)
    with LayerCapture(network, names) as capture:
        outputs = capture.run(image)
    prefix = getattr(network, "num_prefix_tokens", 0)
    assert len(names) >= 2
    for stage, stage_maps in zip(names, maps, strict=True):
        stride = tuple(side / cells for side, cells in zip(size, stage_maps.shape[2:], strict=True))
        hooked = as_maps(outputs[stage], size, stride, prefix)  # type: ignore[arg-type]
        assert hooked is not None
        torch.testing.assert_close(stage_maps, hooked)


@torch.inference_mode()
def test_stages_come_in_the_order_that_they_are_asked_for_in() -> None:
    network, image = timm.create_model("resnet18").eval(), torch.randn(1, 3, 64, 64)
    forwards = run_stages(network, image, ["layer1", "layer3"])
    backwards = run_stages(network, image, ["layer3", "layer1"])
    assert [maps.shape[1] for maps in forwards] == [64, 256]
    for one, other in zip(forwards, reversed(backwards), strict=True):
        assert torch.equal(one, other)
    assert run_stages(network, image, []) == []


@torch.inference_mode()
def test_the_pass_ends_at_the_last_stage_asked_for() -> None:
    network = timm.create_model("resnet18").eval()
    ran: list[str] = []
    network.layer4.register_forward_hook(lambda *_: ran.append("layer4"))
    run_stages(network, torch.randn(1, 3, 64, 64), ["layer2"])
    assert not ran


@pytest.mark.parametrize(
    "network", [nn.Conv2d(3, 4, 1), torchvision.models.squeezenet1_1(weights=None)]
)
def test_other_networks_declare_no_stages(network: nn.Module) -> None:
    assert stage_names(network) == []
