"""Networks by name: bundled, timm, torchvision, your own function."""

from __future__ import annotations

import copy
import difflib
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from partonomy.backbones.bundled import PREFIX, bundled_weights, make_bundled
from partonomy.backbones.weights import StateDict, begin_anew, load_weights, read_weights
from partonomy.errors import PartonomyError
from partonomy.images import IMAGENET_MEAN, IMAGENET_STD

Triple = tuple[float, float, float]


@dataclass
class Built:
    """A network as its source builds it.

    Attributes:
        network: the module, on the CPU.
        mean, std: the normalisation that it was trained with, of RGB in 0..1.
        pretrained: whether it already holds its published weights.
    """

    network: nn.Module
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
    pretrained: bool = False


def build(name: str, pretrained: bool, weights: StateDict | None) -> Built:
    """Build a network by name.

    Args:
        name: ``bundled/NAME``, as in timm, ``torchvision/NAME``, or ``package.module:callable``.
        pretrained: fetch the published weights from the hub.
        weights: tensors that will be loaded afterwards; they tell the number of classes.

    Raises:
        PartonomyError: the name is unknown, or the published weights cannot be fetched.
    """
    if ":" in name:
        return Built(_call(name))
    try:
        if name.startswith(PREFIX):
            return _bundled(name.removeprefix(PREFIX), pretrained)
        if name.startswith("torchvision/"):
            return _torchvision(name.removeprefix("torchvision/"), pretrained)
        return _timm(name, pretrained, weights)
    except PartonomyError:
        raise
    except Exception as error:
        if not pretrained:
            raise
        raise PartonomyError(
            f"the published weights of {name} could not be fetched ({type(error).__name__}): "
            "give a local file with --weights FILE, or --weights random for an untrained network"
        ) from error


def is_own_function(name: str) -> bool:
    """Whether a name means a function that partonomy would have to import and call."""
    return ":" in name


def _call(name: str) -> nn.Module:
    module_name, _, function_name = name.partition(":")
    try:
        module = importlib.import_module(module_name)
        if not hasattr(module, function_name):
            raise PartonomyError(f"backbone {name}: {module_name} has no {function_name}")
        network = getattr(module, function_name)()
    except PartonomyError:
        raise
    except Exception as error:  # their code may raise anything
        raise PartonomyError(f"backbone {name}: {type(error).__name__}: {error}") from error
    if not isinstance(network, nn.Module):
        raise PartonomyError(
            f"backbone {name}: returned {type(network).__name__}, not an nn.Module"
        )
    return network


def _torchvision(name: str, pretrained: bool) -> Built:
    from torchvision import models

    if name not in models.list_models():
        raise _unknown(
            f"torchvision/{name}", [f"torchvision/{known}" for known in models.list_models()]
        )
    options = {"weights": "DEFAULT" if pretrained else None}
    if "weights_backbone" in inspect.signature(models.get_model_builder(name)).parameters:
        options["weights_backbone"] = None  # else it is fetched even where no weights are wanted
    return Built(models.get_model(name, **options), pretrained=pretrained)


def _bundled(name: str, pretrained: bool) -> Built:
    network = make_bundled(name)
    if pretrained:
        load_weights(network, read_weights(bundled_weights(name)), f"{PREFIX}{name}")
    return Built(network, pretrained=pretrained)


def _timm(name: str, pretrained: bool, weights: StateDict | None) -> Built:
    import timm

    if not timm.is_model(name):
        raise _unknown(name, timm.list_models())
    try:
        config = timm.get_pretrained_cfg(name, allow_unregistered="." not in name)
    except RuntimeError:  # no such tag
        raise _unknown(name, timm.list_models(f"{name.split('.')[0]}*", pretrained=True)) from None
    options: dict[str, object] = {}
    classifier = config.classifier if config else None
    if weights and isinstance(classifier, str) and f"{classifier}.weight" in weights:
        options["num_classes"] = weights[f"{classifier}.weight"].shape[0]
    network = _any_size(timm.create_model, name, pretrained, options)
    data = timm.data.resolve_model_data_config(network)
    return Built(network, tuple(data["mean"]), tuple(data["std"]), pretrained)


def _any_size(
    create: Callable[..., nn.Module], name: str, pretrained: bool, options: dict[str, object]
) -> nn.Module:
    """Ask for inputs of any size; networks that know no such option take any size or one size."""
    for option, value in (("dynamic_img_size", True), ("strict_img_size", False)):
        try:
            return create(name, pretrained=pretrained, **{option: value}, **options)
        except TypeError as error:
            if option not in str(error):
                raise
    return create(name, pretrained=pretrained, **options)


def _unknown(name: str, known: list[str]) -> PartonomyError:
    close = difflib.get_close_matches(name, known, n=3)
    hint = f" (did you mean {', '.join(close)}?)" if close else ""
    return PartonomyError(
        f"no backbone {name}{hint}: names are bundled/partworld, those of timm, "
        "torchvision/NAME, or package.module:callable"
    )


def random_weights(name: str | nn.Module, seed: int = 0) -> Built:
    """A network as it is before training, the same for the same seed.

    That is as its library begins it. A module, or what a function of yours returns, may be trained:
    these are begun anew, the module as a copy.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if isinstance(name, str) and not is_own_function(name):
            return build(name, pretrained=False, weights=None)
        built = Built(copy.deepcopy(name)) if isinstance(name, nn.Module) else Built(_call(name))
        begin_anew(built.network)
        return built
