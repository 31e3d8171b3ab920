"""Small networks that come with partonomy, each with its weights and a card about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from partonomy.backbones.bundled.partworld import PartWorldNetwork
from partonomy.errors import PartonomyError

PREFIX = "bundled/"
NETWORKS: dict[str, Callable[[], nn.Module]] = {"partworld": PartWorldNetwork}


def make_bundled(name: str) -> nn.Module:
    """A bundled network as it is before training.

    Raises:
        PartonomyError: there is none of that name.
    """
    if name not in NETWORKS:
        known = ", ".join(PREFIX + each for each in NETWORKS)
        raise PartonomyError(f"no backbone {PREFIX}{name}: there is {known}")
    return NETWORKS[name]()


def bundled_weights(name: str) -> Path:
    """The file of a bundled network's weights."""
    return Path(__file__).parent / f"{name}.safetensors"


def bundled_card(name: str) -> dict[str, Any]:
    """What a bundled network was trained on, how, and what it scores."""
    card: dict[str, Any] = json.loads(bundled_weights(name).with_suffix(".json").read_text())
    return card
