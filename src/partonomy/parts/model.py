"""Part models: the protocol that every method yields, and how any kind is saved.

A saved part model is a folder with ``part_model.json`` (what it is, how to build its backbone
again, part names) and ``weights.safetensors`` (its tensors, among them those of a network that was
trained for it). The kind names the room of partonomy that knows how to read it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from partonomy.backbones import Backbone, BackboneSpec
from partonomy.errors import PartonomyError
from partonomy.features import ForegroundModel
from partonomy.images import Placement, Preprocessing, digest, write_atomically
from partonomy.parts.maps import PartMaps

FORMAT = 3
DESCRIPTION_FILE = "part_model.json"
WEIGHTS_FILE = "weights.safetensors"

NETWORK = "network."
"""What the names of a trained network's tensors begin with."""


@runtime_checkable
class PartModel(Protocol):
    """Anything that turns pictures into part maps.

    Attributes:
        part_names: names of the parts; label i + 1 is ``part_names[i]``.
        preprocessing: the input size that it works at.
        backbone: the network that it looks through.
        with_masks: whether it was fitted inside foreground masks.
        seed: of everything random in its fit.
    """

    @property
    def part_names(self) -> Sequence[str]: ...

    @property
    def preprocessing(self) -> Preprocessing: ...

    @property
    def backbone(self) -> Backbone: ...

    @property
    def with_masks(self) -> bool: ...

    @property
    def seed(self) -> int: ...

    def part_maps(
        self,
        pictures: Tensor,
        placements: Sequence[Placement],
        foregrounds: Sequence[NDArray[np.bool_] | None] | None = None,
    ) -> list[PartMaps]:
        """Part maps of a batch; called on several threads at once.

        Args:
            pictures: (N, H, W, 3) uint8 RGB at input size.
            placements: for each, how it was laid into the input.
            foregrounds: for each, (height, width) bool in original pixels, where it is known.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        ...


def network_tensors(backbone: Backbone) -> dict[str, Tensor]:
    """The tensors of a network that a part model is to be saved with (:func:`own_backbone`)."""
    state = backbone.network.state_dict()
    return {f"{NETWORK}{name}": tensor for name, tensor in state.items()}


def save_part_model(
    folder: Path,
    kind: str,
    description: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    spec: BackboneSpec,
) -> None:
    """Write a part model; the description last, so that a model is there wholly or not at all.

    Args:
        folder: made if need be.
        kind: the room that reads it.
        description: what else that room wants to know; JSON values.
        tensors: its tensors, by name; see :func:`network_tensors`.
        spec: its backbone.

    Raises:
        PartonomyError: the folder cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    content = {"format": FORMAT, "kind": kind, "backbone": asdict(spec), **description}
    text = json.dumps(content, indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / WEIGHTS_FILE, lambda part: save_file(contiguous, part))
        write_atomically(folder / DESCRIPTION_FILE, lambda part: Path(part).write_text(text))
    except (OSError, SafetensorError) as error:
        raise PartonomyError(f"{folder} cannot be written: {error}") from error


def foreground_saved(found: ForegroundModel | None) -> tuple[dict[str, Tensor], dict[str, float]]:
    """The tensors and the description of what finds a part model's foreground, if anything does."""
    if found is None:
        return {}, {}
    return {"foreground": found.weights}, {"foreground_bias": found.bias}


def foreground_loaded(
    description: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> ForegroundModel | None:
    """What :func:`foreground_saved` has kept."""
    if "foreground" not in tensors:
        return None
    return ForegroundModel(tensors["foreground"], float(description["foreground_bias"]))


def model_digest(model: PartModel) -> str:
    """Content address of what a model does: its saved form."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model.save(folder)
        return digest(*(path.read_bytes() for path in sorted(folder.iterdir())))


def in_one_line(error: Exception) -> str:
    """What is wrong with a file, short enough for an error message."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'content'}: {first['msg']}"
    return f"{type(error).__name__}: {error}".splitlines()[0]
