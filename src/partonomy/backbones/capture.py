"""Feature maps of inner layers: hooks that are always removed, and tokens laid out as maps."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from partonomy.errors import PartonomyError

OUTPUT = "output"
"""The name under which a network's own output is captured."""


class _Reached(Exception):  # noqa: N818 - a signal, not an error
    """All layers have been seen: the rest of the network need not run."""


class LayerCapture:
    """The outputs of named modules, collected while the network runs inside the context.

    Outputs are cloned, so that in-place layers further on cannot change them, and a pass ends as
    soon as the last layer was reached; of a module that runs several times it is the first output.
    Passes may run on several threads at once. The context may be entered several times at once; the
    hooks are removed when it is left for the last time.

    Args:
        network: any module.
        layers: names as in ``named_modules()``, or ``"output"`` for the network's own output.

    Raises:
        PartonomyError: a layer does not exist.
    """

    def __init__(self, network: nn.Module, layers: Sequence[str]) -> None:
        modules = dict(network.named_modules())
        modules[OUTPUT] = network
        for layer in layers:
            if layer not in modules:
                raise PartonomyError(f"no layer {layer!r} in this network: list them with `layers`")
        self._network = network
        self._modules = {layer: modules[layer] for layer in layers}
        self._pass = threading.local()
        self._handles: list[RemovableHandle] = []
        self._users = 0
        self._entering = threading.Lock()

    def __enter__(self) -> LayerCapture:
        with self._entering:
            self._users += 1
            if self._users == 1:
                self._handles = [
                    module.register_forward_hook(
                        lambda _module, _inputs, output, layer=layer: self._keep(layer, output)
                    )
                    for layer, module in self._modules.items()
                ]
        return self

    def __exit__(self, *_error: object) -> None:
        with self._entering:
            self._users -= 1
            if self._users == 0:
                for handle in self._handles:
                    handle.remove()

    def run(self, inputs: Tensor) -> dict[str, Tensor]:
        """Each layer's output for a batch of inputs.

        Raises:
            PartonomyError: a layer was not run in the pass, or gave no tensor.
        """
        outputs: dict[str, Tensor] = {}
        self._pass.outputs = outputs
        try:
            self._network(inputs)
        except _Reached:
            pass
        finally:
            self._pass.outputs = None
        for layer in self._modules:
            if layer not in outputs:
                raise PartonomyError(
                    f"layer {layer!r} gives no feature map when the network is run"
                )
        return outputs

    def _keep(self, layer: str, output: object) -> None:
        outputs: dict[str, Tensor] | None = getattr(self._pass, "outputs", None)
        if outputs is None:  # somebody else runs the network
            return
        tensor = first_tensor(output)
        if tensor is not None and layer not in outputs:
            outputs[layer] = tensor.clone()
        if len(outputs) == len(self._modules) and OUTPUT not in self._modules:
            raise _Reached


def first_tensor(output: object) -> Tensor | None:
    """What a module returns, or the first thing of it where it returns several."""
    if isinstance(output, Mapping):
        output = list(output.values())
    if isinstance(output, tuple | list):
        return first_tensor(output[0]) if output else None
    return output if isinstance(output, Tensor) else None


def as_maps(
    output: Tensor,
    input_size: tuple[int, int],
    stride: tuple[float, float],
    prefix_tokens: int = 0,
    channels_last: bool | None = None,
) -> Tensor | None:
    """A layer's output as dense maps (N, C, h, w), or None where it has no lattice.

    Args:
        output: (N, C, h, w), channels-last (N, h, w, C), or tokens (N, prefix + h * w, C).
        input_size: (height, width) of the network's input.
        stride: input pixels between neighbouring cells, (y, x).
        prefix_tokens: class and register tokens in front, split off.
        channels_last: whether (N, h, w, C); told from the sizes where it is None.
    """
    about = (input_size[0] / stride[0], input_size[1] / stride[1])
    if output.ndim == 4:
        if not channels_last and _lattice(output.shape[2:], about):
            return output
        if channels_last is not False and _lattice(output.shape[1:3], about):
            return output.permute(0, 3, 1, 2)
    if output.ndim == 3:
        rows, columns = math.floor(about[0]), math.floor(about[1])
        if output.shape[1] == prefix_tokens + rows * columns:
            maps = output[:, prefix_tokens:].transpose(1, 2)  # (N, C, h * w)
            return maps.reshape(*maps.shape[:2], rows, columns)
    return None


def _lattice(shape: Sequence[int], about: tuple[float, float]) -> bool:
    """Whether a spatial shape is that of a lattice with more than one cell.

    Unpadded layers lose cells at the border, a fixed number whatever the picture's size.
    """
    return all(
        side > 1 and side <= expected + 1 and side >= 0.5 * expected - 4
        for side, expected in zip(shape, about, strict=True)
    )
