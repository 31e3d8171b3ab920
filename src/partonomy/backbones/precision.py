"""Where and how finely a network computes: the device and the floating-point precision."""

from __future__ import annotations

from typing import Literal, get_args

import torch

from partonomy.errors import PartonomyError

Precision = Literal["float32", "bfloat16"]
PrecisionChoice = Literal["auto", "float32", "bfloat16"]


def choose_device(name: str = "auto") -> torch.device:
    """The device that ``name`` means; ``auto`` is CUDA, else Apple's, else the CPU.

    Raises:
        PartonomyError: there is no such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):
        raise PartonomyError(f"--device {name}: there is no such device here") from None
    return device


def choose_precision(name: str, device: torch.device) -> Precision:
    """``auto`` is bfloat16 autocast where the processor multiplies in it, else float32.

    Raises:
        PartonomyError: ``name`` is not a precision.
    """
    if name not in get_args(PrecisionChoice):
        raise PartonomyError(
            f"--precision {name}: choose from {', '.join(get_args(PrecisionChoice))}"
        )
    if name == "auto":
        return "bfloat16" if _multiplies_bfloat16(device) else "float32"
    return name  # type: ignore[return-value]


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False
