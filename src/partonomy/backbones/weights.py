"""Weights from local files: safetensors, or PyTorch files that hold tensors and nothing else."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from partonomy.errors import PartonomyError

StateDict = dict[str, Tensor]

_WRAPPERS = ("state_dict", "model", "model_state_dict")


def read_weights(path: Path) -> StateDict:
    """The tensors of a ``.safetensors``, ``.pt`` or ``.pth`` file, by name.

    PyTorch files are read with ``weights_only``: one that would run code is refused. Common
    wrappings (``{"state_dict": ...}``, a ``module.`` in front of every name) are taken off.

    Raises:
        PartonomyError: the file does not exist, is damaged, or holds more than tensors.
    """
    if not path.is_file():
        raise PartonomyError(f"weights file {path} does not exist")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise PartonomyError(
            f"{path} is damaged, or holds more than tensors, which could run code when read: "
            "save its state_dict() as .safetensors"
        ) from None
    except Exception as error:  # damaged files make the readers raise nearly anything
        first = (str(error).splitlines() or [""])[0]
        raise PartonomyError(
            f"{path} cannot be read as weights: {type(error).__name__}: {first}"
        ) from None
    return _unwrap(loaded, path)


def _unwrap(loaded: object, path: Path) -> StateDict:
    for wrapper in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    table = loaded if isinstance(loaded, Mapping) else {}
    tensors = {str(name): value for name, value in table.items() if isinstance(value, Tensor)}
    if not tensors:
        raise PartonomyError(f"{path} holds no table of named tensors")
    if all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): value for name, value in tensors.items()}
    return tensors


def load_weights(network: nn.Module, weights: StateDict, source: str) -> None:
    """Put weights into a network, every name and shape matching.

    Raises:
        PartonomyError: names are missing or unexpected, or shapes differ; it lists which.
    """
    own = network.state_dict()
    missing = [name for name in own if name not in weights and not _is_counter(name)]
    unexpected = [name for name in weights if name not in own]
    differing = [
        f"{name} is {_shape(weights[name])} instead of {_shape(own[name])}"
        for name in own
        if name in weights and own[name].shape != weights[name].shape
    ]
    problems = [
        f"{len(names)} {kind} ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"
        for kind, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", differing),
        )
        if names
    ]
    if problems:
        raise PartonomyError(f"{source} does not fit this network: tensors {'; '.join(problems)}")
    network.load_state_dict(weights, strict=False)


@torch.no_grad()
def begin_anew(network: nn.Module) -> None:
    """Give every parameter a random value, as if the network had never been trained.

    Modules that know how are asked to; parameters that no such module holds (class tokens,
    positions, scales) are drawn from a normal distribution with a deviation of 0.02, as is usual in
    transformers.
    """
    known: set[int] = set()
    for module in network.modules():
        reset = getattr(module, "reset_parameters", getattr(module, "_reset_parameters", None))
        if callable(reset):
            reset()
            known |= {id(each) for each in module.parameters(recurse=False)}
    for parameter in network.parameters():
        if id(parameter) not in known:
            nn.init.normal_(parameter, std=0.02)


def _is_counter(name: str) -> bool:
    """Whether a buffer only counts training steps, which some exports leave out."""
    return name.endswith("num_batches_tracked")


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"


def weights_digest(network: nn.Module) -> str:
    """Content address of a network's parameters and buffers, whatever file they came from."""
    state = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(network.state_dict().items()):
        if not _is_counter(name):
            state.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
            state.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return state.hexdigest()
