"""A network as partonomy uses it: pictures in, dense maps of some layers out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from partonomy.backbones.capture import LayerCapture, as_maps
from partonomy.backbones.layers import Layer, list_layers, recommended_layers
from partonomy.backbones.precision import Precision, choose_device, choose_precision
from partonomy.backbones.registry import Built, build, random_weights
from partonomy.backbones.stages import run_stages, stage_names
from partonomy.backbones.tail import class_scores
from partonomy.backbones.weights import load_weights, read_weights, weights_digest
from partonomy.errors import PartonomyError
from partonomy.images import Preprocessing, digest

DEFAULT_BACKBONE = "vit_small_patch14_reg4_dinov2.lvd142m"

SAVED = "saved"
"""Where weights come from that are kept with the part model that looks through them."""


@dataclass(frozen=True)
class BackboneSpec:
    """What it takes to build the same backbone again; part of every saved part model.

    Attributes:
        name: the network's name, as given to :func:`load_backbone`.
        layers: the layers whose maps it yields.
        weights: ``"pretrained"``, ``"random"``, ``"given"`` (already in the module), ``"saved"``
            (with the part model), or a file.
        weights_digest: content address of the parameters.
        mean, std: normalisation of RGB in 0..1.
        precision: ``"float32"`` or ``"bfloat16"``.
    """

    name: str
    layers: tuple[str, ...]
    weights: str
    weights_digest: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    precision: Precision


class Backbone:
    """A frozen network that gives dense maps of its inner layers.

    Made by :func:`load_backbone`.

    Attributes:
        spec: names, weights and normalisation.
        layers: the chosen :class:`Layer` of each name, with shape, stride and receptive field.
        device: where it computes.
    """

    def __init__(
        self, network: nn.Module, spec: BackboneSpec, layers: Sequence[Layer], device: torch.device
    ) -> None:
        self.network = network.eval().requires_grad_(False)
        self.network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if spec.precision == "bfloat16":
            _cast_weights(self.network)
        self.spec = spec
        self.layers = tuple(layers)
        self.device = device
        self._mean = torch.tensor(spec.mean, device=device) * 255
        self._std = torch.tensor(spec.std, device=device) * 255
        declared = set(stage_names(network))
        self._stages = [name for name in spec.layers if name in declared]
        hooked = [name for name in spec.layers if name not in declared]
        self._capture = LayerCapture(network, hooked) if hooked else None

    @property
    def key(self) -> str:
        """Content address of everything that decides the values of the maps."""
        decisive = {
            "name": self.spec.name,
            "layers": self.spec.layers,
            "weights": self.spec.weights_digest,
            "mean": self.spec.mean,
            "std": self.spec.std,
            "precision": self.spec.precision,
            "device": self.device.type,
        }
        return digest(json.dumps(decisive, sort_keys=True).encode())

    def preprocessing(self, size: int) -> Preprocessing:
        """Preprocessing for this network with a short side of ``size`` pixels."""
        multiple = max(round(side) for layer in self.layers for side in layer.geometry.stride)
        return Preprocessing(size, multiple, self.spec.mean, self.spec.std)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep ready for many calls of :meth:`feature_maps`, on any threads."""
        with self._capture or nullcontext():
            yield

    def normalised(self, pictures: Tensor) -> Tensor:
        """(N, 3, H, W) float32 on the device, as the network is to be given uint8 (N, H, W, 3)."""
        pixels = pictures.to(self.device, torch.float32).sub_(self._mean).div_(self._std)
        return pixels.permute(0, 3, 1, 2)  # channels-last already

    @torch.inference_mode()
    def class_scores(self, pictures: Tensor) -> Tensor:
        """What the whole network returns, before any softmax.

        Args:
            pictures: (N, H, W, 3) uint8 RGB, at input size.

        Returns:
            (N, classes) float32, on the CPU.

        Raises:
            PartonomyError: the network gives no class scores.
        """
        half = self.spec.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            scores = class_scores(self.network, self.normalised(pictures))
        return scores.float().cpu()

    @torch.inference_mode()
    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        """Dense maps of the chosen layers.

        All in one pass; where stages that timm declares and other layers are asked for together,
        in one pass for each kind.

        Args:
            pictures: (N, H, W, 3) uint8 RGB, at input size.

        Returns:
            For each layer (N, C, h, w), float32 or bfloat16, on the backbone's device.

        Raises:
            PartonomyError: the network cannot take pictures of this size.
        """
        inputs = self.normalised(pictures)
        half = self.spec.precision == "bfloat16"
        try:
            with self.running(), torch.autocast(self.device.type, torch.bfloat16, enabled=half):
                return self._run(inputs)
        except (PartonomyError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # networks say in many ways that a size does not suit them
            height, width = inputs.shape[2:]
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            taken = " x ".join(map(str, self.layers[0].input_size))
            raise PartonomyError(
                f"{self.spec.name} cannot take a picture of {height} x {width} pixels, though it "
                f"takes {taken} (--size {self.layers[0].input_size[0]}): {first}"
            ) from error

    def _run(self, inputs: Tensor) -> list[Tensor]:
        size = (inputs.shape[2], inputs.shape[3])
        staged = run_stages(self.network, inputs, self._stages)
        maps = dict(zip(self._stages, staged, strict=True))
        outputs = self._capture.run(inputs) if self._capture is not None else {}
        for layer in self.layers:
            if layer.name in outputs:
                maps[layer.name] = _laid_out(layer, outputs[layer.name], size)
        return [maps[layer.name] for layer in self.layers]


def _laid_out(layer: Layer, output: Tensor, size: tuple[int, int]) -> Tensor:
    maps = as_maps(output, size, layer.geometry.stride, layer.prefix_tokens, layer.channels_last)
    if maps is None:
        raise PartonomyError(
            f"layer {layer.name} gives {tuple(output.shape)} for a picture of "
            f"{size[0]} x {size[1]} pixels, which is no map: choose another --layer or --size"
        )
    return maps


def _cast_weights(network: nn.Module) -> None:
    """Store in bfloat16 what autocast would cast to it again for every picture.

    Subclasses may compute with their weights before they use them, as weight standardisation does.
    """
    for module in network.modules():
        if type(module) in (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear):
            module.to(torch.bfloat16)


def load_backbone(
    name: str | nn.Module = DEFAULT_BACKBONE,
    layer: str | Sequence[str] | None = None,
    weights: str | Path | None = None,
    *,
    mean: tuple[float, float, float] | None = None,
    std: tuple[float, float, float] | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Backbone:
    """A network, ready to give dense maps.

    Args:
        name: a timm name, ``torchvision/NAME``, ``package.module:callable``, or a module (which
            is copied).
        layer: one or more layer names, the one whose lattice is used first; the recommended ones if
            not given.
        weights: a ``.safetensors``, ``.pt`` or ``.pth`` file, or ``"random"``; if not given, the
            published weights are fetched on first use (a module keeps its own).
        mean, std: normalisation of RGB in 0..1, where it is not the network's published one.
        device: ``auto``, ``cpu``, ``cuda``, ...
        precision: ``auto``, ``float32`` or ``bfloat16``.

    Raises:
        PartonomyError: unknown name or layer, no layer or one twice, weights that cannot be
            fetched, read or that do not fit, no such device.
    """
    target = choose_device(device)
    built, origin, label = _build(name, weights)
    network = built.network.eval().float()
    mean, std = mean or built.mean, std or built.std
    usable = list_layers(network)
    if layer is None:
        names = [entry.name for entry in recommended_layers(usable)]
    else:
        names = [layer] if isinstance(layer, str) else list(layer)
    if not names:
        raise PartonomyError(f"{label}: --layer names none: leave it out for the recommended ones")
    by_name = {entry.name: entry for entry in usable}
    for wanted in names:
        if names.count(wanted) > 1:
            raise PartonomyError(f"{label}: --layer names {wanted} twice: name it once")
        if wanted not in by_name:
            raise PartonomyError(
                f"{label} has no usable layer {wanted!r}: `partonomy layers {label}` lists them"
            )
    spec = BackboneSpec(
        name=label,
        layers=tuple(names),
        weights=origin,
        weights_digest=weights_digest(network),
        mean=mean,
        std=std,
        precision=choose_precision(precision, target),
    )
    return Backbone(network, spec, [by_name[wanted] for wanted in names], target)


def own_backbone(
    network: nn.Module,
    layer: str | Sequence[str],
    *,
    mean: tuple[float, float, float] | None = None,
    std: tuple[float, float, float] | None = None,
    device: str = "auto",
    precision: str = "auto",
) -> Backbone:
    """A backbone whose weights a part model keeps with its own, as the network was trained for it.

    Args:
        network: is copied.
        layer, mean, std, device, precision: see :func:`load_backbone`.

    Raises:
        PartonomyError: as of :func:`load_backbone`.
    """
    backbone = load_backbone(network, layer, mean=mean, std=std, device=device, precision=precision)
    # what is kept is what is computed with, which may be less precise than what was given
    kept = weights_digest(backbone.network)
    backbone.spec = replace(backbone.spec, weights=SAVED, weights_digest=kept)
    return backbone


def _build(name: str | nn.Module, weights: str | Path | None) -> tuple[Built, str, str]:
    """The network with its weights, where they came from, and its name."""
    label = name if isinstance(name, str) else type(name).__qualname__
    if weights == "random":
        return random_weights(name), "random", label
    tensors = None if weights is None else read_weights(Path(weights))
    if isinstance(name, nn.Module):
        built = Built(copy.deepcopy(name))
    else:
        built = build(name, weights is None, tensors)
    if tensors is None:
        return built, "pretrained" if built.pretrained else "given", label
    load_weights(built.network, tensors, str(weights))
    return built, str(Path(str(weights)).absolute()), label
