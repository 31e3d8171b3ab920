"""Photometric jitter: every picture its own colours, all of them within bounds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as colours

from partonomy.segmenter.warps import PhotometricJitter, jitter


def pictures(n: int = 6) -> Tensor:
    return torch.rand((n, 3, 12, 10), generator=torch.Generator().manual_seed(0))


def jittered(seed: int = 1, given: Tensor | None = None, **settings: float) -> Tensor:
    given = pictures() if given is None else given
    return PhotometricJitter(**settings)(given, torch.Generator().manual_seed(seed))


STILL = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}


def test_each_picture_changes_in_its_own_way_and_stays_within_bounds() -> None:
    same = pictures(1).expand(6, -1, -1, -1)
    found = jittered(given=same, probability=1, grey=0)
    assert found.shape == same.shape
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    for i in range(6):
        assert float((found[i] - same[i]).abs().mean()) > 1e-3
        for j in range(i):
            assert float((found[i] - found[j]).abs().mean()) > 1e-3


def test_draws_come_from_the_generator_alone() -> None:
    torch.manual_seed(0)
    first = jittered(1)
    torch.manual_seed(1)
    assert torch.equal(first, jittered(1))
    assert not torch.equal(first, jittered(2))


def test_of_no_strength_or_probability_changes_nothing() -> None:
    torch.testing.assert_close(jittered(**STILL, grey=0), pictures())
    assert torch.equal(jittered(probability=0, grey=0), pictures())


@pytest.mark.parametrize(("name", "strength"), [("brightness", 0.3), ("contrast", 2.0)])
def test_one_change_is_torchvisions_with_a_factor_around_1(name: str, strength: float) -> None:
    change = {"brightness": colours.adjust_brightness, "contrast": colours.adjust_contrast}[name]
    given = 0.2 + 0.2 * pictures(200)
    found = jittered(given=given, **(STILL | {name: strength}), probability=1, grey=0)
    factors = []
    for picture, result in zip(given, found, strict=True):
        place = picture.flatten().argmax()
        tried = [change(picture, factor).flatten()[place] for factor in (0.9, 1.0)]
        slope = (tried[1] - tried[0]) / 0.1
        factor = float(1 + (result.flatten()[place] - tried[1]) / slope)
        torch.testing.assert_close(change(picture, factor), result, atol=1e-3, rtol=0)
        factors.append(factor)
    least, most = max(0, 1 - strength), 1 + strength
    assert least - 1e-3 <= min(factors) < least + 0.1 * strength
    assert most - 0.1 * strength < max(factors) <= most + 1e-3


def test_hues_turn_by_less_than_was_asked() -> None:
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1).expand(200, -1, -1, -1)
    found = jittered(given=red, **(STILL | {"hue": 0.1}), probability=1, grey=0)
    # a turn of 1/6 would take red to yellow or to magenta
    assert 0.5 < float(found[:, 1:].max()) <= 0.6 + 1e-4
    assert (found[:, 0] == 1).all()
    assert (found[:, 1] > 0).any()
    assert (found[:, 2] > 0).any()


def test_as_many_are_changed_and_greyed_as_probabilities_say() -> None:
    given = pictures(1).expand(600, -1, -1, -1)
    found = jittered(given=given)
    grey = (found.amax(1) - found.amin(1)).amax((1, 2)) < 1e-4
    assert float(grey.float().mean()) == pytest.approx(0.2, abs=0.05)
    untouched = (found == given).flatten(1).all(1)
    assert float(untouched.float().mean()) == pytest.approx(0.2 * 0.8, abs=0.05)


def test_changes_come_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("brightness", "contrast", "saturation", "hue")
    called: list[str] = []

    def recording(name: str) -> Callable[[Tensor, float], Tensor]:
        def change(picture: Tensor, factor: float) -> Tensor:
            called.append(name)
            return picture

        return change

    monkeypatch.setattr(jitter, "_CHANGES", tuple(recording(name) for name in names))
    jittered(given=pictures(1).expand(300, -1, -1, -1), probability=1, grey=0)
    orders = {tuple(called[start : start + 4]) for start in range(0, len(called), 4)}
    assert orders == set(permutations(names))
