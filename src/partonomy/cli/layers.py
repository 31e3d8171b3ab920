"""``partonomy layers``: which layers of a network can be looked at."""

from __future__ import annotations

import json
import math
from typing import Annotated

import typer

from partonomy.cli import options


def layers(
    backbone: Annotated[
        str, typer.Argument(help="A timm name, torchvision/NAME, or package.module:callable.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the layers of a network, with shape, stride and receptive field.

    The recommended ones are marked with a star. No weights are needed.

    Example: partonomy layers torchvision/vgg16
    """
    from partonomy.backbones import list_layers, recommended_layers
    from partonomy.backbones.registry import random_weights

    options.allow_own_functions(backbone)
    found = list_layers(random_weights(backbone).network)
    best = [layer.name for layer in recommended_layers(found)]
    rows = [
        {
            "layer": layer.name,
            "channels": layer.channels,
            "shape": layer.shape,
            "stride": layer.geometry.stride,
            "receptive_field": [
                side if math.isfinite(side) else None for side in layer.geometry.receptive_field
            ],
            "recommended": layer.name in best,
        }
        for layer in found
    ]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    width = max(len(layer.name) for layer in found)
    side = found[0].input_size[0]
    print(f"  {'layer':<{width}}  channels  map at {side:>3}  stride  receptive field")
    for layer in found:
        star = "*" if layer.name in best else " "
        shape = f"{layer.shape[0]} x {layer.shape[1]}"
        print(
            f"{star} {layer.name:<{width}}  {layer.channels:>8}  {shape:>10}  "
            f"{_pair(layer.geometry.stride):>6}  {_pair(layer.geometry.receptive_field):>15}"
        )
    print(f"\n* recommended: --layer {','.join(best)}")


def _pair(sides: tuple[float, float]) -> str:
    """Two sides as text; one number where they are alike."""
    texts = [f"{side:g}" if math.isfinite(side) else "whole picture" for side in sides]
    return texts[0] if texts[0] == texts[1] else " x ".join(texts)
