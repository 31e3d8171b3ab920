"""A channel taken out of what follows a layer, without computing that anew.

Notation
    x    (1, ...) a layer's output; x_j its channel j
    W_j  what a linear operation (a convolution, a matrix product) weighs channel j with
    y    W x + b, the operation's output

Without channel j a linear operation gives y - W_j x_j: the work of one channel instead of all.
Where nothing but such operations sees a layer's output, copies that lack one channel each are made
behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d, dropout, linear
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

Call = Callable[..., Any]
_ANSWERS = (bool, int, torch.Size, torch.dtype, torch.device, torch.layout)
"""What may be asked of the output without computing with it."""


class NotLinearError(RuntimeError):
    """Something else than a linear operation over its channels sees the layer's output."""


class ChannelsRemoved(TorchFunctionMode):  # type: ignore[no-untyped-call]
    """Within, linear operations on a layer's output give a batch, each of it without one channel.

    Other operations on it raise :class:`NotLinearError`.

    Args:
        channels: (k,) the one that each of the batch lacks.
        axis: of the channels, from 0.
    """

    def __init__(self, channels: Tensor, axis: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._channels, self._axis = channels, axis
        self._output: Tensor | None = None

    def of(self, output: Tensor) -> Tensor:
        """Take this as the layer's output, and give it back as it is.

        Raises:
            NotLinearError: there was one before, or this is one of several pictures.
        """
        if self._output is not None or len(output) != 1:
            raise NotLinearError
        self._output = output
        return output

    def __torch_function__(
        self,
        func: Call,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        given = self._output is not None and any(
            each is self._output for each in tree_leaves((args, kwargs))
        )
        if given and func in _WITHOUT and args and args[0] is self._output:
            return _WITHOUT[func](self._channels, self._axis, *args, **kwargs)
        result = func(*args, **kwargs)
        if given and not isinstance(result, _ANSWERS):
            raise NotLinearError
        return result


def _dropout(
    _channels: Tensor,
    _axis: int,
    output: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
) -> Tensor:
    if training:
        raise NotLinearError
    return output


def _convolution(
    channels: Tensor,
    axis: int,
    output: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    if output.ndim != 4 or axis != 1 or groups != 1:
        raise NotLinearError
    whole = conv2d(output, weight, bias, stride, padding, dilation)  # (1, out, h, w)
    some, weights = output[:, channels], weight[:, channels].transpose(0, 1)  # (k, out, ...)
    if weight.shape[2:] == (1, 1) and some.shape[2:] == whole.shape[2:]:
        return _less(whole, weights, some.transpose(0, 1))
    each = conv2d(  # every channel by itself
        some, weights.flatten(0, 1)[:, None], None, stride, padding, dilation, len(channels)
    )
    return whole - each.view(len(channels), *whole.shape[1:])


def _product(
    channels: Tensor, axis: int, output: Tensor, weight: Tensor, bias: Tensor | None = None
) -> Tensor:
    if axis != output.ndim - 1:
        raise NotLinearError
    values = output[0][..., channels].movedim(-1, 0)[..., None]  # (k, ..., 1)
    weights = weight[:, channels].T  # (k, out)
    weights = weights.reshape(len(channels), *[1] * (values.ndim - 2), len(weight))
    return _less(linear(output, weight, bias), weights, values)


def _less(whole: Tensor, weights: Tensor, values: Tensor) -> Tensor:
    return torch.addcmul(whole, weights.to(whole), values.to(whole), value=-1)


_WITHOUT: Mapping[Call, Call] = {dropout: _dropout, conv2d: _convolution, linear: _product}
