"""Saved part models of any kind made again: their parts read, checked, and put together.

A kind is made by what its room registers; a network that was trained for a model is made by its
kind too, from the description, and given the tensors that were saved with the model.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from torch import Tensor, nn

from partonomy.backbones import (
    SAVED,
    Backbone,
    BackboneSpec,
    is_own_function,
    load_backbone,
    own_backbone,
)
from partonomy.backbones.weights import load_weights
from partonomy.errors import PartonomyError
from partonomy.parts.fetching import fetched
from partonomy.parts.model import (
    DESCRIPTION_FILE,
    FORMAT,
    NETWORK,
    WEIGHTS_FILE,
    PartModel,
    in_one_line,
)

HUB = "hf:"
"""What a model's name on the Hugging Face Hub begins with, where a folder might be meant too."""

Loader = Callable[[Mapping[str, Any], Mapping[str, Tensor], Backbone], PartModel]
NetworkMaker = Callable[[Mapping[str, Any]], nn.Module]


@dataclass(frozen=True)
class _Kind:
    """How part models of a kind are made again."""

    load: Loader
    network: NetworkMaker | None


_KINDS: dict[str, _Kind] = {}


def part_model_loader(kind: str, network: NetworkMaker | None = None) -> Callable[[Loader], Loader]:
    """Register how a kind of part model is made from its description, tensors and backbone.

    Args:
        kind: the name of the room (``partonomy.<kind>``) that registers it.
        network: where models may have networks of their own (:func:`own_backbone`): makes one from
            the description, with any weights.
    """

    def register(loader: Loader) -> Loader:
        _KINDS[kind] = _Kind(loader, network)
        return loader

    return register


def load(
    path: str | Path,
    *,
    backbone: str | None = None,
    weights: str | Path | None = None,
    device: str = "auto",
) -> PartModel:
    """A saved part model, or the one in a run folder, of any kind.

    Args:
        path: a model's folder, or a run's, or ``hf:USER/NAME`` on the Hugging Face Hub.
        backbone: needed where the model's network is your own function
            (``package.module:callable``), which is not run on a file's word.
        weights: where the backbone's weights file is, if it was moved.
        device: ``auto``, ``cpu``, ``cuda``, ...

    Raises:
        PartonomyError: there is no model, it is damaged or of a later version, its backbone cannot
            be built, or the weights are not those that it was fitted with.
    """
    if str(path).startswith(HUB):
        path = fetched(str(path).removeprefix(HUB), (DESCRIPTION_FILE, WEIGHTS_FILE))
    folder = _model_folder(Path(path))
    description = _read_description(folder)
    kind, spec = _kind(description["kind"], folder), description["backbone"]
    if spec.weights == SAVED:
        if backbone is not None or weights is not None:
            raise PartonomyError(
                f"the network of {folder} is saved with it: leave --backbone and --weights out"
            )
        tensors = _read_tensors(folder)
        network = _restored(folder, kind, description, tensors, device)
    else:
        network = _rebuild(folder, spec, backbone, weights, device)
        tensors = _read_tensors(folder)
    with _damage_named(folder):
        return kind.load(description, tensors, network)


def _model_folder(path: Path) -> Path:
    for folder in (path, path / "model"):
        if (folder / DESCRIPTION_FILE).is_file():
            return folder
    raise PartonomyError(
        f"{path} holds no part model: give a finished run, a model's folder, or {HUB}USER/NAME"
    )


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


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    """What a description lacks, or has wrong, said in terms of its file."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise PartonomyError(
            f"{folder / DESCRIPTION_FILE} is damaged: {in_one_line(error)}"
        ) from error


def _kind(kind: object, folder: Path) -> _Kind:
    if isinstance(kind, str) and kind.isidentifier():
        with suppress(ModuleNotFoundError):
            importlib.import_module(f"partonomy.{kind}")
        if kind in _KINDS:
            return _KINDS[kind]
    raise PartonomyError(f"{folder} is a part model of an unknown kind: {kind!r}")


def _restored(
    folder: Path,
    kind: _Kind,
    description: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    device: str,
) -> Backbone:
    """The backbone whose network was saved with the model."""
    spec: BackboneSpec = description["backbone"]
    with _damage_named(folder):
        if kind.network is None:
            raise ValueError("models of this kind have no network of their own")
        network = kind.network(description)
    own = {
        name.removeprefix(NETWORK): tensor
        for name, tensor in tensors.items()
        if name.startswith(NETWORK)
    }
    load_weights(network, own, str(folder / WEIGHTS_FILE))
    backbone = own_backbone(
        network,
        spec.layers,
        mean=spec.mean,
        std=spec.std,
        device=device,
        precision=spec.precision,
    )
    if backbone.spec.weights_digest != spec.weights_digest:
        raise PartonomyError(
            f"{folder / WEIGHTS_FILE} is damaged: its network is not the one that was saved"
        )
    return backbone


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
