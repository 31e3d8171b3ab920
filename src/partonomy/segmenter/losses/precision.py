"""Losses are computed in float32 at least, whatever precision the networks run in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import torch
from torch import Tensor

P = ParamSpec("P")


def full_precision(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Have a function of tensors, or of sequences of them, see float32 or float64, no autocast.

    Sums over the pixels of a picture lose too much in half precision.
    """

    @wraps(function)
    def wide(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        given: tuple[Any, ...] = args
        first = given[0] if isinstance(given[0], Tensor) else given[0][0]
        wider: Callable[..., Tensor] = function
        with torch.autocast(first.device.type, enabled=False):
            return wider(
                *(_widened(each) for each in given),
                **{name: _widened(each) for name, each in kwargs.items()},
            )

    return wide


def _widened(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.to(torch.promote_types(value.dtype, torch.float32))
    if isinstance(value, list | tuple):
        return [_widened(each) for each in value]
    return value
