"""Part models: the protocol that every method yields, and how any kind is saved and loaded.

A saved part model is a folder with ``part_model.json`` (what it is, how to build its backbone
again, part names) and ``weights.safetensors`` (its tensors). The kind names the room of partonomy
that knows how to read it.
"""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from partonomy.backbones import Backbone, BackboneSpec, is_own_function, load_backbone
from partonomy.errors import PartonomyError
from partonomy.images import Placement, Preprocessing, digest, write_atomically
from partonomy.parts.maps import PartMaps

FORMAT = 3
DESCRIPTION_FILE = "part_model.json"
WEIGHTS_FILE = "weights.safetensors"


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


Loader = Callable[[Mapping[str, Any], Mapping[str, Tensor], Backbone], PartModel]

_LOADERS: dict[str, Loader] = {}


def part_model_loader(kind: str) -> Callable[[Loader], Loader]:
    """Register how a kind of part model is made from its description, tensors and backbone.

    ``kind`` is the name of the room (``partonomy.<kind>``) that registers it.
    """

    def register(loader: Loader) -> Loader:
        _LOADERS[kind] = loader
        return loader

    return register


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
        tensors: its tensors, by name.
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


def load(
    path: str | Path,
    *,
    backbone: str | None = None,
    weights: str | Path | None = None,
    device: str = "auto",
) -> PartModel:
    """A saved part model, or the one in a run folder, of any kind.

    Args:
        path: a model's folder, or a run's.
        backbone: needed where the model's network is your own function
            (``package.module:callable``), which is not run on a file's word.
        weights: where the backbone's weights file is, if it was moved.
        device: ``auto``, ``cpu``, ``cuda``, ...

    Raises:
        PartonomyError: there is no model, it is damaged or of a later version, its backbone cannot
            be built, or the weights are not those that it was fitted with.
    """
    folder = _model_folder(Path(path))
    description = _read_description(folder)
    loader = _loader(description["kind"], folder)
    network = _rebuild(folder, description["backbone"], backbone, weights, device)
    tensors = _read_tensors(folder)
    try:
        return loader(description, tensors, network)
    except (KeyError, TypeError, ValueError) as error:
        raise PartonomyError(
            f"{folder / DESCRIPTION_FILE} is damaged: {in_one_line(error)}"
        ) from error


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


def _model_folder(path: Path) -> Path:
    for folder in (path, path / "model"):
        if (folder / DESCRIPTION_FILE).is_file():
            return folder
    raise PartonomyError(f"{path} holds no part model: give a finished run or a model's folder")


def _read_description(folder: Path) -> dict[str, Any]:
    try:
        description: dict[str, Any] = json.loads((folder / DESCRIPTION_FILE).read_text())
        format_, kind, backbone = (description[name] for name in ("format", "kind", "backbone"))
        if format_ == FORMAT:
            spec = TypeAdapter(BackboneSpec).validate_python(backbone)
            return description | {"kind": kind, "backbone": spec}
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise PartonomyError(
            f"{folder / DESCRIPTION_FILE} is damaged: {in_one_line(error)}"
        ) from None
    raise PartonomyError(
        f"{folder} was saved by another version of partonomy (format {format_}, this one "
        f"reads {FORMAT}): update partonomy, or discover again"
    )


def _read_tensors(folder: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(folder / WEIGHTS_FILE)
    except (OSError, SafetensorError) as error:
        raise PartonomyError(f"{folder / WEIGHTS_FILE} is damaged: {error}") from None


def _loader(kind: object, folder: Path) -> Loader:
    if isinstance(kind, str) and kind.isidentifier():
        with suppress(ModuleNotFoundError):
            importlib.import_module(f"partonomy.{kind}")
        if kind in _LOADERS:
            return _LOADERS[kind]
    raise PartonomyError(f"{folder} is a part model of an unknown kind: {kind!r}")


def _rebuild(
    folder: Path,
    spec: BackboneSpec,
    backbone: str | None,
    weights: str | Path | None,
    device: str,
) -> Backbone:
    name = backbone or spec.name
    if is_own_function(name) and backbone is None:
        raise PartonomyError(
            f"the network of {folder} is a function of yours: pass --backbone {name} to run it"
        )
    if weights is None and spec.weights == "given" and not is_own_function(name):
        raise PartonomyError(
            f"the network of {folder} was a module of yours ({name}): "
            "pass --backbone package.module:callable"
        )
    kept = None if spec.weights in ("pretrained", "given") else spec.weights
    if weights is None and kept is not None and kept != "random" and not Path(kept).is_file():
        raise PartonomyError(
            f"the weights of {folder} are not at {kept} any more: pass --weights FILE"
        )
    network = load_backbone(
        name,
        spec.layers,
        weights or kept,
        mean=spec.mean,
        std=spec.std,
        device=device,
        precision=spec.precision,
    )
    if network.spec.weights_digest != spec.weights_digest:
        raise PartonomyError(
            f"these weights are not those that {folder} was fitted with: pass the same ones"
        )
    return network
