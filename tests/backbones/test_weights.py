"""Weights files of every kind: read, refused with the file's name, fitted to a network."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from partonomy.backbones.weights import load_weights, read_weights, weights_digest
from partonomy.errors import PartonomyError

TENSORS = {"body.weight": torch.arange(6.0).reshape(2, 3), "body.bias": torch.tensor([1.0, -1.0])}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


class Attack:
    """Runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


def test_safetensors(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "net.safetensors")
    assert same(read_weights(tmp_path / "net.safetensors"), TENSORS)


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
@pytest.mark.parametrize(
    "wrapped",
    [
        TENSORS,
        {"state_dict": TENSORS, "epoch": 3},
        {"model": TENSORS},
        {"model_state_dict": TENSORS, "loss": 0.5},
        {f"module.{name}": tensor for name, tensor in TENSORS.items()},
        {"state_dict": {f"module.{name}": tensor for name, tensor in TENSORS.items()}},
    ],
)
def test_pytorch_files_with_their_wrappings_taken_off(
    tmp_path: Path, wrapped: object, suffix: str
) -> None:
    path = tmp_path / f"net{suffix}"
    torch.save(wrapped, path)
    assert same(read_weights(path), TENSORS)


def test_a_prefix_that_only_some_names_have_is_kept(tmp_path: Path) -> None:
    tensors = {"module.weight": torch.ones(1), "bias": torch.ones(1)}
    torch.save(tensors, tmp_path / "net.pt")
    assert same(read_weights(tmp_path / "net.pt"), tensors)


@pytest.mark.parametrize("plain_pickle", [False, True])
def test_a_file_that_would_run_code_is_refused_and_not_run(
    tmp_path: Path, plain_pickle: bool
) -> None:
    path, trace = tmp_path / "attack.pt", tmp_path / "trace"
    content = {"weight": torch.ones(1), "attack": Attack(trace)}
    if plain_pickle:
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path)
    with pytest.raises(PartonomyError, match=r"attack\.pt .* could run code"):
        read_weights(path)
    assert not trace.exists()
    torch.load(path, weights_only=False) if not plain_pickle else pickle.loads(path.read_bytes())
    assert trace.exists(), "the attack itself does not work, so that nothing was tested"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PartonomyError, match=r"net\.safetensors does not exist"):
        read_weights(tmp_path / "net.safetensors")


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("damage", ["truncated", "empty", "garbage"])
def test_a_damaged_file_is_named_in_one_line(tmp_path: Path, suffix: str, damage: str) -> None:
    path = tmp_path / f"net{suffix}"
    if suffix == ".pt":
        torch.save(TENSORS, path)
    else:
        save_file(TENSORS, path)
    content = path.read_bytes()
    kinds = {"truncated": content[:-10], "empty": b"", "garbage": b"no weights at all " * 9}
    path.write_bytes(kinds[damage])
    with pytest.raises(PartonomyError) as caught:
        read_weights(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [[torch.ones(1)], {"epoch": 3}, {}, {"state_dict": {}}])
def test_a_file_without_named_tensors_is_named(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "net.pt")
    with pytest.raises(PartonomyError, match=r"net\.pt holds no table of named tensors"):
        read_weights(tmp_path / "net.pt")


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def test_loaded_weights_are_the_networks_afterwards() -> None:
    torch.manual_seed(1)
    source, target = network(), network()
    load_weights(target, source.state_dict(), "file")
    assert same(dict(target.state_dict()), dict(source.state_dict()))


def test_counters_of_training_steps_may_be_left_out() -> None:
    weights = {
        name: tensor
        for name, tensor in network().state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    load_weights(network(), weights, "file")


def test_every_misfit_is_named_and_nothing_is_loaded() -> None:
    target = network()
    before = weights_digest(target)
    weights = dict(network().state_dict())
    del weights["1.running_mean"]
    weights["head.weight"] = torch.ones(2)
    weights["0.weight"] = torch.ones(4, 3, 5, 5)
    with pytest.raises(PartonomyError) as caught:
        load_weights(target, weights, "net.safetensors")
    assert str(caught.value) == (
        "net.safetensors does not fit this network: tensors 1 missing (1.running_mean); "
        "1 unexpected (head.weight); "
        "1 of another shape (0.weight is 4x3x5x5 instead of 4x3x3x3)"
    )
    assert weights_digest(target) == before


def test_of_many_misfits_three_are_named() -> None:
    with pytest.raises(PartonomyError, match=r"6 missing \(0\.weight, 0\.bias, 1\.weight, …\)"):
        load_weights(network(), {"other": torch.ones(1)}, "file")


def test_the_digest_is_that_of_the_values_whatever_file_they_came_from(tmp_path: Path) -> None:
    source = network()
    save_file(source.state_dict(), tmp_path / "net.safetensors")
    torch.save({"state_dict": source.state_dict()}, tmp_path / "net.pt")
    digests = {weights_digest(source)}
    for name in ("net.safetensors", "net.pt"):
        target = network()
        load_weights(target, read_weights(tmp_path / name), name)
        digests.add(weights_digest(target))
    assert len(digests) == 1


def test_the_digest_ignores_memory_layout_and_counters() -> None:
    net = network()
    before = weights_digest(net)
    net.to(memory_format=torch.channels_last)
    net[1].num_batches_tracked += 5
    assert weights_digest(net) == before


@pytest.mark.parametrize("name", ["0.weight", "1.running_var"])
def test_the_digest_changes_with_one_value(name: str) -> None:
    net = network()
    before = weights_digest(net)
    net.state_dict()[name].view(-1)[0] += 1e-3
    assert weights_digest(net) != before


def test_the_digest_tells_types_and_shapes_apart() -> None:
    wide, tall = nn.Linear(2, 3, bias=False), nn.Linear(3, 2, bias=False)
    for net in (wide, tall):
        nn.init.zeros_(net.weight)
    digests = {weights_digest(wide), weights_digest(tall)}
    digests.add(weights_digest(wide.half()))
    assert len(digests) == 3
