"""Which layers of a network can be looked at, what their lattices are, and which to start with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from partonomy.backbones.capture import OUTPUT, as_maps, first_tensor
from partonomy.backbones.receptive_field import GeometryTrace
from partonomy.backbones.stages import run_stages, stage_names
from partonomy.errors import PartonomyError
from partonomy.images import LayerGeometry

RECOMMENDED_STRIDE = 16
"""The stride of the layers that methods on convolutional networks were published with (pool4).
A layer of twice the stride is looked at beside it, as PDiscoNet does: it knows better what."""

RECOMMENDED_DEPTH = 0.75
"""Which block of a transformer to start with, as a share of its depth (block 8 of 0..11)."""


@dataclass(frozen=True)
class Layer:
    """A layer that gives dense maps.

    Attributes:
        name: as in ``named_modules()``; ``"output"`` is what the network returns.
        channels: C of its maps.
        shape: (h, w) of its maps for an input of ``input_size``.
        input_size: (H, W) of the input that it was listed with.
        geometry: its lattice in the input.
        prefix_tokens: tokens in front of the lattice (class, registers); 0 for maps.
        tokens: whether it is a layer of a transformer.
        channels_last: whether its module returns (N, h, w, C).
        learned: whether its module has parameters.
    """

    name: str
    channels: int
    shape: tuple[int, int]
    input_size: tuple[int, int]
    geometry: LayerGeometry
    prefix_tokens: int = 0
    tokens: bool = False
    channels_last: bool = False
    learned: bool = True


@torch.no_grad()
def list_layers(network: nn.Module) -> list[Layer]:
    """Every layer that gives a map with more than one cell, in the order of computing.

    The network is run once on an empty picture, while the geometry of all that it computes is
    followed.

    Raises:
        PartonomyError: the network cannot be run on a picture, or has no such layer.
    """
    errors = []
    for side in dict.fromkeys((224, _declared_side(network))):
        try:
            with _evaluating(network):
                layers = _look(network, side)
        except Exception as error:  # anything may be wrong with a network that knows no pictures
            errors.append(str(error).splitlines()[0] if str(error) else type(error).__name__)
            continue
        if layers:
            return layers
        raise PartonomyError("this network has no layer that gives a map of several cells")
    raise PartonomyError(f"the network cannot be run on an RGB picture: {errors[0]}")


def recommended_layers(layers: Sequence[Layer]) -> list[Layer]:
    """The layers to start with, the one whose lattice is used first.

    Convolutional networks and transformers that merge their patches: the last of the outermost
    blocks at stride 16, or at the next finer stride that the network has; and the last one
    beside it at stride 32, where there is one that is more than the first one pooled. Other
    transformers: the block at three quarters of the depth.
    """
    tokens = [layer for layer in layers if layer.tokens and layer.name != OUTPUT]
    if len({layer.geometry.stride for layer in tokens}) == 1:
        outermost = _outermost([layer for layer in tokens if layer.name[-1].isdigit()] or tokens)
        return [outermost[round(RECOMMENDED_DEPTH * len(outermost)) - 1]]
    strides = sorted({max(layer.geometry.stride) for layer in layers})
    fitting = [stride for stride in strides if stride <= RECOMMENDED_STRIDE]
    first = _outermost(_at_stride(layers, fitting[-1] if fitting else strides[0]))[-1]
    siblings = [
        layer for layer in layers if _parent(layer) == _parent(first) and layer is not first
    ]
    deeper = _at_stride(siblings, 2 * RECOMMENDED_STRIDE)[-1:]
    return [first, *(layer for layer in deeper if not _is_pooled(layer, first, layers))]


def _is_pooled(layer: Layer, first: Layer, layers: Sequence[Layer]) -> bool:
    """Whether nothing learned makes a layer of an earlier one, so that it knows nothing more."""
    made = layers[layers.index(first) + 1 : layers.index(layer) + 1]
    return bool(made) and not any(each.learned for each in made)


def _at_stride(layers: Sequence[Layer], stride: float) -> list[Layer]:
    return [layer for layer in layers if max(layer.geometry.stride) == stride]


def _parent(layer: Layer) -> str:
    return layer.name.rpartition(".")[0] if layer.name != OUTPUT else OUTPUT


def _outermost(layers: Sequence[Layer]) -> list[Layer]:
    """Those that lie least deep in the tree of modules; a network's output only if alone."""
    named = [layer for layer in layers if layer.name != OUTPUT] or list(layers)
    depth = min(layer.name.count(".") for layer in named)
    return [layer for layer in named if layer.name.count(".") == depth]


def _declared_side(network: nn.Module) -> int:
    config = getattr(network, "pretrained_cfg", None) or {}
    return int(config.get("input_size", (3, 224, 224))[-1])


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    """The network as it is used, not trained; as it was when the context is left."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _look(network: nn.Module, side: int) -> list[Layer]:
    """The usable layers, seen in one traced pass, and the stages as timm lays them out."""
    parameter = next((p for p in network.parameters() if p.is_floating_point()), torch.empty(0))
    inputs = torch.zeros(1, 3, side, side, device=parameter.device, dtype=parameter.dtype)
    layers: dict[str, Layer] = {}
    seen: set[str] = set()
    with GeometryTrace(inputs) as trace:

        def see(name: str, output: object) -> None:
            tensor = first_tensor(output)
            if name not in seen:
                seen.add(name)
                layer = None if tensor is None else _describe(name, tensor, trace)
                if layer is not None:
                    layers[name] = layer

        handles = [
            module.register_forward_hook(
                lambda _module, _inputs, output, name=name or OUTPUT: see(name, output)
            )
            for name, module in network.named_modules()
        ]
        try:
            network(inputs)
        finally:
            for handle in handles:
                handle.remove()
        stages = stage_names(network)
        for name, maps in zip(stages, run_stages(network, inputs, stages), strict=True):
            layer = _describe(name, maps, trace)
            if layer is not None:
                tokens = name in layers and layers[name].tokens
                layers[name] = replace(layer, tokens=tokens)
    fixed = {
        name for name, module in network.named_modules() if next(module.parameters(), None) is None
    }
    return [replace(layer, learned=name not in fixed) for name, layer in layers.items()]


def _describe(name: str, output: Tensor, trace: GeometryTrace) -> Layer | None:
    geometry, size = trace.find(output), trace.input_size
    if geometry is None or output.ndim not in (3, 4):
        return None
    prefix = 0
    if output.ndim == 3:
        cells = int(size[0] // geometry.stride[0]) * int(size[1] // geometry.stride[1])
        prefix = output.shape[1] - cells
        if cells < 4 or not 0 <= prefix < cells:
            return None
    maps = as_maps(output, size, geometry.stride, prefix, trace.channels_last(output))
    if maps is None:
        return None
    shape = (maps.shape[2], maps.shape[3])
    channels_last = output.ndim == 4 and maps is not output
    return Layer(
        name, maps.shape[1], shape, size, geometry, prefix, output.ndim == 3, channels_last
    )
