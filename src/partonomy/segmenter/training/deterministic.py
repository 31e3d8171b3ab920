"""The same bits each time, or an error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from partonomy.errors import PartonomyError

_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"


@contextmanager
def deterministic_algorithms(wanted: bool = True) -> Iterator[None]:
    """Let torch refuse what is not deterministic inside; as before when the context is left.

    Raises:
        PartonomyError: an operation inside has no deterministic form on its device.
    """
    if not wanted:
        yield
        return
    cudnn = torch.backends.cudnn
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        cudnn.benchmark,
        os.environ.get(_WORKSPACE),
    )
    torch.use_deterministic_algorithms(True, warn_only=False)
    cudnn.benchmark = False
    # what cuBLAS needs to give the same sums each time; torch refuses to multiply without
    os.environ.setdefault(_WORKSPACE, ":4096:8")
    try:
        yield
    except RuntimeError as error:
        if "deterministic" not in str(error):
            raise
        raise PartonomyError(
            f"deterministic: {str(error).split(', but')[0].splitlines()[0]}; "
            "train on a CPU, or without it"
        ) from error
    finally:
        enabled, warn_only, benchmark, workspace = before
        torch.use_deterministic_algorithms(enabled, warn_only=warn_only)
        cudnn.benchmark = benchmark
        if workspace is None:
            os.environ.pop(_WORKSPACE, None)
