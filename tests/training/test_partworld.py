"""The bundled network: its training learns and goes on where it stopped; its card is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from training.partworld import Recipe, jittered, normalised, score, train

import partonomy as pt
from partonomy.backbones.bundled import bundled_card, bundled_weights
from partonomy.backbones.bundled.partworld import CLASSES, PartWorldNetwork
from partonomy.datasets.partworld import FIGURES, LEVELS
from training import partworld

SMALL = Recipe(
    pictures=(96, 24, 12, 12), rendered=40, sides=(32, 32, 32), batch=16, warm_up=5, held_out=1
)


def test_the_classes_are_partworlds() -> None:
    assert tuple(FIGURES) == CLASSES


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    train(folder, seed=0, workers=0, device="cpu", recipe=SMALL)
    return folder


def test_training_goes_on_where_it_was_killed_and_ends_the_same(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> float:
        raise KeyboardInterrupt

    epoch, begun = partworld._epoch, []

    def counted(*arguments: object) -> float:
        begun.append(arguments)
        return epoch(*arguments) if len(begun) < 3 else killed()  # type: ignore[arg-type]

    monkeypatch.setattr(partworld, "_epoch", counted)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, seed=0, workers=0, device="cpu", recipe=SMALL)
    assert not (tmp_path / "partworld.safetensors").exists()
    monkeypatch.setattr(partworld, "_epoch", epoch)
    train(tmp_path, seed=0, workers=0, device="cpu", recipe=SMALL)
    name = "partworld.safetensors"
    assert (tmp_path / name).read_bytes() == (trained / name).read_bytes()


def test_the_loss_falls(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On so few pictures by heart; what matters is that every piece of the step is in place."""
    recipe = Recipe(
        pictures=(48, 0, 0, 0), rendered=40, sides=(32,) * 12, batch=16, warm_up=5, held_out=1
    )
    train(tmp_path, seed=1, workers=0, device="cpu", recipe=recipe)
    told = capsys.readouterr().out.splitlines()
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in told if "loss" in line]
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_other_pictures_are_not_mistaken_for_these(trained: Path) -> None:
    other = Recipe(pictures=(12, 0, 0, 0), rendered=40, sides=(32,), batch=4, held_out=1)
    with pytest.raises(SystemExit, match=r"pictures\.npy holds other pictures"):
        train(trained, seed=0, workers=0, device="cpu", recipe=other)


def test_what_the_network_sees_is_of_the_size_and_repeatable() -> None:
    pictures = torch.randint(0, 256, (5, 40, 40, 3), dtype=torch.uint8)
    seen = [jittered(pictures, 24, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert seen[0].shape == (5, 3, 24, 24)
    assert torch.equal(*seen)
    assert not torch.equal(seen[0], jittered(pictures, 24, torch.Generator().manual_seed(4)))


def test_normalised_is_what_backbones_do() -> None:
    grey = torch.full((1, 2, 2, 3), 128, dtype=torch.uint8)
    expected = (128 / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor(
        [0.229, 0.224, 0.225]
    )
    torch.testing.assert_close(normalised(grey)[0, :, 0, 0], expected)


def test_shipped_weights_fit_and_are_small() -> None:
    assert bundled_weights("partworld").stat().st_size < 8e6
    backbone = pt.load_backbone("bundled/partworld", device="cpu")
    assert backbone.spec.weights == "pretrained"
    assert backbone.spec.weights_digest == bundled_card("partworld")["digest"]
    assert [layer.name for layer in backbone.layers] == ["stage3"]
    assert backbone.layers[0].geometry.stride == (16, 16)


def test_shipped_weights_score_what_the_card_says() -> None:
    """On a part of the held-out pictures, within what chance allows."""
    card = bundled_card("partworld")
    assert card["accuracy"]["0"]["all"] >= 0.95
    assert card["accuracy"]["2"]["all"] >= 0.80
    network = PartWorldNetwork()
    network.load_state_dict(load_file(bundled_weights("partworld")))
    each = 5
    found = score(network, each, card["recipe"]["sides"][-1], card["seed"], workers=0)
    for level in map(str, range(len(LEVELS))):
        share = card["accuracy"][level]["all"]
        error = (share * (1 - share) / (each * len(CLASSES))) ** 0.5
        assert abs(found[level]["all"] - share) < 3 * error + 0.02
