"""A network run from one of its layers on: many edits of a layer's output in one forward pass.

The pass begins with one picture; where the layer gives its output, a batch of edited copies takes
its place, and the rest of the network runs on these. Layers whose output meets that of another
branch, as in a concatenation, cannot be widened in the middle of a pass: there the whole network
runs on as many copies of the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from partonomy.backbones.capture import first_tensor
from partonomy.errors import PartonomyError

Edit = Callable[[Tensor], Tensor]


@contextmanager
def edited_layer(network: nn.Module, layer: str, edit: Edit) -> Iterator[None]:
    """Within, whatever a layer gives is replaced by its edit.

    Raises:
        PartonomyError: the layer does not exist, or gives more than one tensor.
    """
    modules = dict(network.named_modules())
    if layer not in modules:
        raise PartonomyError(f"no layer {layer!r} in this network: list them with `layers`")

    def replace(_module: nn.Module, _inputs: object, output: object) -> Tensor:
        if not isinstance(output, Tensor):
            raise PartonomyError(f"layer {layer!r} gives no single tensor: it cannot be edited")
        return edit(output)

    handle = modules[layer].register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()


def class_scores(network: nn.Module, inputs: Tensor) -> Tensor:
    """(N, classes) what a network returns for inputs (N, 3, H, W), before any softmax.

    Raises:
        PartonomyError: it returns something else.
    """
    scores = first_tensor(network(inputs))
    if scores is None or scores.ndim != 2 or len(scores) == 0:
        given = "no tensor" if scores is None else f"a tensor of shape {tuple(scores.shape)}"
        raise PartonomyError(f"the network gives no class scores but {given}")
    return scores


class NetworkTail:
    """Class scores of edited copies of one layer's output.

    Args:
        network: in evaluation mode.
        layer: its name.
        example: (1, 3, H, W) a normalised picture, on which is found whether a pass can be widened
            at the layer.

    Attributes:
        widens: whether it can.

    Raises:
        PartonomyError: see :func:`edited_layer` and :func:`class_scores`.
    """

    def __init__(self, network: nn.Module, layer: str, example: Tensor) -> None:
        self._network, self._layer = network, layer
        self.widens = self._can_widen(example)

    @torch.no_grad()
    def scores(self, picture: Tensor, edit: Edit, copies: int) -> Tensor:
        """(copies, classes) scores of a picture.

        Args:
            picture: (1, 3, H, W), normalised.
            edit: makes of (copies, ...) equal outputs what the rest of the network is to see; it
                may change them in place.
            copies: how many.
        """

        def widen(output: Tensor) -> Tensor:
            return edit(output.expand(copies, *output.shape[1:]).clone())

        inputs = picture if self.widens else picture.expand(copies, *picture.shape[1:])
        with edited_layer(self._network, self._layer, widen):
            return class_scores(self._network, inputs)

    def scores_and_gradient(self, picture: Tensor, target: int) -> tuple[Tensor, Tensor, Tensor]:
        """Scores (classes,), the layer's output, and the gradient of one score by it.

        Args:
            picture: (1, 3, H, W), normalised.
            target: index of the score.
        """
        seen: list[Tensor] = []

        def watch(output: Tensor) -> Tensor:
            seen.append(output.detach().clone().requires_grad_())
            return seen[0] * 1  # layers further on may work in place

        with torch.enable_grad(), edited_layer(self._network, self._layer, watch):
            scores = class_scores(self._network, picture)
            (gradient,) = torch.autograd.grad(scores[0, target], seen[0])
        return scores[0].detach(), seen[0].detach(), gradient

    @torch.no_grad()
    def _can_widen(self, example: Tensor) -> bool:
        plain = class_scores(self._network, example)
        self.widens = True
        try:
            wide = self.scores(example, lambda output: output, 2)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:  # branches of unlike batches meet
            return False
        return wide.shape == (2, plain.shape[1]) and torch.allclose(
            wide, plain.expand_as(wide), rtol=1e-3, atol=1e-4
        )
