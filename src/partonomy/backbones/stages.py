"""The stages that a timm network declares, through timm's own ``forward_intermediates``.

It knows what a hook cannot: how each architecture lays its tokens out (windows, shuffled units,
channels-last), which tokens are prefixes, and where the pass may stop.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


def stage_names(network: nn.Module) -> list[str]:
    """Names of the stages, first to last; empty for a network that declares none."""
    info = getattr(network, "feature_info", None)
    if info is None or not hasattr(network, "forward_intermediates"):
        return []
    return [entry["module"] for entry in info]


def run_stages(network: nn.Module, inputs: Tensor, layers: Sequence[str]) -> list[Tensor]:
    """Maps (N, C, h, w) of some stages, in the order of ``layers``.

    Args:
        inputs: (N, 3, H, W), normalised.
        layers: names out of :func:`stage_names`.
    """
    if not layers:
        return []
    order = stage_names(network)
    indices = sorted({order.index(layer) for layer in layers})
    maps = network.forward_intermediates(  # type: ignore[operator]
        inputs,
        indices=indices,
        norm=False,
        stop_early=True,
        output_fmt="NCHW",
        intermediates_only=True,
    )
    by_name = {order[index]: map_ for index, map_ in zip(indices, maps, strict=True)}
    return [by_name[layer] for layer in layers]
